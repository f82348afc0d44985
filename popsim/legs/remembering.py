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
    NOTHING,
    OEDEMA,
    POOLED,
    PRESSURE,
    SINCE_WALK,
    START,
    STATES,
    TALLIES,
    VOLUME,
    replace_activation,
    replace_rest,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAYS_PER_WEEK = 7
VARIANTS = 2
NO_DAY = -1
SAME = 1e-6
"""Volumes (mL) and pressures (mmHg) in the morning that count as the same; they are forgotten within hours."""

_compiled = njit(cache=True, nogil=True, error_model="numpy", fastmath={"nsz"})


class Kept(NamedTuple):
    """Lived days, and who holds them.

    Attributes:
        numbers: see ``kernel.REMEMBERED``, ``(D, 28)``.
        sums: tallies by sum and activity, ``(D, 4 A)`` uint32.
        slopes: by leg and activity, ``(D, 2 A)`` float32.
        holders: how many arms remember the day, ``(D,)`` uint16.
        given_up: places that nobody holds any more, ``(D,)`` int32.
        ends: how many of these there are, and the first place never written to, ``(2,)`` int64.
    """

    numbers: NDArray[np.float64]
    sums: NDArray[np.uint32]
    slopes: NDArray[np.float32]
    holders: NDArray[np.uint16]
    given_up: NDArray[np.int32]
    ends: NDArray[np.int64]


class LivedDays:
    """Days that people lived, in any arm; each is written down once, and kept as long as anybody remembers it.

    Args:
        people: how many they are.
        activities: number of activities of the run.

    Attributes:
        kept: the days.
    """

    def __init__(self, people: int, activities: int) -> None:
        self._people, self._activities = people, activities
        self.kept = self._room(1 + DAYS_PER_WEEK * VARIANTS * people)
        for what in self.kept[:3]:
            what[NOTHING] = 0
        self.kept.ends[1] = NOTHING + 1

    def make_room(self) -> None:
        """Make room for all that the people of one more arm can remember."""
        old, used = self.kept, int(self.kept.ends[1])
        self.kept = self._room(len(old.holders) + DAYS_PER_WEEK * VARIANTS * self._people)
        for name in ("numbers", "sums", "slopes", "holders", "given_up"):
            getattr(self.kept, name)[:used] = getattr(old, name)[:used]
        self.kept.ends[:] = old.ends

    def _room(self, days: int) -> Kept:
        """Room that no day is written to stays untouched, and takes up no memory."""
        return Kept(
            np.empty((days, kernel.REMEMBERED)),
            np.empty((days, TALLIES * self._activities), dtype=np.uint32),
            np.empty((days, 2 * self._activities), dtype=np.float32),
            np.zeros(days, dtype=np.uint16),
            np.empty(days, dtype=np.int32),
            np.zeros(2, dtype=np.int64),
        )


class Remembered(NamedTuple):
    """What the people of one arm remember of one weekday; places are those of ``Kept``, ``kernel.NOTHING`` for none.

    Attributes:
        key: which days they were, ``(V, N)``; ``NO_DAY`` for none.
        places: where they are kept, ``(V, N)`` int32.
        booked: the day whose sums are in the tally, ``(N,)`` int32.
        latest: the day lived last, ``(N,)`` int32.
        more: how much more activation the morning of the booked day had than the remembered one, ``(N, 2)``.
    """

    key: NDArray[np.int64]
    places: NDArray[np.int32]
    booked: NDArray[np.int32]
    latest: NDArray[np.int32]
    more: NDArray[np.float64]

    @classmethod
    def none(cls, people: int) -> Remembered:
        """Nothing yet."""
        return cls(
            np.full((VARIANTS, people), NO_DAY, dtype=np.int64),
            np.full((VARIANTS, people), NOTHING, dtype=np.int32),
            np.full(people, NOTHING, dtype=np.int32),
            np.full(people, NOTHING, dtype=np.int32),
            np.zeros((people, 2)),
        )


@_compiled
def recognise(who: Any, key: Any, before: Any, days: Any, kept: Any, known: Any) -> None:
    """Find out who lived today's day before, and make room for the days of the others.

    Args:
        who: rows of people, ``(n,)`` int64.
        key: the day everybody is about to live, ``(N,)`` int64; negative for the dead.
        before: ``(5, 2, N)``, the state in the morning.
        days: a ``Remembered``; ``latest`` becomes the day to recall, or a place of this arm's own to write it to.
        kept: the ``Kept`` of all arms.
        known: set to whether it can be recalled, ``(n,)`` bool.
    """
    keys, places, _, latest, _ = days
    for i in range(who.shape[0]):
        person = who[i]
        known[i] = False
        variant = 1 - _variant(places, latest, person)
        for candidate in range(VARIANTS):
            if keys[candidate, person] == key[person]:
                variant = candidate
                one = kept.numbers[places[candidate, person]]
                known[i] = key[person] >= 0 and _same_morning(before, one, person)
        keys[variant, person] = key[person]
        if not known[i]:
            places[variant, person] = _place_of_its_own(places[variant, person], kept)
        latest[person] = places[variant, person]


