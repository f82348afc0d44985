"""JSON Schema in words: what a key expects, and what was found instead.

The core's keys and a plugin's parameters are worded alike, because both are read off the schema of their models.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from popsim.runs.toml_lines import KeyPath

Schema = Mapping[str, Any]

ID_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,63}$"
CSV_PATTERN = r"\.csv$"
PATTERNS: Mapping[str, str] = {
    ID_PATTERN: "1 to 64 lower-case letters, digits, '-' and '_', beginning with a letter or digit",
    CSV_PATTERN: "the path of a .csv file",
}
_LONGEST_SHOWN = 60


def schemas_at(schema: Schema, path: KeyPath, *, key: bool = False) -> list[Schema]:
    """The alternatives allowed at a path, ``null`` left out; with ``key``, those allowed for its last name itself."""
    steps = path[:-1] if key else path
    candidates = _alternatives(schema, schema)
    for step in steps:
        candidates = [
            choice for parent in candidates for child in _child(parent, step) for choice in _alternatives(child, schema)
        ]
    if not key:
        return candidates
    return [
        {"type": "string", "pattern": name} for parent in candidates for name in parent.get("patternProperties", {})
    ]


def known_keys(schema: Schema, path: KeyPath) -> list[str]:
    """The names a table at this path may hold."""
    return [name for table in schemas_at(schema, path) for name in table.get("properties", {})]


def options(candidates: Iterable[Schema]) -> list[str]:
    """The texts that may be chosen from, if any."""
    return [value for schema in candidates for value in _listed(schema) if isinstance(value, str)]


def expectation(candidates: Iterable[Schema]) -> str:
    """What any of these alternatives expects, as ``a whole number from 1 to 36,500``."""
    return " or ".join(dict.fromkeys(_expectation(schema) for schema in candidates)) or "another value"


def shown(value: object) -> str:
    """What was found, short enough for one line."""
    for kind, words in _SHOWN:
        if isinstance(value, kind):
            return words(value)
    return "nothing"


def _alternatives(schema: Schema, root: Schema) -> list[Schema]:
    if "$ref" in schema:
        return _alternatives(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    branches = schema.get("anyOf") or schema.get("oneOf")
    if branches:
        return [choice for branch in branches for choice in _alternatives(branch, root)]
    return [] if schema.get("type") == "null" else [schema]


def _child(schema: Schema, step: str | int) -> list[Schema]:
    if isinstance(step, int):
        prefix = schema.get("prefixItems", [])
        child = prefix[step] if step < len(prefix) else schema.get("items")
    else:
        named = schema.get("properties", {})
        others = [schema.get("additionalProperties"), *schema.get("patternProperties", {}).values()]
        return [named[step]] if step in named else [child for child in others if isinstance(child, dict)]
    return [child] if isinstance(child, dict) else []


def _listed(schema: Schema) -> list[Any]:
    return [schema["const"]] if "const" in schema else list(schema.get("enum", []))


def _expectation(schema: Schema) -> str:
    if listed := _listed(schema):
        return " or ".join(map(repr, listed)) if len(listed) < 3 else f"one of {', '.join(map(repr, listed))}"
    words = _WORDS.get(schema.get("type", ""))
    return words(schema) if words else "another value"


def _text(schema: Schema) -> str:
    if "pattern" in schema:
        return PATTERNS.get(schema["pattern"], f"a text: {schema.get('description', schema['pattern'])}")
    longest, shortest = schema.get("maxLength"), schema.get("minLength", 0)
    return f"a text of {shortest:,} to {longest:,} characters" if longest else "a text"


def _list(schema: Schema) -> str:
    low, high = schema.get("minItems", 0), schema.get("maxItems")
    items: Schema = schema.get("items") or next(iter(schema.get("prefixItems", [])), {})
    each = f", each {_expectation(items)}" if items.get("type") or _listed(items) else ""
    if low and low == high:
        return f"a list of {low} values{each}"
    return f"a list{' with at least one item' if low == 1 else ''}{each}"


def _range(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if low is not None and high is not None:
        return f" from {_figure(low)} to {_figure(high)}"
    bounds = [
        f"{words} {_figure(bound)}"
        for words, bound in (("of at least", low), ("above", above), ("of at most", high), ("below", below))
        if bound is not None
    ]
    return f" {' and '.join(bounds)}" if bounds else ""


def _figure(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) or not value.is_integer() else f"{int(value):,}"


_WORDS: dict[str, Callable[[Schema], str]] = {
    "string": _text,
    "integer": lambda schema: f"a whole number{_range(schema)}",
    "number": lambda schema: f"a number{_range(schema)}",
    "boolean": lambda _: "true or false",
    "array": _list,
    "object": lambda _: "a table",
}


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


_SHOWN: tuple[tuple[type | tuple[type, ...], Callable[[Any], str]], ...] = (
    (bool, lambda value: str(value).lower()),
    (dict, lambda _: "a table"),
    (list, lambda value: _short(f"[{', '.join(map(shown, value))}]")),
    (str, lambda value: repr(_short(value))),
    ((int, float), lambda value: _short(str(value))),
    ((date, time), lambda value: f"the date or time {value}"),
)
