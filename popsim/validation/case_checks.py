"""What the shape of a case cannot tell: names that are known, windows within the run, groups that fit the estimator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from popsim.clots.kinds import EventKind, Site
from popsim.clots.observation import SCREENING
from popsim.errors import did_you_mean
from popsim.people.population import COLUMNS, Sex, Work
from popsim.runs.provenance import harms_of, interventions_of
from popsim.runs.scenario_errors import Problem
from popsim.validation.case import AMONG, PREDICTION, STANDARDISED, TWO_GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from popsim.hooks import PluginRegistry
    from popsim.runs.scenario import Scenario
    from popsim.runs.toml_lines import KeyPath
    from popsim.validation.case import Case, Group, Pick

LOOKED_FOR = ("present", "found")
"""Events that exist only where somebody looks on given days."""

WORDS = {"sex": Sex, "work": Work}
NUMBERS = {name: column for name, column in COLUMNS.items() if column.per == "person"}
DERIVED = ("bmi",)


def case_problems(case: Case, scenarios: Sequence[Scenario], registry: PluginRegistry) -> list[Problem]:
    """Everything that is wrong with a well-formed case."""
    return [
        *_target_problems(case),
        *_group_count_problems(case),
        *_table_problems(case),
        *_event_problems(case, scenarios, registry),
        *_setting_problems(case),
        *_predictor_problems(case, registry),
        *_basis_problems(case, _harms(scenarios, registry)),
        *(
            problem
            for index, (group, scenario) in enumerate(zip(case.groups, scenarios, strict=True))
            for problem in _group_problems(case, group, index, scenario)
        ),
    ]


def _target_problems(case: Case) -> Iterator[Problem]:
    target = case.target
    if (target.low is None) != (target.high is None):
        yield Problem(("target",), "expected both low and high, or neither")
    elif target.low is not None and target.high is not None and not target.low <= target.estimate <= target.high:
        message = f"expected an estimate between low and high (got {target.low} {target.estimate} {target.high})"
        yield Problem(("target", "estimate"), message)


def _group_count_problems(case: Case) -> Iterator[Problem]:
    kind, count = case.estimator.kind, len(case.groups)
    if kind in TWO_GROUPS and count != 2:
        yield Problem(("groups",), f"expected two groups for a {kind}, the exposed one first (got {count})")
    if kind == "slope_per_unit" and (count < 2 or any(group.exposure is None for group in case.groups)):
        yield Problem(("groups",), "expected at least two groups for a slope, each with its exposure")
    weighted = [group for group in case.groups if group.weight is not None]
    if weighted and (kind not in STANDARDISED or len(weighted) < count):
        yield Problem(("groups",), f"expected weights in all groups, and only for {' or '.join(sorted(STANDARDISED))}")
    if kind not in TWO_GROUPS | {"slope_per_unit"} and count != 1 and not weighted:
        yield Problem(("groups",), f"expected one group for a {kind} (got {count})")


def _table_problems(case: Case) -> Iterator[Problem]:
    kind = case.estimator.kind
    if (kind in AMONG) != (case.among is not None):
        wanted = "a table [among] that says of which events" if kind in AMONG else "no table [among]"
        yield Problem(("among",) if case.among else ("estimator", "kind"), f"expected {wanted} for a {kind}")
    if case.among is not None and not case.among.events:
        yield Problem(("among",), "expected events")
    if (kind in PREDICTION) != (case.predictor is not None):
        wanted = "a table [predictor]" if kind in PREDICTION else "no table [predictor]"
        yield Problem(("predictor",) if case.predictor else ("estimator", "kind"), f"expected {wanted} for a {kind}")
    within = case.estimator.within
    if within[0] > within[1]:
        yield Problem(("estimator", "within"), f"expected the earlier day first (got {within[0]} and {within[1]})")


def _event_problems(case: Case, scenarios: Sequence[Scenario], registry: PluginRegistry) -> Iterator[Problem]:
    known = [*(kind.name.lower() for kind in EventKind), *LOOKED_FOR, *sorted(_harms(scenarios, registry))]
    for place, pick in _picks(case):
        yield from _unknown(pick.events, known, (place, "events"), "event")
        yield from _unknown(pick.sites, [s.name.lower() for s in Site if s is not Site.NONE], (place, "sites"), "site")
    used = {event for _, pick in _picks(case) for event in pick.events}
    looked = "found" if "found" in used else "present"
    if looked in used and case.detection.method not in SCREENING:
        message = f"expected one of {', '.join(SCREENING)}, as the event {looked!r} needs an examination"
        yield Problem(("detection", "method"), f"{message} (got {case.detection.method!r})")


def _setting_problems(case: Case) -> Iterator[Problem]:
    if case.estimator.basis != "expected" and any(pick.setting for _, pick in _picks(case)):
        yield Problem(("estimator", "basis"), "expected 'expected', as a setting asks for trips and stays")


def _harms(scenarios: Sequence[Scenario], registry: PluginRegistry) -> set[str]:
    return {harm for scenario in scenarios for harm in harms_of(interventions_of(scenario, registry))}


def _picks(case: Case) -> list[tuple[str, Pick]]:
    return [("numerator", case.numerator), *([("among", case.among)] if case.among else [])]


def _unknown(given: Iterable[str], known: Sequence[str], place: KeyPath, what: str) -> Iterator[Problem]:
    for index, name in enumerate(given):
        if name not in known:
            hint = did_you_mean(name, known) or f"; expected one of {', '.join(known)}"
            yield Problem((*place, index), f"no such {what} {name!r}{hint}")


def _predictor_problems(case: Case, registry: PluginRegistry) -> Iterator[Problem]:
    predictor = case.predictor
    if predictor is None:
        return
    if bool(predictor.score) == bool(predictor.columns):
        yield Problem(("predictor",), "expected either score or columns")
    elif predictor.score:
        yield from _unknown((predictor.score,), list(registry.scores), ("predictor", "score"), "risk score")
    else:
        yield from _unknown(predictor.columns, [*NUMBERS, *DERIVED], ("predictor", "columns"), "trait")


def _basis_problems(case: Case, harms: set[str]) -> Iterator[Problem]:
    if case.window.by == "onset" and set(case.events) & set(LOOKED_FOR):
        yield Problem(("window", "by"), "expected 'event', as an examination has a day of its own")
    kinds = {event for _, pick in _picks(case) for event in pick.events}
    place: KeyPath = ("estimator", "basis")
    if case.estimator.basis == "expected" and kinds & harms:
        yield Problem(place, "expected 'events', as harms of interventions belong to no clot")
    if case.estimator.basis != "course":
        return
    if case.estimator.kind not in AMONG:
        message = f"expected 'expected' or 'events' for a {case.estimator.kind}"
        yield Problem(place, f"{message}; 'course' serves {', '.join(sorted(AMONG))}")
    if "death" in kinds:
        yield Problem(place, "expected 'expected' or 'events', as deaths from other causes belong to no clot")
    if any(case.window_of(group).since != "run" or group.where for group in case.groups):
        yield Problem(place, "expected 'expected' or 'events', as 'course' knows no single people")


def _group_problems(case: Case, group: Group, index: int, scenario: Scenario) -> Iterator[Problem]:
    window, place = case.window_of(group), ("groups", index, "window") if group.window else ("window",)
    if window.from_day > window.to_day:
        message = f"expected a day of at least from_day {window.from_day} (got {window.to_day})"
        yield Problem((*place, "to_day"), message)
    in_run = window.since == "run" and case.estimator.basis != "course"
    if in_run and not 0 <= window.from_day <= window.to_day < scenario.days:
        yield Problem((*place, "to_day"), f"expected days from 0 to {scenario.days - 1}, as the scenario has")
    names = [arm.name for arm in scenario.arms]
    if group.arm and group.arm not in names:
        yield from _unknown((group.arm,), names, ("groups", index, "arm"), "arm")
    yield from _where_problems(group.where, ("groups", index, "where"))


def _where_problems(where: Mapping[str, Any], place: KeyPath) -> Iterator[Problem]:
    for name, value in where.items():
        if name not in [*NUMBERS, *DERIVED]:
            yield from _unknown((name,), [*NUMBERS, *DERIVED], place, "trait")
        elif not _valid_condition(name, value):
            words = [word.name.lower() for word in WORDS[name]] if name in WORDS else None
            wanted = f"one of {', '.join(words)}" if words else "a value, or [low, high]"
            yield Problem((*place, name), f"expected {wanted} (got {value!r})")


def _valid_condition(name: str, value: Any) -> bool:
    if name in WORDS:
        return isinstance(value, str) and value.upper() in WORDS[name].__members__
    if isinstance(value, list | tuple):
        return len(value) == 2 and all(_number(v) for v in value) and value[0] <= value[1]
    return isinstance(value, bool) or _number(value)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
