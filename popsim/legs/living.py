"""Everybody's legs through the days: state carried over, the day's pooling and stagnation dose.

Weeks repeat. A leg forgets: after some days, seven with the shipped constants, what it was like before weighs less than
10⁻⁹. So a person who lived so many days exactly like the same weekdays of the week before, and does so today, ends the
day as last week; only the others are lived anew. Whether a day is taken over depends on the person's own days alone,
so it is the same in every shard and arm.

Days repeat even where weeks don't: a day lived before is worked out from memory (see ``remembering``).

Arms share people. Whoever has lived every day so far as in another arm, with nothing worn and no leg changed, is given
that arm's day; its bits are those of living it again.
"""

from __future__ import annotations

from math import ceil, exp, log
from typing import TYPE_CHECKING, Any

import numpy as np

from popsim.legs import kernel, remembering
from popsim.legs.remembering import DAYS_PER_WEEK
from popsim.legs.wardrobe import CODE_BITS
from popsim.people.population import AGE_GROUPS, Population
from popsim.routines.bouts import MINUTES_PER_DAY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from popsim.legs.wardrobe import Wardrobe
    from popsim.routines.bouts import DiaryPool

_ASLEEP_SINCE_MIN = 360.0
_FORGOTTEN = 1e-9
_DEAD = -2
_WORN = (1 << CODE_BITS) - 1


