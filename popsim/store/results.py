"""Reading results with SQL, from a packed file or from a run that is still going."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import finalize

from popsim.store.aliases import Aliases
from popsim.store.digest import result_digest
from popsim.store.duck import (
    check_same_columns,
    create_empty,
    explained_sql,
    in_memory,
    quoted,
    read_only,
    select_shards,
    shard_files,
    stored_columns,
    view_of_files,
    write_description,
)
from popsim.store.errors import StoreError
from popsim.store.folder import RunFolder
from popsim.store.schema import SCHEMA_VERSION, Table, tables_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    import duckdb
    import pyarrow as pa


class Results:
    """What a run found, as tables. Open one with ``Results.open``; it may be shared between threads.

    Attributes:
        path: the run folder or packed file.
    """

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection) -> None:
        self.path = path
        self._connection = connection
        self._is_sorted = True

    @staticmethod
    def open(path: Path) -> Results:
        """Open a run folder, finished or not, or a packed file; anything else is a ``StoreError``."""
        path = Path(path)
        if path.is_dir():
            return LiveResults(RunFolder.open(path))
        return _packed(path)

    def query(self, sql: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> pa.Table:
        """Answer one SQL query, with values for its ``?`` or ``$name`` in ``params``, as an Arrow table."""
        with explained_sql("answer the query"), self._connection.cursor() as cursor:
            cursor.execute("BEGIN TRANSACTION READ ONLY")
            relation = cursor.sql(sql, params=params or None)
            if relation is None:
                raise StoreError("the query has no result; ask with SELECT")
            return relation.to_arrow_table()

    def frame(self, sql: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> Any:
        """Answer one SQL query as a ``pandas.DataFrame``; without pandas a ``StoreError`` says how to get it."""
        table = self.query(sql, params)
        try:
            return table.to_pandas()
        except ImportError as err:
            raise StoreError("data frames need pandas: pip install pandas, or use query() for Arrow tables") from err

    @property
    def provenance(self) -> dict[str, Any]:
        """What the run was made of, as ``popsim.store.provenance`` describes it."""
        document: dict[str, Any] = json.loads(self.query("SELECT provenance FROM run")["provenance"][0].as_py())
        return document

    @property
    def status(self) -> dict[str, Any]:
        """Progress: at least ``state``, ``shards_done`` and ``shards_total``."""
        done, total = self._shards()
        return {"state": "complete" if done == total else "partial", "shards_done": done, "shards_total": total}

    @property
    def complete(self) -> bool:
        """Whether every shard of the run is in these tables."""
        done, total = self._shards()
        return done == total

    def refresh(self) -> bool:
        """Take in shards committed since; returns whether the tables changed. A packed file never changes."""
        return False

    def logical_hash(self) -> str:
        """One hash over the rows of all tables of results, whatever the sharding, engine or time taken."""
        with explained_sql(f"read {self.path}"), self._connection.cursor() as cursor:
            return result_digest(cursor, tables_of(self.provenance).values(), is_sorted=self._is_sorted)

    def close(self) -> None:
        """Let go of the file; queries are refused afterwards."""
        self._connection.close()

    def __enter__(self) -> Results:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _shards(self) -> tuple[int, int]:
        row = self.query("SELECT shards_packed, shards_total FROM run").to_pylist()[0]
        return row["shards_packed"], row["shards_total"]


class LiveResults(Results):
    """A run folder as tables: committed shards only, each file's hash checked before its rows are shown."""

    def __init__(self, folder: RunFolder) -> None:
        aliases = Aliases()
        self._remove_links = finalize(self, aliases.close)
        self._shards_path = aliases.of(folder.shards_path)
        super().__init__(folder.path, in_memory(self._shards_path))
        self._folder = folder
        self._is_sorted = False
        self._taken: dict[int, str] = {}
        self._guard = Lock()
        self._shown = False
        self.refresh()

    @property
    def status(self) -> dict[str, Any]:
        """What the coordinator last wrote; a run that says it is running and has no coordinator is ``interrupted``."""
        status = {**super().status, **self._folder.status}
        if status["state"] == "running" and not self._folder.locked:
            status["state"] = "complete" if self.complete else "interrupted"
        return status

    def close(self) -> None:
        """Let go of the run; queries are refused afterwards."""
        super().close()
        self._remove_links()

    def refresh(self) -> bool:
        """Take in shards committed since the last time; a damaged one is a ``StoreError``."""
        with self._guard:
            records, problems = self._folder.inspect(check_hashes=True, known=self._taken)
            if problems:
                raise StoreError(f"{problems[0]}; resume the run to redo this shard")
            now = {record["index"]: record["seal"] for record in records}
            if self._shown and now == self._taken:
                return False
            with explained_sql(f"read {self.path}"):
                self._show(records, now)
            self._taken, self._shown = now, True
            return True

    def _show(self, records: list[dict[str, Any]], now: Mapping[int, str]) -> None:
        grown = self._shown and self._taken.items() <= now.items()
        fresh = [record for record in records if record["index"] not in self._taken] if grown else records
        tables = self._folder.tables
        check_same_columns(records, tables)
        with self._connection.cursor() as cursor:
            cursor.begin()
            for table in tables.values():
                if table.summed:
                    self._add(cursor, table, fresh, keep=grown)
                else:
                    files = shard_files(self._shards_path, table.name, records)
                    view_of_files(cursor, table, files, table.name)
            write_description(cursor, self._folder.provenance, records)
            cursor.commit()

    def _add(
        self, cursor: duckdb.DuckDBPyConnection, table: Table, records: Sequence[Mapping[str, Any]], *, keep: bool
    ) -> None:
        if not keep:
            create_empty(cursor, table.name, stored_columns(table))
        view_of_files(cursor, table, shard_files(self._shards_path, table.name, records), "fresh")
        cursor.execute(f"INSERT INTO {quoted(table.name)} SELECT * FROM fresh")  # noqa: S608 - name from the schema
        summed = select_shards(table, table.name)
        cursor.execute(f"CREATE OR REPLACE TABLE {quoted(table.name)} AS {summed}")
        cursor.execute("DROP VIEW fresh")