@njit(inline="always")
def _variant(places: Any, latest: Any, person: Any) -> Any:
    """Which of the days remembered was lived last."""
    return 0 if places[0, person] == latest[person] else 1


@njit(inline="always")
def _place_of_its_own(place: Any, kept: Any) -> Any:
    """This place if no other arm holds it as well; else another, and one arm less holds this one."""
    holders, ends = kept.holders, kept.ends
    if place != NOTHING:
        if holders[place] == 1:
            return place
        holders[place] -= np.uint16(1)
    if ends[0] > 0:
        ends[0] -= 1
        place = kept.given_up[ends[0]]
    else:
        place = np.int32(ends[1])
        ends[1] += 1
    holders[place] = 1
    return place


@njit(inline="always")
def _hold_instead(place: Any, other: Any, kept: Any) -> None:
    """One arm more holds the other place, one less this one."""
    holders, ends = kept.holders, kept.ends
    holders[other] += np.uint16(1)
    if place != NOTHING:
        holders[place] -= np.uint16(1)
        if holders[place] == 0:
            kept.given_up[ends[0]] = place
            ends[0] += 1


@njit(inline="always")
def _same_morning(before: Any, one: Any, person: Any) -> Any:
    same = True
    for leg in range(2):
        same &= abs(before[VOLUME, leg, person] - one[START + 2 * VOLUME + leg]) < SAME
        same &= abs(before[PRESSURE, leg, person] - one[START + 2 * PRESSURE + leg]) < SAME
        same &= before[SINCE_WALK, leg, person] == one[START + 2 * SINCE_WALK + leg]
    return same


@_compiled
def recall(who: Any, before: Any, oedema_left: float, after: Any, book: Any, days: Any, kept: Any) -> None:
    """Let some people live the remembered day that ``days.latest`` names.

    Args:
        who: rows of these people, ``(n,)`` int64.
        before: ``(5, 2, N)``, the state in the morning.
        oedema_left: share of a swelling left after a day.
        after: as for ``kernel.live_day``.
        book: as for ``kernel.live_day``.
        days: a ``Remembered``.
        kept: the ``Kept`` of all arms.
    """
    state, pooled, dose = after
    for i in range(who.shape[0]):
        person = who[i]
        one = kept.numbers[days.latest[person]]
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
        _rebook(person, (more_left, more_right), book, days, kept)


@njit(inline="always", error_model="numpy", fastmath={"nsz"})
def _rebook(person: Any, more: Any, book: Any, days: Any, kept: Any) -> None:
    """Put the person's latest day in the place of the booked one in the tally."""
    group, tally = book
    whole, sums, slopes = tally[group[person]], kept.sums, kept.slopes
    booked, latest = days.booked[person], days.latest[person]
    old = sums[booked], slopes[booked], (days.more[person, 0], days.more[person, 1])
    new = sums[latest], slopes[latest], more
    replace_activation(whole, old, new)
    if booked != latest:
        replace_rest(whole, old, new)
    days.booked[person] = latest
    days.more[person, 0], days.more[person, 1] = more


@_compiled
def take_over(who: Any, theirs: Any, mine: Any, their_days: Any, my_days: Any, book: Any, kept: Any) -> None:
    """Give some people the day they lived in another arm, and its memory.

    Args:
        who: rows of these people, ``(n,)`` int64.
        theirs: ``(state, pooled, dose)`` of the other arm after the day, as in ``kernel.live_day``.
        mine: the same, set to theirs for these people.
        their_days: the other arm's ``Remembered``.
        my_days: this arm's, set to theirs for these people.
        book: as for ``kernel.live_day``.
        kept: the ``Kept`` of all arms.
    """
    their_state, their_pooled, their_dose = theirs
    state, pooled, dose = mine
    for i in range(who.shape[0]):
        person = who[i]
        for leg in range(2):
            for row in range(STATES):
                state[row, leg, person] = their_state[row, leg, person]
            pooled[leg, person] = their_pooled[leg, person]
            dose[leg, person] = their_dose[leg, person]
        variant, place = _variant(their_days.places, their_days.latest, person), their_days.latest[person]
        old = my_days.places[variant, person]
        my_days.latest[person] = place
        _rebook(person, (their_days.more[person, 0], their_days.more[person, 1]), book, my_days, kept)
        if old != place:
            _hold_instead(old, place, kept)
            my_days.places[variant, person] = place
            my_days.key[variant, person] = their_days.key[variant, person]
