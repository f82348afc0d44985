"""Hazard after a diagnosed clot: low while it is treated, high when treatment stops, then falling with the years.

From the day treatment stops the hazard ratio is ``1 + excess / (1 + t / decay)``. One decay time carries 11, 29 and
40 % at one, five and ten years (Prandoni 2007), which no constant ratio can. What makes a first clot likely makes a
second one only a little likelier, so the ratio is that of a typical patient and less in people of high risk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from popsim.clots.dice import NEVER_DAY
from popsim.clots.hazard import constitution
from popsim.clots.known import known_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from popsim.people.population import Population
    from popsim.randomness import Draws

NO_SIDE = -1


class Recurrence:
    """Who has had a diagnosed clot, when its treatment stops, and what that does to the hazard.

    Args:
        people: the population; those with ``prior_vte`` stopped treatment some time before the run.
        draws: the run's random numbers.
        evidence: the constants in force.
    """

    def __init__(self, people: Population, draws: Draws, evidence: Mapping[str, float]) -> None:
        known = known_of(evidence)
        self._decay_days = known["prior_vte_decay_days"]
        self._same_leg = known["prior_vte_ipsilateral_share"]
        self._left_over = 1.0 - known["treatment_prevents_recurrence"]
        power = known["prior_vte_constitution_power"]
        typical = known["prior_vte_reference_factor"] / constitution(people, known)
        self._excess_of = (known["ratio_prior_vte"] - 1.0) * typical ** (1.0 - power)
        prior, count = people["prior_vte"], len(people)
        ago = draws.exponential("clots.prior-vte-days", people.ids) * known["prior_vte_mean_days"]
        self._from = np.where(prior, -np.ceil(ago).astype(np.int64), NEVER_DAY)
        self._until = self._from.copy()
        self._leg = np.full(count, NO_SIDE, dtype=np.int64)
        self._works = np.ones(count)
        self._rows = np.flatnonzero(prior)
        self._known_to_have_had = prior.copy()
        self._at_start = (self._from.copy(), self._until.copy(), self._leg.copy(), self._works.copy())
        self._news: list[int] = []

    def diagnosed(self, row: int, leg: int, day: int, treated_until: int, treatment_factor: float = 1.0) -> None:
        """Note a clot diagnosed on a day; it counts from the next morning on."""
        if not self._known_to_have_had[row]:
            self._rows = np.append(self._rows, row)
        self._known_to_have_had[row] = True
        self._news.append(row)
        self._from[row], self._until[row] = min(int(self._from[row]), day + 1), max(treated_until, day + 1)
        self._leg[row], self._works[row] = leg, treatment_factor

    def had(self, row: int) -> bool:
        """Whether a clot of this person has been diagnosed before."""
        return bool(self._known_to_have_had[row])

    def treated(self, day: int) -> NDArray[np.int64]:
        """Rows of the people whose clot is being treated on a day."""
        rows = self._rows
        return np.asarray(rows[(self._from[rows] <= day) & (day < self._until[rows])])

    def on(self, day: int) -> NDArray[np.float64]:
        """Factor on the hazard of each leg on a day, ``(2, N)``."""
        factor = np.ones((2, len(self._from)))
        factor[:, self._rows] = self._factor(day, self._rows, (self._from, self._until, self._leg, self._works))
        return factor

    def news(self, day: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Rows of the people with a clot diagnosed in the run, and the share of their factor that it brought.

        Returns:
            Rows, ``(n,)``, and the factor of each leg on a day over what it would be without those clots, ``(2, n)``.
        """
        rows = np.unique(np.array(self._news, dtype=np.int64))
        now = self._factor(day, rows, (self._from, self._until, self._leg, self._works))
        return rows, now / self._factor(day, rows, self._at_start)

    def _factor(self, day: int, rows: NDArray[np.int64], clots: tuple[NDArray[Any], ...]) -> NDArray[np.float64]:
        """Factor of each leg of these people on a day, ``(2, n)``, by when their clots were found, and how treated."""
        since_day, until, leg, works = (of_all[rows] for of_all in clots)
        excess = self._excess_of[rows] / (1.0 + np.maximum(day - until, 0) / self._decay_days)
        left_over = np.where(day < until, np.maximum(1.0 - (1.0 - self._left_over) * works, 0.0), 1.0)
        factor = np.empty((2, len(rows)))
        for side in (0, 1):
            share = np.where(leg == side, self._same_leg, 1.0 - self._same_leg)
            share = np.where(leg == NO_SIDE, 0.5, share)
            factor[side] = np.where(since_day <= day, left_over * (1.0 + 2.0 * share * excess), 1.0)
        return factor
