"""Where in a leg clots form: every site has a hazard of its own, and what injures a vein raises that of its site.

The hazard of a leg is the sum over calf, popliteal, femoral and iliac veins. Ordinary legs share one row of weights a
side; only injured legs, and those of pregnant women, whose clots lie higher and further left, have their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from popsim.clots.coagulation import birth_day
from popsim.clots.injuries import Injuries, injury_weights
from popsim.clots.kinds import CLOT_SITES, Site
from popsim.clots.known import known_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from popsim.people.population import Population
    from popsim.randomness import Draws
    from popsim.routines.calendar import Episodes

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

LEGS, SITES = 2, len(CLOT_SITES)

__all__ = ["LEGS", "SITES", "SiteHazard", "injury_weights", "shares", "site_weights"]


class SiteHazard:
    """Relative hazards of sites, legs and days; one for both legs together of a person without injury.

    Args:
        people: the population.
        episodes: its operations and times in intensive care.
        draws: the run's random numbers; they choose the leg that is injured.
        evidence: the constants in force.
    """

    def __init__(self, people: Population, episodes: Episodes, draws: Draws, evidence: Mapping[str, float]) -> None:
        known = known_of(evidence)
        self.usual = site_weights(known)
        self._in_pregnancy = site_weights(known, pregnant=True)
        self._people = len(people)
        self._pregnant_rows = np.flatnonzero(people["pregnant"])
        self._pregnant_until = np.full(len(people), -1.0)
        ids = people.ids[self._pregnant_rows]
        self._pregnant_until[self._pregnant_rows] = birth_day(ids, draws, known) + known["puerperium_days"]
        self._injuries = Injuries(people, episodes, draws, known)

    def on(self, day: int, wall: Floats | None = None) -> Floats:
        """Relative hazard of each leg on a day, summed over its sites, ``(2, N)``.

        ``wall``, here and below, is what interventions do to vein walls that day (see ``Injuries.on``).
        """
        total = np.repeat(self.usual.sum(axis=1)[:, None], self._people, axis=1)
        total[:, self._pregnant(day)] = self._in_pregnancy.sum(axis=1)[:, None]
        leg, row, excess = self._injuries.on(day, wall)
        np.add.at(total, (leg, row), excess.sum(axis=1))
        return np.asarray(total)

    def weights(self, day: int, leg: Ints, row: Ints, wall: Floats | None = None) -> Floats:
        """Relative hazard of the sites of these legs on a day, ``(E, 4)``."""
        return np.asarray(self._uninjured(day, leg, row) + self._excess(day, leg, row, wall))

    def unhurt(self, day: int, leg: Ints, row: Ints, wall: Floats | None = None) -> Floats:
        """Share of the hazard of these legs' calves on a day that no injured vein wall brings, ``(E,)``."""
        usual = self._uninjured(day, leg, row)[:, Site.CALF]
        excess = self._excess(day, leg, row, wall)[:, Site.CALF]
        return np.where(excess > 0.0, usual / np.where(excess > 0.0, usual + excess, 1.0), 1.0)

    def split(self, day: int, amount: Floats, wall: Floats | None = None) -> Floats:
        """An amount of each leg on a day, such as its expected clots ``(2, N)``, by site, ``(4, N)``."""
        out, pregnant = shares(self.usual).T @ amount, self._pregnant(day)
        out[:, pregnant] = shares(self._in_pregnancy).T @ amount[:, pregnant]
        injured = np.unique(self._injuries.on(day, wall)[1])
        if len(injured):
            legs = (shares(self.weights(day, np.full(len(injured), leg), injured, wall)) for leg in range(LEGS))
            out[:, injured] = sum(own.T * amount[leg, injured] for leg, own in enumerate(legs))
        return np.asarray(out)

    def _pregnant(self, day: int) -> Ints:
        """Rows of the women who are pregnant or in childbed on a day."""
        rows = self._pregnant_rows
        return rows[day < self._pregnant_until[rows]]

    def _uninjured(self, day: int, leg: Ints, row: Ints) -> Floats:
        pregnant = day < self._pregnant_until[row]
        return np.where(pregnant[:, None], self._in_pregnancy[leg], self.usual[leg])

    def _excess(self, day: int, leg: Ints, row: Ints, wall: Floats | None) -> Floats:
        injured_leg, injured_row, excess = self._injuries.on(day, wall)
        if not len(excess):
            return np.zeros((len(row), SITES))
        injured, which = np.unique(injured_leg * self._people + injured_row, return_inverse=True)
        total = np.zeros((len(injured), SITES))
        np.add.at(total, which, excess)
        asked = leg * self._people + row
        place = np.minimum(np.searchsorted(injured, asked), len(injured) - 1)
        return np.where((injured[place] == asked)[:, None], total[place], 0.0)


def shares(weights: Floats) -> Floats:
    """Weights of sites as shares of each row."""
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def site_weights(known: Mapping[str, float], *, pregnant: bool = False) -> Floats:
    """Relative hazard of each site of left and right leg, ``(2, 4)``, one for the mean of both legs.

    Pregnancy moves clots to the iliac veins and to the left without changing how many there are; its own ratio does.
    """
    share = np.array([known[f"site_share_{site.name.lower()}"] for site in CLOT_SITES])
    left_to_right = np.array([known[f"side_ratio_{site.name.lower()}"] for site in CLOT_SITES])
    if pregnant:
        proximal = np.array([site.name != "CALF" for site in CLOT_SITES])
        share = share * np.where(proximal, known["pregnant_proximal_ratio"], 1.0)
        left_to_right = left_to_right * known["pregnant_side_ratio"]
    left = LEGS * left_to_right / (1.0 + left_to_right)
    return np.asarray(np.stack([left, LEGS - left]) * share / share.sum())
