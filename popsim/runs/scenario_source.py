"""Reading a scenario's file: text, values and lines, or one sentence about why there are none."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from popsim.errors import InputError, did_you_mean
from popsim.hooks import load_plugins
from popsim.runs.scenario_errors import Problem, ScenarioError
from popsim.runs.shipped import shipped_scenarios
from popsim.runs.toml_lines import KeyPath, key_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from popsim.hooks import PluginRegistry

_LARGEST_BYTES = 1_000_000
_LARGEST_BITS = 1024
_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_TOML_WORDS = {
    "Cannot overwrite a value": "a key that is already set",
    "Cannot declare": "a table that is already there",
    "Cannot mutate": "a key for a table that is already closed",
    "Invalid statement": "a line that begins with neither a name nor [",
    "Invalid value": "a value that is no number, date, true, false or text in quotes",
    "Illegal character '\\n'": "a text that does not close on its line",
    "Illegal character": "a character that may not stand there",
    "Unterminated string": "a text that does not close",
    "Unclosed array": "a list that does not close",
    "Unclosed inline table": "a table that does not close",
    "Invalid hex value": "a backslash that begins no escape; put such a text in single quotes",
    "Unescaped": "a backslash that begins no escape; put such a text in single quotes",
    "Expected '=' after a key": "a name without = and a value",
    "Expected ']": "a table's name that does not close",
    "Expected newline or end of document": "something behind the value that does not belong to it",
    "Invalid initial character for a key": "a name that begins with a character that needs quotes",
    "Invalid date or datetime": "a date that does not exist",
}
"""Beginnings of the messages of ``tomllib``, and what they mean to somebody who does not write parsers."""


@dataclass(frozen=True)
class Source:
    """A scenario as written.

    Attributes:
        text: the file's text.
        path: where it was read, ``None`` for a text that came without a file.
        lines: the line of every key.
        data: the values as ``tomllib`` reads them.
    """

    text: str
    path: Path | None
    lines: dict[KeyPath, int]
    data: dict[str, Any]

    @property
    def folder(self) -> Path:
        """Where the scenario's relative paths begin."""
        return Path() if self.path is None else self.path.parent

    def error(self, problems: list[Problem]) -> ScenarioError:
        """The problems, each with its line in this file."""
        return ScenarioError.at_lines(problems, self.lines, self.path)


def find_scenario(name_or_path: str | Path, registry: PluginRegistry | None = None) -> Path:
    """The file of a scenario that ships or that a plugin brings, by its name, or the file at a path.

    Args:
        name_or_path: such as ``office`` or ``studies/office.toml``.
        registry: the plugins; those that are installed unless given, looked at only for a name that is not known.
    """
    shipped = shipped_scenarios()
    if str(name_or_path) in shipped:
        return shipped[str(name_or_path)]
    path = Path(name_or_path)
    if path.is_dir():
        raise InputError("expected a scenario file (got a folder)", path=path)
    return path if path.exists() else _of_plugins(name_or_path, registry or load_plugins())


def _of_plugins(name: str | Path, registry: PluginRegistry) -> Path:
    if str(name) in registry.scenarios:
        return registry.scenarios[str(name)]
    known = [*shipped_scenarios(), *registry.scenarios]
    expected = f"expected a file, or the name of a scenario that ships: {', '.join(known)}"
    raise InputError(f"{expected} (found neither){did_you_mean(Path(name).stem, known)}", path=name)


def read_scenario_file(path: Path) -> str:
    """The file's text; one that is too large, unreadable or not UTF-8 raises ``InputError``."""
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_BYTES + 1)
        if len(content) > _LARGEST_BYTES:
            raise InputError(f"expected a scenario of at most {_LARGEST_BYTES:,} bytes", path=path)
        return content.decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", path=path) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"expected UTF-8 text (got byte 0x{error.object[error.start]:02x})", path=path, line=line
        ) from None


def parse_source(text: str, path: Path | None) -> Source:
    """Read TOML; a text that is not TOML raises ``ScenarioError`` with the line."""
    data = _parse(text, path)
    if not data:
        raise ScenarioError([InputError("expected a scenario (the file is empty)", path=path, line=1)])
    source = Source(text, path, key_lines(text), data)
    huge = [
        Problem(place, f"expected a number that fits a computer (got one of {value.bit_length():,} bits)")
        for place, value in _numbers(data)
        if value.bit_length() > _LARGEST_BITS
    ]
    if huge:
        raise source.error(huge)
    return source


def _parse(text: str, path: Path | None) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message, line = _toml_problem(str(error), text)
    except RecursionError:
        message, line = "lists or tables nested too deeply", 1
    except ValueError:
        message, line = _digits_problem(text)
    raise ScenarioError([InputError(f"expected valid TOML (got {message})", path=path, line=line)])


def _toml_problem(message: str, text: str) -> tuple[str, int]:
    words = next((words for start, words in _TOML_WORDS.items() if message.startswith(start)), message)
    place = _TOML_PLACE.search(message)
    if place is None:
        return words, 1
    words = words.removesuffix(place.group())
    return (f"{words}, column {place[2]}", int(place[1])) if place[1] else (words, text.rstrip().count("\n") + 1)


def _digits_problem(text: str) -> tuple[str, int]:
    """``tomllib`` lets Python's own refusal of numbers with thousands of digits through, without a line."""
    longest = max(re.finditer(r"[0-9_]+", text), key=lambda found: len(found.group()))
    return f"a number of {len(longest.group()):,} digits", text.count("\n", 0, longest.start()) + 1


def _numbers(value: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, int]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from _numbers(child, (*path, key))
    if isinstance(value, int):
        yield path, value
