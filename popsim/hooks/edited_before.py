"""Days that were edited before: slices of a run share their ordinary days, and so do its arms.

What is made of an ordinary day depends on the day and the edits alone, so whoever lives in this process later is given
it instead of having it edited again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from popsim.hooks.growing import GrowingPool
from popsim.routines.bouts import DiaryPool
from popsim.routines.lookup import Lookup

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from popsim.hooks.edit_kernel import Program

    Indices = NDArray[np.int64]

_MOST_DAYS = 50_000
"""About 10 MB; with many combinations of edits hardly any comes twice."""
_MOST_PROGRAMS = 4


class EditedBefore:
    """What was made of the ordinary days by one program of edits.

    Args:
        ordinary: the days that slices share.
    """

    def __init__(self, ordinary: DiaryPool) -> None:
        self.ordinary = ordinary
        empty = DiaryPool(np.zeros(1, np.int32), np.zeros(0, np.uint8), np.zeros(0, np.uint16))
        self._growing, self._known = GrowingPool(empty), Lookup()

    @property
    def days(self) -> DiaryPool:
        """The edited days."""
        return self._growing.pool

    def known(self) -> tuple[Indices, Indices]:
        """Keys of what was edited, and its index in ``days``, -1 where the day stayed as it was."""
        return self._known.items()

    def add(self, keys: Indices, days: DiaryPool, same: NDArray[np.bool_], wanted: NDArray[np.bool_]) -> None:
        """Keep what was made of some days, while there is room.

        Args:
            keys: of what was edited, ``(n,)``.
            days: the results, of those that changed.
            same: which did not, ``(n,)``.
            wanted: which are worth keeping, ``(n,)``.
        """
        if len(self.days) + len(days) > _MOST_DAYS:
            return
        index = np.full(len(keys), -1)
        index[~same] = len(self.days) + np.arange(len(days))
        self._growing.add(days)
        fresh = wanted & ~self._known.knows(keys)
        self._known.learn(keys[fresh], index[fresh])


_KEPT: dict[tuple[int, bytes], EditedBefore] = {}


def edited_before(ordinary: DiaryPool, program: Program) -> EditedBefore:
    """What this program has made in this process of these very days, and room for more."""
    key = id(ordinary), b"".join(np.asarray(part).tobytes() for part in program)
    if key not in _KEPT:
        if len(_KEPT) >= _MOST_PROGRAMS:
            _KEPT.clear()
        _KEPT[key] = EditedBefore(ordinary)
    return _KEPT[key]
