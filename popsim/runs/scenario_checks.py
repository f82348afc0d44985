"""What the shape of a scenario cannot tell: files that exist, names that are known, arms and days that fit together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeGuard

from pydantic import ValidationError

from popsim.errors import InputError, did_you_mean
from popsim.evidence import Evidence
from popsim.people.where import Where, matching
from popsim.runs.scenario_errors import Problem, model_problems, validate
from popsim.runs.scenario_words import ID_PATTERN, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from popsim.hooks import Params, PluginRegistry
    from popsim.runs.scenario_source import Source
    from popsim.runs.toml_lines import KeyPath

_FILES: tuple[KeyPath, ...] = (("people", "source"), ("routine", "source"))


def load_problems(source: Source) -> list[Problem]:
    """Problems that show without plugins."""
    data = source.data
    return [
        *_missing_files(source),
        *_repeated_arms(source),
        *_days_after_the_end(data),
        *_nobody_matches(data),
        *_unknown_constants(data, Evidence.load(), shipped=True),
    ]


def plugin_problems(data: Mapping[str, Any], registry: PluginRegistry) -> list[Problem]:
    """Problems of arms and constants that show once it is known which plugins there are."""
    problems = list(_unknown_constants(data, registry.evidence(), shipped=False))
    for place, settings in _plugin_tables(data):
        name = str(place[-1])
        if name in registry.interventions:
            problems += model_problems(registry.interventions[name].Params, settings, place)
        elif re.match(ID_PATTERN, name):
            problems.append(Problem(place, _absent(name, registry)))
    return problems


def valid_params(plugins: Mapping[str, Any], registry: PluginRegistry) -> dict[str, Params]:
    """The checked parameters of an arm's plugins, in the order in which they act."""
    return {
        name: validate(kind.Params, plugins[name]) for name, kind in registry.interventions.items() if name in plugins
    }


def _absent(name: str, registry: PluginRegistry) -> str:
    broken = {given.replace("_", "-"): cause for given, cause in registry.broken.items()}
    if name in broken:
        return f"this plugin is broken: {broken[name]}"
    hint = did_you_mean(name, [*registry.interventions, *broken])
    return f"no such plugin is installed{hint or '; popsim plugins lists those that are'}"


def _plugin_tables(data: Mapping[str, Any]) -> Iterator[tuple[KeyPath, dict[str, Any]]]:
    for index, arm in _tables(data, "arms"):
        plugins = arm.get("plugins")
        if isinstance(plugins, dict):
            for name, settings in plugins.items():
                if isinstance(settings, dict):
                    yield ("arms", index, "plugins", name), settings


def _tables(data: Mapping[str, Any], name: str) -> list[tuple[int, dict[str, Any]]]:
    """The well-formed tables of a list of tables; what is not well-formed is reported elsewhere."""
    items = data.get(name)
    return [(i, item) for i, item in enumerate(items) if isinstance(item, dict)] if isinstance(items, list) else []


def _at(data: Any, path: Iterable[str | int]) -> Any:
    for part in path:
        data = data.get(part) if isinstance(data, dict) else None
    return data


def _missing_files(source: Source) -> Iterator[Problem]:
    for place in _FILES:
        given = _at(source.data, place)
        if isinstance(given, str) and given.endswith(".csv") and not _is_file(source, given):
            yield Problem(place, f"expected a file that exists, beside the scenario (got {shown(given)})")


def _is_file(source: Source, given: str) -> bool:
    try:
        return (source.folder / given).is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _repeated_arms(source: Source) -> Iterator[Problem]:
    first: dict[str, KeyPath] = {}
    for index, arm in _tables(source.data, "arms"):
        name, place = arm.get("name"), ("arms", index, "name")
        if isinstance(name, str) and first.setdefault(name, place) != place:
            line = source.lines[first[name]]
            yield Problem(place, f"expected a name of its own (got {shown(name)}, as on line {line})")


def _days_after_the_end(data: Mapping[str, Any]) -> Iterator[Problem]:
    days = data.get("days")
    if not _is_whole(days):
        return
    for table in ("trips", "stays"):
        for index, entry in _tables(data, table):
            for path, day in _first_days(entry):
                if day >= days:
                    message = f"expected a day from 0 to {days - 1:,}, as the scenario has {days:,} (got {day:,})"
                    yield Problem((table, index, *path), message)


def _first_days(entry: Mapping[str, Any]) -> Iterator[tuple[KeyPath, int]]:
    day, between = entry.get("day"), entry.get("between")
    if _is_whole(day):
        yield ("day",), day
    if isinstance(between, list) and between and _is_whole(between[0]):
        yield ("between",), between[0]


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _nobody_matches(data: Mapping[str, Any]) -> Iterator[Problem]:
    try:
        matching(validate(Where, _at(data, ("people", "where")) or {}))
    except ValidationError:
        return  # reported with the shape
    except InputError as error:
        yield Problem(("people", *error.key.split(".")), error.message)


def _unknown_constants(data: Mapping[str, Any], known: Evidence, *, shipped: bool) -> Iterator[Problem]:
    """Names of no constant, in the rooms that ship or else in those that plugins may bring."""
    given = data.get("evidence")
    names, rooms = set(known), {name.partition(".")[0] for name in Evidence.load()}
    for name, value in given.items() if isinstance(given, dict) else ():
        room, dot, _ = name.partition(".")
        if name not in names and not isinstance(value, dict) and (room in rooms or not dot) == shipped:
            yield Problem(
                ("evidence", name), f"no such constant; popsim evidence lists them{did_you_mean(name, names)}"
            )
