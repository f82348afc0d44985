"""Many days edited at once: a program of ready-made edits in codes, run on packed days by compiled code.

Nothing here knows names, tags or plugins; ``day_edits`` says what each edit means, in plain Python.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from popsim.hooks.day_edits import BREAKS, CHOSEN, COUNTS, ENDS_SITTING, INTERRUPTED, SHORTENING
from popsim.routines.bouts import MINUTES_PER_DAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from popsim.hooks.day_edits import CodedEdit

Program = tuple[Any, Any, Any, Any, Any]
"""Edits in order: ``(n, 8)`` numbers, what activities are to them ``(n, A)``, what takes their place ``(n, A)``, all
cycles end to end ``(C, 2)``, and which activities each replaces and brings, as sets ``(n, 2)``. Numbers: bit of the
editor, kind, the edit's four, first and end of its cycle."""
_BIT, _KIND, _ONE, _TWO, _THREE, _FOUR, _CYCLE, _CYCLE_END = range(8)
_REPLACED, _BROUGHT = range(2)
_SET_BITS = 63
"""A set of activities is a bit for each, in one number; codes that share a bit count as one another, so a set may only
be asked what it surely lacks."""
_LONGEST = MINUTES_PER_DAY + 1

_compiled = njit(cache=True, nogil=True)
_inlined = njit(inline="always")


def program_of(edits: Sequence[tuple[int, CodedEdit]], activities: int) -> Program:
    """The program of some edits, each with the bit of its editor."""
    rows, sets, cycles = [], [], list[tuple[int, int]]()
    for bit, edit in edits:
        rows.append((bit, edit.kind, *edit.numbers, len(cycles), len(cycles) + len(edit.cycle)))
        sets.append((_set(edit.replaced), _set(edit.brought)))
        cycles += edit.cycle
    shape = (len(edits), activities)
    return (
        np.array(rows, dtype=np.int64).reshape(-1, 8),
        np.array([edit.role for _, edit in edits], dtype=np.uint8).reshape(shape),
        np.array([edit.instead for _, edit in edits], dtype=np.uint8).reshape(shape),
        np.array(cycles, dtype=np.int64).reshape(-1, 2),
        np.array(sets, dtype=np.int64).reshape(-1, 2),
    )


def _set(activities: Iterable[int]) -> int:
    bits = 0
    for activity in activities:
        bits |= 1 << activity % _SET_BITS
    return bits


@_compiled
def edit_days(program: Any, days: Any, which: Any, bits: Any, plain: Any, merge: bool, out: Any) -> int:
    """Run a program on some packed days.

    Args:
        program: see ``Program``.
        days: ``(starts, activity, minutes)`` of a pool.
        which: the days to edit, ``(n,)``, into the pool.
        bits: whose edits are made on each, ``(n,)``.
        plain: the day each is compared with at the end, ``(n,)``, into the pool.
        merge: join neighbours with the same activity at the end.
        out: ``(starts (n + 1,), activity, minutes, same (n,))``, room for whole days; ``same`` is set to whether a day
            ends as the one it is compared with.

    Returns:
        the number of bouts written.
    """
    starts, activity, minutes = days
    out_starts, out_activity, out_minutes, same = out
    ops, sets = program[0], program[4]
    one, other = np.empty((_LONGEST, 2), dtype=np.int64), np.empty((_LONGEST, 2), dtype=np.int64)
    end = 0
    out_starts[0] = 0
    for i in range(which.shape[0]):
        length = held = 0
        for bout in range(starts[which[i]], starts[which[i] + 1]):
            one[length, 0], one[length, 1] = activity[bout], minutes[bout]
            held |= 1 << activity[bout] % _SET_BITS
            length += 1
        for op in range(ops.shape[0]):
            if bits[i] >> ops[op, _BIT] & 1 and held & sets[op, _REPLACED]:
                changed = _edited(program, op, one, length, other)
                if changed >= 0:
                    one, other, length = other, one, changed
                    held |= sets[op, _BROUGHT]
        begin = end
        for bout in range(length):
            if merge and end > begin and out_activity[end - 1] == one[bout, 0]:
                out_minutes[end - 1] += one[bout, 1]
            else:
                out_activity[end], out_minutes[end] = one[bout, 0], one[bout, 1]
                end += 1
        out_starts[i + 1] = end
        same[i] = _same(days, plain[i], out_activity[begin:end], out_minutes[begin:end])
    return end


