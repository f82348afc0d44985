"""One shard's tables as Parquet files: columns straight from NumPy, hashed before they reach the disk."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from popsim.store.errors import StoreError
from popsim.store.files import sha256_of, write_atomically
from popsim.store.schema import NAME_TABLES, Table, checked_columns

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray


def write_table(
    path: Path, table: Table, given: Mapping[str, NDArray[Any]], known: Mapping[str, NDArray[np.bool_]]
) -> dict[str, Any]:
    """Write one table of one shard and return its entry in the commit record.

    Args:
        path: the Parquet file.
        table: which table.
        given: its columns, ``(rows,)`` each.
        known: for each table of names, ``(256,)``: which codes have a name.
    """
    columns = checked_columns(table, dict(given))
    for column in table.columns:
        if column.names:
            _check_codes(table.name, column.name, column.names, columns[column.name], known[column.names])
    rows = len(next(iter(columns.values())))
    entry: dict[str, Any] = {"rows": rows, "columns": {name: str(values.dtype) for name, values in columns.items()}}
    if rows == 0:
        return entry
    content = _parquet(columns)
    write_atomically(path, content)
    return entry | {"file": path.name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _parquet(columns: Mapping[str, NDArray[Any]]) -> memoryview:
    import pyarrow as pa  # noqa: PLC0415 - takes long to import, and reading records does without
    import pyarrow.parquet as pq  # noqa: PLC0415

    stream = pa.BufferOutputStream()
    pq.write_table(pa.table({name: np.ascontiguousarray(v) for name, v in columns.items()}), stream, compression="zstd")
    return memoryview(stream.getvalue())


def _check_codes(table: str, column: str, names: str, codes: NDArray[Any], known: NDArray[np.bool_]) -> None:
    if not known[codes].all():
        stranger = int(codes[~known[codes]][0])
        raise StoreError(f"{table}.{column} holds {stranger}, which has no name in this run's table {names!r}")


def known_codes(provenance: Mapping[str, Any]) -> dict[str, NDArray[np.bool_]]:
    """For each table of names, which of the 256 codes have a name in this run."""
    tables = {"arm": provenance["arms"], **{name: provenance["names"].get(name, []) for name in NAME_TABLES}}
    known = {name: np.zeros(256, dtype=np.bool_) for name in tables}
    for name, rows in tables.items():
        known[name][[row["id"] for row in rows]] = True
    return known


def file_problem(folder: Path, entry: Mapping[str, Any], *, check_hash: bool) -> str | None:
    """What is wrong with one file of a commit record, as one sentence, or ``None``."""
    if not entry["rows"]:
        return None
    path = folder / str(entry["file"])
    if not path.is_file():
        return f"{path} is missing"
    size = path.stat().st_size
    if size != entry["bytes"]:
        return f"{path} is cut short or was changed: it has {size} bytes, {entry['bytes']} were written"
    if check_hash and sha256_of(path) != entry["sha256"]:
        return f"{path} was changed after it was written: its hash does not match"
    return None
