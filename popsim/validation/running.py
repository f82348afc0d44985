"""Running a case at the size that its Monte-Carlo error needs."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, Protocol

import numpy as np

from popsim.clots.observation import Observation
from popsim.randomness import Draws
from popsim.runs.running import run
from popsim.validation.case import Group, Window
from popsim.validation.estimators import Outcome, estimate, jackknife_variance, outcome, statistic
from popsim.validation.expected import Course, Daily, expected_number
from popsim.validation.observed import BLOCKS, many_clots, read_arm
from popsim.validation.tallies import Tally, picked, tally
from popsim.validation.verdict import CaseResult, precise_enough
from popsim.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from popsim.hooks import PluginRegistry
    from popsim.runs.scenario import Scenario
    from popsim.store import Results
    from popsim.validation.case_file import LoadedCase

_DRAWS_APART = 1000
_EXPECTED_BLOCKS = 8
_COURSE_CLOTS = 200_000
_LONGEST_COURSE_DAYS = 365


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


Memory = dict[str, Mapping[str, Daily]]
"""Blocks of people that were lived, by scenario."""


class _Study(Protocol):
    """What a round adds to."""

    def grow(self, people: int, round_: int) -> None: ...

    def outcome(self) -> Outcome: ...


def run_case(
    loaded: LoadedCase, registry: PluginRegistry, limits: Limits | None = None, memory: Memory | None = None
) -> CaseResult:
    """Run one case, doubling the people until the error is below a fifth of the target's half-width.

    Args:
        loaded: the case.
        registry: the plugins.
        limits: how far to go.
        memory: what earlier cases lived, so that cases with the same scenario need not live it again.

    Raises:
        PopsimError: anything the user can mend.
    """
    limits = limits or Limits()
    began, total, round_ = perf_counter(), 0, 0
    study: _Study = _STUDIES[loaded.case.estimator.basis](loaded, registry, limits, {} if memory is None else memory)
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

    def __init__(self, loaded: LoadedCase, registry: PluginRegistry, limits: Limits, memory: Memory) -> None:
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


class _Drawn:
    """The course of very many clots, drawn without the people they form in; nobody dies of anything else."""

    def __init__(self, loaded: LoadedCase, registry: PluginRegistry, limits: Limits, memory: Memory) -> None:
        self._loaded, self._registry = loaded, registry
        self._tallies: list[Tally] = []

    def grow(self, people: int, round_: int) -> None:
        """So many more clots."""
        case, scenario, group = self._loaded.case, self._loaded.scenarios[0], self._loaded.case.groups[0]
        evidence = self._registry.evidence().override(scenario.evidence)
        days = case.window_of(group).to_day + min(case.estimator.within[1], _LONGEST_COURSE_DAYS) + 2
        observed = many_clots(people, days, Draws(scenario.seed + round_ * _DRAWS_APART), evidence)
        self._tallies.append(tally(case, group, observed, Observation(evidence)))

    def outcome(self) -> Outcome:
        """The number over all rounds."""
        return estimate(statistic(self._loaded.case, [Tally.joined(self._tallies)]), self._loaded.case.estimator.kind)


class _Expected:
    """Integrated hazard of independent blocks of people, and the course of clots."""

    def __init__(self, loaded: LoadedCase, registry: PluginRegistry, limits: Limits, memory: Memory) -> None:
        self._loaded, self._registry, self._limits, self._memory = loaded, registry, limits, memory
        self._daily: list[list[Daily]] = [[] for _ in loaded.case.groups]
        self._course: Course | None = None

    def grow(self, people: int, round_: int) -> None:
        """Add people to every block, and clots whose course is followed."""
        people = max(people, _EXPECTED_BLOCKS)
        for block in range(_EXPECTED_BLOCKS):
            for scenario, groups in _by_scenario(self._loaded):
                sized = scenario.with_overrides(people=people, seed=scenario.seed + round_ * _DRAWS_APART)
                arms = self._arms(sized, block)
                for index, group in groups:
                    self._add(index, block, arms[group.arm or scenario.arms[0].name])
        course = self._follow(round_)
        self._course = course if self._course is None else self._course + course

    def _arms(self, scenario: Scenario, block: int) -> Mapping[str, Daily]:
        """Every arm of one block of people, day by day."""
        key = f"{block} {scenario.model_dump_json(exclude={'name', 'title', 'description'})}"
        if key not in self._memory:
            with _lived(scenario, self._limits, (block + 1, _EXPECTED_BLOCKS)) as results:
                self._memory[key] = {arm.name: Daily.read(results, arm.name, scenario.days) for arm in scenario.arms}
        return self._memory[key]

    def _add(self, index: int, block: int, daily: Daily) -> None:
        blocks = self._daily[index]
        if block < len(blocks):
            blocks[block] = blocks[block] + daily
        else:
            blocks.append(daily)

    def _follow(self, round_: int) -> Course:
        """What clots do, by drawing the course of many."""
        case, scenario = self._loaded.case, self._loaded.scenarios[0]
        lags = self._lags()
        evidence = self._registry.evidence().override(scenario.evidence)
        observed = many_clots(_COURSE_CLOTS, lags + 1, Draws(scenario.seed + round_ * _DRAWS_APART), evidence)
        everybody = Group(name="all", window=Window(to_day=lags))
        items = picked(case, everybody, observed, Observation(evidence))
        return Course.of(items, observed, BLOCKS, lags, first_only=case.numerator.first)

    def _lags(self) -> int:
        windows = [self._loaded.case.window_of(group) for group in self._loaded.case.groups]
        onset = any(window.by == "onset" for window in windows)
        return _LONGEST_COURSE_DAYS if onset else min(_LONGEST_COURSE_DAYS, 1 + max(w.to_day for w in windows))

    def outcome(self) -> Outcome:
        """The number over all rounds; errors of hazard and course add up."""
        case, course = self._loaded.case, self._course
        assert course is not None
        kind, everyone, all_clots = case.estimator.kind, np.ones(_EXPECTED_BLOCKS, bool), np.ones(BLOCKS, bool)
        value = expected_number(case, self._daily, course, everyone, all_clots)
        variance = jackknife_variance(
            lambda keep: expected_number(case, self._daily, course, keep, all_clots), value, kind, _EXPECTED_BLOCKS
        ) + jackknife_variance(
            lambda keep: expected_number(case, self._daily, course, everyone, keep), value, kind, BLOCKS
        )
        return outcome(value, variance, _EXPECTED_BLOCKS, kind)


_STUDIES: dict[str, Callable[[LoadedCase, PluginRegistry, Limits, Memory], _Study]] = {
    "events": _Counted,
    "expected": _Expected,
    "course": _Drawn,
}


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
