"""Where in a leg clots form: every site has a hazard of its own, and what injures a vein raises that of its site.

The hazard of a leg is the sum over calf, popliteal, femoral and iliac veins. Ordinary legs share one row of weights a
side; only injured legs, and those of pregnant women, whose clots lie higher and further left, have their own.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from popsim.clots.coagulation import birth_day
from popsim.clots.injuries import Injuries, injury_weights
from popsim.clots.kinds import CLOT_SITES, Site
from popsim.clots.known import known_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
        ids = people.ids[self._pregnant_rows]
        self._pregnant_until = birth_day(ids, draws, known) + known["puerperium_days"]
        self._injuries = Injuries(people, episodes, draws, known)
        over = np.ceil(self._pregnant_until).astype(np.int64)
        self._changes = np.unique(np.concatenate([over, self._injuries.changes])).tolist()
        self._usual_shares, self._shares_in_pregnancy = shares(self.usual), shares(self._in_pregnancy)
        self._kept: dict[bool, tuple[int, Floats | None, LegSites]] = {}

    def on(self, day: int, wall: Floats | None = None) -> Floats:
        """Relative hazard of each leg on a day, summed over its sites, ``(2, N)``, not to be written to.

        ``wall``, here and below, is what interventions do to vein walls that day (see ``Injuries.brought``).
        """
        return self._today(day, wall).total

    def weights(self, day: int, leg: Ints, row: Ints, wall: Floats | None = None) -> Floats:
        """Relative hazard of the sites of these legs on a day, ``(E, 4)``."""
        return self._today(day, wall).weights(leg, row).T

    def unhurt(self, day: int, leg: Ints, row: Ints, wall: Floats | None = None) -> Floats:
        """Share of the hazard of these legs' calves on a day that no injured vein wall brings, ``(E,)``."""
        today = self._today(day, wall)
        usual, excess = today.uninjured(leg, row)[Site.CALF], today.excess(leg, row)[Site.CALF]
        return np.where(excess > 0.0, usual / np.where(excess > 0.0, usual + excess, 1.0), 1.0)

    def split(self, day: int, amount: Floats, wall: Floats | None = None) -> Floats:
        """An amount of each leg on a day, such as its expected clots ``(2, N)``, by site, ``(4, N)``."""
        today = self._today(day, wall)
        injured, pregnant = today.injured, today.pregnant
        out = self._usual_shares.T @ amount
        out[:, pregnant] = self._shares_in_pregnancy.T @ amount[:, pregnant]
        if len(injured):
            left, right = (own * amount[leg, injured] for leg, own in enumerate(today.shares))
            out[:, injured] = left + right
        return np.asarray(out)

    def _today(self, day: int, wall: Floats | None) -> LegSites:
        """Sites on a day.

        Without what interventions do they are kept until an injury or pregnancy begins or ends, with it for the day.
        """
        when = bisect_right(self._changes, day) if wall is None else day
        kept = self._kept.get(wall is None)
        if kept is None or kept[0] != when or kept[1] is not wall:
            kept = self._kept[wall is None] = when, wall, self._made(day, wall)
        return kept[2]

    def _made(self, day: int, wall: Floats | None) -> LegSites:
        pregnant = self._pregnant_rows[day < self._pregnant_until]
        injured = [self._injuries.on(day), *([] if wall is None else [self._injuries.brought(wall)])]
        return LegSites(self._people, (self.usual, self._in_pregnancy), pregnant, injured)


class LegSites:
    """Relative hazards of the sites of everybody's legs.

    Args:
        people: how many.
        ordinary: weights of the sites of most legs, and of the legs of pregnant women, each ``(2, 4)``.
        pregnant: rows of the women who are pregnant or in childbed.
        injured: legs and what injuries add at each of their sites, as ``Injuries`` tells.

    Attributes:
        total: of each leg, summed over its sites, ``(2, N)``.
        pregnant: as given.
        injured: rows of the people with a leg whose vein wall is injured, ``(I,)``.
    """

    def __init__(
        self, people: int, ordinary: tuple[Floats, Floats], pregnant: Ints, injured: Sequence[tuple[Ints, Floats]]
    ) -> None:
        self.pregnant, self._people = pregnant, people
        self._ordinary = np.concatenate(ordinary).T.copy()
        self._first_column = np.zeros(people, dtype=np.int64)
        self._first_column[pregnant] = LEGS
        self.total = np.repeat(ordinary[0].sum(axis=1)[:, None], people, axis=1)
        self.total[:, pregnant] = ordinary[1].sum(axis=1)[:, None]
        hurt = np.zeros(LEGS * people, dtype=bool)
        for leg, adds in injured:
            np.add.at(self.total.ravel(), leg, adds.sum(axis=0))
            hurt[leg] = True
        self.total.flags.writeable = False
        self.injured = np.flatnonzero(hurt.reshape(LEGS, people).any(axis=0))
        legs = np.flatnonzero(hurt)
        self._place = np.full(len(hurt), len(legs))
        self._place[legs] = np.arange(len(legs))
        self._excess = np.zeros((SITES, len(legs) + 1))
        for leg, adds in injured:
            for site, added in enumerate(adds):
                np.add.at(self._excess[site], self._place[leg], added)

    def uninjured(self, leg: Ints | int, row: Ints) -> Floats:
        """Relative hazard of each site of these legs but for injuries, ``(4, E)``."""
        return np.asarray(np.take(self._ordinary, self._first_column[row] + leg, axis=1))

    def excess(self, leg: Ints | int, row: Ints) -> Floats:
        """What injuries add to it, ``(4, E)``."""
        return np.asarray(np.take(self._excess, self._place[leg * self._people + row], axis=1))

    def weights(self, leg: Ints | int, row: Ints) -> Floats:
        """Relative hazard of each site of these legs, ``(4, E)``."""
        return np.asarray(self.uninjured(leg, row) + self.excess(leg, row))

    @cached_property
    def shares(self) -> tuple[Floats, ...]:
        """Shares of the sites of the left and the right legs of those with an injury, each ``(4, I)``."""
        weights = [self.weights(leg, self.injured) for leg in range(LEGS)]
        return tuple(each / each.sum(axis=0) for each in weights)


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