class Legs:
    """Two legs of everybody.

    Args:
        people: the population.
        wardrobe: what legs do, bare and with devices.
        evidence: the constants in force.
        activities: number of activities of the run.
        reuse: take repeated weeks over instead of living them anew.

    Attributes:
        state: ``(5, 2, N)``: pooled volume mL, ankle pressure mmHg, activation, swelling mL, minutes since the last
            walk.
        pooled_ml_min: ``(2, N)``, integral of lower-leg volume over the last day.
        dose_min: ``(2, N)``, integral of activation over the last day.
        tally: ``(age groups, activities, 4)`` int64, sums of the last day (see ``kernel.TALLIES``).
        lived: number of person-days that were lived bout by bout.
    """

    def __init__(
        self,
        people: Population,
        wardrobe: Wardrobe,
        evidence: Mapping[str, float],
        activities: int,
        *,
        reuse: bool = True,
    ) -> None:
        self._wardrobe = wardrobe
        fade, oedema = evidence["stagnation.activation_off_min"], evidence["stagnation.oedema_time_constant_min"]
        self._rates = (1.0 / fade, 1.0 / oedema)
        self._group = people.age_group
        forgets_after = ceil(-log(_FORGOTTEN) * max(fade, oedema) / MINUTES_PER_DAY)
        self._repeats_after = max(DAYS_PER_WEEK, forgets_after) if reuse else np.iinfo(np.int64).max
        self._reuse, self._oedema_left = reuse, exp(-MINUTES_PER_DAY / oedema)
        count = len(people)
        self._week = _Week(count, activities)
        self._days = remembering.LivedDays(count, activities)
        self._key = np.full((DAYS_PER_WEEK, count), remembering.NO_DAY, dtype=np.int64)
        self._same_days = np.zeros(count, dtype=np.int64)
        self.lived = 0
        self._twin: Legs | None = None
        self._changed = np.zeros(count, dtype=bool)
        self._show(0)
        self.state[:] = 0.0
        lying = wardrobe.responses[:count, 0]
        self.state[kernel.VOLUME] = lying[:, kernel.VOLUME_TARGET].T
        self.state[kernel.PRESSURE] = lying[:, kernel.PRESSURE_TARGET].T
        self.state[kernel.SINCE_WALK] = _ASLEEP_SINCE_MIN

    def _show(self, weekday: int) -> None:
        week = self._week
        self.state: NDArray[np.float64] = week.state[weekday]
        self.pooled_ml_min: NDArray[np.float64] = week.pooled[weekday]
        self.dose_min: NDArray[np.float64] = week.dose[weekday]
        self.tally: NDArray[np.int64] = week.tally[weekday].reshape(len(AGE_GROUPS), kernel.TALLIES, -1).swapaxes(1, 2)
        self._weekday = weekday

    def live(
        self, pool: DiaryPool, diary: NDArray[np.int32], worn: NDArray[np.integer[Any]], alive: NDArray[np.bool_]
    ) -> None:
        """One day: each person lives the diary with this index in the pool, wearing these devices; the dead don't.

        The kernel takes people in order of their bouts, so that those of a block are done at the same time.
        """
        before = self.state
        self._show((self._weekday + 1) % DAYS_PER_WEEK)
        key = np.where(alive, diary.astype(np.int64) << CODE_BITS | self._wardrobe.codes(worn), _DEAD)
        who = self._not_twin(self._not_repeated(key), key)
        who = self._not_remembered(who, key, before)
        self.lived += len(who)
        first, end = _bout_ranges(pool, diary[who], alive[who])
        order = np.argsort((end - first).astype(np.uint16), kind="stable")
        who, first, end = who[order], first[order], end[order]
        weekday = self._weekday
        kernel.live_day(
            who,
            (pool.activity, pool.minutes),
            (first, end),
            self._wardrobe.meaning(worn, who, (pool.activity, first, end)),
            self._wardrobe.responses,
            self._rates,
            before,
            self._after,
            self._book,
            (*self._week.days[weekday][2:], *self._days.kept[:3]),
        )

    @property
    def _after(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        return self.state, self.pooled_ml_min, self.dose_min

    @property
    def _book(self) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        return self._group, self._week.tally[self._weekday]

    @property
    def people(self) -> Population:
        """The population as its legs are now."""
        return self._wardrobe.people

    def change(self, leg: int, row: int, traits: Mapping[str, float]) -> None:
        """Give one leg new traits for good; its days are lived anew until weeks repeat again."""
        self._wardrobe.change(leg, row, traits)
        self._key[:, row] = remembering.NO_DAY
        for days in self._week.days:
            days.key[:, row] = remembering.NO_DAY
        self._changed[row] = True

    def follow(self, twin: Legs, plain_days: int) -> None:
        """Take over the days of people who live as in another arm, from the first day on; that arm lives each first.

        Args:
            twin: the legs of the same people in the other arm.
            plain_days: how many days at the start of the pool are the same in both arms.
        """
        self._days = twin._days
        self._days.make_room()
        self._twin, self._plain = twin, np.int64(plain_days) << CODE_BITS
        self._as_twin = np.ones(len(self._changed), dtype=bool)

    def _not_twin(self, who: NDArray[np.int64], key: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those of these people who differ from the other arm, if there is one; the others are given its day."""
        twin, weekday = self._twin, self._weekday
        if twin is None:
            return who
        bare = (key & _WORN == 0) & (key < self._plain)
        self._as_twin &= (key == twin._key[weekday]) & (bare | (key == _DEAD)) & ~self._changed & ~twin._changed
        shared = self._as_twin[who]
        week = twin._week
        remembering.take_over(
            who[shared],
            (week.state[weekday], week.pooled[weekday], week.dose[weekday]),
            self._after,
            week.days[weekday],
            self._week.days[weekday],
            self._book,
            self._days.kept,
        )
        return who[~shared]

    def _not_remembered(
        self, who: NDArray[np.int64], key: NDArray[np.int64], before: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        """Those of these people who never lived such a day; the others live it from memory."""
        days, kept, known = self._week.days[self._weekday], self._days.kept, np.empty(len(who), dtype=bool)
        remembering.recognise(who, key, before, days, kept, known)
        if not self._reuse:
            return who
        remembering.recall(who[known], before, self._oedema_left, self._after, self._book, days, kept)
        return who[~known]

    def _not_repeated(self, key: NDArray[np.int64]) -> NDArray[np.int64]:
        """Rows of the people who cannot take the day over from last week; notes today's days."""
        same = key == self._key[self._weekday]
        repeated = same & (self._same_days >= self._repeats_after)
        self._same_days = np.where(same, self._same_days + 1, 0)
        self._key[self._weekday] = key
        return np.flatnonzero(~repeated)

    def trace(
        self,
        pool: DiaryPool,
        diary: NDArray[np.int32],
        worn: NDArray[np.integer[Any]],
        alive: NDArray[np.bool_],
        rows: NDArray[np.int64],
    ) -> NDArray[np.float64]:
        """The coming day of a few people bout by bout, as ``kernel.trace_day`` records it; nothing is changed."""
        first, end = _bout_ranges(pool, diary[rows], alive[rows])
        slot_of, row_of, kind_of, walking = self._wardrobe.meaning(worn, rows, (pool.activity, first, end))
        record = np.empty((2 * int(np.sum(end - first)), kernel.TRACE_COLUMNS))
        written = kernel.trace_day(
            (pool.activity, pool.minutes),
            (first, end),
            (slot_of, np.ascontiguousarray(row_of[:, rows]), kind_of, walking),
            self._wardrobe.responses,
            self._rates,
            np.ascontiguousarray(self.state[:, :, rows]),
            record,
        )
        return record[:written]


class _Week:
    """What the last day of each weekday left, by place in the week."""

    def __init__(self, people: int, activities: int) -> None:
        self.state = np.zeros((DAYS_PER_WEEK, kernel.STATES, 2, people))
        self.pooled = np.zeros((DAYS_PER_WEEK, 2, people))
        self.dose = np.zeros((DAYS_PER_WEEK, 2, people))
        self.tally = np.zeros((DAYS_PER_WEEK, len(AGE_GROUPS), kernel.TALLIES * activities), dtype=np.int64)
        self.days = [remembering.Remembered.none(people) for _ in range(DAYS_PER_WEEK)]


def _bout_ranges(
    pool: DiaryPool, diary: NDArray[np.int32], alive: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    first = pool.starts[diary].astype(np.int64)
    return first, np.where(alive, pool.starts[diary + 1], first)
