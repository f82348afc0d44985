"""Days as interventions change them: each diary is edited once for every combination of editors that somebody lives."""

from __future__ import annotations

import hashlib
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from popsim.hooks.contract import blaming, checked_day
from popsim.routines.bouts import DiaryPool

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from popsim.hooks.intervention import Intervention
    from popsim.routines.activities import Activity

UNKNOWN = np.int32(-1)

Packed = tuple[bytes, bytes]
"""A day's activities and minutes as they lie in a pool."""

Signature = tuple[type, str]
"""What an edit depends on besides the day: the code, and everything it was given."""

_EDITED: dict[tuple[tuple[Signature, ...], Packed], Packed] = {}
"""Edited days by editors and plain day: an edit is a pure function of both, and slices share their plain days."""
_MOST_REMEMBERED = 100_000


class EditedDays:
    """A diary pool that grows by edited days as they are first needed.

    Args:
        pool: the days as people would live them without any intervention.
        editors: interventions that edit days, in order of action; bit ``i`` of an edit code stands for
            ``editors[i]``.
        activities: the run's activities by code.

    Attributes:
        pool: the plain days and those edited so far.
        seconds: time spent in each editor's own code so far, by name.
    """

    def __init__(self, pool: DiaryPool, editors: Sequence[Intervention], activities: Sequence[Activity]) -> None:
        self.pool = pool
        self._plain = pool
        self._editors = tuple(editors)
        self._names = [a.name for a in activities]
        self._codes = {name: code for code, name in enumerate(self._names)}
        self._index: dict[int, NDArray[np.int32]] = {}
        self._signatures = [_signature(editor, activities) for editor in editors]
        self.seconds = {editor.name: 0.0 for editor in editors}

    def lived(self, diary: NDArray[np.int32], edits: NDArray[np.int64]) -> NDArray[np.int32]:
        """The index in ``pool`` of each person's day, given the plain diary and the edit code, both ``(N,)``."""
        codes = np.flatnonzero(np.bincount(edits, minlength=1)) if self._editors else ()
        living = {int(code): edits == code for code in codes if code}
        self._learn({code: diary[these] for code, these in living.items()})
        lived = diary.astype(np.int32, copy=True)
        for code, these in living.items():
            lived[these] = self._index[code][diary[these]]
        return lived

    def _learn(self, wanted: Mapping[int, NDArray[np.int32]]) -> None:
        """Edit the days that are wanted for the first time, by edit code, and add them to the pool."""
        new: list[Packed] = []
        for code, diary in wanted.items():
            index = self._index.setdefault(code, np.full(len(self._plain), UNKNOWN))
            for missing in np.unique(diary[index[diary] == UNKNOWN]).tolist():
                edited = self._remembered(code, missing)
                if edited == self._packed(missing):
                    index[missing] = missing
                else:
                    index[missing] = len(self.pool) + len(new)
                    new.append(edited)
        if new:
            self.pool = self.pool.joined(_unpacked(new))

    def _remembered(self, code: int, diary: int) -> Packed:
        """The edited day, from an earlier slice of the same run in this process if it was edited there."""
        editors = tuple(s for bit, s in enumerate(self._signatures) if code >> bit & 1)
        key = editors, self._packed(diary)
        if key not in _EDITED:
            if len(_EDITED) >= _MOST_REMEMBERED:
                _EDITED.clear()
            day = DiaryPool.from_days([self._edit(code, diary)])
            _EDITED[key] = day.activity.tobytes(), day.minutes.tobytes()
        return _EDITED[key]

    def _packed(self, diary: int) -> Packed:
        part = slice(int(self._plain.starts[diary]), int(self._plain.starts[diary + 1]))
        return self._plain.activity[part].tobytes(), self._plain.minutes[part].tobytes()

    def _edit(self, code: int, diary: int) -> list[tuple[int, int]]:
        day = self._plain.day(diary)
        for bit, editor in enumerate(self._editors):
            if code >> bit & 1:
                named = [(self._names[activity], minutes) for activity, minutes in day]
                began = perf_counter()
                with blaming(editor.name, "edit_day"):
                    day = checked_day(editor, editor.edit_day(named), self._codes)
                self.seconds[editor.name] += perf_counter() - began
        return day


def _unpacked(days: Sequence[Packed]) -> DiaryPool:
    """A pool of these days."""
    starts = np.cumsum([0, *(len(activities) for activities, _ in days)], dtype=np.int32)
    activity = np.frombuffer(b"".join(activities for activities, _ in days), dtype=np.uint8)
    return DiaryPool(starts, activity, np.frombuffer(b"".join(minutes for _, minutes in days), dtype=np.uint16))


def _signature(editor: Intervention, activities: Sequence[Activity]) -> Signature:
    """The editor's class, parameters and constants, and what the codes of activities mean in its run."""
    given = repr((editor.params, sorted(editor.evidence.items()), [(a.name, sorted(a.tags)) for a in activities]))
    return type(editor), hashlib.blake2b(given.encode(), digest_size=16).hexdigest()
