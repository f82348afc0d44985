"""A calendar in the making: diaries collected, days claimed, overrides and episodes gathered, then sorted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from popsim.errors import InputError
from popsim.routines.bouts import DiaryPool
from popsim.routines.calendar import Calendar, EpisodeKind, Episodes
from popsim.routines.stays import Mobility

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import ArrayLike, NDArray

    from popsim.people.population import Population
    from popsim.randomness import Draws
    from popsim.routines.stays import Stay
    from popsim.routines.trips import Trip


_EPISODE_TYPES: dict[str, type[np.generic]] = {
    "kind": np.uint8,
    "first_day": np.int32,
    "last_day": np.int32,
    "reason": np.uint8,
    "stay": np.int32,
    "length_days": np.float64,
    "mobility": np.uint8,
}


class Plan:
    """What has been planned so far for some people.

    Args:
        people: the people.
        days: length of the run.
        draws: random numbers of the run.
        evidence: the constants in force.
    """

    def __init__(self, people: Population, days: int, draws: Draws, evidence: Mapping[str, float]) -> None:
        self.ids, self.days, self.draws, self.evidence = people.ids, days, draws, evidence
        self._people = people
        self._diaries: dict[tuple[tuple[int, int], ...], int] = {}
        self._claims: list[tuple[NDArray[np.int32], NDArray[np.int32]]] = []
        self._overrides: list[tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]]] = []
        self._episodes: list[Episodes] = []

    def diary(self, day: Iterable[tuple[int, int]]) -> int:
        """The index of a diary in the pool; equal diaries share one."""
        return self._diaries.setdefault(tuple(day), len(self._diaries))

    def traits(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Age in years and sex of the people in these rows."""
        age, sex = (self._people[name][rows].astype(np.int64) for name in ("age_years", "sex"))
        return age, sex

    def who_and_when(self, wish: Trip | Stay, name: str, number: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Rows of those who go, ascending, and their first days.

        Args:
            wish: the trip or stay.
            name: ``trips`` or ``stays``.
            number: its place in the scenario's list.
        """
        if wish.first_day >= self.days:
            raise InputError(
                f"would begin on day {wish.first_day}, but the run ends with day {self.days - 1}",
                key=f"{name}[{number}]",
            )
        rows = np.flatnonzero(self.draws.uniform(f"{name}.goes", self.ids, k=number) < wish.share)
        first, last = wish.between or (wish.first_day, wish.first_day)
        drawn = self.draws.uniform(f"{name}.day", self.ids[rows], k=number)
        days = (first + drawn * (last + 1 - first)).astype(np.int32)
        within = days < self.days
        return rows[within], days[within]

    def free(self, rows: NDArray[np.int64], first: NDArray[np.int32], last: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Which of these people have no day from first to last claimed yet."""
        free = np.ones(len(rows), dtype=bool)
        for claimed_first, claimed_last in self._claims:
            free &= (last < claimed_first[rows]) | (first > claimed_last[rows])
        return free

    def claim(self, rows: NDArray[np.int64], first: NDArray[np.int32], last: NDArray[np.int32]) -> None:
        """Take the days from first to last of these people; everyone at most once per call."""
        claimed_first = np.full(len(self.ids), np.iinfo(np.int32).max, dtype=np.int32)
        claimed_last = np.full(len(self.ids), np.iinfo(np.int32).min, dtype=np.int32)
        claimed_first[rows], claimed_last[rows] = first, last
        self._claims.append((claimed_first, claimed_last))

    def override(self, day: NDArray[np.int32], row: NDArray[np.int64], diary: NDArray[np.int32]) -> None:
        """Put diaries on days; what lies outside the run is dropped."""
        within = (day >= 0) & (day < self.days)
        if not within.all():
            day, row, diary = day[within], row[within], diary[within]
        self._overrides.append((day.astype(np.int32), row, diary.astype(np.int32)))

    def note(
        self, rows: NDArray[np.int64], first: NDArray[np.int32], last: NDArray[np.int32], **columns: ArrayLike
    ) -> None:
        """Note one episode for each of these people.

        Args:
            rows: their rows.
            first: first days.
            last: last days, inclusive.
            columns: ``kind`` and ``length_days``, for stays ``reason``, ``stay`` and ``mobility`` too; single
                values stand for all.
        """
        given = {"reason": 0, "stay": -1, "mobility": Mobility.WALKING, **columns, "first_day": first, "last_day": last}
        wide = {
            name: np.broadcast_to(np.asarray(value), rows.shape).astype(_EPISODE_TYPES[name])
            for name, value in given.items()
        }
        self._episodes.append(Episodes(row=rows, **wide))

    def finish(self) -> tuple[DiaryPool, Calendar, Episodes]:
        """Pool, calendar and episodes, sorted."""
        return DiaryPool.from_days(self._diaries), self._calendar(), self._sorted_episodes()

    def _calendar(self) -> Calendar:
        if not self._overrides:
            empty = np.zeros(0, dtype=np.int32)
            return Calendar(empty, empty.astype(np.int64), empty)
        day, row, diary = (np.concatenate(parts) for parts in zip(*self._overrides, strict=True))
        order = np.argsort(day.astype(np.int64) * len(self.ids) + row)
        return Calendar(day[order], row[order], diary[order])

    def _sorted_episodes(self) -> Episodes:
        none = np.zeros(0, dtype=np.int64)
        self.note(none, none.astype(np.int32), none.astype(np.int32), kind=EpisodeKind.JOURNEY, length_days=0.0)
        columns = {
            name: np.concatenate([getattr(part, name) for part in self._episodes])
            for name in Episodes.__dataclass_fields__
        }
        key = (columns["first_day"].astype(np.int64) + 1) * len(self.ids) + columns["row"]
        order = np.argsort(key * len(EpisodeKind) + columns["kind"])
        return Episodes(**{name: column[order] for name, column in columns.items()})
