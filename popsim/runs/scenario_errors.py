"""What is wrong with a scenario, said so that its author can mend it: each problem with file, line and key."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from popsim.errors import InputError, did_you_mean
from popsim.runs.scenario_words import expectation, known_keys, options, schemas_at, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from popsim.runs.toml_lines import KeyPath

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Problem:
    """One thing to mend.

    Attributes:
        path: where it is in the file.
        message: what was expected there and what was found.
    """

    path: KeyPath
    message: str

    @property
    def key(self) -> str:
        """The dotted name of the key; positions in lists are left out, since the line tells them."""
        parts = (part for part in self.path if isinstance(part, str))
        return ".".join(f'"{part}"' if "." in part or not part else part for part in parts)


class ScenarioError(InputError):
    """A scenario that cannot run; its text has one line per problem.

    Attributes:
        problems: the problems in the order of the file.
    """

    def __init__(self, problems: Sequence[InputError]) -> None:
        first = problems[0]
        super().__init__(first.message, path=first.path, line=first.line, key=first.key)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.problems,))

    @classmethod
    def at_lines(
        cls, problems: Iterable[Problem], lines: Mapping[KeyPath, int], path: Path | str | None
    ) -> ScenarioError:
        """Give every problem the line of its key or, when it has none, of the closest table around it."""
        placed = [
            InputError(problem.message, path=path, line=_line(problem.path, lines), key=problem.key)
            for problem in problems
        ]
        return cls(sorted(placed, key=lambda problem: problem.line or 0))

    @classmethod
    def unplaced(cls, problems: Iterable[Problem]) -> ScenarioError:
        """Problems of something that is in no file, such as an option."""
        return cls([InputError(problem.message, key=problem.key) for problem in problems])


def _line(path: KeyPath, lines: Mapping[KeyPath, int]) -> int:
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def validate(model: type[Model], data: Any) -> Model:
    """Read TOML data strictly; going by JSON lets TOML's lists fill tuples and its texts fill enumerations."""
    return model.model_validate_json(json.dumps(data, default=lambda value: {"not in JSON": str(value)}), strict=True)


def model_problems(model: type[BaseModel], data: Any, at: KeyPath = ()) -> list[Problem]:
    """Return what is wrong with the data of one table; ``at`` is the table's place in the file."""
    try:
        validate(model, data)
    except ValidationError as error:
        worded = _worded(error, model.model_json_schema(), data)
        return [Problem((*at, *path), message) for path, message in worded]
    return []


def _worded(error: ValidationError, schema: Mapping[str, Any], data: Any) -> Iterator[tuple[KeyPath, str]]:
    placed = [(*_place(details["loc"], data), details) for details in error.errors(include_url=False)]
    seen: set[KeyPath] = set()
    for path, value, details in placed:
        inside = any(len(other) > len(path) and other[: len(path)] == path for other, _, _ in placed)
        # a list whose items are wrong is also called too short
        if path not in seen and not (inside and details["type"] == "too_short"):
            yield path, _message(details, path, value, schema)
        seen.add(path)


def _place(location: KeyPath, data: Any) -> tuple[KeyPath, Any]:
    """The path in the file and the value found there; pydantic's names for branches of a union are left out."""
    path: KeyPath = ()
    for step, part in enumerate(location):
        if part == "[key]":
            break
        if _holds(data, part):
            path, data = (*path, part), data[part]
        elif step == len(location) - 1 and isinstance(data, dict) and isinstance(part, str):
            path, data = (*path, part), None
    return path, data


def _holds(data: Any, part: str | int) -> bool:
    if isinstance(data, list):
        return isinstance(part, int) and part < len(data)
    return isinstance(data, dict) and part in data


def _message(details: ErrorDetails, path: KeyPath, value: Any, schema: Mapping[str, Any]) -> str:
    if details["type"] == "extra_forbidden":
        return _unknown_key(str(path[-1]), known_keys(schema, path[:-1]))
    if details["type"] in {"value_error", "assertion_error"}:
        return str(details.get("ctx", {}).get("error", details["msg"]))
    if details["loc"][-1:] == ("[key]",):
        return f"expected a name of {expectation(schemas_at(schema, path, key=True))} (got {shown(path[-1])})"
    candidates = schemas_at(schema, path)
    wanted = expectation(candidates)
    if details["type"] == "finite_number":
        wanted = wanted.replace("a number", "a finite number")
    return f"expected {wanted} (got {shown(value)}){_hint(path, value, candidates)}"


def _hint(path: KeyPath, value: Any, candidates: Sequence[Mapping[str, Any]]) -> str:
    if isinstance(value, str):
        return did_you_mean(value, options(candidates))
    if isinstance(value, dict) and any(schema.get("type") == "array" for schema in candidates):
        return f"; write [[{path[-1]}]] instead of [{path[-1]}]"
    if value is None and any(schema.get("type") == "object" for schema in candidates):
        return f"; begin it with [{path[-1]}]"
    return ""


def _unknown_key(name: str, known: list[str]) -> str:
    hint = did_you_mean(name, known)
    return f"no such key{hint}" if hint else f"no such key; expected one of {', '.join(known)}"
