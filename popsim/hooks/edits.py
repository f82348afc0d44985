"""Days as interventions change them: each diary is edited once for every combination of editors that somebody lives.

Editors act in their order. Those made of ready-made edits act together in compiled code, for all new days of a day at
once; authors' own ``edit_day`` is called for one day at a time, and never twice for the same day, whatever acts later.
"""

from __future__ import annotations

import hashlib
from itertools import groupby
from time import perf_counter
from typing import TYPE_CHECKING, Protocol

import numpy as np

from popsim.hooks.contract import blaming, checked_day
from popsim.hooks.edit_kernel import edit_days, program_of
from popsim.hooks.edited_before import EditedBefore, edited_before
from popsim.hooks.growing import GrowingPool
from popsim.hooks.intervention import Intervention
from popsim.hooks.views import PluginError
from popsim.routines.bouts import MINUTES_PER_DAY, DiaryPool
from popsim.routines.lookup import Lookup

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from popsim.hooks.edit_kernel import Program
    from popsim.routines.activities import Activity

    Indices = NDArray[np.int64]

Packed = tuple[bytes, bytes]
"""A day's activities and minutes as they lie in a pool."""

Signature = tuple[type, str]
"""What an edit depends on besides the day: the code, and everything it was given."""

_EDITED: dict[tuple[Signature, Packed], Packed] = {}
"""Days by author's editor and day before: an edit is a pure function of both, and slices share their plain days."""
_MOST_REMEMBERED = 100_000
_MOST_TOGETHER = 31
"""So many editors act together at most: whose edits a day has and the day's number make one number."""


class EditedDays:
    """A diary pool that grows by edited days as they are first needed.

    Args:
        pool: the days as people would live them without any intervention.
        editors: interventions that edit days, in order of action; bit ``i`` of an edit code stands for
            ``editors[i]``.
        activities: the run's activities by code.
        ordinary: the days at the start of the pool that other slices share, if there are any.

    Attributes:
        seconds: time spent on each editor's edits so far, by name; what several took together is shared out by the
            number of days that each edited.
    """

    def __init__(
        self,
        pool: DiaryPool,
        editors: Sequence[Intervention],
        activities: Sequence[Activity],
        ordinary: DiaryPool | None = None,
    ) -> None:
        self._days = GrowingPool(pool)
        self._plain = len(pool)
        self._drafts = _Drafts(pool)
        self.seconds = {editor.name: 0.0 for editor in editors}
        steps = list(_steps(editors, activities, self.seconds))
        ends_together = bool(steps) and isinstance(steps[-1], _Together)
        self._before, last = (steps[:-1], steps[-1]) if ends_together else (steps, _Together((), activities, {}))
        assert isinstance(last, _Together)
        self._last = last
        self._earlier: EditedBefore | None = None
        if ends_together and ordinary is not None:
            self._earlier = edited_before(ordinary, last.program)
            self._take_over(self._earlier)

    @property
    def pool(self) -> DiaryPool:
        """The plain days, those edited so far, and what else has been put at the end."""
        return self._days.pool

    @pool.setter
    def pool(self, pool: DiaryPool) -> None:
        self._days = GrowingPool(pool)

    def lived(self, diary: NDArray[np.int32], edits: NDArray[np.int64]) -> NDArray[np.int32]:
        """The index in ``pool`` of each person's day, given the plain diary and the edit code, both ``(N,)``."""
        lived = diary.astype(np.int32, copy=True)
        changed = np.flatnonzero(edits)
        if not len(changed):
            return lived
        draft, code = diary[changed].astype(np.int64), edits[changed]
        for step in self._before:
            draft = step.after(draft, code, self._drafts)
        lived[changed] = self._settled(draft, code)
        return lived

    def _take_over(self, earlier: EditedBefore) -> None:
        keys, index = earlier.known()
        self._last.known.learn(keys, np.where(index < 0, keys >> _MOST_TOGETHER, len(self.pool) + index))
        self._days.add(earlier.days)

    def _settled(self, draft: Indices, code: Indices) -> NDArray[np.int32]:
        """The days in the pool that the last editors make of these drafts."""
        key, known = self._last.key(draft, code), self._last.known
        new = known.missing(key[(key >= self._plain << _MOST_TOGETHER) | self._last.acts(code)])
        if len(new):
            which = new >> _MOST_TOGETHER
            days, same = self._last.edited(new, self._drafts, self._drafts.plain[which], merge=True)
            index = np.where(same, self._drafts.plain[which], 0)
            index[~same] = len(self.pool) + np.arange(len(days))
            known.learn(new, index)
            self._days.add(days)
            if self._earlier is not None:
                self._earlier.add(new, days, same, which < len(self._earlier.ordinary))
        return known.of(key, draft).astype(np.int32)


