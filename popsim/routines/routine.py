"""A routine: a pool of diaries and the rule by which people live them, one for each day of the week."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from popsim.evidence.registry import Evidence
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

    Attributes:
        pool: the diaries.
        first: ``(G, 3)`` index of the first diary open to a group on each kind of day, into ``menu``.
        count: ``(G, 3)`` how many diaries of the menu are open to it, at least one.
        menu: ``(M,)`` diary indices, each group's side by side.
    """

    pool: DiaryPool
    first: NDArray[np.int64]
    count: NDArray[np.int64]
    menu: NDArray[np.int32]

    def week(self, people: Population, draws: Draws) -> NDArray[np.int32]:
        """Diary of each person from Monday to Sunday, ``(7, N)``: indices into the pool.

        One diary is drawn for each day of the week (decision ``routines.week``), with equal chances among those open
        to the person's group; it depends on nothing but seed, person id and the person's age, sex and work.
        """
        group = group_of(people)
        week = np.empty((DAYS_PER_WEEK, len(people)), dtype=np.int32)
        for weekday, kind in enumerate(KIND_OF_WEEKDAY):
            u = draws.uniform("routines.week", people.ids, k=weekday)
            count = self.count[group, kind]
            at = self.first[group, kind] + np.minimum((u * count).astype(np.int64), count - 1)
            week[weekday] = self.menu[at]
        return week


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
    groups, kinds = group_count(), len(DayKind)
    model = load_day_model()
    days = _days_of_pool(model, diaries_per_group)
    habits = Habits.from_evidence(Evidence.load() if evidence is None else evidence)
    pool = habits.fill(seed_draws, days, model.draw(seed_draws, days))
    first = np.arange(0, len(pool), diaries_per_group).reshape(groups, kinds)
    return Routine(pool, first, np.full_like(first, diaries_per_group), np.arange(len(pool), dtype=np.int32))


def _days_of_pool(model: DayModel, diaries_per_group: int) -> Days:
    """The days to draw: group slowest, then kind of day, working days first."""
    place: Any = np.indices((group_count(), len(DayKind), diaries_per_group)).reshape(3, -1)
    group, kind, number = (np.ascontiguousarray(axis, dtype=np.int64) for axis in place)
    work, band, sex = group_traits(group)
    working = np.rint(model.working_share[kind, work, band, sex] * diaries_per_group)
    day_type = np.where(number < working, DayType.WORKING, DayType.FREE).astype(np.int64)
    return Days(np.arange(len(group)), kind, day_type, work, band, sex)
