"""Rare events from integrated hazard: expected clots day by day, times what share of clots does what after how long.

Counting sampled events needs millions of person-years for a rate of one in a thousand. The hazard that every leg
accumulates has the same mean and far less noise. What a clot does is learnt by drawing the course of very many; that it
does not depend on the person, nor on the group, is what this rests on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from popsim.analysis.batches import DAYS_PER_YEAR
from popsim.validation.estimators import combine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from popsim.store.results import Results
    from popsim.validation.case import Case, Window
    from popsim.validation.observed import Observed
    from popsim.validation.tallies import Items

    Floats = NDArray[np.float64]

_DAILY = """
SELECT s.day, sum(s.value * m.scale) FILTER (m.name = 'expected_clots') AS clots,
       sum(s.value * m.scale) FILTER (m.name = 'people') AS people
FROM summary s JOIN measure m ON m.id = s.measure JOIN arm a ON a.id = s.arm
WHERE a.name = $arm GROUP BY s.day
"""


@dataclass(frozen=True)
class Daily:
    """One arm day by day, each array ``(days,)``.

    Attributes:
        clots: expected new clots.
        people: alive at the start of the day.
    """

    clots: Floats
    people: Floats

    @classmethod
    def read(cls, results: Results, arm: str, days: int) -> Daily:
        """Add up all age groups."""
        table = results.query(_DAILY, {"arm": arm})
        clots, people = np.zeros(days), np.zeros(days)
        day = table["day"].to_numpy()
        clots[day] = np.nan_to_num(np.asarray(table["clots"].to_numpy(zero_copy_only=False), np.float64))
        people[day] = np.nan_to_num(np.asarray(table["people"].to_numpy(zero_copy_only=False), np.float64))
        return cls(clots, people)

    def __add__(self, other: Daily) -> Daily:
        return Daily(self.clots + other.clots, self.people + other.people)


@dataclass(frozen=True)
class Course:
    """What clots do, by block of people.

    Attributes:
        clots: that formed early enough to be followed, ``(B,)``.
        events: events that count, by days since the clot formed, ``(B, lags)``.
    """

    clots: Floats
    events: Floats

    @classmethod
    def of(cls, items: Items, observed: Observed, blocks: int, lags: int, *, first_only: bool) -> Course:
        """Count the picked events of all clots that can be followed for so many days."""
        followed = observed.clots.onset_day < observed.days - lags
        clots = np.bincount(observed.block[observed.clot_row[followed]], minlength=blocks).astype(np.float64)
        kept = items.take((items.clot >= 0) & followed[np.maximum(items.clot, 0)] if len(followed) else items.clot > 0)
        lag = kept.day - observed.clots.onset_day[kept.clot]
        if first_only:
            kept, lag = _first_of_each_clot(kept, lag)
        within = lag < lags
        events = np.zeros((blocks, lags))
        np.add.at(events, (observed.block[kept.row[within]], lag[within]), kept.weight[within])
        return cls(clots, events)

    def __add__(self, other: Course) -> Course:
        return Course(self.clots + other.clots, self.events + other.events)

    def by_lag(self, keep: NDArray[np.bool_]) -> Floats:
        """Events per clot by days since it formed, ``(lags,)``."""
        return np.asarray(self.events[keep].sum(axis=0) / max(float(self.clots[keep].sum()), 1.0))


def _first_of_each_clot(items: Items, lag: NDArray[np.int64]) -> tuple[Items, NDArray[np.int64]]:
    order = np.lexsort((lag, items.clot))
    clot = items.clot[order]
    first = order[np.concatenate([[True], clot[1:] != clot[:-1]])[: len(clot)]]
    return items.take(first), lag[first]


def chance_in_window(by_lag: Floats, window: Window, days: int) -> Floats:
    """For a clot that forms on each day, the expected number of its events in the window, ``(days,)``."""
    onset = np.arange(days)
    inside = (window.from_day <= onset) & (onset <= window.to_day)
    if window.by == "onset":
        return np.where(inside, by_lag.sum(), 0.0)
    until = np.concatenate([[0.0], np.cumsum(by_lag)])

    def by(day: int) -> Floats:
        """Events up to and including a day."""
        return until[np.clip(day - onset + 1, 0, len(by_lag))]

    return np.asarray(by(window.to_day) - by(window.from_day - 1))


def expected_number(
    case: Case,
    groups: Sequence[Sequence[Daily]],
    course: Course,
    keep: NDArray[np.bool_],
    keep_course: NDArray[np.bool_],
) -> float:
    """The case's number.

    Args:
        case: what is asked.
        groups: for each group, one entry per independent block of people.
        course: what clots do.
        keep: which blocks of people count.
        keep_course: which blocks of the course count.
    """
    by_lag = course.by_lag(keep_course)
    values, events = [], []
    for group, blocks in zip(case.groups, groups, strict=True):
        window = case.window_of(group)
        chance = chance_in_window(by_lag, window, len(blocks[0].clots))
        kept = [block for block, wanted in zip(blocks, keep, strict=True) if wanted]
        happened = sum(float(block.clots @ chance) for block in kept)
        values.append(_per_exposure(case, window, happened, kept))
        events.append(happened)
    return combine(case, np.array(values), np.array(events))


def _per_exposure(case: Case, window: Window, happened: float, kept: Sequence[Daily]) -> float:
    if case.estimator.kind in ("cumulative_incidence", "risk_ratio"):
        return happened / sum(float(block.people[window.from_day]) for block in kept)
    days = sum(float(block.people[window.from_day : window.to_day + 1].sum()) for block in kept)
    return case.estimator.per * DAYS_PER_YEAR * happened / days
