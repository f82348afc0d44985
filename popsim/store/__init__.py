"""The store: run folders, commit records, packed files, queries.

DuckDB and Arrow are imported when the first name that needs them is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from popsim.store.checks import logical_hash, verify
    from popsim.store.errors import StoreError
    from popsim.store.folder import RunFolder
    from popsim.store.migrations import migrate
    from popsim.store.packing import pack
    from popsim.store.provenance import provenance_mismatch
    from popsim.store.results import Results, RunSummary, list_runs
    from popsim.store.schema import to_fixed

__all__ = [
    "Results",
    "RunFolder",
    "RunSummary",
    "StoreError",
    "list_runs",
    "logical_hash",
    "migrate",
    "pack",
    "provenance_mismatch",
    "to_fixed",
    "verify",
]

_ROOMS = {
    "Results": "results",
    "RunFolder": "folder",
    "RunSummary": "results",
    "StoreError": "errors",
    "list_runs": "results",
    "logical_hash": "checks",
    "migrate": "migrations",
    "pack": "packing",
    "provenance_mismatch": "provenance",
    "to_fixed": "schema",
    "verify": "checks",
}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"popsim.store.{_ROOMS[name]}"), name)
