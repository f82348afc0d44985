"""DuckDB connections that read only what they are given, and the tables of ``schema`` written in SQL.

Every identifier in a statement comes from ``popsim.store.schema``, which also checks those of plugins' tables; they are
quoted, since a plugin may call a column ``order``. What users wrote goes in as values.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from popsim.store.errors import StoreError
from popsim.store.files import canonical_json
from popsim.store.schema import DESCRIPTION_TABLES, NAME_TABLES, PLUGIN_TABLES, SCHEMA_VERSION, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

STORAGE_VERSION = "v1.4.0"
"""Packed files can be read by this DuckDB and every later one."""

_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,79}")
_QUIET: dict[str, Any] = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
_ARROW_TYPES = {
    "UTINYINT": pa.uint8(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "VARCHAR": pa.string(),
    "BOOLEAN": pa.bool_(),
}


@contextmanager
def explained_sql(doing: str) -> Iterator[None]:
    """Turn an error of DuckDB raised inside into a ``StoreError``: ``cannot <doing>: <its first line>``."""
    try:
        yield
    except duckdb.Error as err:
        text = str(err).strip().splitlines()[0]
        if "No space left" in text or "not enough disk space" in text:
            text = "the disk is full; free some space and try again"
        raise StoreError(f"cannot {doing}: {text}") from err


def in_memory(readable: Path) -> duckdb.DuckDBPyConnection:
    """A database in memory that may read files of one folder and nothing else."""
    connection = duckdb.connect(config=_QUIET)
    folder = str(readable).replace("'", "''")
    connection.execute(f"SET allowed_directories = ['{folder}']")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def read_only(path: Path) -> duckdb.DuckDBPyConnection:
    """A packed file, closed to writing; queries cannot reach other files."""
    connection = duckdb.connect(path, read_only=True, config=_QUIET)
    connection.execute("SET enable_external_access = false")
    return connection


def new_database(path: Path) -> duckdb.DuckDBPyConnection:
    """A new packed file, in the format DuckDB 1.4 reads."""
    return duckdb.connect(path, config={**_QUIET, "storage_compatibility_version": STORAGE_VERSION})


def arrow_batches(
    connection: duckdb.DuckDBPyConnection, sql: str, rows: int = 200_000
) -> tuple[list[str], Iterator[pa.RecordBatch]]:
    """Names of the columns, and the result in pieces."""
    relation = connection.sql(sql)
    make = relation.to_arrow_reader if hasattr(relation, "to_arrow_reader") else relation.fetch_arrow_reader
    reader = make(rows)
    return list(reader.schema.names), iter(reader)


def quoted(name: str) -> str:
    """A name of the schema as an identifier; anything that is no plain lower-case name is a ``StoreError``."""
    if not _IDENTIFIER.fullmatch(name):
        raise StoreError(f"{name!r} cannot be the name of a table or column")
    return f'"{name}"'


def create_empty(connection: duckdb.DuckDBPyConnection, name: str, columns: Sequence[tuple[str, str]]) -> None:
    """Create a table of the schema, or empty it when it is there."""
    listed = ", ".join(f"{quoted(column)} {sql_type}" for column, sql_type in columns)
    connection.execute(f"CREATE OR REPLACE TABLE {quoted(name)} ({listed})")


def stored_columns(table: Table) -> list[tuple[str, str]]:
    """Names and SQL types of a shard table's declared columns."""
    return [(column.name, f"{column.sql_type} NOT NULL") for column in table.columns]


def select_shards(table: Table, source: str) -> str:
    """The query that makes one stored table of the shards in view ``source``: summed by key, or as they are; sorted."""
    if not table.summed:
        return f"SELECT * FROM {quoted(source)} ORDER BY ALL"  # noqa: S608 - names come from the schema
    sums = ", ".join(f"CAST(sum({name}) AS BIGINT) AS {name}" for name in map(quoted, table.summed))
    key = ", ".join(map(quoted, table.key))
    return f"SELECT {key}, {sums} FROM {quoted(source)} GROUP BY {key} ORDER BY ALL"  # noqa: S608 - as above