def _packed(path: Path) -> Results:
    if not path.is_file():
        raise StoreError(f"{path} is neither a run folder nor a packed file")
    with explained_sql(f"open {path}"):
        connection = read_only(path)
    try:
        check_version(connection, path)
    except StoreError:
        connection.close()
        raise
    return Results(path, connection)


def check_version(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Refuse a packed file whose tables this version of popsim does not know."""
    version = stored_version(connection, path)
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"{path} was packed by a newer popsim (schema {version}, this one knows {SCHEMA_VERSION}); update popsim"
        )
    if version < SCHEMA_VERSION:
        raise StoreError(f"{path} has the older schema {version}; carry a copy forward with popsim.store.migrate")


def stored_version(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """The schema version written in a packed file; a file of something else is a ``StoreError``."""
    with explained_sql(f"open {path}"):
        tables = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        if ("schema_version",) not in tables:
            raise StoreError(f"{path} is a DuckDB file, but not a packed run of popsim")
        row = connection.execute("SELECT max(version) FROM schema_version").fetchone()
    if row is None or not isinstance(row[0], int):
        raise StoreError(f"{path} is damaged: it does not say which schema it has")
    return row[0]


@dataclass(frozen=True)
class RunSummary:
    """One run, for a list.

    Attributes:
        id: of the run.
        title: for people.
        state: ``complete``, ``running``, ``interrupted``, ``packed`` (a file without its folder) or ``damaged``.
        progress: share of its shards that are safely on disk, 0 to 1.
        path: what ``Results.open`` takes.
        packed: the packed file inside the folder, when there is one.
    """

    id: str
    title: str
    state: str
    progress: float
    path: Path
    packed: Path | None = None


def list_runs(root: Path) -> list[RunSummary]:
    """Run folders and packed files directly below ``root``, by name; a missing ``root`` has none."""
    if not root.is_dir():
        return []
    entries = sorted(entry for entry in root.iterdir() if not entry.name.startswith("."))
    folders = [_folder_summary(entry) for entry in entries if (entry / "run.json").is_file()]
    return folders + [_file_summary(entry) for entry in entries if entry.suffix == ".duckdb" and entry.is_file()]


def _folder_summary(path: Path) -> RunSummary:
    packed = path / "results.duckdb"
    try:
        folder = RunFolder.open(path)
        done = len(folder.committed())
    except StoreError as err:
        return RunSummary(path.name, str(err), "damaged", 0.0, path)
    state = "complete" if done == folder.shards_total else "running" if folder.locked else "interrupted"
    title = folder.provenance["title"]
    return RunSummary(folder.id, title, state, done / folder.shards_total, path, packed if packed.is_file() else None)


def _file_summary(path: Path) -> RunSummary:
    try:
        with Results.open(path) as results:
            provenance, status = results.provenance, results.status
    except StoreError as err:
        return RunSummary(path.stem, str(err), "damaged", 0.0, path)
    progress = status["shards_done"] / status["shards_total"]
    return RunSummary(provenance["id"], provenance["title"], "packed", progress, path, path)
