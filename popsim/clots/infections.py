"""Infections outside hospital: they come by chance, and for some weeks blood clots more easily.

Time is cut into stretches as long as an infection counts; in each a person may catch one of a kind, on a day that hangs
on seed, person and stretch only. So a day can be asked about in any order, and infections are the same in every arm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from popsim.clots.hazard import probability
from popsim.people.population import Sex

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from popsim.people.population import Population
    from popsim.randomness import Draws

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

KINDS = ("urinary_infection", "infection")
"""Infections of the urinary tract, and others that are treated outside hospital."""

_DAYS_PER_YEAR = 365.25


class Infections:
    """Infections of a population.

    Args:
        people: the population.
        draws: the run's random numbers.
        known: the constants of clots.
    """

    def __init__(self, people: Population, draws: Draws, known: Mapping[str, float]) -> None:
        self._people = len(people)
        self._kinds = [_Kind(name, people, draws, known) for name in KINDS]
        self._last: tuple[int, Floats] | None = None

    def on(self, day: int) -> Floats:
        """Factor of a day, ``(N,)``, not to be written to; the same day may be asked about again at no cost."""
        if self._last is None or self._last[0] != day:
            self._last = day, self._factor(day)
        return self._last[1]

    def _factor(self, day: int) -> Floats:
        factor = np.ones(self._people)
        for kind in self._kinds:
            own = np.ones(self._people)
            np.maximum.at(own, *kind.on(day))
            factor *= own
        factor.flags.writeable = False
        return factor


class _Kind:
    """One kind of infection."""

    def __init__(self, name: str, people: Population, draws: Draws, known: Mapping[str, float]) -> None:
        self._name, self._ids, self._draws = name, people.ids, draws
        self._days = round(known[f"{name}_days"])
        self._excess = daily_excess(name, known)
        self._chance = probability(yearly_incidence(name, people, known) * self._days / _DAYS_PER_YEAR)
        self._lately: tuple[int, Ints, Ints] | None = None

    def on(self, day: int) -> tuple[Ints, Floats]:
        """Rows of those who had one lately, and by what factor it raises their hazard today."""
        row, first = self._begun(max(day // self._days + 1, 0))
        since = day - first
        here = np.flatnonzero((since >= 0) & (since < self._days))
        return row[here], 1.0 + self._excess[since[here]]

    def _begun(self, stretch: int) -> tuple[Ints, Ints]:
        """Who catches one in a stretch or the one before, and on which day; stretch 0 is the one before day 0."""
        if self._lately is None or self._lately[0] != stretch:
            found = [self._beginning(k) for k in range(max(stretch - 1, 0), stretch + 1)]
            row, first = (np.concatenate(parts) for parts in zip(*found, strict=True))
            self._lately = stretch, row, first
        return self._lately[1:]

    def _beginning(self, stretch: int) -> tuple[Ints, Ints]:
        """Who catches one in a stretch, and on which day."""
        drawn = self._draws.uniform(f"clots.{self._name}", self._ids, k=stretch)
        row = np.flatnonzero(drawn < self._chance)
        within = np.floor(drawn[row] / self._chance[row] * self._days).astype(np.int64)
        return row, (stretch - 1) * self._days + within


def daily_excess(name: str, known: Mapping[str, float]) -> Floats:
    """Ratio less one by day since the beginning; fading, with the published ratio as mean over the days that count."""
    fading = np.exp(-np.arange(round(known[f"{name}_days"])) / known[f"{name}_fade_days"])
    return np.asarray((known[f"ratio_{name}"] - 1.0) * fading / fading.mean())


def yearly_incidence(name: str, people: Population, known: Mapping[str, float]) -> Floats:
    """Infections a year of each person, ``(N,)``."""
    women, men = known[f"{name}_per_year_women"], known[f"{name}_per_year_men"]
    age = np.minimum(people["age_years"], known["age_ceiling_years"]) - known["age_reference_years"]
    return np.asarray(
        np.where(people["sex"] == Sex.FEMALE, women, men) * np.exp(known["infection_per_year_of_age"] * age)
    )
