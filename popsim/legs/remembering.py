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
    NOTHING,
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
        anew: whether the latest was lived bout by bout when it was lived last, ``(N,)``.
        booked: the variant whose sums are in the tally, ``(N,)`` uint8; ``kernel.NOTHING`` for none.
        latest: the variant lived last, ``(N,)`` uint8.
        numbers: see ``kernel.REMEMBERED``, ``(V, N, 28)``.
        sums: tallies by sum and activity, ``(V, N, 4 A)`` uint32.
        slopes: by leg and activity, ``(V, N, 2 A)`` float32.
    """

    key: NDArray[np.int64]
    anew: NDArray[np.bool_]
    booked: NDArray[np.uint8]
    latest: NDArray[np.uint8]
    numbers: NDArray[np.float64]
    sums: NDArray[np.uint32]
    slopes: NDArray[np.float32]

    @classmethod
    def none(cls, people: int, activities: int) -> Remembered:
        """Nothing yet; memory that no day is written to stays untouched, and takes up no room."""
        return cls(
            np.full((VARIANTS, people), NO_DAY, dtype=np.int64),
            np.ones(people, dtype=np.bool_),
            np.full(people, NOTHING, dtype=np.uint8),
            np.zeros(people, dtype=np.uint8),
            np.empty((VARIANTS, people, kernel.REMEMBERED)),
            np.empty((VARIANTS, people, TALLIES * activities), dtype=np.uint32),
            np.empty((VARIANTS, people, 2 * activities), dtype=np.float32),
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
    keys, anew, _, latest, numbers, _, _ = days
    for i in range(who.shape[0]):
        person = who[i]
        known[i] = False
        variant = np.uint8(1 - latest[person])
        for candidate in range(VARIANTS):
            if keys[candidate, person] == key[person]:
                variant = np.uint8(candidate)
                known[i] = key[person] >= 0 and _same_morning(before, numbers[candidate, person], person)
        keys[variant, person] = key[person]
        anew[person] = not known[i]
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
    _, _, booked, latest, numbers, sums, slopes = days
    group, active, tally = book
    activities, activation = active.shape[1], sums.shape[2] - active.shape[1]
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
        mine, whole = active[person], tally[group[person]]
        day, lines = sums[variant, person], slopes[variant, person]
        if booked[person] != variant:
            _replace(whole, sums[booked[person], person], day, activation)
            booked[person] = variant
        for activity in range(activities):
            change = more_left * lines[activity] + more_right * lines[activities + activity]
            lived = np.int64(day[activation + activity])
            now = max(lived + np.int64(np.floor(change * MICRO + 0.5)), np.int64(0))
            whole[activation + activity] += now - np.int64(mine[activity])
            mine[activity] = now


@njit(inline="always")
def _replace(whole: Any, old: Any, new: Any, activation: int) -> None:
    """Replace one day's sums in the tally by another's, up to those of activation."""
    for cell in range(activation):
        whole[cell] += np.int64(new[cell]) - np.int64(old[cell])


@_compiled
def take_over(who: Any, theirs: Any, mine: Any, their_days: Any, my_days: Any, book: Any) -> None:
    """Give some people the day they lived in another arm, and its memory.

    Args:
        who: rows of these people, ``(n,)`` int64.
        theirs: ``(state, pooled, dose, active)`` of the other arm after the day, as in ``kernel.live_day``.
        mine: ``(state, pooled, dose)``, set to theirs for these people.
        their_days: the other arm's ``Remembered``.
        my_days: this arm's, set to theirs for these people.
        book: as for ``kernel.live_day``.
    """
    their_state, their_pooled, their_dose, their_active = theirs
    state, pooled, dose = mine
    their_keys, their_anew, _, their_latest, their_numbers, their_sums, their_slopes = their_days
    keys, _, booked, latest, numbers, sums, slopes = my_days
    group, active, tally = book
    activation, nothing = sums.shape[2] - active.shape[1], np.zeros(sums.shape[2], dtype=np.uint32)
    for i in range(who.shape[0]):
        person = who[i]
        state[:, :, person] = their_state[:, :, person]
        pooled[:, person] = their_pooled[:, person]
        dose[:, person] = their_dose[:, person]
        variant, whole = their_latest[person], tally[group[person]]
        if booked[person] == NOTHING:
            _replace(whole, nothing, their_sums[variant, person], activation)
        elif booked[person] != variant or their_anew[person]:
            _replace(whole, sums[booked[person], person], their_sums[variant, person], activation)
        for activity in range(active.shape[1]):
            now = their_active[person, activity]
            whole[activation + activity] += np.int64(now) - np.int64(active[person, activity])
            active[person, activity] = now
        booked[person] = latest[person] = variant
        if their_anew[person]:
            keys[variant, person] = their_keys[variant, person]
            numbers[variant, person] = their_numbers[variant, person]
            sums[variant, person] = their_sums[variant, person]
            slopes[variant, person] = their_slopes[variant, person]
