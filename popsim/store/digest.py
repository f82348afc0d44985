"""Hashes of what tables say, whatever file, order of shards, engine or version of DuckDB they come from."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from popsim.store.duck import arrow_batches, quoted
from popsim.store.files import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

    from popsim.store.schema import Table

NOTHING = hashlib.sha256(b"").hexdigest()


def shard_table_digest(connection: duckdb.DuckDBPyConnection, table: Table, *, is_sorted: bool) -> str:
    """Hash over the rows in sorted order, column by column.

    A row whose sums are all zero says the same as no row, and is left out: whether a shard writes it must not matter.

    Args:
        connection: where the table or view of that name is.
        table: which.
        is_sorted: rows are stored in order (a packed file), which saves sorting them.
    """
    where = f" WHERE NOT ({' AND '.join(f'{quoted(name)} = 0' for name in table.summed)})" if table.summed else ""
    order = "" if is_sorted else " ORDER BY ALL"
    names, batches = arrow_batches(connection, f"SELECT * FROM {quoted(table.name)}{where}{order}")  # noqa: S608
    hashes = [hashlib.sha256() for _ in names]
    types = ["" for _ in names]
    rows = 0
    for batch in batches:
        rows += batch.num_rows
        for i, column in enumerate(batch.columns):
            values = np.ascontiguousarray(column.to_numpy(zero_copy_only=False))
            hashes[i].update(values.data)
            types[i] = str(values.dtype)
    if rows == 0:
        return NOTHING
    return fingerprint([[n, t, h.hexdigest()] for n, t, h in zip(names, types, hashes, strict=True)])


def small_table_digest(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    """Hash over the rows of a small table of any types, in sorted order."""
    return fingerprint(connection.execute(f"SELECT * FROM {quoted(name)} ORDER BY ALL").fetchall())  # noqa: S608


def result_digest(connection: duckdb.DuckDBPyConnection, tables: Iterable[Table], *, is_sorted: bool) -> str:
    """One hash over all tables of results."""
    return fingerprint({table.name: shard_table_digest(connection, table, is_sorted=is_sorted) for table in tables})
