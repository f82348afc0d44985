"""One day of everybody's legs, bout by bout, in closed form.

Within a bout every state relaxes exponentially, so a bout of any length is one step: pooled volume and ankle pressure
toward the pump's steady state, swelling toward its pressure-dependent level, and activation in two parts, fading
until the valve pockets turn hypoxic and approaching its target afterwards (see ``stagnation``).

People are taken in blocks of ``BLOCK``; both legs of a block are lanes of one work array. Looking up what a bout
means for a leg is kept apart from the arithmetic, which then compiles to vector instructions: the polynomial of
``exponential`` stands in for the library's, which would not. All sums over people are integers in fixed point, so
that they do not depend on the order of people, blocks, shards or workers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from popsim.legs.ahead import ask_ahead
from popsim.legs.exponential import exp_minus, left_after_minutes

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
"""What a leg does in one kind of bout: eight numbers. Targets in the state's unit, rates per minute."""
RESPONSES = 8

TALLIES = 4
"""Integer sums per age group and activity: leg-minutes, mL·min × 1000, mmHg·min × 1000, activation·min × 10⁶.

The first three are the same whenever a day is lived anew; activation depends on the morning. One person's sums of a day
stay below 2³²: 2880 leg-minutes at up to 1491 mL, 1491 mmHg and an activation of 1."""
MILLI, MICRO = 1e3, 1e6

TRACE_COLUMNS = 13

# Rows of the work array: states, then responses, then these.
_R0 = STATES
(
    _MINUTES,
    _OEDEMA_LEFT,
    _KEEP,
    _VOLUME_SUM,
    _PRESSURE_SUM,
    _ACTIVATION_SUM,
    _ACTIVATION_SUM_SLOPE,
    _POOLED,
    _DOSE,
    _DOSE_SLOPE,
    _SLOPE,
) = range(_R0 + RESPONSES, _R0 + RESPONSES + 11)
_ROWS = _R0 + RESPONSES + 11

START, END, POOLED, DOSE, ACTIVATION_SLOPE, DOSE_SLOPE = 0, 10, 20, 22, 24, 26
"""First columns of what is remembered of a day: states in the morning and next morning (by state and leg), the day's
integrals, and how activation next morning and the day's integral of it change with activation in the morning."""
REMEMBERED = 28
NOTHING = 0
"""Place of a day without any sums, booked when nothing is in the tally yet."""

_compiled = njit(cache=True, nogil=True, error_model="numpy", fastmath={"nsz"})
_inlined = njit(inline="always", error_model="numpy", fastmath={"nsz"})


@_inlined
def _relax(work: Any, fade_rate: float) -> None:
    """Carry every lane through its bout; a lane with no minutes stays as it is.

    One division serves the three time constants: vector divisions are an order of magnitude slower than products.
    """
    fade_min = 1.0 / fade_rate
    for lane in range(LANES):
        minutes = work[_MINUTES, lane]
        volume_rate = work[_R0 + VOLUME_RATE, lane]
        pressure_rate = work[_R0 + PRESSURE_RATE, lane]
        activation_rate = work[_R0 + ACTIVATION_RATE, lane]
        both = volume_rate * pressure_rate
        inverse = 1.0 / (both * activation_rate)
        rest = inverse * activation_rate

        target = work[_R0 + VOLUME_TARGET, lane]
        left = exp_minus(minutes * volume_rate)
        gap = work[VOLUME, lane] - target
        total = target * minutes + gap * (1.0 - left) * (rest * pressure_rate)
        work[_VOLUME_SUM, lane] = total
        work[_POOLED, lane] += total
        work[VOLUME, lane] = target + gap * left

        target = work[_R0 + PRESSURE_TARGET, lane]
        left = exp_minus(minutes * pressure_rate)
        gap = work[PRESSURE, lane] - target
        work[_PRESSURE_SUM, lane] = target * minutes + gap * (1.0 - left) * (rest * volume_rate)
        work[PRESSURE, lane] = target + gap * left

        target = work[_R0 + OEDEMA_TARGET, lane]
        work[OEDEMA, lane] = target + (work[OEDEMA, lane] - target) * work[_OEDEMA_LEFT, lane]

        still = work[SINCE_WALK, lane]
        fading = min(minutes, max(work[_R0 + HYPOXIA_AFTER, lane] - still, 0.0))
        left = exp_minus(fading * fade_rate)
        start = work[ACTIVATION, lane]
        target = work[_R0 + ACTIVATION_TARGET, lane]
        hypoxic = minutes - fading
        gap = start * left - target
        left_2 = exp_minus(hypoxic * activation_rate)
        fading_sum = (1.0 - left) * fade_min
        hypoxic_sum = (1.0 - left_2) * (inverse * both)
        total = start * fading_sum + target * hypoxic + gap * hypoxic_sum
        work[_ACTIVATION_SUM, lane] = total
        work[_DOSE, lane] += total
        slope = work[_SLOPE, lane]
        total_slope = slope * (fading_sum + left * hypoxic_sum)
        work[_ACTIVATION_SUM_SLOPE, lane] = total_slope
        work[_DOSE_SLOPE, lane] += total_slope
        work[_SLOPE, lane] = slope * (left * left_2)
        work[ACTIVATION, lane] = target + gap * left_2
        work[SINCE_WALK, lane] = (still + minutes) * work[_KEEP, lane]


