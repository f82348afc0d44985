"""Tables of plugins' own: what an outcome keeps where sums by day and age group do not say enough."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    from numpy.typing import ArrayLike, NDArray

FILLED_IN = ("day", "age_group", "person", "batch")
"""What the core can write down about each line by itself."""
TAKEN_COLUMNS = frozenset({"arm", *FILLED_IN})
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_TYPES = ("uint8", "uint16", "int32", "int64")
_SUMS = "int64"
_CODES = ("", "activity", "site")


@dataclass(frozen=True)
class TableColumn:
    """One column of an outcome's own table, kept in whole numbers so that sums are exact in any order.

    Attributes:
        name: as in queries: lower-case letters, digits and ``_``.
        meaning: what a number in it says.
        unit: of the amount.
        resolution: the amount is kept in whole multiples of this.
        summed: whether lines alike in all other columns become one, with the sum of these.
        dtype: of what is kept: ``uint8``, ``uint16``, ``int32`` or ``int64``; sums are always ``int64``.
        codes: ``activity`` or ``site`` where its numbers are codes of these; their names stand in the table so named.
    """

    name: str
    meaning: str
    unit: str = "1"
    resolution: float = 1.0
    summed: bool = False
    dtype: str = "int64"
    codes: Literal["", "activity", "site"] = ""


@dataclass(frozen=True)
class OwnTable:
    """An outcome's own table. The store calls it ``outcome_NAME``, with ``_`` for ``-``; ``arm`` is its first column.

    Attributes:
        meaning: what one row is.
        columns: what the outcome gives for each line.
        by: which of ``day``, ``age_group``, ``person`` and ``batch`` the core adds to each line.
    """

    meaning: str
    columns: tuple[TableColumn, ...]
    by: tuple[str, ...] = ("day", "age_group")

    @property
    def summed(self) -> tuple[str, ...]:
        """Names of the columns that are added up."""
        return tuple(column.name for column in self.columns if column.summed)


@dataclass(frozen=True)
class Lines:
    """Lines for an outcome's own table.

    Attributes:
        who: whom they are about: of whom there is one line each, bool ``(N,)``; or the place of the person each line is
            about, ``(R,)``, where somebody has several.
        columns: by name of the column, a number, or an array as long as ``who``.
    """

    who: NDArray[np.bool_] | NDArray[np.int64]
    columns: Mapping[str, ArrayLike]


def own_table_problem(table: OwnTable) -> str:
    """What is wrong with a table, as one sentence; empty when nothing is."""
    if not (isinstance(table, OwnTable) and all(isinstance(column, TableColumn) for column in table.columns)):
        return "table must be an OwnTable of TableColumns"
    return next(chain(_table_problems(table), *(_column_problems(column) for column in table.columns)), "")


def _table_problems(table: OwnTable) -> Iterator[str]:
    if not table.meaning:
        yield "table needs a meaning, what one row is"
    if not table.columns:
        yield "table needs columns"
    for name in table.by:
        if name not in FILLED_IN or table.by.count(name) > 1:
            yield f"table.by must be some of {', '.join(FILLED_IN)}, each once (got {name!r})"
    names = [column.name for column in table.columns]
    for name in names:
        if names.count(name) > 1 or name in TAKEN_COLUMNS:
            yield f"the column name {name!r} of table is already taken"


def _column_problems(column: TableColumn) -> Iterator[str]:
    if not (isinstance(column.name, str) and _NAME.fullmatch(column.name)):
        yield f"the name of a column must be lower-case letters, digits and _ (got {column.name!r})"
    if not (column.meaning and isinstance(column.unit, str)):
        yield f"column {column.name} needs a meaning and a unit"
    if not 0 < column.resolution < float("inf"):
        yield f"the resolution of column {column.name} must be above 0 (got {column.resolution!r})"
    if column.dtype not in _TYPES or (column.summed and column.dtype != _SUMS):
        expected = _SUMS if column.summed else ", ".join(_TYPES)
        yield f"the dtype of column {column.name} must be {expected} (got {column.dtype!r})"
    if column.codes not in _CODES or (column.codes and (column.summed or column.resolution != 1.0)):
        yield f"codes of column {column.name} must be activity or site, in a column neither summed nor scaled"
