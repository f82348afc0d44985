"""A routine: a pool of diaries and the rule by which people live them, one for each day of the week."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtr

from popsim.evidence.registry import Evidence
from popsim.routines.activities import CORE_ACTIVITIES, Regime
from popsim.routines.day_model import (
    DayKind,
    Days,
    DayType,
    age_band,
    group_count,
    group_index,
    group_traits,
    load_day_model,
)
from popsim.routines.micro_bouts import Habits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from popsim.people.population import Population
    from popsim.randomness import Draws
    from popsim.routines.bouts import DiaryPool
    from popsim.routines.day_model import DayModel

DAYS_PER_WEEK = 7
KIND_OF_WEEKDAY = (DayKind.WEEKDAY,) * 5 + (DayKind.SATURDAY, DayKind.SUNDAY)
"""Kind of day from Monday to Sunday."""


@dataclass(frozen=True)
class Routine:
    """Diaries and who lives them.

    The menu of a group on a kind of day is two lists, one of working days and one of free days (the second may be
    empty, as it is when the file of diaries does not tell them apart). Each goes from least to most time on the move.

    Attributes:
        pool: the diaries.
        first: ``(G, 3, 2)`` where each list of each group and kind of day begins in ``menu``.
        count: ``(G, 3, 2)`` diaries in it; at least one in the two together.
        menu: ``(M,)`` diary indices.
        alike: correlation, 0 to 1, between a person's days of their rank in time on the move.
    """

    pool: DiaryPool
    first: NDArray[np.int64]
    count: NDArray[np.int64]
    menu: NDArray[np.int32]
    alike: float = 0.0

    def week(self, people: Population, draws: Draws) -> NDArray[np.int32]:
        """Diary of each person from Monday to Sunday, ``(7, N)``: indices into the pool.

        Every diary open to a person's group has the same chance. Whether a day is a working day is drawn apart for each
        day (decision ``routines.week``); how active it is among such days leans on the person (``routines.habit``) as
        much as ``alike`` says, the rest is drawn for each day (``routines.day``). All depends on nothing but seed,
        person id and the person's age, sex and work.
        """
        group = group_of(people)
        habit = np.sqrt(self.alike) * draws.normal("routines.habit", people.ids)
        week = np.empty((DAYS_PER_WEEK, len(people)), dtype=np.int32)
        for weekday, kind in enumerate(KIND_OF_WEEKDAY):
            first, count = self.first[group, kind], self.count[group, kind]
            u = draws.uniform("routines.week", people.ids, k=weekday)
            part = ((u * count.sum(axis=1) >= count[:, 0]) & (count[:, 1] > 0)).astype(np.int64)[:, None]
            own = habit + np.sqrt(1.0 - self.alike) * draws.normal("routines.day", people.ids, k=weekday)
            length = np.take_along_axis(count, part, axis=1)[:, 0]
            place = np.minimum((ndtr(own) * length).astype(np.int64), length - 1)
            week[weekday] = self.menu[np.take_along_axis(first, part, axis=1)[:, 0] + place]
        return week


def make_routine(pool: DiaryPool, lists: NDArray[np.int64], diaries: NDArray[np.int64], alike: float) -> Routine:
    """A routine from what is open to whom.

    Args:
        pool: the diaries.
        lists: ``(M,)`` list each entry belongs to: ``(group * 3 + kind) * 2``, plus one for the second list.
        diaries: ``(M,)`` diary of each entry.
        alike: as in ``Routine``.
    """
    order = np.lexsort((minutes_moving(pool)[diaries], lists))
    shape = (group_count(), len(DayKind), 2)
    count = np.bincount(lists, minlength=int(np.prod(shape)))
    first = np.cumsum(count) - count
    return Routine(pool, first.reshape(shape), count.reshape(shape), diaries[order].astype(np.int32), alike)


def minutes_moving(pool: DiaryPool) -> NDArray[np.int64]:
    """Minutes pottering, walking or exercising in each diary, ``(D,)``."""
    moving = np.zeros(256, dtype=np.int64)
    for code, activity in enumerate(CORE_ACTIVITIES):
        moving[code] = activity.regime in (Regime.POTTERING, Regime.WALKING)
    return np.asarray(np.add.reduceat(moving[pool.activity] * pool.minutes, pool.starts[:-1]))


def group_of(people: Population) -> NDArray[np.int64]:
    """Group of each person by work, age band and sex, ``(N,)``."""
    return group_index(people["work"], age_band(people["age_years"]), people["sex"])


def build_routine(
    seed_draws: Draws, diaries_per_group: int = 120, evidence: Mapping[str, float] | None = None
) -> Routine:
    """Draw a pool of diaries from the day model.

    Args:
        seed_draws: the run's randomness; the same seed gives every shard the same pool.
        diaries_per_group: diaries for each group (work, age band, sex) and kind of day; at least one. The share of
            working days among them is the group's, to the nearest diary.
        evidence: constants in force; those that ship unless given.

    Returns:
        A routine of ``150 * diaries_per_group`` diaries.
    """
    if diaries_per_group < 1:
        raise ValueError(f"diaries_per_group must be at least 1 (got {diaries_per_group})")
    constants = Evidence.load() if evidence is None else evidence
    model = load_day_model()
    days = _days_of_pool(model, diaries_per_group)
    pool = Habits.from_evidence(constants).fill(seed_draws, days, model.draw(seed_draws, days))
    lists = 2 * (days.ids // diaries_per_group) + (days.day_type == DayType.FREE)
    return make_routine(pool, lists, days.ids, constants["routines.days_alike"])


def _days_of_pool(model: DayModel, diaries_per_group: int) -> Days:
    """The days to draw: group slowest, then kind of day, working days first."""
    place: Any = np.indices((group_count(), len(DayKind), diaries_per_group)).reshape(3, -1)
    group, kind, number = (np.ascontiguousarray(axis, dtype=np.int64) for axis in place)
    work, band, sex = group_traits(group)
    working = np.rint(model.working_share[kind, work, band, sex] * diaries_per_group)
    day_type = np.where(number < working, DayType.WORKING, DayType.FREE).astype(np.int64)
    return Days(np.arange(len(group)), kind, day_type, work, band, sex)
