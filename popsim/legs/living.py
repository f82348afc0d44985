"""Everybody's legs through the days: state carried over, the day's pooling and stagnation dose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from popsim.legs import kernel
from popsim.people.population import AGE_GROUPS, Population

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from popsim.legs.wardrobe import Wardrobe
    from popsim.routines.bouts import DiaryPool

_ASLEEP_SINCE_MIN = 360.0


class Legs:
    """Two legs of everybody.

    Attributes:
        state: ``(5, 2, N)``: pooled volume mL, ankle pressure mmHg, activation, swelling mL, minutes since the last
            walk.
        pooled_ml_min: ``(2, N)``, integral of lower-leg volume over the last day.
        dose_min: ``(2, N)``, integral of activation over the last day.
        tally: ``(age groups, activities, 4)`` int64, sums of the last day (see ``kernel.TALLIES``).
    """

    def __init__(self, people: Population, wardrobe: Wardrobe, evidence: Mapping[str, float], activities: int) -> None:
        self._wardrobe = wardrobe
        self._rates = (
            1.0 / evidence["stagnation.activation_off_min"],
            1.0 / evidence["stagnation.oedema_time_constant_min"],
        )
        self._group = people.age_group
        shape = (2, len(people))
        self.state = np.zeros((kernel.STATES, *shape))
        lying = wardrobe.responses[: len(people), :, 0]
        self.state[kernel.VOLUME] = lying[:, :, kernel.VOLUME_TARGET].T
        self.state[kernel.PRESSURE] = lying[:, :, kernel.PRESSURE_TARGET].T
        self.state[kernel.SINCE_WALK] = _ASLEEP_SINCE_MIN
        self.pooled_ml_min = np.zeros(shape)
        self.dose_min = np.zeros(shape)
        self.tally = np.zeros((len(AGE_GROUPS), activities, kernel.TALLIES), dtype=np.int64)

    def live(
        self, pool: DiaryPool, diary: NDArray[np.int32], wear: NDArray[np.uint16], alive: NDArray[np.bool_]
    ) -> None:
        """One day: each person lives the diary with this index in the pool; the dead don't."""
        self.tally[:] = 0
        days = _bout_ranges(pool, diary, alive)
        kernel.live_day(
            (pool.activity, pool.minutes),
            days,
            wear,
            self._wardrobe.meaning(wear),
            self._wardrobe.responses,
            self._rates,
            self.state,
            self.pooled_ml_min,
            self.dose_min,
            self._group,
            self.tally,
        )

    def trace(
        self,
        pool: DiaryPool,
        diary: NDArray[np.int32],
        wear: NDArray[np.uint16],
        alive: NDArray[np.bool_],
        rows: NDArray[np.int64],
    ) -> NDArray[np.float64]:
        """The coming day of a few people bout by bout, as ``kernel.trace_day`` records it; nothing is changed."""
        first, end = _bout_ranges(pool, diary[rows], alive[rows])
        fit_of, fit_row, kind_of, walking = self._wardrobe.meaning(wear)
        record = np.empty((2 * int(np.sum(end - first)), kernel.TRACE_COLUMNS))
        written = kernel.trace_day(
            (pool.activity, pool.minutes),
            (first, end),
            wear[rows],
            (fit_of, np.ascontiguousarray(fit_row[:, rows]), kind_of, walking),
            self._wardrobe.responses,
            self._rates,
            np.ascontiguousarray(self.state[:, :, rows]),
            record,
        )
        return record[:written]


def _bout_ranges(
    pool: DiaryPool, diary: NDArray[np.int32], alive: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    first = pool.starts[diary].astype(np.int64)
    return first, np.where(alive, pool.starts[diary + 1], first)
