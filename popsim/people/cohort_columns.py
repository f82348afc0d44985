"""The columns of a cohort file: what each is called, what a cell may hold, and how the manual lists them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from popsim.people.population import COLUMNS, Column, Sex, Work

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PERSON_ID = Column("person_id", "int64", "person", "1", 0, 2**63 - 1, None, "Permanent id that random draws hang on")
REQUIRED = ("person_id", "age_years", "sex")

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_EXACT_FLOAT = 2.0**53
_FLAGS = {"true": 1, "false": 0, "yes": 1, "no": 0, "1": 1, "0": 0}
_CODES: dict[str, Mapping[str, int]] = {
    "sex": {name: code for s in Sex for name, code in ((s.name.lower(), s.value), (str(s.value), s.value))},
    "work": {name: code for w in Work for name, code in ((w.name.lower(), w.value), (str(w.value), w.value))},
}


@dataclass(frozen=True)
class CohortColumn:
    """One column of a cohort file.

    Attributes:
        header: its name in the first line.
        column: the column of the population it fills.
        leg: 0 left, 1 right, ``None`` for the whole person.
    """

    header: str
    column: Column
    leg: int | None = None

    @property
    def codes(self) -> Mapping[str, int] | None:
        """The words a cell may hold (lower case) with their codes, ``None`` for numbers."""
        return _FLAGS if self.column.dtype == "bool" else _CODES.get(self.column.name)

    @property
    def whole(self) -> bool:
        """Whether cells hold whole numbers."""
        return self.codes is None and "int" in self.column.dtype

    @property
    def expected(self) -> str:
        """What a cell may hold, in words."""
        if self.column is PERSON_ID:
            return "a whole number, 0 or greater"
        if self.column.dtype == "bool":
            return "true, false, yes, no, 1 or 0"
        if self.codes is not None:
            words = [word for word in self.codes if not word.isdigit()]
            return f"{', '.join(words)} or their code, 0 to {len(words) - 1}"
        unit = "" if self.column.unit == "1" else f" {self.column.unit}"
        return f"a {'whole ' if self.whole else ''}number from {self.column.low:g} to {self.column.high:g}{unit}"

    def parse(self, cell: str) -> float | int:
        """The value of a cell; raises ``ValueError`` for anything not expected."""
        text = cell.strip()
        if self.codes is not None:
            if text.lower() not in self.codes:
                raise ValueError(text)
            return self.codes[text.lower()]
        if not _NUMBER.fullmatch(text):
            raise ValueError(text)
        value = self._whole(text) if self.whole else float(text)
        if not (math.isfinite(value) and self.column.low <= value <= self.column.high):
            raise ValueError(text)
        return value

    @staticmethod
    def _whole(text: str) -> int:
        if text.isdigit():
            return int(text)
        value = float(text)
        if not value.is_integer() or abs(value) > _EXACT_FLOAT:
            raise ValueError(text)
        return int(value)


def _cohort_columns() -> Iterator[CohortColumn]:
    yield CohortColumn("person_id", PERSON_ID)
    for column in COLUMNS.values():
        if column.per == "person":
            yield CohortColumn(column.name, column)
        else:
            yield CohortColumn(f"left_{column.name}", column, 0)
            yield CohortColumn(f"right_{column.name}", column, 1)


COHORT_COLUMNS: dict[str, CohortColumn] = {c.header: c for c in _cohort_columns()}
"""Every column a cohort file may have, by header."""


def columns_markdown() -> str:
    """The table of cohort columns as the manual shows it."""
    lines = ["| column | a cell holds | meaning | when left out |", "|---|---|---|---|"]
    for c in COHORT_COLUMNS.values():
        side = "" if c.leg is None else (" (left leg)", " (right leg)")[c.leg]
        lines.append(f"| `{c.header}` | {c.expected} | {c.column.meaning}{side} | {_when_left_out(c)} |")
    return "\n".join(lines)


def _when_left_out(column: CohortColumn) -> str:
    if column.header in REQUIRED:
        return "required"
    return "synthesised" if column.column.default is None else f"{column.column.default:g}"
