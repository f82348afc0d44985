"""A pool of days that grows, day after day, by the days that are added and not by a copy of all that were there."""

from __future__ import annotations

import numpy as np

from popsim.routines.bouts import DiaryPool


class GrowingPool:
    """Days end to end with room behind the last.

    Args:
        pool: the days to begin with.

    Attributes:
        pool: all days so far; pools handed out earlier stay as they were, since only the room behind them is written.
    """

    def __init__(self, pool: DiaryPool) -> None:
        self.pool = pool
        self._room = pool

    def add(self, days: DiaryPool) -> None:
        """Put days at the end; indices of earlier ones stay valid."""
        old, room = self.pool, self._room
        count, bouts = len(old.starts), int(old.starts[-1])
        last, end = count + len(days), bouts + len(days.activity)
        if last > len(room.starts) or end > len(room.activity):
            room = self._room = _grown(old, 2 * last, 2 * end)
        room.starts[count:last] = days.starts[1:] + bouts
        room.activity[bouts:end], room.minutes[bouts:end] = days.activity, days.minutes
        self.pool = DiaryPool(room.starts[:last], room.activity[:end], room.minutes[:end])


def _grown(pool: DiaryPool, days: int, bouts: int) -> DiaryPool:
    """The same days with more room behind them."""
    room = DiaryPool(np.empty(days, dtype=np.int32), np.empty(bouts, dtype=np.uint8), np.empty(bouts, dtype=np.uint16))
    for wide, given in ((room.starts, pool.starts), (room.activity, pool.activity), (room.minutes, pool.minutes)):
        wide[: len(given)] = given
    return room