@_inlined
def _in_order(columns: Any, who: Any) -> Any:
    """Columns ``(R, 2, N)`` of these people, ``(R, 2, n)``; one column after the other, so that each stays at hand."""
    ordered = np.empty((columns.shape[0], 2, who.shape[0]))
    for row in range(columns.shape[0]):
        for leg in range(2):
            for i in range(who.shape[0]):
                ordered[row, leg, i] = columns[row, leg, who[i]]
    return ordered


@_inlined
def _put_back(ordered: Any, columns: Any, who: Any) -> None:
    for leg in range(2):
        for i in range(who.shape[0]):
            columns[leg, who[i]] = ordered[leg, i]


@_inlined
def _load(work: Any, state: Any, first: int, people: int) -> None:
    for row in range(STATES):
        for leg in range(2):
            for i in range(people):
                work[row, 2 * i + leg] = state[row, leg, first + i]
    for lane in range(LANES):
        work[_POOLED, lane] = 0.0
        work[_DOSE, lane] = 0.0
        work[_DOSE_SLOPE, lane] = 0.0
        work[_SLOPE, lane] = 1.0


@_inlined
def _store(work: Any, done: Any, first: int, people: int) -> None:
    """Write down the states, then pooled volume and dose."""
    for leg in range(2):
        for i in range(people):
            lane = 2 * i + leg
            for row in range(STATES):
                done[row, leg, first + i] = work[row, lane]
            done[STATES, leg, first + i] = work[_POOLED, lane]
            done[STATES + 1, leg, first + i] = work[_DOSE, lane]


@_inlined
def _both(work: Any, row: int, left: int, value: Any) -> None:
    """Give both lanes of a person the same value."""
    work[row, left] = value
    work[row, left + 1] = value


@_inlined
def _idle(work: Any, left: int) -> None:
    """An empty bout: the targets are the states themselves, so that it changes no bit."""
    _both(work, _MINUTES, left, 0.0)
    _both(work, _KEEP, left, 1.0)
    for lane in (left, left + 1):
        work[_R0 + VOLUME_TARGET, lane] = work[VOLUME, lane]
        work[_R0 + PRESSURE_TARGET, lane] = work[PRESSURE, lane]
        work[_R0 + OEDEMA_TARGET, lane] = work[OEDEMA, lane]
        work[_R0 + ACTIVATION_TARGET, lane] = work[ACTIVATION, lane]


@_inlined
def _look_up(
    work: Any,
    pool: Any,
    at: Any,
    end: Any,
    who: Any,
    people: int,
    meaning: Any,
    responses: Any,
    oedema_left: Any,
    bout: Any,
) -> None:
    """Fill the work array with what the next bout of each person means for both legs.

    A person whose day is over while others of the block still live theirs idles. Indices are unsigned, which spares the
    check for counting from the end; left and right are copied together, as one vector of two.
    """
    activity, minutes = pool
    slot_of, row_of, kind_of, walking = meaning
    for i in range(people):
        now, left = at[i], 2 * i
        if now == end[i]:
            _idle(work, left)
            continue
        doing, length = activity[now], minutes[now]
        person = np.uint64(who[i])
        kind = np.uint64(kind_of[doing])
        legs = responses[np.uint64(row_of[np.uint64(slot_of[doing]), person]), kind]
        for r in range(RESPONSES):
            of_left, of_right = legs[r, 0], legs[r, 1]
            work[_R0 + r, left] = of_left
            work[_R0 + r, left + 1] = of_right
        _both(work, _MINUTES, left, 1.0 * length)
        _both(work, _OEDEMA_LEFT, left, oedema_left[length])
        _both(work, _KEEP, left, 0.0 if walking[kind] else 1.0)
        bout[i] = doing
        at[i] = now + np.uint64(1)


