"""What can be wrong with a cohort file, said with the line and what was expected."""

from __future__ import annotations

import csv
from collections import Counter
from typing import TYPE_CHECKING

from popsim.errors import InputError, did_you_mean
from popsim.people.cohort_columns import COHORT_COLUMNS, PERSON_ID, REQUIRED
from popsim.people.population import Sex

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from popsim.people.cohort_columns import CohortColumn

MOST_PROBLEMS = 20
NOT_UTF8 = "expected UTF-8 text; save the file as 'CSV UTF-8'"
_LONGEST_QUOTE = 40
_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}


class Problems:
    """Collects the problems of one file and raises them together.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: list[tuple[int, str, str]] = []
        self._line_of_id: dict[float, int] = {}

    def check(self, line: int, columns: Sequence[CohortColumn], cells: Sequence[str]) -> list[float | int]:
        """Values of one line; what is wrong in it is kept, and raised at once when enough has been found."""
        if len(cells) != len(columns):
            self._add(line, "", f"expected {len(columns)} cells (got {len(cells)})")
            return []
        values = {c.header: self._value(line, c, cell) for c, cell in zip(columns, cells, strict=True)}
        self._check_person(line, values)
        return [0 if v is None else v for v in values.values()]

    def finish(self, people: int) -> None:
        """Raise ``InputError`` if anything was wrong or nobody is in the file."""
        if self._lines:
            self._raise("")
        if people == 0:
            raise InputError("expected at least one person below the line of column names", path=self._path, line=2)

    def _value(self, line: int, column: CohortColumn, cell: str) -> float | int | None:
        try:
            return column.parse(cell)
        except ValueError:
            got = "an empty cell" if not cell.strip() else _quoted(cell)
            self._add(line, column.header, f"expected {column.expected} (got {got})")
            return None

    def _check_person(self, line: int, values: dict[str, float | int | None]) -> None:
        person = values[PERSON_ID.name]
        if person is not None:
            first = self._line_of_id.setdefault(person, line)
            if first != line:
                self._add(line, PERSON_ID.name, f"expected an id of its own (got {person}, already on line {first})")
        if values.get("pregnant") == 1 and values["sex"] == Sex.MALE:
            self._add(line, "pregnant", "expected false where sex is male (got true)")

    def _add(self, line: int, column: str, message: str) -> None:
        self._lines.append((line, column, message))
        if len(self._lines) == MOST_PROBLEMS:
            self._raise("; there may be more")

    def _raise(self, more: str) -> None:
        if len(self._lines) == 1:
            line, column, message = self._lines[0]
            raise InputError(message, path=self._path, line=line, key=column)
        listed = [f"  {InputError(text, path=self._path, line=line, key=key)}" for line, key, text in self._lines]
        raise InputError("\n".join([f"{len(listed)} problems{more}:", *listed]), path=self._path)


def first_row(path: Path, start: bytes) -> list[str]:
    """The cells of the first line, if the file looks like comma-separated UTF-8 text with something in it."""
    if not start.strip():
        raise InputError(f"expected a first line with column names such as {','.join(REQUIRED)}", path=path, line=1)
    try:
        text = start.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(NOT_UTF8, path=path, line=1) from None
    try:
        return next(csv.reader([text.rstrip("\r\n")], strict=True), [])
    except csv.Error as error:
        raise InputError(f"expected a line of column names ({error})", path=path, line=1) from None


def check_header(path: Path, names: Sequence[str]) -> list[str]:
    """Column names as given, if all are known, none is repeated, none required is missing and legs come in pairs."""
    names = [name.strip() for name in names]
    separator = next((s for s in _OTHER_SEPARATORS if len(names) == 1 and s in names[0]), None)
    if separator:
        raise InputError(
            f"expected commas between columns (got {_OTHER_SEPARATORS[separator]}); "
            "save the file comma separated, with a decimal point",
            path=path,
            line=1,
        )
    problems = _header_problems(names)
    if problems:
        raise InputError("; ".join(problems[:MOST_PROBLEMS]), path=path, line=1)
    return names


def _header_problems(names: Sequence[str]) -> list[str]:
    unknown = [f"unknown column {_quoted(n)}{_suggestion(n)}" for n in names if n not in COHORT_COLUMNS]
    repeated = [f"column {n!r} appears {times} times" for n, times in Counter(names).items() if times > 1]
    missing = [f"required column {n!r} is missing" for n in REQUIRED if n not in names]
    return unknown + repeated + missing + _unpaired(names)


def _unpaired(names: Sequence[str]) -> list[str]:
    other = {"left": "right", "right": "left"}
    sides = [(n, *n.split("_", 1)) for n in names if n in COHORT_COLUMNS and COHORT_COLUMNS[n].leg is not None]
    pairs = [(name, f"{other[side]}_{trait}") for name, side, trait in sides]
    return [f"column {name!r} needs {partner!r} beside it" for name, partner in pairs if partner not in names]


def _suggestion(name: str) -> str:
    """The closest known column, or one that contains the name given."""
    close = did_you_mean(name.lower(), COHORT_COLUMNS)
    containing = [known for known in COHORT_COLUMNS if name and name.lower() in known]
    return close or (f"; did you mean {containing[0]!r}?" if containing else "")


def _quoted(cell: str) -> str:
    return repr(cell if len(cell) <= _LONGEST_QUOTE else cell[:_LONGEST_QUOTE] + "…")
