"""Running a case at the size that its Monte-Carlo error needs."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, Protocol

import numpy as np

from popsim.clots.observation import Observation
from popsim.randomness import Draws
from popsim.runs.running import run
from popsim.validation.arms import Arms
from popsim.validation.estimators import Outcome, estimate, statistic
from popsim.validation.observed import BLOCKS, many_clots, read_arm
from popsim.validation.tallies import Tally, tally
from popsim.validation.verdict import CaseResult, precise_enough
from popsim.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from popsim.hooks import PluginRegistry
    from popsim.runs.scenario import Scenario
    from popsim.store import Results
    from popsim.validation.case import Group, Window
    from popsim.validation.case_file import LoadedCase

_DRAWS_APART = 1000
_LONGEST_COURSE_DAYS = 365
_CLOTS_PER_ROUND = 60_000
_CLOTS_PER_SET = 20_000
_COURSES_PER_CLOT = 5


@dataclass(frozen=True)
class Limits:
    """How far to go.

    Attributes:
        people: so many and no more rounds; ``None`` doubles until the error is small enough.
        max_seconds: no further round is begun that would end later than this.
        plugins_dir: folder with single-file plugins.
    """

    people: int | None = None
    max_seconds: float = 60.0
    plugins_dir: Path | None = None


class _Study(Protocol):
    """What a round adds to."""

    def grow(self, people: int, round_: int) -> None: ...

    def outcome(self) -> Outcome: ...


def run_case(
    loaded: LoadedCase, registry: PluginRegistry, limits: Limits | None = None, arms: Arms | None = None
) -> CaseResult:
    """Run one case, doubling the people until the error is below a fifth of the target's half-width.

    Args:
        loaded: the case.
        registry: the plugins.
        limits: how far to go.
        arms: what earlier cases lived, so that cases with the same scenario need not live it again.

    Raises:
        PopsimError: anything the user can mend.
    """
    limits = limits or Limits()
    began, total, round_ = perf_counter(), 0, 0
    study: _Study = (_Counted if loaded.case.estimator.basis == "events" else _Weighted)(
        loaded, registry, limits, Arms(registry) if arms is None else arms
    )
    people = limits.people or loaded.scenarios[0].people.count
    while True:
        round_began = perf_counter()
        study.grow(people, round_)
        total, round_ = total + people, round_ + 1
        found, now = study.outcome(), perf_counter()
        precise = precise_enough(loaded.case.target, found)
        late = now - began + 2 * (now - round_began) > limits.max_seconds
        if precise or late or limits.people is not None:
            return CaseResult(loaded.case, found, total, now - began, precise)
        people = total


class _Counted:
    """Sampled events, person by person."""

    def __init__(self, loaded: LoadedCase, registry: PluginRegistry, limits: Limits, arms: Arms) -> None:
        self._loaded, self._registry, self._limits = loaded, registry, limits
        self._tallies: list[list[Tally]] = [[] for _ in loaded.case.groups]

    def grow(self, people: int, round_: int) -> None:
        """Another round of so many people, with luck of its own."""
        case = self._loaded.case
        for scenario, groups in _by_scenario(self._loaded):
            sized = scenario.with_overrides(people=people, seed=scenario.seed + round_ * _DRAWS_APART)
            with _lived(sized, self._limits) as results:
                count = int(results.provenance["people"])
                world = World.build(sized, self._registry) if self._asks_for_traits(sized) else None
                observation = Observation(self._registry.evidence().override(sized.evidence))
                for index, group in groups:
                    arm = group.arm or sized.arms[0].name
                    observed = read_arm(results, arm, count, sized.days, world)
                    self._tallies[index].append(tally(case, group, observed, observation))

    def outcome(self) -> Outcome:
        """The number over all rounds."""
        tallies = [Tally.joined(parts) for parts in self._tallies]
        return estimate(statistic(self._loaded.case, tallies), self._loaded.case.estimator.kind)

    def _asks_for_traits(self, scenario: Scenario) -> bool:
        case = self._loaded.case
        anchored = any(case.window_of(group).since != "run" for group in case.groups)
        known = any(group.where for group in case.groups) or case.predictor is not None
        return anchored or known or scenario.people_file is not None


class _Weighted:
    """Clots drawn out of the hazard of recorded arms, or without any people."""

    def __init__(self, loaded: LoadedCase, registry: PluginRegistry, limits: Limits, arms: Arms) -> None:
        self._loaded, self._arms = loaded, arms
        self._tallies: list[list[Tally]] = [[] for _ in loaded.case.groups]

    def grow(self, people: int, round_: int) -> None:
        """Another round of so many people, with luck of its own."""
        for index, part in enumerate(case_tallies(self._loaded, self._arms, people, round_)):
            self._tallies[index].append(part)

    def outcome(self) -> Outcome:
        """The number over all rounds."""
        tallies = [Tally.joined(parts) for parts in self._tallies]
        return estimate(statistic(self._loaded.case, tallies), self._loaded.case.estimator.kind)


def case_number(loaded: LoadedCase, arms: Arms, values: Mapping[str, float], clots: int) -> float:
    """A case's number under other constants, from people as many as its file says; NaN where nothing happens."""
    tallies = case_tallies(loaded, arms, loaded.scenarios[0].people.count, values=values, clots=clots)
    return statistic(loaded.case, tallies)(np.ones(BLOCKS, dtype=bool))


