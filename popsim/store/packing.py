"""Packing: one verified file to hand to a colleague."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from popsim.store.aliases import Aliases
from popsim.store.digest import shard_table_digest, small_table_digest
from popsim.store.duck import (
    check_same_columns,
    create_empty,
    description_tables,
    explained_sql,
    new_database,
    quoted,
    select_shards,
    shard_files,
    stored_columns,
    view_of_files,
    write_description,
)
from popsim.store.errors import StoreError, explained
from popsim.store.files import TEMPORARY_SUFFIX, sync_file, sync_folder
from popsim.store.folder import RunFolder
from popsim.store.provenance import provenance_mismatch
from popsim.store.schema import INTEGRITY_COLUMNS, Table, tables_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

_Slice = tuple[RunFolder, list[dict[str, Any]]]


def pack(folders: Sequence[Path], out: Path | None = None, *, allow_partial: bool = False) -> Path:
    """Put a run, or all slices of one run, into one DuckDB file.

    Args:
        folders: run folders with the same provenance, no shard twice.
        out: the file to write; ``results.duckdb`` in the first folder when left out. An older file is replaced.
        allow_partial: pack what is there even though shards are missing; the file says so (``Results.complete``).

    Returns:
        The packed file.

    Raises:
        StoreError: a file whose hash does not match, folders of different runs, a shard that is missing or there twice,
            a disk that is full. Nothing is left behind then.
    """
    slices = [_verified(RunFolder.open(Path(folder))) for folder in folders]
    if not slices:
        raise StoreError("packing needs at least one run folder")
    _check_joinable(slices, allow_partial=allow_partial)
    target = Path(out) if out is not None else slices[0][0].path / "results.duckdb"
    with whole_or_absent(target) as draft, explained_sql(f"pack into {target}"):
        _fill(draft, slices)
    return target


@contextmanager
def whole_or_absent(target: Path) -> Iterator[Path]:
    """The name of a draft database that becomes ``target`` when the block succeeds; otherwise nothing is left."""
    with explained("write", target):
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = target.parent.resolve()
        if "?" in str(folder):
            raise StoreError(
                f"DuckDB cannot write below {folder} because of the '?' in its name; choose another folder"
            )
        draft = folder / f".packing.{uuid4().hex}{TEMPORARY_SUFFIX}"
        try:
            yield draft
            sync_file(draft)
            draft.replace(target)
            sync_folder(target.parent)
        finally:
            _clear(draft)


def _verified(folder: RunFolder) -> _Slice:
    records, problems = folder.inspect(check_hashes=True)
    if problems:
        raise StoreError(f"{problems[0]}; resume the run to redo this shard")
    return folder, records


def _check_joinable(slices: Sequence[_Slice], *, allow_partial: bool) -> None:
    first = slices[0][0]
    holder: dict[int, Path] = {}
    for folder, records in slices:
        difference = provenance_mismatch(first.provenance, folder.provenance)
        if difference:
            raise StoreError(f"{first.path} and {folder.path} are not slices of one run: {difference}")
        for record in records:
            if record["index"] in holder:
                raise StoreError(f"shard {record['index']} is in both {holder[record['index']]} and {folder.path}")
            holder[record["index"]] = folder.path
    lacking = [index for index in range(first.shards_total) if index not in holder]
    if lacking and not allow_partial:
        named = ", ".join(str(index) for index in lacking[:5]) + (", ..." if len(lacking) > 5 else "")
        raise StoreError(
            f"run {first.id!r} is incomplete: {len(lacking)} of its {first.shards_total} shards are missing ({named}); "
            "resume it, add the folders of its other slices, or allow a partial file"
        )


def _fill(path: Path, slices: Sequence[_Slice]) -> None:
    records = sorted((record for _, found in slices for record in found), key=lambda record: int(record["index"]))
    tables = slices[0][0].tables
    check_same_columns(records, tables)
    connection = new_database(path)
    try:
        with Aliases() as aliases:
            named = [(aliases.of(folder.shards_path), found) for folder, found in slices]
            for table in tables.values():
                _store(connection, table, named)
        write_description(connection, slices[0][0].provenance, records)
        write_integrity(connection)
        connection.execute("CHECKPOINT")
    finally:
        connection.close()


def _store(
    connection: duckdb.DuckDBPyConnection, table: Table, slices: Sequence[tuple[Path, list[dict[str, Any]]]]
) -> None:
    files = [file for folder, records in slices for file in shard_files(folder, table.name, records)]
    view_of_files(connection, table, files, "shards")
    rows = select_shards(table, "shards")
    if table.open_ended:
        connection.execute(f"CREATE TABLE {quoted(table.name)} AS {rows}")
    else:
        create_empty(connection, table.name, stored_columns(table))
        connection.execute(f"INSERT INTO {quoted(table.name)} {rows}")
    connection.execute("DROP VIEW shards")


def write_integrity(connection: duckdb.DuckDBPyConnection) -> None:
    """Write down what every table holds, for ``verify`` to compare."""
    create_empty(connection, "integrity", INTEGRITY_COLUMNS)
    for name, (count, digest) in table_digests(connection).items():
        connection.execute("INSERT INTO integrity VALUES ($1, $2, $3)", [name, count, digest])


def table_digests(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, str]]:
    """Number of rows and hash of every table of a packed file."""
    provenance = _provenance(connection)
    tables = tables_of(provenance)
    digests = {name: shard_table_digest(connection, table, is_sorted=True) for name, table in tables.items()}
    digests |= {name: small_table_digest(connection, name) for name in description_tables(provenance)}
    return {name: (_count(connection, name), digest) for name, digest in digests.items()}


def _provenance(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    rows = connection.execute("SELECT provenance FROM run").fetchall()
    try:
        document = json.loads(rows[0][0]) if rows else {}
    except ValueError:
        raise StoreError("the file is damaged: it does not say what the run was made of") from None
    return dict(document)


def _count(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {quoted(name)}").fetchone()  # noqa: S608 - name from the schema
    return int(row[0]) if row else 0


def _clear(draft: Path) -> None:
    """Remove what an interrupted packing leaves: the draft, DuckDB's log beside it and its folder for sorting."""
    draft.unlink(missing_ok=True)
    draft.with_name(f"{draft.name}.wal").unlink(missing_ok=True)
    rmtree(draft.with_name(f"{draft.name}.tmp"), ignore_errors=True)
