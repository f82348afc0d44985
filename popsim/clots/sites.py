"""Where in a leg clots form: every site has a hazard of its own, and what injures a vein raises that of its site.

The hazard of a leg is the sum over calf, popliteal, femoral and iliac veins. Ordinary legs share one row of weights a
side; only injured legs, and those of pregnant women, whose clots lie higher and further left, have their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from popsim.clots.kinds import CLOT_SITES
from popsim.clots.known import known_of
from popsim.routines.calendar import EpisodeKind, Episodes
from popsim.routines.reasons import REASONS, Site

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from popsim.people.population import Population
    from popsim.randomness import Draws

    Floats = NDArray[np.float64]

LEGS, SITES = 2, len(CLOT_SITES)
_INJURED = tuple(site for site in Site if site is not Site.NONE)


class SiteHazard:
    """Relative hazards of sites, legs and days; one for both legs together of a person without injury.

    Args:
        people: the population.
        episodes: its operations.
        draws: the run's random numbers; they choose the leg that is operated on.
        evidence: the constants in force.
    """

    def __init__(self, people: Population, episodes: Episodes, draws: Draws, evidence: Mapping[str, float]) -> None:
        self._known = known_of(evidence)
        self.usual = site_weights(self._known)
        self._pregnant = people["pregnant"]
        self._pregnant_rows = np.flatnonzero(self._pregnant)
        self._in_pregnancy = site_weights(self._known, pregnant=True)
        usual, pregnant = (weights.sum(axis=1)[:, None] for weights in (self.usual, self._in_pregnancy))
        self._uninjured = np.where(self._pregnant, pregnant, usual)
        self._note_injuries(episodes, people.ids, draws)

    def _note_injuries(self, episodes: Episodes, ids: NDArray[np.int64], draws: Draws) -> None:
        site = np.array([reason.site for reason in REASONS])[episodes.reason]
        here = (episodes.kind == EpisodeKind.OPERATION) & (site != Site.NONE)
        self._row = episodes.row[here]
        self._day = episodes.first_day[here].astype(np.int64)
        self._injury = site[here]
        right = np.empty(len(self._row), dtype=np.int64)
        for stay in np.unique(episodes.stay[here]).tolist():
            these = episodes.stay[here] == stay
            draw = draws.uniform("clots.operated-leg", ids[self._row[these]], k=max(stay, 0))
            right[these] = draw >= 0.5
        self._leg = right
        excess = np.zeros((len(Site), SITES))
        for where in _INJURED:
            excess[where] = injury_weights(self._known, where)
        self._excess = excess

    def _injured(self, day: int) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
        """Legs and rows whose vein wall is injured on a day, and what that adds at each site, ``(I, 4)``."""
        now = (self._day <= day) & (day < self._day + self._known["wall_injury_days"])
        return self._leg[now], self._row[now], self._excess[self._injury[now]]

    def on(self, day: int) -> Floats:
        """Relative hazard of each leg on a day, summed over its sites, ``(2, N)``."""
        total = self._uninjured.copy()
        leg, row, excess = self._injured(day)
        np.add.at(total, (leg, row), excess.sum(axis=1))
        return np.asarray(total)

    def weights(self, day: int, leg: NDArray[np.int64], row: NDArray[np.int64]) -> Floats:
        """Relative hazard of the sites of these legs on a day, ``(E, 4)``."""
        weights = np.where(self._pregnant[row, None], self._in_pregnancy[leg], self.usual[leg])
        injured_leg, injured_row, excess = self._injured(day)
        mine = (leg[:, None] == injured_leg) & (row[:, None] == injured_row)
        return np.asarray(weights + mine @ excess)

    def split(self, day: int, amount: Floats) -> Floats:
        """An amount of each leg on a day, such as its expected clots ``(2, N)``, by site, ``(4, N)``."""
        out = shares(self.usual).T @ amount
        out[:, self._pregnant_rows] = shares(self._in_pregnancy).T @ amount[:, self._pregnant_rows]
        injured = np.unique(self._injured(day)[1])
        if len(injured):
            legs = (shares(self.weights(day, np.full(len(injured), leg), injured)) for leg in range(LEGS))
            out[:, injured] = sum(own.T * amount[leg, injured] for leg, own in enumerate(legs))
        return np.asarray(out)


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


def injury_weights(known: Mapping[str, float], where: Site) -> Floats:
    """What an operation or fracture there adds to the hazard of each site of that leg, ``(4,)``.

    The whole leg's ratio is the constant ``wall_injury_...``; the shares say where the added clots form.
    """
    name = f"wall_injury_{where.name.lower()}"
    share = np.array([known[f"{name}_{site.name.lower()}"] for site in CLOT_SITES])
    return np.asarray((known[name] - 1.0) * share / share.sum())
