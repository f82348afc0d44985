"""Packed files of older schemas, carried forward one numbered step at a time, on a copy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from shutil import copyfile
from typing import TYPE_CHECKING

import duckdb

from popsim.store.duck import explained_sql, new_database
from popsim.store.errors import StoreError
from popsim.store.packing import whole_or_absent, write_integrity
from popsim.store.results import stored_version
from popsim.store.schema import SCHEMA_VERSION

if TYPE_CHECKING:
    from pathlib import Path

Step = Callable[[duckdb.DuckDBPyConnection], None]

STEPS: Mapping[int, Step] = {}
"""``STEPS[n]`` turns the tables of schema ``n`` into those of ``n + 1``. Schema 1 is the first."""


def migrate(path: Path, out: Path, *, steps: Mapping[int, Step] = STEPS, version: int = SCHEMA_VERSION) -> Path:
    """Write a copy of a packed file with today's tables; the original is only read.

    Args:
        path: a packed file of this or an older schema.
        out: the copy; must not exist.
        steps: one for each older schema.
        version: the schema to reach.

    Raises:
        StoreError: a newer file, a file that is not a packed run, an ``out`` that exists, a step that fails.
    """
    if not path.is_file():
        raise StoreError(f"{path} is not a packed file")
    if out.exists():
        raise StoreError(f"{out} already exists; choose another name for the copy")
    with whole_or_absent(out) as draft, explained_sql(f"carry {path} forward"):
        copyfile(path, draft)
        _carry_forward(draft, path, steps, version)
    return out


def _carry_forward(draft: Path, original: Path, steps: Mapping[int, Step], version: int) -> None:
    connection = new_database(draft)
    try:
        found = stored_version(connection, original)
        if found > version:
            raise StoreError(f"{original} has the newer schema {found}, this popsim knows {version}; update popsim")
        connection.begin()
        for number in range(found, version):
            steps[number](connection)
            connection.execute("UPDATE schema_version SET version = $1", [number + 1])
        write_integrity(connection)
        connection.commit()
        connection.execute("CHECKPOINT")
    finally:
        connection.close()
