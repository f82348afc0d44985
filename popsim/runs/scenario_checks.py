"""What the shape of a scenario cannot tell: files that exist, names that are known, arms and days that fit together."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

from pydantic import ValidationError

from popsim.errors import InputError, did_you_mean
from popsim.evidence import Evidence
from popsim.hooks.rules import shared_column
from popsim.people.where import Where, matching
from popsim.runs.scenario_errors import Problem, model_problems, validate
from popsim.runs.scenario_words import ID_PATTERN, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from popsim.hooks import PluginRegistry
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
    for named in _named(data, registry):
        if named.name in named.known:
            if named.settings is not None:
                problems += model_problems(named.known[named.name].Params, named.settings, named.settings_at)
        elif re.match(ID_PATTERN, named.name):
            problems.append(Problem(named.place, _absent(named, registry)))
    return [*problems, *_shared_columns(data, registry)]


def valid_params(plugins: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """The checked parameters of these plugins, in the order of those known."""
    return {name: validate(kind.Params, plugins[name]) for name, kind in known.items() if name in plugins}


@dataclass(frozen=True)
class _Named:
    """Something of a plugin's that a scenario names.

    Attributes:
        name: what is named.
        place: where.
        known: what may be named there.
        settings: its parameters, ``None`` where it takes none.
        settings_at: where these are.
    """

    name: str
    place: KeyPath
    known: Mapping[str, Any]
    settings: dict[str, Any] | None = None
    settings_at: KeyPath = ()


def _named(data: Mapping[str, Any], registry: PluginRegistry) -> Iterator[_Named]:
    for place, known in _places(data, registry):
        plugins = _at(data, place)
        for name, settings in plugins.items() if isinstance(plugins, dict) else ():
            if isinstance(settings, dict):
                yield _Named(name, (*place, name), known, settings, (*place, name))
    for index, wish in _tables(data, "episodes"):
        at, settings = ("episodes", index), wish.get("settings", {})
        if isinstance(wish.get("kind"), str) and isinstance(settings, dict):
            yield _Named(wish["kind"], (*at, "kind"), registry.episodes, settings, (*at, "settings"))
    prices, activities = _at(data, ("outputs", "prices")), _at(data, ("routine", "activities"))
    if isinstance(prices, str):
        yield _Named(prices, ("outputs", "prices"), registry.price_lists)
    for index, name in enumerate(activities if isinstance(activities, list) else ()):
        if isinstance(name, str):
            yield _Named(name, ("routine", "activities", index), registry.activities)


def _places(data: Mapping[str, Any], registry: PluginRegistry) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
    """Where plugins have tables of their own, and which may be named there."""
    yield ("routine", "plugins"), registry.routines
    for index, _ in _tables(data, "arms"):
        yield ("arms", index, "plugins"), registry.interventions
    yield ("outputs", "plugins"), registry.outputs


def _shared_columns(data: Mapping[str, Any], registry: PluginRegistry) -> Iterator[Problem]:
    """Interventions of one arm that write the same column where one of them wants it for itself."""
    for index, arm in _tables(data, "arms"):
        plugins = arm.get("plugins")
        names = [name for name in plugins if name in registry.interventions] if isinstance(plugins, dict) else []
        shared = shared_column(registry.interventions[name] for name in names)
        if shared:
            column, one, other = shared
            message = f"{one} must be alone in writing {column}, which {other} writes too; their effects do not combine"
            yield Problem(("arms", index, "plugins", other), message)


def _absent(named: _Named, registry: PluginRegistry) -> str:
    broken = {given.replace("_", "-"): cause for given, cause in registry.broken.items()}
    if named.name in broken:
        return f"this plugin is broken: {broken[named.name]}"
    hint = did_you_mean(named.name, [*named.known, *broken])
    return f"no such plugin is installed{hint or '; popsim plugins lists those that are'}"


def _tables(data: Mapping[str, Any], name: str) -> list[tuple[int, dict[str, Any]]]:
    """The well-formed tables of a list of tables; what is not well-formed is reported elsewhere."""
    items = data.get(name)
    return [(i, item) for i, item in enumerate(items) if isinstance(item, dict)] if isinstance(items, list) else []


def _at(data: Any, path: Iterable[str | int]) -> Any:
    for part in path:
        data = data[part] if isinstance(part, int) else data.get(part) if isinstance(data, dict) else None
    return data


def _missing_files(source: Source) -> Iterator[Problem]:
    stays: list[KeyPath] = [("stays", index, "file") for index, _ in _tables(source.data, "stays")]
    for place in (*_FILES, *stays):
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
    for table in ("trips", "stays", "episodes"):
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
