"""One day of everybody's legs, bout by bout, in closed form.

Within a bout every state relaxes exponentially, so a bout of any length is one step: pooled volume and ankle pressure
toward the pump's steady state, swelling toward its pressure-dependent level, and activation in two parts, fading
until the valve pockets turn hypoxic and approaching its target afterwards (see ``stagnation``).

People are taken in blocks of ``BLOCK``; both legs of a block are lanes of one work array. Looking up what a bout
means for a leg is kept apart from the arithmetic, which then compiles to vector instructions: the polynomial
exponential below stands in for the library's, which would not. All sums over people are integers in fixed point, so
that they do not depend on the order of people, blocks, shards or workers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

BLOCK = 16
LANES = 2 * BLOCK

VOLUME, PRESSURE, ACTIVATION, OEDEMA, SINCE_WALK = range(5)
"""Rows of the leg state, each ``(2, N)``: mL, mmHg, 0 to 1, mL, minutes since the last walk."""
STATES = 5

(
    VOLUME_TARGET,
    PRESSURE_TARGET,
    VOLUME_RATE,
    PRESSURE_RATE,
    OEDEMA_TARGET,
    HYPOXIA_AFTER,
    ACTIVATION_TARGET,
    ACTIVATION_RATE,
) = range(8)
"""What a leg does in one kind of bout: eight numbers, one cache line. Targets in the state's unit, rates per minute."""
RESPONSES = 8

TALLIES = 4
"""Integer sums per age group and activity: leg-minutes, mL·min × 1000, mmHg·min × 1000, activation·min × 10⁶.

One person's sums of a day stay below 2³²: 2880 leg-minutes at up to 1491 mL, 1491 mmHg and an activation of 1."""
MILLI, MICRO = 1e3, 1e6

TRACE_COLUMNS = 13

# Rows of the work array: states, then responses, then these.
_R0 = STATES
_MINUTES, _KEEP, _VOLUME_SUM, _PRESSURE_SUM, _ACTIVATION_SUM, _POOLED, _DOSE = range(
    _R0 + RESPONSES, _R0 + RESPONSES + 7
)
_ROWS = _R0 + RESPONSES + 7

_compiled = njit(cache=True, nogil=True, error_model="numpy", fastmath={"nsz"})
_inlined = njit(inline="always", error_model="numpy", fastmath={"nsz"})


@_inlined
def exp_minus(x: Any) -> Any:
    """``exp(-x)`` for ``x >= 0`` with an absolute error below 6e-14; anything beyond 32 counts as 32.

    Taylor polynomial of ``exp(-x / 512)`` followed by nine squarings: additions and multiplications only, so the same
    bits on every processor and one vector lane per leg.
    """
    y = min(x, 32.0) * (-1.0 / 512.0)
    e = 1.0 + y * (1.0 / 7.0)
    e = 1.0 + y * (1.0 / 6.0) * e
    e = 1.0 + y * (1.0 / 5.0) * e
    e = 1.0 + y * (1.0 / 4.0) * e
    e = 1.0 + y * (1.0 / 3.0) * e
    e = 1.0 + y * (1.0 / 2.0) * e
    e = 1.0 + y * e
    for _ in range(9):
        e = e * e
    return e


@_inlined
def _relax(work: Any, fade_rate: float, oedema_rate: float) -> None:
    """Carry every lane through its bout; a lane with no minutes stays as it is."""
    for lane in range(LANES):
        minutes = work[_MINUTES, lane]

        rate = work[_R0 + VOLUME_RATE, lane]
        target = work[_R0 + VOLUME_TARGET, lane]
        left = exp_minus(minutes * rate)
        gap = work[VOLUME, lane] - target
        total = target * minutes + gap * (1.0 - left) / rate
        work[_VOLUME_SUM, lane] = total
        work[_POOLED, lane] += total
        work[VOLUME, lane] = target + gap * left

        rate = work[_R0 + PRESSURE_RATE, lane]
        target = work[_R0 + PRESSURE_TARGET, lane]
        left = exp_minus(minutes * rate)
        gap = work[PRESSURE, lane] - target
        work[_PRESSURE_SUM, lane] = target * minutes + gap * (1.0 - left) / rate
        work[PRESSURE, lane] = target + gap * left

        target = work[_R0 + OEDEMA_TARGET, lane]
        work[OEDEMA, lane] = target + (work[OEDEMA, lane] - target) * exp_minus(minutes * oedema_rate)

        still = work[SINCE_WALK, lane]
        fading = min(minutes, max(work[_R0 + HYPOXIA_AFTER, lane] - still, 0.0))
        left = exp_minus(fading * fade_rate)
        start = work[ACTIVATION, lane]
        faded = start * left
        rate = work[_R0 + ACTIVATION_RATE, lane]
        target = work[_R0 + ACTIVATION_TARGET, lane]
        hypoxic = minutes - fading
        gap = faded - target
        left_2 = exp_minus(hypoxic * rate)
        total = start * (1.0 - left) / fade_rate + target * hypoxic + gap * (1.0 - left_2) / rate
        work[_ACTIVATION_SUM, lane] = total
        work[_DOSE, lane] += total
        work[ACTIVATION, lane] = target + gap * left_2
        work[SINCE_WALK, lane] = (still + minutes) * work[_KEEP, lane]