def view_of_files(connection: duckdb.DuckDBPyConnection, table: Table, files: Sequence[Path], view: str) -> None:
    """Show the given Parquet files, and no others, as one view; no files are an empty table."""
    if files:
        connection.read_parquet([str(file) for file in files]).create_view(view, replace=True)
        return
    nothing = ", ".join(f"CAST(NULL AS {c.sql_type}) AS {quoted(c.name)}" for c in table.columns)
    connection.sql(f"SELECT {nothing} WHERE false").create_view(view, replace=True)


def shard_files(folder: Path, table: str, records: Sequence[Mapping[str, Any]]) -> list[Path]:
    """The files that commit records name for one table; a file gone since is a ``StoreError``."""
    entries = [record["tables"][table] for record in records if table in record["tables"]]
    files = [folder / str(entry["file"]) for entry in entries if entry["rows"]]
    gone = next((file for file in files if not file.is_file()), None)
    if gone is not None:
        raise StoreError(f"{gone} is missing")
    return files


def check_same_columns(records: Sequence[Mapping[str, Any]], tables: Iterable[str]) -> None:
    """Refuse shards whose tables have different columns (traits of sampled people come as the run gave them)."""
    for name in tables:
        seen = {canonical_json(r["tables"][name]["columns"]) for r in records if r["tables"].get(name, {}).get("rows")}
        if len(seen) > 1:
            raise StoreError(f"the shards of this run disagree about the columns of table {name!r}")


def write_description(
    connection: duckdb.DuckDBPyConnection, provenance: Mapping[str, Any], records: Sequence[Mapping[str, Any]]
) -> None:
    """Fill the small tables from a run's provenance and its commit records."""
    contents = _description(provenance, records)
    for name, columns in description_tables(provenance).items():
        create_empty(connection, name, columns)
        rows = contents[name]
        if rows:
            schema = pa.schema([(column, _ARROW_TYPES[sql_type]) for column, sql_type in columns])
            connection.register("described_rows", pa.Table.from_pylist(rows, schema=schema))
            connection.execute(f"INSERT INTO {name} SELECT * FROM described_rows")  # noqa: S608 - name from the schema
            connection.unregister("described_rows")


def description_tables(provenance: Mapping[str, Any]) -> dict[str, tuple[tuple[str, str], ...]]:
    """The small tables of one run."""
    return DESCRIPTION_TABLES | (PLUGIN_TABLES if provenance.get("tables") else {})


def _description(
    provenance: Mapping[str, Any], records: Sequence[Mapping[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    run = {key: provenance[key] for key, _ in DESCRIPTION_TABLES["run"] if key in provenance}
    run |= {
        "versions": canonical_json(provenance["versions"]),
        "shards_total": provenance["shards"],
        "shards_packed": len(records),
        "provenance": canonical_json(provenance),
    }
    plugins = enumerate(provenance["plugins"])
    return {
        "run": [run],
        "parameter": [_numbers(p, "value", "low", "high") for p in provenance["parameters"]],
        "plugin": [{**p, "position": i, "parameters": canonical_json(p.get("parameters", {}))} for i, p in plugins],
        "arm": [{**a, "settings": canonical_json(a.get("settings", {}))} for a in provenance["arms"]],
        **{name: [dict(row) for row in provenance["names"].get(name, [])] for name in NAME_TABLES},
        "shard": [_shard_row(record) for record in records],
        "schema_version": [{"version": SCHEMA_VERSION}],
        "plugin_table": [{k: t.get(k) for k, _ in PLUGIN_TABLES["plugin_table"]} for t in provenance.get("tables", [])],
        "plugin_column": [row for table in provenance.get("tables", []) for row in _columns_of(table)],
    }


def _columns_of(table: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for position, column in enumerate(table["columns"], start=1):
        yield {
            "table_name": table["name"],
            "position": position,
            "name": column["name"],
            "meaning": column.get("meaning", ""),
            "unit": column.get("unit"),
            "scale": float(column.get("scale", 1.0)),
            "summed": bool(column.get("summed", False)),
            "names": column.get("names") or None,
        }


def _numbers(row: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {**row, **{key: float(row[key]) for key in keys if row.get(key) is not None}}


def _shard_row(record: Mapping[str, Any]) -> dict[str, Any]:
    rows = sum(entry["rows"] for entry in record["tables"].values())
    return {"shard": record["index"], "rows": rows, "record": canonical_json(record["record"])}
