"""Hazard after a diagnosed clot: low while it is treated, high when treatment stops, then falling with the years.

From the day treatment stops the hazard ratio is ``1 + excess / (1 + t / decay)``. One decay time carries 11, 29 and
40 % at one, five and ten years (Prandoni 2007), which no constant ratio can. What makes a first clot likely makes a
second one only a little likelier, so the ratio is that of a typical patient and less in people of high risk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from popsim.clots.dice import NEVER_DAY
from popsim.clots.hazard import constitution
from popsim.clots.known import known_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from popsim.people.population import Population
    from popsim.randomness import Draws

_HISTORY = np.dtype(
    [
        ("since_day", np.int64),
        ("until_day", np.int64),
        ("excess", np.float64),
        ("left_over", np.float64),
        ("twice_share", np.float64, (2,)),
    ]
)
"""Of one person: from when on a clot is known of, until when it is treated, what it adds to the hazard once treatment
has stopped, the share of the hazard that treatment leaves, and twice the shares of left and right leg in the excess."""


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
        self._people = len(people)
        self._rows = np.flatnonzero(people["prior_vte"])
        self._place = {row: place for place, row in enumerate(self._rows.tolist())}
        ago = draws.exponential("clots.prior-vte-days", people.ids[self._rows]) * known["prior_vte_mean_days"]
        stopped = -np.ceil(ago).astype(np.int64)
        self._at_start = self._histories(self._rows, stopped)
        self._now = self._at_start.copy()
        self._news: list[int] = []
        self._last: tuple[int, NDArray[np.float64]] | None = None

    def diagnosed(self, row: int, leg: int, day: int, treated_until: int, treatment_factor: float = 1.0) -> None:
        """Note a clot diagnosed on a day; it counts from the next morning on."""
        if row not in self._place:
            self._place[row] = len(self._rows)
            self._rows = np.append(self._rows, row)
            never = self._histories(self._rows[-1:], NEVER_DAY)
            self._at_start, self._now = (np.append(kept, never) for kept in (self._at_start, self._now))
        place = self._place[row]
        if place not in self._news:
            self._news.append(place)
        history = self._now[place]
        history["since_day"] = min(int(history["since_day"]), day + 1)
        history["until_day"] = max(treated_until, day + 1)
        history["left_over"] = self._left_by(treatment_factor)
        history["twice_share"] = [2.0 * (self._same_leg if leg == side else 1.0 - self._same_leg) for side in (0, 1)]
        self._last = None

    def had(self, row: int) -> bool:
        """Whether a clot of this person has been diagnosed before."""
        return row in self._place

    def treated(self, day: int) -> NDArray[np.int64]:
        """Rows of the people whose clot is being treated on a day."""
        return self._rows[(self._now["since_day"] <= day) & (day < self._now["until_day"])]

    def on(self, day: int) -> NDArray[np.float64]:
        """Factor on the hazard of each leg on a day, ``(2, N)``."""
        factor = np.ones((2, self._people))
        factor[:, self._rows] = self._today(day)
        return factor

    def news(self, day: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Rows of the people with a clot diagnosed in the run, and the share of their factor that it brought.

        Returns:
            Rows, ``(n,)``, and the factor of each leg on a day over what it would be without those clots, ``(2, n)``.
        """
        if not self._news:
            return self._rows[:0], np.empty((2, 0))
        return self._rows[self._news], self._today(day)[:, self._news] / self._factor(day, self._at_start[self._news])

    def _histories(self, rows: NDArray[np.int64], stopped: NDArray[np.int64] | np.int64) -> NDArray[np.void]:
        """Of people whose treatment of a clot in an unknown leg stopped on these days."""
        histories = np.empty(len(rows), dtype=_HISTORY)
        histories["since_day"] = histories["until_day"] = stopped
        histories["excess"], histories["left_over"] = self._excess_of[rows], self._left_by(1.0)
        histories["twice_share"] = 1.0
        return histories

    def _left_by(self, treatment_factor: float) -> float:
        """Share of the hazard that a treatment leaves, by how strong it is."""
        return max(1.0 - (1.0 - self._left_over) * treatment_factor, 0.0)

    def _today(self, day: int) -> NDArray[np.float64]:
        """Factor of each leg of all who had a clot, ``(2, n)``; the last day's is kept until there is news."""
        if self._last is None or self._last[0] != day:
            self._last = day, self._factor(day, self._now)
        return self._last[1]

    def _factor(self, day: int, histories: NDArray[np.void]) -> NDArray[np.float64]:
        """Factor of each leg of people with these histories on a day, ``(2, n)``."""
        until = histories["until_day"]
        excess = histories["excess"] / (1.0 + np.maximum(day - until, 0) / self._decay_days)
        left_over = np.where(day < until, histories["left_over"], 1.0)
        factor = left_over * (1.0 + histories["twice_share"].T * excess)
        return np.where(histories["since_day"] <= day, factor, 1.0)
