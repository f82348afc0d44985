"""Days a person has lived before are worked out from memory.

How a day acts on a leg is known exactly from one living of it: activation next morning, and its integral over the
day, are straight lines in activation in the morning, swelling in the morning fades by a fixed factor, and volume and
pressure forget within hours. So a person who lives a day of the same bouts, in the same things worn, from a morning of
the same posture, ends it by a few additions. Two different days are remembered for each weekday, as of people who keep
to a habit on some days and not on others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numba import njit

from popsim.legs import kernel
from popsim.legs.kernel import (
    ACTIVATION,
    ACTIVATION_SLOPE,
    DOSE,
    DOSE_SLOPE,
    END,
    MICRO,
    OEDEMA,
    POOLED,
    PRESSURE,
    SINCE_WALK,
    START,
    STATES,
    TALLIES,
    VOLUME,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

VARIANTS = 2
NO_DAY = -1
SAME = 1e-6
"""Volumes (mL) and pressures (mmHg) in the morning that count as the same; they are forgotten within hours."""

_compiled = njit(cache=True, nogil=True, error_model="numpy", fastmath={"nsz"})


class Remembered(NamedTuple):
    """Days of one weekday.

    Attributes:
        key: which day it was, ``(V, N)``; ``NO_DAY`` for none.
        latest: the variant lived last, ``(N,)`` uint8.
        numbers: see ``kernel.REMEMBERED``, ``(V, N, 28)``.
        sums: tallies by activity, ``(V, N, 4 A)`` uint32.
        slopes: by activity and leg, ``(V, N, 2 A)`` float32.
    """

    key: NDArray[np.int64]
    latest: NDArray[np.uint8]
    numbers: NDArray[np.float64]
    sums: NDArray[np.uint32]
    slopes: NDArray[np.float32]

    @classmethod
    def none(cls, people: int, activities: int) -> Remembered:
        """Nothing yet."""
        return cls(
            np.full((VARIANTS, people), NO_DAY, dtype=np.int64),
            np.zeros(people, dtype=np.uint8),
            np.zeros((VARIANTS, people, kernel.REMEMBERED)),
            np.zeros((VARIANTS, people, TALLIES * activities), dtype=np.uint32),
            np.zeros((VARIANTS, people, 2 * activities), dtype=np.float32),
        )


@_compiled
def recognise(who: Any, key: Any, before: Any, days: Any, known: Any) -> None:
    """Find out who lived today's day before, and make room for the days of the others.

    Args:
        who: rows of people, ``(n,)`` int64.
        key: the day everybody is about to live, ``(N,)`` int64; negative for the dead.
        before: ``(5, 2, N)``, the state in the morning.
        days: a ``Remembered``; ``latest`` becomes the variant to recall or to replace.
        known: set to whether it can be recalled, ``(n,)`` bool.
    """
    keys, latest, numbers = days[0], days[1], days[2]
    for i in range(who.shape[0]):
        person = who[i]
        known[i] = False
        variant = np.uint8(1 - latest[person])
        for candidate in range(VARIANTS):
            if keys[candidate, person] == key[person]:
                variant = np.uint8(candidate)
                known[i] = key[person] >= 0 and _same_morning(before, numbers[candidate, person], person)
        keys[variant, person] = key[person]
        latest[person] = variant


@njit(inline="always")
def _same_morning(before: Any, one: Any, person: Any) -> Any:
    same = True
    for leg in range(2):
        same &= abs(before[VOLUME, leg, person] - one[START + 2 * VOLUME + leg]) < SAME
        same &= abs(before[PRESSURE, leg, person] - one[START + 2 * PRESSURE + leg]) < SAME
        same &= before[SINCE_WALK, leg, person] == one[START + 2 * SINCE_WALK + leg]
    return same


@_compiled
def recall(who: Any, before: Any, oedema_left: float, after: Any, book: Any, days: Any) -> None:
    """Let some people live the remembered day that ``days.latest`` names.

    Args:
        who: rows of these people, ``(n,)`` int64.
        before: ``(5, 2, N)``, the state in the morning.
        oedema_left: share of a swelling left after a day.
        after: as for ``kernel.live_day``.
        book: as for ``kernel.live_day``.
        days: a ``Remembered``.
    """
    state, pooled, dose = after
    latest, numbers, sums, slopes = days[1], days[2], days[3], days[4]
    group, kept, tally = book
    flat_kept, flat_tally = kept.reshape(kept.shape[0], -1), tally.reshape(tally.shape[0], -1)
    for i in range(who.shape[0]):
        person = who[i]
        variant = latest[person]
        one = numbers[variant, person]
        more_left = before[ACTIVATION, 0, person] - one[START + 2 * ACTIVATION]
        more_right = before[ACTIVATION, 1, person] - one[START + 2 * ACTIVATION + 1]
        for leg in range(2):
            more = more_right if leg else more_left
            swollen = before[OEDEMA, leg, person] - one[START + 2 * OEDEMA + leg]
            for row in range(STATES):
                state[row, leg, person] = one[END + 2 * row + leg]
            state[ACTIVATION, leg, person] += more * one[ACTIVATION_SLOPE + leg]
            state[OEDEMA, leg, person] += swollen * oedema_left
            pooled[leg, person] = one[POOLED + leg]
            dose[leg, person] = one[DOSE + leg] + more * one[DOSE_SLOPE + leg]
        mine, whole = flat_kept[person], flat_tally[group[person]]
        day, lines = sums[variant, person], slopes[variant, person]
        for cell in range(day.shape[0]):
            now = np.int64(day[cell])
            whole[cell] += now - np.int64(mine[cell])
            mine[cell] = now
        for activity in range(lines.shape[0] // 2):
            cell = TALLIES * activity + TALLIES - 1
            change = more_left * lines[2 * activity] + more_right * lines[2 * activity + 1]
            now = max(np.int64(mine[cell]) + np.int64(np.floor(change * MICRO + 0.5)), np.int64(0))
            whole[cell] += now - np.int64(mine[cell])
            mine[cell] = now


@_compiled
def take_over(who: Any, theirs: Any, mine: Any, their_days: Any, my_days: Any, book: Any) -> None:
    """Give some people the day they lived in another arm, and its memory.

    Args:
        who: rows of these people, ``(n,)`` int64.
        theirs: ``(state, pooled, dose, kept)`` of the other arm after the day, as in ``kernel.live_day``.
        mine: ``(state, pooled, dose)``, set to theirs for these people.
        their_days: the other arm's ``Remembered``.
        my_days: this arm's, set to theirs for these people.
        book: as for ``kernel.live_day``.
    """
    their_state, their_pooled, their_dose, their_kept = theirs
    state, pooled, dose = mine
    group, kept, tally = book
    cells = kept.shape[1] * kept.shape[2]
    flat_theirs, flat_kept = their_kept.reshape(-1, cells), kept.reshape(-1, cells)
    flat_tally = tally.reshape(-1, cells)
    for i in range(who.shape[0]):
        person = who[i]
        state[:, :, person] = their_state[:, :, person]
        pooled[:, person] = their_pooled[:, person]
        dose[:, person] = their_dose[:, person]
        before, now, whole = flat_kept[person], flat_theirs[person], flat_tally[group[person]]
        for cell in range(cells):
            whole[cell] += np.int64(now[cell]) - np.int64(before[cell])
            before[cell] = now[cell]
        variant = their_days[1][person]
        my_days[1][person] = variant
        my_days[0][:, person] = their_days[0][:, person]
        my_days[2][variant, person] = their_days[2][variant, person]
        my_days[3][variant, person] = their_days[3][variant, person]
        my_days[4][variant, person] = their_days[4][variant, person]
