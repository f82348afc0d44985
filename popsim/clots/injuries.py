"""Injured vein walls: whose leg, at which sites, from when until when.

An operation on hip, knee or a broken leg injures one leg's veins; so do a cast, for those who wear one at the start,
and a catheter in the groin, which some patients in intensive care have. Which leg, is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from popsim.clots.kinds import CLOT_SITES
from popsim.routines.calendar import EpisodeKind
from popsim.routines.reasons import REASONS
from popsim.routines.reasons import Site as OperatedOn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from popsim.people.population import Population
    from popsim.randomness import Draws
    from popsim.routines.calendar import Episodes

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


class Injury(IntEnum):
    """What injures the wall of a vein; operations as ``popsim.routines.reasons.Site`` numbers them."""

    HIP = OperatedOn.HIP
    KNEE = OperatedOn.KNEE
    FRACTURE = OperatedOn.FRACTURE
    CAST = 4
    CATHETER = 5


@dataclass(frozen=True)
class _Injured:
    """Legs with one kind of injury: row, leg, first day and the day after the last, each ``(I,)``."""

    kind: Injury
    row: Ints
    leg: Ints
    first: Ints
    until: Ints


class Injuries:
    """Injuries of a population.

    Args:
        people: the population.
        episodes: its operations and times in intensive care.
        draws: the run's random numbers.
        known: the constants of clots.
    """

    def __init__(self, people: Population, episodes: Episodes, draws: Draws, known: Mapping[str, float]) -> None:
        ids = people.ids
        found = [*_operations(episodes, ids, draws, known), _casts(people, draws, known)]
        found.append(_catheters(episodes, ids, draws, known))
        self._place = np.concatenate([one.leg * len(people) + one.row for one in found])
        self._first = np.concatenate([one.first for one in found])
        self._until = np.concatenate([one.until for one in found])
        self._under_cast = injury_shares(known, Injury.CAST)
        weights = [np.tile(injury_weights(known, one.kind)[:, None], len(one.row)) for one in found]
        self._excess = np.concatenate(weights, axis=1)

    @property
    def changes(self) -> Ints:
        """Days on which an injury begins or has healed."""
        return np.concatenate([self._first, self._until])

    def on(self, day: int) -> tuple[Ints, Floats]:
        """Legs whose vein wall is injured on a day, as places in ``(2, N)`` flattened, and what that adds.

        Returns:
            Places, ``(I,)``, one of a leg with several injuries for each, and what each adds at each site, ``(4, I)``.
        """
        now = np.flatnonzero((self._first <= day) & (day < self._until))
        return self._place[now], self._excess[:, now]

    def brought(self, wall: Floats) -> tuple[Ints, Floats]:
        """The same of injuries that interventions bring, such as a cast of their own; each leg once.

        Args:
            wall: hazard ratio by these injuries, ``(2, N)``. The added clots lie where those under a cast do.
        """
        ratio = wall.ravel()
        place = np.flatnonzero(ratio > 1.0)
        return place, (ratio[place] - 1.0) * self._under_cast[:, None]


def injury_weights(known: Mapping[str, float], where: Injury) -> Floats:
    """What an injury adds to the hazard of each site of that leg, ``(4,)``.

    The whole leg's ratio is the constant ``wall_injury_...``; the shares say where the added clots form.
    """
    return np.asarray((known[f"wall_injury_{where.name.lower()}"] - 1.0) * injury_shares(known, where))


def injury_shares(known: Mapping[str, float], where: Injury) -> Floats:
    """Where the clots form that an injury adds, shares of each site, ``(4,)``."""
    share = np.array([known[f"wall_injury_{where.name.lower()}_{site.name.lower()}"] for site in CLOT_SITES])
    return np.asarray(share / share.sum())


def _operations(episodes: Episodes, ids: Ints, draws: Draws, known: Mapping[str, float]) -> Iterator[_Injured]:
    site = np.array([reason.site for reason in REASONS])[episodes.reason]
    for kind in (Injury.HIP, Injury.KNEE, Injury.FRACTURE):
        here = (episodes.kind == EpisodeKind.OPERATION) & (site == kind)
        row, first = episodes.row[here], episodes.first_day[here].astype(np.int64)
        leg = _drawn_leg("operated-leg", row, episodes.stay[here], ids, draws)
        yield _Injured(kind, row, leg, first, first + _days(kind, known))


def _casts(people: Population, draws: Draws, known: Mapping[str, float]) -> _Injured:
    row = np.flatnonzero(people["plaster_cast"])
    leg = _drawn_leg("cast-leg", row, np.zeros(len(row)), people.ids, draws)
    return _Injured(Injury.CAST, row, leg, row * 0, row * 0 + _days(Injury.CAST, known))


def _catheters(episodes: Episodes, ids: Ints, draws: Draws, known: Mapping[str, float]) -> _Injured:
    """Catheters in the groin during a stay's intensive care; the wall heals for some days after it is drawn."""
    icu = np.flatnonzero(episodes.kind == EpisodeKind.ICU)
    place = _by_stay("femoral-catheter", episodes.row[icu], episodes.stay[icu], ids, draws)
    icu = icu[place < known["femoral_catheter_share"]]
    row, first = episodes.row[icu], episodes.first_day[icu].astype(np.int64)
    leg = _drawn_leg("catheter-leg", row, episodes.stay[icu], ids, draws)
    until = episodes.last_day[icu].astype(np.int64) + 1 + _days(Injury.CATHETER, known)
    return _Injured(Injury.CATHETER, row, leg, first, until)


def _days(kind: Injury, known: Mapping[str, float]) -> int:
    return round(known[f"wall_injury_{kind.name.lower()}_days"])


def _drawn_leg(decision: str, row: Ints, number: NDArray[np.generic], ids: Ints, draws: Draws) -> Ints:
    """0 left, 1 right, ``(I,)``."""
    return np.asarray(_by_stay(decision, row, number, ids, draws) >= 0.5, dtype=np.int64)


def _by_stay(decision: str, row: Ints, number: NDArray[np.generic], ids: Ints, draws: Draws) -> Floats:
    """A uniform number of each, keyed by person and the number of the stay, ``(I,)``."""
    numbers = np.maximum(number.astype(np.int64), 0)
    return draws.each(f"clots.{decision}", ids[row], np.zeros(len(row), dtype=np.int64), numbers)