@_compiled
def _same(days: Any, plain: int, activity: Any, minutes: Any) -> bool:
    first = days[0][plain]
    if days[0][plain + 1] - first != activity.shape[0]:
        return False
    for bout in range(activity.shape[0]):
        if days[1][first + bout] != activity[bout] or days[2][first + bout] != minutes[bout]:
            return False
    return True


@_compiled
def _edited(program: Any, op: int, day: Any, length: int, out: Any) -> int:
    """Number of bouts after one edit, written to ``out``; -1 when it has nothing to do with the day."""
    ops, roles, instead, cycles, _ = program
    role = roles[op]
    if ops[op, _KIND] == BREAKS:
        return _with_breaks(ops[op], role, instead[op], day, length, out)
    if ops[op, _KIND] == SHORTENING:
        return _shortened(ops[op, _ONE], role, instead[op], day, length, out)
    if not _concerns(ops[op], role, day, length):
        return -1
    return _alternated(ops[op], cycles[ops[op, _CYCLE] : ops[op, _CYCLE_END]], day, length, out)


@_inlined
def _concerns(op: Any, role: Any, day: Any, length: int) -> Any:
    """Whether an alternation has anything to do with a day."""
    wanted = op[_FOUR] == 0 or _chosen(role, day, length) == (op[_FOUR] == 1)
    return wanted and _within(op, day, length)


@_inlined
def _chosen(role: Any, day: Any, length: int) -> Any:
    found = False
    for bout in range(length):
        found |= role[day[bout, 0]] == CHOSEN
    return found


@_inlined
def _within(op: Any, day: Any, length: int) -> Any:
    """Whether the activity that is replaced lies between the two times."""
    found, clock = False, 0
    for bout in range(length):
        begins, clock = clock, clock + day[bout, 1]
        found |= (day[bout, 0] == op[_ONE]) & (begins < op[_THREE]) & (clock > op[_TWO])
    return found


@_inlined
def _put(out: Any, end: int, activity: int, minutes: int) -> Any:
    """The number of bouts once this one is added; an empty one is not."""
    out[end, 0], out[end, 1] = activity, minutes
    return end + (minutes > 0)


@_compiled
def _with_breaks(op: Any, role: Any, instead: Any, day: Any, length: int, out: Any) -> int:
    every, pause = op[_ONE], op[_TWO]
    end = seated = 0
    for bout in range(length):
        activity, left = day[bout, 0], day[bout, 1]
        what = role[activity]
        if what != INTERRUPTED:
            end = _put(out, end, activity, left)
            if what == ENDS_SITTING:
                seated = 0
            elif what == COUNTS:
                seated += left
            continue
        while left > 0:
            sit = min(left, every - min(seated, every))
            rest = min(left - sit, pause)
            end = _put(out, end, activity, sit)
            end = _put(out, end, instead[activity], rest)
            seated = 0 if rest else seated + sit
            left -= sit + rest
    return end


@_compiled
def _alternated(op: Any, cycle: Any, day: Any, length: int, out: Any) -> int:
    name, begins, stops = op[_ONE], op[_TWO], op[_THREE]
    turn = cycle[:, 1].sum()
    end = clock = done = 0
    for bout in range(length):
        activity, minutes = day[bout, 0], day[bout, 1]
        if activity == name and clock < stops and clock + minutes > begins:
            before, after = max(begins - clock, 0), max(clock + minutes - stops, 0)
            left, skip = minutes - before - after, done % turn
            done += left
            end = _put(out, end, name, before)
            while left > 0:
                for part in range(cycle.shape[0]):
                    taken = min(max(cycle[part, 1] - skip, 0), left)
                    skip, left = max(skip - cycle[part, 1], 0), left - taken
                    end = _put(out, end, cycle[part, 0], taken)
            end = _put(out, end, name, after)
        else:
            end = _put(out, end, activity, minutes)
        clock += minutes
    return end


@_compiled
def _shortened(one_in: int, role: Any, instead: Any, day: Any, length: int, out: Any) -> int:
    end = 0
    for bout in range(length):
        activity, minutes = day[bout, 0], day[bout, 1]
        given_up = minutes // one_in if role[activity] == CHOSEN else 0
        end = _put(out, end, activity, minutes - given_up)
        end = _put(out, end, instead[activity], given_up)
    return end