@_inlined
def _load(work: Any, state: Any, who: Any, people: int) -> None:
    for row in range(STATES):
        for leg in range(2):
            for i in range(people):
                work[row, leg * BLOCK + i] = state[row, leg, who[i]]
    for lane in range(LANES):
        work[_POOLED, lane] = 0.0
        work[_DOSE, lane] = 0.0


@_inlined
def _store(work: Any, state: Any, pooled: Any, dose: Any, who: Any, people: int) -> None:
    for leg in range(2):
        for i in range(people):
            person = who[i]
            for row in range(STATES):
                state[row, leg, person] = work[row, leg * BLOCK + i]
            pooled[leg, person] = work[_POOLED, leg * BLOCK + i]
            dose[leg, person] = work[_DOSE, leg * BLOCK + i]


@_inlined
def _look_up(
    work: Any, pool: Any, at: Any, end: Any, who: Any, people: int, wear: Any, meaning: Any, responses: Any, bout: Any
) -> None:
    """Fill the work array with what the next bout of each person means for both legs.

    Where a day is over while others of the block still live theirs, the targets are the states themselves, so that the
    empty bout changes no bit.
    """
    activity, minutes = pool
    fit_of, fit_row, kind_of, walking = meaning
    for i in range(people):
        if at[i] == end[i]:
            for lane in (i, BLOCK + i):
                work[_MINUTES, lane] = 0.0
                work[_KEEP, lane] = 1.0
                work[_R0 + VOLUME_TARGET, lane] = work[VOLUME, lane]
                work[_R0 + PRESSURE_TARGET, lane] = work[PRESSURE, lane]
                work[_R0 + OEDEMA_TARGET, lane] = work[OEDEMA, lane]
                work[_R0 + ACTIVATION_TARGET, lane] = work[ACTIVATION, lane]
            continue
        doing = activity[at[i]]
        bout[i] = doing
        kind = kind_of[doing]
        row = fit_row[fit_of[wear[who[i]], doing], who[i]]
        for leg in range(2):
            lane = leg * BLOCK + i
            work[_MINUTES, lane] = 1.0 * minutes[at[i]]
            work[_KEEP, lane] = 0.0 if walking[kind] else 1.0
            for r in range(RESPONSES):
                work[_R0 + r, lane] = responses[row, leg, kind, r]
        at[i] += 1


@_inlined
def _tally(work: Any, people: int, doing: Any, today: Any) -> None:
    """Add the bout of each person, both legs, to the person's sums of the day, in fixed point."""
    for i in range(people):
        right = BLOCK + i
        cell = today[i, doing[i]]
        cell[0] += np.int64(2.0 * work[_MINUTES, i])
        cell[1] += np.int64(work[_VOLUME_SUM, i] * MILLI + 0.5) + np.int64(work[_VOLUME_SUM, right] * MILLI + 0.5)
        cell[2] += np.int64(work[_PRESSURE_SUM, i] * MILLI + 0.5) + np.int64(work[_PRESSURE_SUM, right] * MILLI + 0.5)
        cell[3] += np.int64(work[_ACTIVATION_SUM, i] * MICRO + 0.5) + np.int64(
            work[_ACTIVATION_SUM, right] * MICRO + 0.5
        )


@_inlined
def _book(today: Any, who: Any, people: int, group: Any, kept: Any, tally: Any) -> None:
    """Replace what each person of the block contributed to the tally before by the sums of today."""
    for i in range(people):
        person = who[i]
        for activity in range(kept.shape[1]):
            for k in range(TALLIES):
                now = today[i, activity, k]
                tally[group[person], activity, k] += now - np.int64(kept[person, activity, k])
                kept[person, activity, k] = now
                today[i, activity, k] = 0