@_inlined
def _tally(work: Any, people: int, doing: Any, today: Any, slopes: Any) -> None:
    """Add the bout of each person, both legs, to the person's sums of the day, in fixed point."""
    for i in range(people):
        left, right, activity = 2 * i, 2 * i + 1, np.uint64(doing[i])
        sums, activities = today[i], np.uint64(today.shape[1] // TALLIES)
        sums[activity] += np.int64(2.0 * work[_MINUTES, left])
        sums[activities + activity] += np.int64(work[_VOLUME_SUM, left] * MILLI + 0.5) + np.int64(
            work[_VOLUME_SUM, right] * MILLI + 0.5
        )
        sums[2 * activities + activity] += np.int64(work[_PRESSURE_SUM, left] * MILLI + 0.5) + np.int64(
            work[_PRESSURE_SUM, right] * MILLI + 0.5
        )
        sums[3 * activities + activity] += np.int64(work[_ACTIVATION_SUM, left] * MICRO + 0.5) + np.int64(
            work[_ACTIVATION_SUM, right] * MICRO + 0.5
        )
        slopes[i, activity] += work[_ACTIVATION_SUM_SLOPE, left]
        slopes[i, activities + activity] += work[_ACTIVATION_SUM_SLOPE, right]


@_inlined
def replace_activation(whole: Any, old: Any, new: Any) -> None:
    """Replace the activation of one day in the tally by another's.

    Each is ``(sums, slopes, more)``; ``more`` activation in the morning, left and right, than the day remembered.
    """
    activities = new[1].shape[0] // 2
    rest = whole.shape[0] - activities
    mine, old_sums, new_sums = whole[rest:], old[0][rest:], new[0][rest:]
    old_left, old_right = old[1][:activities], old[1][activities:]
    new_left, new_right = new[1][:activities], new[1][activities:]
    for activity in range(activities):
        more = old[2][0] * old_left[activity] + old[2][1] * old_right[activity]
        before = max(old_sums[activity] + np.floor(more * MICRO + 0.5), 0.0)
        more = new[2][0] * new_left[activity] + new[2][1] * new_right[activity]
        now = max(new_sums[activity] + np.floor(more * MICRO + 0.5), 0.0)
        mine[activity] += np.int64(now - before)


@_inlined
def replace_rest(whole: Any, old: Any, new: Any) -> None:
    """The same for the sums that don't change with activation in the morning."""
    for cell in range(whole.shape[0] - new[1].shape[0] // 2):
        whole[cell] += np.int64(new[0][cell]) - np.int64(old[0][cell])


@_inlined
def _book(today: Any, slopes: Any, who: Any, people: int, book: Any, memory: Any) -> None:
    """Put the sums of today in the place of those each person of the block had in the tally, and empty them."""
    group, tally = book
    booked, place, more, _, sums, sum_slopes = memory
    nothing = sums[NOTHING], sum_slopes[NOTHING], (0.0, 0.0)
    for i in range(people):
        person = who[i]
        whole, before, now = tally[group[person]], booked[person], place[person]
        if before != NOTHING:
            old = sums[before], sum_slopes[before], (more[person, 0], more[person, 1])
            replace_rest(whole, old, nothing)
            replace_activation(whole, old, nothing)
        booked[person] = now
        more[person] = 0.0
        for cell in range(today.shape[1]):
            whole[cell] += np.int64(today[i, cell])
            sums[now, cell] = today[i, cell]
            today[i, cell] = 0
        for cell in range(slopes.shape[1]):
            sum_slopes[now, cell] = slopes[i, cell]
            slopes[i, cell] = 0.0


@_inlined
def _remember(work: Any, before: Any, first: int, who: Any, people: int, memory: Any) -> None:
    """Write down what the day did to the legs of each person of the block."""
    place, numbers = memory[1], memory[3]
    for i in range(people):
        one = numbers[place[who[i]]]
        for leg in range(2):
            lane = 2 * i + leg
            for row in range(STATES):
                one[START + 2 * row + leg] = before[row, leg, first + i]
                one[END + 2 * row + leg] = work[row, lane]
            one[POOLED + leg] = work[_POOLED, lane]
            one[DOSE + leg] = work[_DOSE, lane]
            one[ACTIVATION_SLOPE + leg] = work[_SLOPE, lane]
            one[DOSE_SLOPE + leg] = work[_DOSE_SLOPE, lane]


@_compiled
def live_day(
    who: Any,
    pool: Any,
    days: Any,
    meaning: Any,
    responses: Any,
    rates: Any,
    before: Any,
    after: Any,
    book: Any,
    memory: Any,
) -> None:
    """Carry both legs of some people through one day.

    Args:
        who: rows of the people who live it, ``(n,)`` int64; everything of the others is left as it is.
        pool: ``(activity, minutes)`` of a diary pool, ``(B,)`` uint8 and uint16.
        days: ``(first, end)`` bout of the day of each of them in the pool, ``(n,)`` int64; equal for the dead.
        meaning: ``(slot_of, row_of, kind_of, walking)``: slot of what is worn by activity ``(A,)``; row of
            ``responses`` by slot and person ``(K, N)``; kind of bout by activity ``(A,)``; whether that kind empties
            the pockets ``(M,)``.
        responses: ``(rows, M, 8, 2)`` float64, see ``RESPONSES``; left and right beside each other.
        rates: ``(fade, oedema)`` per minute.
        before: ``(5, 2, N)`` float64, the state in the morning.
        after: ``(state, pooled, dose)``, set to the state next morning ``(5, 2, N)`` and to the day's integrals of
            lower-leg volume in mL·min and of activation in minutes, ``(2, N)``.
        book: ``(group, tally)``: age group ``(N,)`` uint8; the tally ``(groups, 4 A)`` int64, by sum and activity, in
            which today's sums replace those of the day that is booked.
        memory: ``(booked, place, more, numbers, sums, slopes)`` of remembered days: which of them each person has in
            the tally, ``(N,)`` int32, or ``NOTHING``, set to today's; which is to become today's, ``(N,)`` int32; how
            much more activation the morning of the booked day had than the remembered one, ``(N, 2)`` by leg, set
            to 0; what days did, ``(D, 28)`` float64 (see ``REMEMBERED``); their tallies, ``(D, 4 A)`` uint32; how the
            integral of activation by leg and activity changes with activation in the morning, ``(D, 2 A)`` float32.
    """
    work = np.zeros((_ROWS, LANES))
    work[_R0 : _R0 + RESPONSES] = 1.0
    at, end, doing = np.zeros(BLOCK, np.uint64), np.zeros(BLOCK, np.uint64), np.zeros(BLOCK, np.uint8)
    activities = book[1].shape[1] // TALLIES
    today, slopes = np.zeros((BLOCK, TALLIES * activities), np.uint32), np.zeros((BLOCK, 2 * activities))
    oedema_left = left_after_minutes(rates[1])
    morning, done = _in_order(before, who), np.empty((STATES + 2, 2, who.shape[0]))
    for first in range(0, who.shape[0], BLOCK):
        people = min(BLOCK, who.shape[0] - first)
        block = who[first : first + people]
        longest = 0
        for i in range(people):
            at[i] = days[0][first + i]
            end[i] = days[1][first + i]
            longest = max(longest, int(end[i] - at[i]))
            doing[i] = 0
        work[_MINUTES] = 0.0
        ask_ahead(at, end, block, people, pool, meaning, responses)
        _load(work, morning, first, people)
        for _ in range(longest):
            _look_up(work, pool, at, end, block, people, meaning, responses, oedema_left, doing)
            _relax(work, rates[0])
            _tally(work, people, doing, today, slopes)
        _store(work, done, first, people)
        _book(today, slopes, block, people, book, memory)
        _remember(work, morning, first, block, people, memory)
    state, pooled, dose = after
    for row in range(STATES):
        _put_back(done[row], state[row], who)
    _put_back(done[STATES], pooled, who)
    _put_back(done[STATES + 1], dose, who)


@_compiled
def trace_day(pool: Any, days: Any, meaning: Any, responses: Any, rates: Any, state: Any, record: Any) -> int:
    """Follow a few people through one day and write down every bout of every leg.

    Args:
        pool: as for ``live_day``.
        days: as for ``live_day``; everything that follows is of these people only.
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
    at, end, doing = np.zeros(BLOCK, np.uint64), np.zeros(BLOCK, np.uint64), np.zeros(BLOCK, np.uint8)
    who = np.arange(days[0].shape[0])
    oedema_left = left_after_minutes(rates[1])
    written = 0
    for first in range(who.shape[0]):
        at[0], end[0] = days[0][first], days[1][first]
        one = who[first : first + 1]
        _load(work, state, first, 1)
        clock = 0.0
        for bout in range(end[0] - at[0]):
            before_left, before_right = work[VOLUME, 0], work[VOLUME, 1]
            _look_up(work, pool, at, end, one, 1, meaning, responses, oedema_left, doing)
            _relax(work, rates[0])
            length = work[_MINUTES, 0]
            for lane in range(2):
                row = record[written]
                row[0], row[1], row[2], row[3], row[4], row[5] = first, lane, bout, clock, length, doing[0]
                row[6] = before_right if lane else before_left
                row[7] = work[VOLUME, lane]
                row[8] = work[_VOLUME_SUM, lane] / length
                row[9] = work[PRESSURE, lane]
                row[10] = work[_PRESSURE_SUM, lane] / length
                row[11] = work[ACTIVATION, lane]
                row[12] = work[OEDEMA, lane]
                written += 1
            clock += length
        for row in range(STATES):
            for leg in range(2):
                state[row, leg, first] = work[row, leg]
    return written
