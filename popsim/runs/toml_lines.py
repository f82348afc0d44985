"""Where each key of a TOML file stands: ``tomllib`` says what a file means, this says on which line.

The scanner reads only texts that ``tomllib`` has accepted, so it may trust them: it tells
tokens apart and never judges.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right

KeyPath = tuple[str | int, ...]
"""The way to a value: table names and list positions, as ``("arms", 0, "name")``."""

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}'  # up to two quotes may stand before the three that close
    r"|'''.*?'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]+")


def key_lines(text: str) -> dict[KeyPath, int]:
    """Return the line, counted from one, on which each key, table and list item of a valid TOML text stands.

    A table is on the line of its own header; one that is only named by its children, on the line of the first of them.
    """
    return _Scanner(text.replace("\r\n", "\n")).document()


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.newlines = [found.start() for found in re.finditer("\n", text)]
        self.lines: dict[KeyPath, int] = {}
        self.latest_item: dict[KeyPath, int] = {}

    def document(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        self.skip(_BLANK)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)
            self.skip(_BLANK)
        return self.lines

    def header(self) -> KeyPath:
        """``[table]`` or ``[[list of tables]]``; returns the table's path."""
        line = self.line()
        brackets = 2 if self.text.startswith("[[", self.at) else 1
        self.at += brackets
        path = self.mark_parts((), self.key(), line)
        self.at += brackets
        if brackets == 2:
            self.latest_item[path] = self.latest_item.get(path, -1) + 1
            path = self.inside(path)
        self.lines[path] = line
        return path

    def pair(self, table: KeyPath) -> None:
        """``key = value`` inside ``table``."""
        line = self.line()
        path = self.mark_parts(table, self.key(), line)
        self.at += 1
        self.skip(_SPACE)
        self.value(path)

    def key(self) -> list[str]:
        """The parts of a dotted key, up to the ``=`` or ``]`` behind it."""
        parts: list[str] = []
        while True:
            self.skip(_SPACE)
            if self.text[self.at] in "\"'":
                parts.append(tomllib.loads(f"key = {self.skip(_STRING)}")["key"])
            else:
                parts.append(self.skip(_BARE_KEY))
            self.skip(_SPACE)
            if self.text[self.at] != ".":
                return parts
            self.at += 1

    def value(self, path: KeyPath) -> None:
        opening = self.text[self.at]
        if opening == "[":
            self.list_items(path)
        elif opening == "{":
            self.inline_table(path)
        else:
            self.skip(_STRING if opening in "\"'" else _SCALAR)

    def list_items(self, path: KeyPath) -> None:
        self.at += 1
        index = 0
        while self.upcoming() != "]":
            self.lines[(*path, index)] = self.line()
            self.value((*path, index))
            index += 1
            self.skip_comma()
        self.at += 1

    def inline_table(self, path: KeyPath) -> None:
        self.at += 1
        while self.upcoming() != "}":
            self.pair(path)
            self.skip_comma()
        self.at += 1

    def mark_parts(self, table: KeyPath, parts: list[str], line: int) -> KeyPath:
        """Note the line of every part of a key; a list of tables on the way means its latest item."""
        path = table
        for part in parts:
            path = (*self.inside(path), part)
            self.lines.setdefault(path, line)
        return path

    def inside(self, path: KeyPath) -> KeyPath:
        return (*path, self.latest_item[path]) if path in self.latest_item else path

    def upcoming(self) -> str:
        self.skip(_BLANK)
        return self.text[self.at]

    def skip_comma(self) -> None:
        if self.upcoming() == ",":
            self.at += 1

    def line(self) -> int:
        return bisect_right(self.newlines, self.at - 1) + 1

    def skip(self, pattern: re.Pattern[str]) -> str:
        """Move behind the next token, which must match, and return it."""
        found = pattern.match(self.text, self.at)
        if found is None:
            raise ValueError(f"not a TOML text that tomllib accepts, at character {self.at}")
        self.at = found.end()
        return found.group()
