"""Reading case files: every problem with file, line and key, before anything runs."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from popsim.errors import InputError, did_you_mean
from popsim.runs.scenario import Scenario
from popsim.runs.scenario_checks import load_problems, plugin_problems
from popsim.runs.scenario_errors import Problem, ScenarioError, model_problems, validate
from popsim.runs.scenario_source import Source, find_scenario, parse_source, read_scenario_file
from popsim.validation.case import Case, Group
from popsim.validation.case_checks import case_problems

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from popsim.hooks import PluginRegistry
    from popsim.runs.toml_lines import KeyPath

CASES_FOLDER = Path(__file__).parent / "cases"


@dataclass(frozen=True)
class LoadedCase:
    """A case that has been checked.

    Attributes:
        case: as the file says.
        path: the file.
        scenarios: the scenario of each group, in order; groups that differ in nothing share one.
    """

    case: Case
    path: Path
    scenarios: tuple[Scenario, ...]


def shipped_cases() -> list[Path]:
    """The files of the cases that come with popsim, by name."""
    return sorted(CASES_FOLDER.glob("*.toml"))


def find_cases(given: Sequence[str | Path]) -> list[Path]:
    """The files meant by files, folders and ids of shipped cases; all that ship when nothing is given."""
    if not given:
        return shipped_cases()
    return list(dict.fromkeys(path for entry in given for path in _files(entry)))


def _files(entry: str | Path) -> list[Path]:
    path = Path(entry)
    if path.is_dir():
        found = sorted(path.glob("*.toml"))
        if not found:
            raise InputError("expected a folder with case files (*.toml) in it", path=path)
        return found
    if path.exists():
        return [path]
    shipped = {name: file for file in shipped_cases() for name in (file.stem, file.stem.partition("-")[0])}
    name = str(entry).lower()
    if name not in shipped:
        hint = did_you_mean(name, shipped)
        raise InputError(f"expected a case file, a folder of them or the id of one that ships{hint}", path=entry)
    return [shipped[name]]


def load_cases(paths: Iterable[Path], registry: PluginRegistry) -> list[LoadedCase]:
    """Read and check case files; the problems of all of them are in one ``ScenarioError``."""
    loaded: list[LoadedCase] = []
    problems: list[InputError] = []
    seen: dict[str, Path] = {}
    for path in paths:
        try:
            one = load_case(path, registry)
        except ScenarioError as error:
            problems += error.problems
            continue
        if seen.setdefault(one.case.id, path) != path:
            message = f"expected an id of its own (got {one.case.id!r}, as in {seen[one.case.id]})"
            problems.append(InputError(message, path=path, key="id"))
        loaded.append(one)
    if problems:
        raise ScenarioError(problems)
    return loaded


def load_case(path: Path, registry: PluginRegistry) -> LoadedCase:
    """Read and check one case file.

    Raises:
        InputError: it cannot be read.
        ScenarioError: it is wrong; all its problems are in it.
    """
    source = parse_source(read_scenario_file(path), path)
    problems = model_problems(Case, source.data)
    if problems:
        raise source.error(problems)
    case = validate(Case, source.data)
    scenarios = tuple(_group_scenarios(case, source, registry))
    problems = case_problems(case, scenarios, registry)
    if problems:
        raise source.error(problems)
    return LoadedCase(case, path, scenarios)


def _group_scenarios(case: Case, source: Source, registry: PluginRegistry) -> Iterator[Scenario]:
    """The scenario of each group; equal data give the same object."""
    base, home = _base_scenario(case, source)
    made: dict[str, Scenario] = {}
    for index, group in enumerate(case.groups):
        data = _complete(case, {**base, **group.scenario})
        key = json.dumps(data, sort_keys=True, default=str)
        if key not in made:
            made[key] = _scenario(data, _place(group, index), source, home, registry)
        yield made[key]


def _place(group: Group, index: int) -> KeyPath:
    return ("groups", index, "scenario") if group.scenario else ("scenario",)


def _base_scenario(case: Case, source: Source) -> tuple[dict[str, Any], Path]:
    """The scenario's data and the file that its relative paths begin beside."""
    if not isinstance(case.scenario, str):
        return dict(source.data["scenario"]), source.path or Path("case.toml")
    beside = source.folder / case.scenario
    try:
        path = beside if beside.is_file() else find_scenario(case.scenario)
        return parse_source(read_scenario_file(path), path).data, path
    except ScenarioError:
        raise
    except InputError as error:
        raise source.error([Problem(("scenario",), error.message)]) from None


def _complete(case: Case, data: Mapping[str, Any]) -> dict[str, Any]:
    """The scenario with what a case need not repeat."""
    name = re.sub(r"[^a-z0-9_-]", "-", case.id.lower())
    given = {"name": f"case-{name}"[:64], "title": case.title, **data}
    given["people"] = {"count": case.precision.people, **_table(data.get("people"))}
    given["outputs"] = {"trace_people": 0, "person_sample": 0, **_table(data.get("outputs"))}
    return given


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _scenario(data: dict[str, Any], place: KeyPath, source: Source, home: Path, registry: PluginRegistry) -> Scenario:
    """Check one scenario; its problems are placed in the case's file."""
    own = {path[len(place) :]: line for path, line in source.lines.items() if path[: len(place)] == place}
    inner = Source(source.text, home, own, data)
    problems = [*model_problems(Scenario, data), *load_problems(inner), *plugin_problems(data, registry)]
    if problems:
        raise source.error([Problem((*place, *problem.path), problem.message) for problem in problems])
    return Scenario.from_text(as_toml(data), home)


def as_toml(data: Mapping[str, Any]) -> str:
    """A table as TOML text, one key a line."""
    return "".join(f"{_key(name)} = {_value(value)}\n" for name, value in data.items())


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(name)} = {_value(item)}" for name, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value)
