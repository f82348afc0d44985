"""Errors written for the person who reads them: what was given, where, and what was expected."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class PopsimError(Exception):
    """A problem the user can mend. Commands print its text as one line and exit with status 2."""


class InputError(PopsimError):
    """Something is wrong in a file the user wrote.

    Args:
        message: what was expected and what was found.
        path: the file, if there is one.
        line: the line in that file, counted from one.
        key: the dotted name of the setting or column.
    """

    def __init__(self, message: str, *, path: Path | str | None = None, line: int | None = None, key: str = "") -> None:
        self.message, self.path, self.line, self.key = message, path, line, key
        place = "" if path is None else f"{path}:{line}: " if line else f"{path}: "
        super().__init__(f"{place}{key + ': ' if key else ''}{message}")


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the closest known name, or nothing when none is close."""
    close = get_close_matches(given, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""