@_compiled
def live_day(
    who: Any,
    pool: Any,
    days: Any,
    wear: Any,
    meaning: Any,
    responses: Any,
    rates: Any,
    before: Any,
    after: Any,
    book: Any,
) -> None:
    """Carry both legs of some people through one day.

    Args:
        who: rows of the people who live it, ``(n,)`` int64; everything of the others is left as it is.
        pool: ``(activity, minutes)`` of a diary pool, ``(B,)`` uint8 and uint16.
        days: ``(first, end)`` bout of each person's day in the pool, ``(N,)`` int64; equal for the dead.
        wear: ``(N,)`` uint16, what the person has on today, row of ``fit_of``.
        meaning: ``(fit_of, fit_row, kind_of, walking)``: fit worn by ``wear`` and activity ``(W, A)``; row of
            ``responses`` by fit and person ``(K, N)``; kind of bout by activity ``(A,)``; whether that kind empties
            the pockets ``(M,)``.
        responses: ``(rows, 2, M, 8)`` float64, see ``RESPONSES``.
        rates: ``(fade, oedema)`` per minute.
        before: ``(5, 2, N)`` float64, the state in the morning.
        after: ``(state, pooled, dose)``, set to the state next morning ``(5, 2, N)`` and to the day's integrals of
            lower-leg volume in mL·min and of activation in minutes, ``(2, N)``.
        book: ``(group, kept, tally)``: age group ``(N,)`` uint8; the sums each person has in the tally ``(N, A, 4)``
            uint32, replaced by today's; the tally itself ``(groups, A, 4)`` int64, kept true to them.
    """
    work = np.zeros((_ROWS, LANES))
    work[_R0 : _R0 + RESPONSES] = 1.0
    at = np.zeros(BLOCK, dtype=np.int64)
    end = np.zeros(BLOCK, dtype=np.int64)
    doing = np.zeros(BLOCK, dtype=np.uint8)
    group, kept, tally = book
    today = np.zeros((BLOCK, kept.shape[1], TALLIES), dtype=np.int64)
    state, pooled, dose = after
    for first in range(0, who.shape[0], BLOCK):
        people = min(BLOCK, who.shape[0] - first)
        block = who[first : first + people]
        longest = 0
        for i in range(people):
            at[i] = days[0][block[i]]
            end[i] = days[1][block[i]]
            longest = max(longest, end[i] - at[i])
            doing[i] = 0
        work[_MINUTES] = 0.0
        _load(work, before, block, people)
        for _ in range(longest):
            _look_up(work, pool, at, end, block, people, wear, meaning, responses, doing)
            _relax(work, rates[0], rates[1])
            _tally(work, people, doing, today)
        _store(work, state, pooled, dose, block, people)
        _book(today, block, people, group, kept, tally)


@_compiled
def trace_day(
    pool: Any, days: Any, wear: Any, meaning: Any, responses: Any, rates: Any, state: Any, record: Any
) -> int:
    """Follow a few people through one day and write down every bout of every leg.

    Args:
        pool: as for ``live_day``.
        days: as for ``live_day``, of these people only, as everything that follows.
        wear: as for ``live_day``.
        meaning: as for ``live_day``.
        responses: as for ``live_day``.
        rates: as for ``live_day``.
        state: ``(5, 2, n)`` float64, carried on to the next morning.
        record: ``(rows, 13)`` float64 to be filled with person row, leg, bout number, start minute, minutes,
            activity, volume at start, at end and mean, pressure at end and mean, activation at end, oedema at end;
            rows in order of time.

    Returns:
        Number of rows written.
    """
    work = np.zeros((_ROWS, LANES))
    work[_R0 : _R0 + RESPONSES] = 1.0
    at, end = np.zeros(BLOCK, dtype=np.int64), np.zeros(BLOCK, dtype=np.int64)
    doing = np.zeros(BLOCK, dtype=np.uint8)
    pooled, dose = np.zeros((2, wear.shape[0])), np.zeros((2, wear.shape[0]))
    who = np.arange(wear.shape[0])
    written = 0
    for first in range(wear.shape[0]):
        at[0], end[0] = days[0][first], days[1][first]
        one = who[first : first + 1]
        _load(work, state, one, 1)
        clock = 0.0
        for bout in range(end[0] - at[0]):
            before_left, before_right = work[VOLUME, 0], work[VOLUME, BLOCK]
            _look_up(work, pool, at, end, one, 1, wear, meaning, responses, doing)
            _relax(work, rates[0], rates[1])
            length = work[_MINUTES, 0]
            for leg in range(2):
                lane = leg * BLOCK
                row = record[written]
                row[0], row[1], row[2], row[3], row[4], row[5] = first, leg, bout, clock, length, doing[0]
                row[6] = before_right if leg else before_left
                row[7] = work[VOLUME, lane]
                row[8] = work[_VOLUME_SUM, lane] / length
                row[9] = work[PRESSURE, lane]
                row[10] = work[_PRESSURE_SUM, lane] / length
                row[11] = work[ACTIVATION, lane]
                row[12] = work[OEDEMA, lane]
                written += 1
            clock += length
        _store(work, state, pooled, dose, one, 1)
    return written
