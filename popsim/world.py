"""What all arms of a run share: people, their ordinary weeks, their trips and stays, constants and random numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from popsim.clots.mortality import background_death_day
from popsim.clots.triad import Triad
from popsim.evidence import Evidence
from popsim.hooks import Params, PluginRegistry, Today
from popsim.hooks.contract import made
from popsim.hooks.planned import PlannedEpisodes, PlannedWeeks
from popsim.hooks.views import PeopleView, PluginError
from popsim.legs.reduced import ReducedLeg
from popsim.legs.response import BoutKinds
from popsim.people import Population, load_cohort, synthesise
from popsim.randomness import Draws
from popsim.routines.activities import CORE_ACTIVITIES, Activity
from popsim.routines.calendar import Calendar, EpisodeKind, Episodes
from popsim.routines.diaries import load_diaries
from popsim.routines.planning import plan_calendar
from popsim.routines.routine import Routine, build_routine
from popsim.routines.stays import Mobility

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from popsim.routines.bouts import DiaryPool
    from popsim.runs.scenario import Scenario

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NOT_IN_HOSPITAL = -1
LONG_AGO_DAYS = 10_000
_TOUCHING = (EpisodeKind.FLIGHT, EpisodeKind.ICU, EpisodeKind.PROPHYLAXIS, EpisodeKind.TREATMENT)


_File = tuple["Path", int]
_COHORTS: dict[tuple[_File, int, tuple[tuple[str, float], ...]], Population] = {}
_MOST_COHORTS = 3


@dataclass(frozen=True)
class World:
    """A slice of a scenario's people and everything about them that does not depend on the arm.

    Attributes:
        scenario: the checked scenario.
        registry: the plugins.
        evidence: the constants in force, overrides applied.
        draws: the run's random numbers.
        people: the slice.
        pool: all plain days: ordinary ones first, then those of trips and stays.
        ordinary: the days of the routine, at the start of ``pool``; slices of a run share them.
        week: diary of each person by weekday from Monday, ``(7, N)``, into ``pool``.
        calendar: days taken by trips and stays, into ``pool``.
        episodes: what these trips and stays are.
        chosen: parameters of the interventions, by arm and name.
        activities: the run's activities by code.
        plugin_seconds: time spent in the own code of routines and episodes, by name.
    """

    scenario: Scenario
    registry: PluginRegistry
    evidence: Evidence
    draws: Draws
    people: Population
    pool: DiaryPool
    ordinary: DiaryPool
    week: NDArray[np.int32]
    calendar: Calendar
    episodes: Episodes
    chosen: Mapping[str, Mapping[str, Params]]
    activities: tuple[Activity, ...] = CORE_ACTIVITIES
    plugin_seconds: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def build(cls, scenario: Scenario, registry: PluginRegistry, rows: slice = slice(None)) -> World:
        """Make the people at these rows of the scenario, the same whatever the slice.

        Raises:
            InputError: a cohort or diary file is wrong.
            ScenarioError: an arm names a plugin that is unknown or broken, or a parameter is wrong.
        """
        chosen = scenario.check(registry)
        activities = registry.activities_of(scenario.used_names)
        evidence = registry.evidence().override(scenario.evidence, source=f"set by scenario {scenario.name}")
        draws = Draws(scenario.seed)
        people = _people(scenario, draws, evidence, rows)
        routine = _routine(
            _as_written(scenario.diaries_file),
            scenario.seed,
            scenario.routine.diaries_per_group,
            tuple(evidence.room("routines").items()),
            activities,
        )
        wished = [
            (made(registry.episodes[wish.kind], params, evidence, activities), wish)
            for wish, params in zip(scenario.episodes, scenario.episode_params(registry), strict=True)
        ]
        more = PlannedEpisodes(wished, people, activities)
        special, calendar, episodes = plan_calendar(
            scenario.trips, scenario.stays, people, scenario.days, draws, evidence, scenario.folder, more
        )
        moved = Calendar(calendar.day, calendar.row, (calendar.diary + len(routine.pool)).astype(np.int32))
        weeks = PlannedWeeks(routine.pool.joined(special), routine.week(people, draws), activities)
        for name, settings in scenario.routine_params(registry).items():
            weeks.live_by(made(registry.routines[name], settings, evidence, activities), settings.share, people, draws)
        return cls(
            scenario,
            registry,
            evidence,
            draws,
            people,
            weeks.pool,
            routine.pool,
            weeks.week,
            moved,
            episodes,
            chosen,
            activities,
            weeks.watch.seconds | more.watch.seconds,
        )

    @cached_property
    def run_people(self) -> int:
        """Number of people of the whole run, of which these may be a slice."""
        return people_in_scenario(self.scenario)

    @cached_property
    def kinds(self) -> BoutKinds:
        """The distinct kinds of bouts of these activities."""
        return BoutKinds.of(self.activities)

    @cached_property
    def pump(self) -> ReducedLeg:
        """The reduced leg."""
        return ReducedLeg.load()

    @cached_property
    def triad(self) -> Triad:
        """Hazards of a new clot, of which every arm asks with what it does to them."""
        return Triad(self.people, self.episodes, self.draws, self.evidence)

    @cached_property
    def background_death_day(self) -> NDArray[np.int64]:
        """Day on which each person dies of something else, ``(N,)``."""
        return background_death_day(self.people, self.draws, self.scenario.days)

    def diary(self, day: int) -> NDArray[np.int32]:
        """The plain diary of each person on a day, ``(N,)``; days before the start are ordinary ones."""
        weekday = (WEEKDAYS.index(self.scenario.start_weekday) + day) % 7
        diary: NDArray[np.int32] = self.week[weekday].copy()
        if day >= 0:
            rows, special = self.calendar.on(day)
            diary[rows] = special
        return diary

    def today(self, day: int) -> Today:
        """The day as plugins see it."""
        return self._timeline.today(day)

    @cached_property
    def _timeline(self) -> _Timeline:
        return _Timeline(self)


class _Timeline:
    """Who is in hospital or in the air on which day; the last day is kept, since arms ask for it one by one."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._last: Today | None = None
        episodes = world.episodes
        stays = np.isin(episodes.kind, (EpisodeKind.MEDICAL_STAY, EpisodeKind.SURGERY_STAY))
        self._stays = {
            name: getattr(episodes, name)[stays]
            for name in ("row", "first_day", "last_day", "reason", "length_days", "mobility")
        }
        when = ("row", "first_day", "last_day")
        touching = [episodes.kind == kind for kind in _TOUCHING]
        self._touching = [{name: getattr(episodes, name)[these] for name in when} for these in touching]

    def today(self, day: int) -> Today:
        if self._last is None or self._last.day != day:
            self._last = self._today(day)
        return self._last

    def _today(self, day: int) -> Today:
        count = len(self._world.people)
        stays = self._stays
        stay_day, length = np.full(count, NOT_IN_HOSPITAL, np.int32), np.zeros(count, np.int32)
        reason, discharged = np.full(count, NOT_IN_HOSPITAL, np.int16), np.full(count, LONG_AGO_DAYS, np.int32)
        walks = np.zeros(count, dtype=bool)
        past = stays["last_day"] < day
        np.minimum.at(discharged, stays["row"][past], (day - stays["last_day"][past]).astype(np.int32))
        now = (stays["first_day"] <= day) & ~past
        rows = stays["row"][now]
        stay_day[rows] = day - stays["first_day"][now]
        length[rows] = stays["length_days"][now]
        reason[rows] = stays["reason"][now]
        walks[rows] = stays["mobility"][now] == Mobility.WALKING
        flying, icu, prevented, treated = (_touched(episodes, day, count) for episodes in self._touching)
        inside, later = stay_day >= 0, (icu, discharged, flying, prevented, treated)
        return Today(day, inside, stay_day, length, reason, walks, *later, self._score)

    def _score(self, name: str, today: Today) -> NDArray[np.float64]:
        score = self._world.registry.scores.get(name)
        if score is None:
            known = ", ".join(self._world.registry.scores) or "none"
            raise PluginError(f"no plugin offers a risk score named {name!r} (known: {known})")
        scope = self._world.draws.under(f"score/{name}")
        people = PeopleView(self._world.people, scope, score.reads, f"score {name}", today.rows)
        return score.points(people, today)


