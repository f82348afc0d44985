"""Routines and episodes of plugins in one population: whose ordinary weeks and whose calendars they change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

import numpy as np

from popsim.hooks.contract import Stopwatch, checked_choice, checked_day, checked_mask
from popsim.hooks.daily_routine import ORDINARY
from popsim.hooks.views import PeopleView, PluginError
from popsim.routines.bouts import DiaryPool, merge_bouts
from popsim.routines.calendar import HOSPITAL_KINDS, EpisodeKind
from popsim.routines.stays import REASON_CODES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from popsim.hooks.daily_routine import DailyRoutine
    from popsim.hooks.episode import Episode
    from popsim.hooks.offer import Offer
    from popsim.people.population import Population
    from popsim.randomness import Draws
    from popsim.routines.activities import Activity
    from popsim.routines.calendar_plan import Plan
    from popsim.routines.trips import Trip

DAYS_PER_WEEK = 7
FIRST_STAY = 1000
"""Number of the first stay of a plugin within a person, beyond those of the scenario's own stays."""


def _view(plugin: Offer, people: Population, draws: Draws) -> PeopleView:
    return PeopleView(people, draws.under("own"), plugin.reads, plugin.name)


class PlannedWeeks:
    """Weeks as the routines of a scenario change them.

    Args:
        pool: all plain days so far.
        week: diary of each person from Monday to Sunday, ``(7, N)``, into ``pool``.
        activities: the run's activities by code.

    Attributes:
        pool: with the days of the routines at its end.
        week: with these days where people live by a routine.
        watch: time spent in the routines' own code.
    """

    def __init__(self, pool: DiaryPool, week: NDArray[np.int32], activities: Sequence[Activity]) -> None:
        self.pool, self.week, self.watch = pool, week, Stopwatch()
        self._names = [a.name for a in activities]
        self._codes = {name: code for code, name in enumerate(self._names)}
        self._free = np.ones(week.shape[1], dtype=bool)

    def live_by(self, routine: DailyRoutine, share: float, people: Population, draws: Draws) -> None:
        """Let a share of the eligible people who live by no other routine live by this one."""
        own = draws.under(f"routine/{routine.name}")
        view, count = _view(routine, people, own), len(people)
        with self.watch.asking(routine.name, "eligible"):
            could = routine.eligible(view)
        eligible = checked_mask(routine, "eligible", could, count)
        takers = self._free & eligible & (own.uniform("living-by", people.ids) < share)
        self._free &= ~takers
        with self.watch.asking(routine.name, "week"):
            given = routine.week(view)
        number = checked_choice(routine, "week", given, (DAYS_PER_WEEK, count), len(routine.kinds) + 1)
        self.week = self._changed(routine, np.where(takers, number, ORDINARY))

    def _changed(self, routine: DailyRoutine, number: NDArray[np.int64]) -> NDArray[np.int32]:
        week, made = self.week.copy(), dict[tuple[tuple[int, int], ...], int]()
        for kind in range(1, len(routine.kinds) + 1):
            here = number == kind
            plain, place = np.unique(self.week[here], return_inverse=True)
            days = [tuple(self._day(routine, routine.kinds[kind - 1], int(diary))) for diary in plain]
            index = [made.setdefault(day, len(self.pool) + len(made)) for day in days]
            week[here] = np.array(index, dtype=np.int32)[place]
        if made:
            self.pool = self.pool.joined(DiaryPool.from_merged([list(day) for day in made]))
        return week

    def _day(self, routine: DailyRoutine, kind: str, diary: int) -> list[tuple[int, int]]:
        ordinary = [(self._names[code], minutes) for code, minutes in self.pool.day(diary)]
        with self.watch.asking(routine.name, "day"):
            day = routine.day(kind, ordinary)
            return merge_bouts(checked_day(routine, day, self._codes, "day"))


class Wish(Protocol):
    """When and to how many an episode happens, as a scenario says."""

    @property
    def share(self) -> float: ...  # noqa: D102
    @property
    def first_day(self) -> int: ...  # noqa: D102
    @property
    def between(self) -> tuple[int, int] | None: ...  # noqa: D102


class PlannedEpisodes:
    """The episodes of a scenario, called with a plan to add them to it.

    Args:
        wished: each with its wish, in the scenario's order.
        people: the population.
        activities: the run's activities by code.

    Attributes:
        watch: time spent in the episodes' own code.
    """

    def __init__(
        self, wished: Sequence[tuple[Episode, Wish]], people: Population, activities: Sequence[Activity]
    ) -> None:
        self._wished, self._people, self.watch = wished, people, Stopwatch()
        self._codes = {a.name: code for code, a in enumerate(activities)}

    def __call__(self, plan: Plan) -> None:
        """Add the episodes to the plan, the earlier listed before the later."""
        for number, (episode, wish) in enumerate(self._wished):
            self._add(episode, wish, number, plan)

    def _add(self, episode: Episode, wish: Wish, number: int, plan: Plan) -> None:
        rows, first = plan.who_and_when(cast("Trip", wish), "episodes", number)
        eligible, course = self._asked(episode, plan.draws.under(f"episode/{episode.name}"))
        rows, first = rows[eligible[rows]], first[eligible[rows]]
        days = [self._days(episode, k, plan) for k in range(episode.plans)]
        lasts = np.array([len(d) - 1 for d in days], dtype=np.int32)
        free = plan.free(rows, first, first + lasts[course[rows]])
        rows, first = rows[free], first[free]
        last = first + lasts[course[rows]]
        plan.claim(rows, first, last)
        for k, diaries in enumerate(days):
            these = np.flatnonzero(course[rows] == k)
            for offset, diary in enumerate(diaries):
                plan.override(first[these] + np.int32(offset), rows[these], np.full(len(these), diary, dtype=np.int32))
        _note(episode, number, rows, first, last - np.int32(episode.recovery_days), plan)

    def _asked(self, episode: Episode, draws: Draws) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """To whom it could happen, and which course it would take."""
        view, count = _view(episode, self._people, draws), len(self._people)
        with self.watch.asking(episode.name, "eligible"):
            could = episode.eligible(view)
        with self.watch.asking(episode.name, "plan"):
            course = episode.plan(view)
        eligible = checked_mask(episode, "eligible", could, count)
        return eligible, checked_choice(episode, "plan", course, (count,), episode.plans)

    def _days(self, episode: Episode, course: int, plan: Plan) -> list[int]:
        """Diaries of one course, into the plan's pool."""
        with self.watch.asking(episode.name, "days"):
            days = [merge_bouts(checked_day(episode, day, self._codes, "days")) for day in episode.days(course)]
        if len(days) <= episode.recovery_days:
            raise PluginError(f"plugin {episode.name}: days gave {len(days)} days, too few for its recovery_days")
        return [plan.diary(day) for day in days]


def _note(
    episode: Episode,
    number: int,
    rows: NDArray[np.int64],
    first: NDArray[np.int32],
    end: NDArray[np.int32],
    plan: Plan,
) -> None:
    """Note the episode itself, and the recovery after it."""
    in_hospital = episode.kind in HOSPITAL_KINDS
    columns = {
        "reason": REASON_CODES[episode.reason],
        "stay": FIRST_STAY + number if in_hospital else -1,
        "mobility": episode.mobility,
    }
    plan.note(rows, first, end, kind=episode.kind, length_days=end - first + (not in_hospital), **columns)
    if episode.recovery_days:
        last = end + np.int32(episode.recovery_days)
        plan.note(
            rows, end + np.int32(1), last, kind=EpisodeKind.RECOVERY, length_days=episode.recovery_days, **columns
        )
