"""Is a stored run still what was written, and do two runs say the same?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from popsim.store.duck import explained_sql, read_only
from popsim.store.errors import StoreError
from popsim.store.folder import RunFolder
from popsim.store.packing import table_digests
from popsim.store.results import Results, check_version

if TYPE_CHECKING:
    import duckdb


def verify(path: Path) -> list[str]:
    """Read everything and recompute every hash and count.

    Args:
        path: a run folder or packed file.

    Returns:
        One sentence for each problem; an empty list means every byte that matters is as it was written. Shards not yet
        run are no problem.
    """
    path = Path(path)
    try:
        return RunFolder.open(path).problems() if path.is_dir() else _packed_problems(path)
    except StoreError as err:
        return [str(err)]


def _packed_problems(path: Path) -> list[str]:
    if not path.is_file():
        raise StoreError(f"{path} is neither a run folder nor a packed file")
    with explained_sql(f"read {path}"):
        connection = read_only(path)
        try:
            check_version(connection, path)
            return _differences(connection, path)
        finally:
            connection.close()


def _differences(connection: duckdb.DuckDBPyConnection, path: Path) -> list[str]:
    expected = {
        name: (count, digest)
        for name, count, digest in connection.execute("SELECT table_name, row_count, sha256 FROM integrity").fetchall()
    }
    found = table_digests(connection)
    problems = [f"{path} does not say what table {name!r} must hold" for name in found if name not in expected]
    problems += [f"{path} no longer says that it has a table {name!r}" for name in expected if name not in found]
    for name, (count, digest) in found.items():
        before, written = expected.get(name, (count, digest))
        if count != before:
            problems.append(f"table {name!r} of {path} has {count} rows, {before} were written")
        elif digest != written:
            problems.append(f"table {name!r} of {path} was changed after it was written: its hash does not match")
    return problems


def logical_hash(path: Path) -> str:
    """One hash over the sorted rows of all tables of results of a run folder or packed file.

    Two runs with the same hash found the same, whatever their shards, engine, seconds or versions.
    """
    with Results.open(Path(path)) as results:
        return results.logical_hash()