def _touched(episodes: Mapping[str, NDArray[Any]], day: int, people: int) -> NDArray[np.bool_]:
    """Who has one of these episodes today, ``(people,)``."""
    touched = np.zeros(people, dtype=bool)
    touched[episodes["row"][(episodes["first_day"] <= day) & (episodes["last_day"] >= day)]] = True
    return touched


def people_in_scenario(scenario: Scenario) -> int:
    """How many people a run of this scenario has: what it asks for, or the length of its cohort file if shorter."""
    if scenario.people_file is None:
        return scenario.people.count
    return min(scenario.people.count, len(_cohort(scenario, Evidence.load())))


def _people(scenario: Scenario, draws: Draws, evidence: Evidence, rows: slice) -> Population:
    first, end, _ = rows.indices(people_in_scenario(scenario))
    if scenario.people_file is None:
        people = synthesise(draws, np.arange(first, end, dtype=np.int64), evidence, scenario.people.where)
    else:
        people = _cohort(scenario, evidence).take(slice(first, end))
    for name, value in scenario.people.set.items():
        people[name] = np.full(people[name].shape, value)
    return people


def _cohort(scenario: Scenario, evidence: Evidence) -> Population:
    """The people of the cohort file, read again when file, seed or constants are other than before."""
    file = _as_written(scenario.people_file)
    if file is None:
        raise ValueError("a scenario of synthetic people has no cohort")
    key = (file, scenario.seed, tuple(evidence.room("people").items()))
    if key not in _COHORTS:
        if len(_COHORTS) >= _MOST_COHORTS:
            _COHORTS.clear()
        _COHORTS[key] = load_cohort(file[0], Draws(scenario.seed), evidence)
    return _COHORTS[key]


def _as_written(path: Path | None) -> _File | None:
    """A file and when it was last written."""
    return None if path is None else (path, path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _routine(
    diaries: _File | None,
    seed: int,
    diaries_per_group: int,
    constants: tuple[tuple[str, float], ...],
    activities: tuple[Activity, ...],
) -> Routine:
    evidence = {f"routines.{name}": value for name, value in constants}
    if diaries is not None:
        return load_diaries(diaries[0], activities, evidence)
    return build_routine(Draws(seed), diaries_per_group, evidence)
