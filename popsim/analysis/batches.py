"""What every arm added up to, by batch of people: the table behind all intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from popsim.analysis.estimates import Ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from popsim.store.results import Results

BATCHES = 100
MINUTES_PER_DAY = 1440
DAYS_PER_YEAR = 365.25

_ARMS = "SELECT id, name, coalesce(nullif(label, ''), name) AS label FROM arm ORDER BY id"
_LABELS = "SELECT name, coalesce(nullif(label, ''), name) AS label FROM measure ORDER BY id"
_PEOPLE = """
SELECT s.arm, sum(s.value * m.scale) AS people
FROM summary s JOIN measure m ON m.id = s.measure
WHERE m.name = 'people' AND s.day = 0 GROUP BY s.arm
"""
_TOTALS = """
SELECT r.arm, m.name AS measure, r.batch, r.value * m.scale AS total
FROM replicate r JOIN measure m ON m.id = r.measure
"""


@dataclass(frozen=True)
class ArmName:
    """An arm of the run: code, stable name, label for people."""

    id: int
    name: str
    label: str


@dataclass(frozen=True)
class Batches:
    """Totals over the days simulated so far.

    Attributes:
        arms: in order; the first is the reference.
        labels: label of each measure by its name, in the run's order.
        people: alive at the start of the first day, by arm code.
        totals: ``(100,)`` by arm code and name of the measure; a pair left out is zero.
    """

    arms: tuple[ArmName, ...]
    labels: dict[str, str]
    people: dict[int, int]
    totals: dict[tuple[int, str], NDArray[np.float64]]

    @classmethod
    def read(cls, results: Results) -> Batches:
        """Read them from the tables ``replicate`` and ``summary``."""
        found = results.query(_TOTALS).to_pydict()
        totals: dict[tuple[int, str], NDArray[np.float64]] = {}
        for arm, measure, batch, total in zip(*found.values(), strict=True):
            totals.setdefault((arm, measure), np.zeros(BATCHES))[batch] += total
        return cls(
            read_arms(results),
            {row["name"]: row["label"] for row in results.query(_LABELS).to_pylist()},
            {row["arm"]: round(row["people"]) for row in results.query(_PEOPLE).to_pylist()},
            totals,
        )

    def of(self, arm: ArmName, measure: str) -> NDArray[np.float64]:
        """One measure of one arm in each batch, ``(100,)``."""
        return self.totals.get((arm.id, measure), np.zeros(BATCHES))

    def total(self, arm: ArmName, measure: str) -> float:
        """One measure of one arm over all people and days."""
        return float(self.of(arm, measure).sum())

    def per_people(self, arm: ArmName, measure: str, people: float) -> Ratio:
        """The measure per that many people over the whole time simulated.

        Batches know their person-days, not their people: the rate per person-day is multiplied by the mean days
        that a person was followed.
        """
        days = self.of(arm, "people")
        followed = days.sum() / self.people[arm.id] if self.people.get(arm.id) else 0.0
        return Ratio(self.of(arm, measure), days, people * followed)

    def per_day(self, arm: ArmName, measure: str, factor: float) -> Ratio:
        """The measure per person-day, times ``factor``."""
        return Ratio(self.of(arm, measure), self.of(arm, "people"), factor)


def read_arms(results: Results) -> tuple[ArmName, ...]:
    """The arms of a run in order; the first is the reference."""
    return tuple(ArmName(**row) for row in results.query(_ARMS).to_pylist())