def with_sets(
    results: Sequence[CaseResult], cases: Sequence[LoadedCase], arms: Arms, sets: Sequence[Mapping[str, float]]
) -> list[CaseResult]:
    """Results with the model's number under each of several sets of constants; cases that sample events stay bare."""
    found: list[list[float]] = [[] for _ in cases]
    for values in sets:
        for index, one in enumerate(cases):
            if one.case.estimator.basis != "events":
                found[index].append(case_number(one, arms, values, _CLOTS_PER_SET))
    return [replace(result, by_set=tuple(numbers)) for result, numbers in zip(results, found, strict=True)]


def case_tallies(
    loaded: LoadedCase,
    arms: Arms,
    people: int,
    round_: int = 0,
    values: Mapping[str, float] | None = None,
    clots: int = _CLOTS_PER_ROUND,
) -> list[Tally]:
    """Count every group of a case without sampling its people's clots: weighted ones, or the course of clots alone.

    Args:
        loaded: the case.
        arms: where arms are recorded, or will be.
        people: how many live.
        round_: other rounds have other people.
        values: constants to set.
        clots: weighted clots per arm.
    """
    if loaded.case.estimator.basis == "course":
        return [_course_tally(loaded, arms, clots, round_, values or {})]
    tallies: dict[int, Tally] = {}
    for scenario, groups in _by_scenario(loaded):
        sized = scenario.with_overrides(people=people, seed=scenario.seed + round_ * _DRAWS_APART)
        for index, group in groups:
            arm = group.arm or scenario.arms[0].name
            onset_days = _onset_days(loaded.case.window_of(group))
            observed, observation = arms.observed(sized, arm, values or {}, clots, onset_days)
            tallies[index] = tally(loaded.case, group, observed, observation)
    return [tallies[index] for index in range(len(loaded.case.groups))]


def _onset_days(window: Window) -> range | None:
    """The days on which clots that count must form; ``None`` for any day."""
    by_onset = window.by == "onset" and window.since == "run"
    return range(window.from_day, window.to_day + 1) if by_onset else None


def _course_tally(loaded: LoadedCase, arms: Arms, clots: int, round_: int, values: Mapping[str, float]) -> Tally:
    """Clots drawn without the people they form in; nobody dies of anything else."""
    case, scenario, group = loaded.case, loaded.scenarios[0], loaded.case.groups[0]
    evidence = arms.evidence(scenario, values)
    days = case.window_of(group).to_day + min(case.estimator.within[1], _LONGEST_COURSE_DAYS) + 2
    observed = many_clots(_COURSES_PER_CLOT * clots, days, Draws(scenario.seed + round_ * _DRAWS_APART), evidence)
    return tally(case, group, observed, Observation(evidence))


def _by_scenario(loaded: LoadedCase) -> list[tuple[Scenario, list[tuple[int, Group]]]]:
    """Each distinct scenario with the groups that live it."""
    found: dict[int, tuple[Scenario, list[tuple[int, Group]]]] = {}
    for index, (group, scenario) in enumerate(zip(loaded.case.groups, loaded.scenarios, strict=True)):
        found.setdefault(id(scenario), (scenario, []))[1].append((index, group))
    return list(found.values())


@contextmanager
def _lived(scenario: Scenario, limits: Limits, part: tuple[int, int] | None = None) -> Iterator[Results]:
    """The results of a run or of a slice of it, gone afterwards."""
    with TemporaryDirectory(prefix="popsim-validate-") as folder:
        done = run(scenario, out=Path(folder), part=part, plugins_dir=limits.plugins_dir)
        with done.results as results:
            yield results