class _Drafts:
    """Days before the last editors have acted: the plain ones, and what authors' editors made of them.

    Attributes:
        plain: the plain day behind each, into the pool.
    """

    def __init__(self, pool: DiaryPool) -> None:
        self._days = GrowingPool(pool)
        self.plain = np.arange(len(pool))

    @property
    def pool(self) -> DiaryPool:
        """The days themselves."""
        return self._days.pool

    def add(self, days: DiaryPool, before: Indices) -> Indices:
        """Add what was made of some drafts; the new ones' indices."""
        self.plain = np.concatenate([self.plain, self.plain[before]])
        self._days.add(days)
        return np.arange(len(self.pool) - len(days), len(self.pool))

    def packed(self, draft: int) -> Packed:
        """One draft as bytes."""
        part = slice(int(self.pool.starts[draft]), int(self.pool.starts[draft + 1]))
        return self.pool.activity[part].tobytes(), self.pool.minutes[part].tobytes()


class _Step(Protocol):
    """One or several editors that act in one go."""

    def after(self, draft: Indices, code: Indices, drafts: _Drafts) -> Indices:
        """The drafts that these become, given each person's edit code."""
        ...


def _steps(
    editors: Sequence[Intervention], activities: Sequence[Activity], seconds: dict[str, float]
) -> Iterable[_Step]:
    """The editors in steps: neighbours of ready-made edits together, others one by one."""
    numbered = list(enumerate(editors))
    for alone, group in groupby(numbered, key=lambda pair: _is_authors(pair[1])):
        members = list(group)
        if alone:
            yield from (_Alone(bit, editor, activities, seconds) for bit, editor in members)
        else:
            for first in range(0, len(members), _MOST_TOGETHER):
                yield _Together(members[first : first + _MOST_TOGETHER], activities, seconds)


def _is_authors(editor: Intervention) -> bool:
    return type(editor).edit_day is not Intervention.edit_day


class _Together:
    """Neighbouring editors of ready-made edits.

    Attributes:
        program: their edits.
        known: by ``key``, what became of the drafts edited so far.
    """

    def __init__(
        self, editors: Sequence[tuple[int, Intervention]], activities: Sequence[Activity], seconds: dict[str, float]
    ) -> None:
        self._names = [editor.name for _, editor in editors]
        self._first = editors[0][0] if editors else 0
        self._seconds, self.known = seconds, Lookup()
        self.program = _program([editor for _, editor in editors], activities)

    def acts(self, code: Indices) -> NDArray[np.bool_]:
        """Where one of them acts."""
        return np.asarray(self._bits(code) != 0)

    def key(self, draft: Indices, code: Indices) -> Indices:
        """Draft and whose edits are made on it, as one number."""
        return draft << _MOST_TOGETHER | self._bits(code)

    def after(self, draft: Indices, code: Indices, drafts: _Drafts) -> Indices:
        """The drafts that these become."""
        key, acts = self.key(draft, code), self.acts(code)
        new = self.known.missing(key[acts])
        if len(new):
            which = new >> _MOST_TOGETHER
            days, same = self.edited(new, drafts, which, merge=False)
            index = which.copy()
            index[~same] = drafts.add(days, which[~same])
            self.known.learn(new, index)
        return np.where(acts, self.known.of(key), draft)

    def edited(
        self, key: Indices, drafts: _Drafts, compared: Indices, *, merge: bool
    ) -> tuple[DiaryPool, NDArray[np.bool_]]:
        """The days that differ from those they are compared with, and which do not."""
        if not edit_days.signatures:
            _run(self.program, drafts.pool, key[:0], key[:0], compared[:0], merge)  # compiling is no plugin's time
        began = perf_counter()
        which, bits = key >> _MOST_TOGETHER, key & (1 << _MOST_TOGETHER) - 1
        days = _run(self.program, drafts.pool, which, bits, compared, merge)
        self._share_out(perf_counter() - began, bits)
        return days

    def _bits(self, code: Indices) -> Indices:
        return code >> self._first & (1 << len(self._names)) - 1

    def _share_out(self, seconds: float, bits: Indices) -> None:
        days = [int(np.count_nonzero(bits >> bit & 1)) for bit in range(len(self._names))]
        for name, edited in zip(self._names, days, strict=True):
            self._seconds[name] += seconds * edited / max(1, sum(days))


