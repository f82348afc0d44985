"""The calendar: which days of which people are not ordinary days, and what happens on them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class EpisodeKind(IntEnum):
    """What happens to a person over one or more days."""

    MEDICAL_STAY = 0
    SURGERY_STAY = 1
    ICU = 2
    OPERATION = 3
    RECOVERY = 4
    FLIGHT = 5
    JOURNEY = 6
    PROPHYLAXIS = 7
    TREATMENT = 8


HOSPITAL_KINDS = (EpisodeKind.MEDICAL_STAY, EpisodeKind.SURGERY_STAY)


@dataclass(frozen=True)
class Calendar:
    """Days on which a person lives another diary than usual, sorted by day, then row; each person-day at most once.

    Attributes:
        day: ``(M,)`` int32.
        row: ``(M,)`` int64, place of the person in the population given.
        diary: ``(M,)`` int32, index into the pool that came with the calendar.
    """

    day: NDArray[np.int32]
    row: NDArray[np.int64]
    diary: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.day)

    def on(self, day: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Rows and diaries of the people whose day this replaces, by ascending row."""
        first, last = np.searchsorted(self.day, [day, day + 1])
        return self.row[first:last], self.diary[first:last]


@dataclass(frozen=True)
class Episodes:
    """Journeys, hospital stays and their parts, one per entry, sorted by first day, then row, then kind.

    Attributes:
        row: ``(E,)`` int64, place of the person in the population given.
        kind: ``(E,)`` uint8, an ``EpisodeKind``.
        first_day: ``(E,)`` int32; of a stay, the day of admission; of a journey, the day one leaves home, which is -1
            for departures in the small hours of day 0.
        last_day: ``(E,)`` int32, inclusive, may lie beyond the run; of a stay, the day of discharge; of recorded
            prophylaxis or treatment with anticoagulants, the last day on which they were given.
        reason: ``(E,)`` uint8, index into ``popsim.routines.stays.REASONS``; 0 for journeys.
        stay: ``(E,)`` int32, number of the hospital stay within the person (0, 1, ...), the same for its parts; -1 for
            journeys.
        length_days: ``(E,)`` float64; nights of a stay or in intensive care, days of recovery, time under anaesthesia,
            time from departure to arrival, days of prophylaxis or treatment.
        mobility: ``(E,)`` uint8, a ``popsim.routines.stays.Mobility``; walking for journeys.
    """

    row: NDArray[np.int64]
    kind: NDArray[np.uint8]
    first_day: NDArray[np.int32]
    last_day: NDArray[np.int32]
    reason: NDArray[np.uint8]
    stay: NDArray[np.int32]
    length_days: NDArray[np.float64]
    mobility: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.row)

    def active(self, day: int) -> NDArray[np.int64]:
        """Indices of the episodes that touch this day, ascending."""
        return self._touching(day, np.arange(len(self)), self._longest)

    def in_hospital(self, day: int) -> NDArray[np.int64]:
        """Rows of the people in hospital at some time of this day, from admission to discharge, ascending."""
        stays, longest = self._hospital
        return np.sort(self.row[self._touching(day, stays, longest)])

    def of_kind(self, *kinds: EpisodeKind) -> NDArray[np.int64]:
        """Indices of the episodes of these kinds, ascending."""
        return np.flatnonzero(np.isin(self.kind, kinds))

    def _touching(self, day: int, among: NDArray[np.int64], longest: int) -> NDArray[np.int64]:
        first_days = self.first_day[among] if len(among) < len(self) else self.first_day
        low, high = np.searchsorted(first_days, [day - longest, day + 1])
        candidates = among[low:high]
        return candidates[self.last_day[candidates] >= day]

    @cached_property
    def _longest(self) -> int:
        return int(np.max(self.last_day - self.first_day, initial=0))

    @cached_property
    def _hospital(self) -> tuple[NDArray[np.int64], int]:
        stays = self.of_kind(*HOSPITAL_KINDS)
        return stays, int(np.max(self.last_day[stays] - self.first_day[stays], initial=0))


def columns(episodes: Episodes) -> dict[str, NDArray[Any]]:
    """The columns of a table of episodes by name, for storing and showing them."""
    return {name: getattr(episodes, name) for name in Episodes.__dataclass_fields__}
