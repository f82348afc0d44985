"""Tables from CSV files, with every problem told by file and line."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from popsim.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

MOST_PROBLEMS = 20


@dataclass
class Problems:
    """What is wrong with some files, gathered so that a user sees all of it at once."""

    found: list[tuple[Path, int, str]] = field(default_factory=list)

    def add(self, path: Path, line: int, message: str) -> None:
        """Note one problem."""
        self.found.append((path, line, message))

    def check(self) -> None:
        """Raise ``InputError`` if there are any: the first twenty, by file and line."""
        if not self.found:
            return
        told = [str(InputError(message, path=path, line=line)) for path, line, message in self.found]
        if len(told) == 1:
            path, line, message = self.found[0]
            raise InputError(message, path=path, line=line)
        more = f"\n  and {len(told) - MOST_PROBLEMS} more" if len(told) > MOST_PROBLEMS else ""
        listed = "".join(f"\n  {text}" for text in told[:MOST_PROBLEMS])
        raise InputError(f"{len(told)} problems{listed}{more}")


@dataclass(frozen=True)
class Line:
    """One line of a table.

    Attributes:
        path: the file.
        number: of the line, from 1.
        cells: texts by column; columns that the file leaves out are absent.
    """

    path: Path
    number: int
    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        """What stands there, stripped; empty where the file leaves the column out."""
        return self.cells.get(column, "")

    def needed(self, column: str) -> str:
        """What stands there; nothing is a ``ValueError``."""
        if not self.text(column):
            raise ValueError(f"{column} is empty")
        return self.text(column)

    def word(self, column: str, words: Sequence[str]) -> str:
        """One of these words, in any case; anything else is a ``ValueError``."""
        text = self.needed(column).lower()
        if text not in words:
            raise ValueError(f"{column} must be one of {', '.join(words)} (got {text!r}){did_you_mean(text, words)}")
        return text

    def whole(self, column: str, low: int, high: int) -> int:
        """A whole number within bounds; anything else is a ``ValueError``."""
        text = self.needed(column)
        if not text.isdecimal() or not low <= int(text) <= high:
            raise ValueError(f"{column} must be a whole number from {low} to {high} (got {text!r})")
        return int(text)

    def yes(self, column: str) -> bool:
        """Whether it says yes; a column left out or empty says no."""
        return bool(self.text(column)) and self.word(column, ("yes", "no", "true", "false", "1", "0")) in (
            "yes",
            "true",
            "1",
        )

    def moment(self, column: str) -> datetime:
        """A date and time, such as ``2024-05-01 13:30``; anything else is a ``ValueError``."""
        text = self.needed(column)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo or ":" not in text:
            raise ValueError(f"{column} must be a date and time such as 2024-05-01 13:30 (got {text!r})")
        return moment


def read_sheet(path: Path, required: Sequence[str], optional: Sequence[str] = ()) -> list[Line]:
    """Read a CSV file with a line of column names.

    Raises:
        InputError: it cannot be read, lacks a required column, has an unknown one, or a line of another length.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            header = [name.strip().lower() for name in next(reader, [])]
            _check_header(path, header, required, optional)
            return [_line(path, reader.line_num, header, cells) for cells in reader if any(c.strip() for c in cells)]
    except OSError as error:
        raise InputError(f"cannot read the file ({error.strerror})", path=path) from None
    except UnicodeDecodeError:
        raise InputError("expected a text file in UTF-8", path=path) from None
    except csv.Error as error:
        raise InputError(f"not a CSV file that can be read ({error})", path=path) from None


def _check_header(path: Path, header: Sequence[str], required: Sequence[str], optional: Sequence[str]) -> None:
    known = (*required, *optional)
    for name in required:
        if name not in header:
            others = f" (optional: {', '.join(optional)})" if optional else ""
            raise InputError(f"expected columns {', '.join(required)}{others}; {name} is missing", path=path, line=1)
    for name in header:
        if name not in known or header.count(name) > 1:
            fault = "given twice" if header.count(name) > 1 else f"not a column of {path.name}"
            hint = did_you_mean(name, [other for other in known if other not in header])
            raise InputError(f"{name!r} is {fault}{hint}", path=path, line=1)


def _line(path: Path, number: int, header: Sequence[str], cells: Sequence[str]) -> Line:
    if len(cells) != len(header):
        raise InputError(f"expected {len(header)} values (got {len(cells)})", path=path, line=number)
    return Line(path, number, dict(zip(header, (cell.strip() for cell in cells), strict=True)))