def _program(editors: Sequence[Intervention], activities: Sequence[Activity]) -> Program:
    known, coded = {a.name: a for a in activities}, []
    for bit, editor in enumerate(editors):
        with blaming(editor.name, "edits"):
            edits = list(editor.edits())
            try:
                coded += [(bit, edit.coded(known)) for edit in edits]
            except KeyError as missing:
                raise PluginError(f"plugin {editor.name}: edits uses the unknown activity {missing}") from None
    return program_of(coded, len(activities))


def _run(
    program: Program, pool: DiaryPool, which: Indices, bits: Indices, compared: Indices, merge: bool
) -> tuple[DiaryPool, NDArray[np.bool_]]:
    """Run a program on drafts; the days that differ from those they are compared with, and which do not."""
    room = len(which) * MINUTES_PER_DAY
    starts, same = np.empty(len(which) + 1, dtype=np.int32), np.empty(len(which), dtype=bool)
    activity, minutes = np.empty(room, dtype=np.uint8), np.empty(room, dtype=np.uint16)
    out = starts, activity, minutes, same
    written = edit_days(program, (pool.starts, pool.activity, pool.minutes), which, bits, compared, merge, out)
    days = DiaryPool(starts, activity[:written].copy(), minutes[:written].copy())
    return (_only(days, ~same) if same.any() else days), same


def _only(days: DiaryPool, wanted: NDArray[np.bool_]) -> DiaryPool:
    length = np.diff(days.starts)
    bouts = np.repeat(wanted, length)
    starts = np.concatenate([[0], np.cumsum(length[wanted])]).astype(np.int32)
    return DiaryPool(starts, days.activity[bouts], days.minutes[bouts])


class _Alone:
    """An editor whose author wrote ``edit_day``."""

    def __init__(
        self, bit: int, editor: Intervention, activities: Sequence[Activity], seconds: dict[str, float]
    ) -> None:
        self._bit, self._editor, self._seconds = bit, editor, seconds
        self._names = [a.name for a in activities]
        self._codes = {name: code for code, name in enumerate(self._names)}
        self._signature = _signature(editor, activities)
        self._known = Lookup()

    def after(self, draft: Indices, code: Indices, drafts: _Drafts) -> Indices:
        """The drafts that these become."""
        acts = (code >> self._bit & 1).astype(bool)
        new = self._known.missing(draft[acts])
        if len(new):
            self._learn(new, drafts)
        return np.where(acts, self._known.of(draft), draft)

    def _learn(self, new: Indices, drafts: _Drafts) -> None:
        before = [drafts.packed(one) for one in new.tolist()]
        after = [self._remembered(day) for day in before]
        index, changed = new.copy(), np.array([a != b for a, b in zip(after, before, strict=True)])
        if changed.any():
            days = _unpacked([day for day, other in zip(after, changed, strict=True) if other])
            index[changed] = drafts.add(days, new[changed])
        self._known.learn(new, index)

    def _remembered(self, day: Packed) -> Packed:
        """The edited day, from an earlier slice or arm of this process if it was edited there."""
        key = self._signature, day
        if key not in _EDITED:
            if len(_EDITED) >= _MOST_REMEMBERED:
                _EDITED.clear()
            bouts = [(activity, minutes) for activity, minutes in self._edit(day) if minutes]
            codes, minutes = (np.array(v) for v in zip(*bouts, strict=True))
            _EDITED[key] = codes.astype(np.uint8).tobytes(), minutes.astype(np.uint16).tobytes()
        return _EDITED[key]

    def _edit(self, day: Packed) -> list[tuple[int, int]]:
        codes, minutes = np.frombuffer(day[0], dtype=np.uint8), np.frombuffer(day[1], dtype=np.uint16)
        named = [(self._names[a], m) for a, m in zip(codes.tolist(), minutes.tolist(), strict=True)]
        began = perf_counter()
        with blaming(self._editor.name, "edit_day"):
            edited = checked_day(self._editor, self._editor.edit_day(named), self._codes)
        self._seconds[self._editor.name] += perf_counter() - began
        return edited


def _unpacked(days: Sequence[Packed]) -> DiaryPool:
    """A pool of these days."""
    starts = np.cumsum([0, *(len(activities) for activities, _ in days)], dtype=np.int32)
    activity = np.frombuffer(b"".join(activities for activities, _ in days), dtype=np.uint8)
    return DiaryPool(starts, activity, np.frombuffer(b"".join(minutes for _, minutes in days), dtype=np.uint16))


def _signature(editor: Intervention, activities: Sequence[Activity]) -> Signature:
    """The editor's class, parameters and constants, and what the codes of activities mean in its run."""
    given = repr((editor.params, sorted(editor.evidence.items()), [(a.name, sorted(a.tags)) for a in activities]))
    return type(editor), hashlib.blake2b(given.encode(), digest_size=16).hexdigest()
