"""Virchow's triad of a whole population, day by day: what a leg's day adds to its hazard, and what a new clot meets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from popsim.clots.coagulation import ChangingFactor
from popsim.clots.course import Onsets
from popsim.clots.hazard import age_lost, constitution, daily_hazard, leg_constitution
from popsim.clots.known import known_of
from popsim.clots.sites import SiteHazard

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from popsim.people.population import Population
    from popsim.randomness import Draws
    from popsim.routines.calendar import Episodes

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


class Triad:
    """Hazards of a population. What an arm does to them comes with each question, so all arms can ask the same one.

    Args:
        people: the population.
        episodes: its stays and operations.
        draws: the run's random numbers.
        evidence: the constants in force.

    Attributes:
        constitution: what lasts in the person, ``(N,)``.
        legs: what lasts in each leg, ``(2, N)``.
        changing: what passes.
        sites: where in each leg clots form.
    """

    def __init__(self, people: Population, episodes: Episodes, draws: Draws, evidence: Mapping[str, float]) -> None:
        self._known = known_of(evidence)
        self.constitution = constitution(people, evidence)
        self.legs = leg_constitution(people, evidence)
        self.changing = ChangingFactor(episodes, len(people), evidence, population=people, draws=draws)
        self.sites = SiteHazard(people, episodes, draws, evidence)
        self._age_lost = age_lost(people, evidence)
        self._blood: tuple[int, Floats] | None = None

    def hazard(
        self,
        day: int,
        dose_min: Floats,
        blood: Floats | float = 1.0,
        earlier: Floats | float = 1.0,
        wall: Floats | None = None,
    ) -> Floats:
        """Hazard of each leg over one day, ``(2, N)``.

        Args:
            day: of the run.
            dose_min: the day's stagnation dose, ``(2, N)``.
            blood: factor of drugs, ``(N,)``.
            earlier: factor of earlier clots (see ``recurrence``), ``(2, N)``.
            wall: what interventions do to vein walls (see ``injuries``), ``(2, N)``; nothing unless given.
        """
        return daily_hazard(
            self.coagulability(day),
            np.asarray(blood),
            dose_min,
            self._known,
            leg_factor=self.legs * self.sites.on(day, wall) * earlier,
        )

    def coagulability(self, day: int) -> Floats:
        """Factor of everybody's blood on a day without drugs, what lasts and what passes, ``(N,)``.

        Not to be written to; the same day may be asked about again at no cost.
        """
        if self._blood is None or self._blood[0] != day:
            self._blood = day, self._coagulability(day)
        return self._blood[1]

    def _coagulability(self, day: int) -> Floats:
        """Age counts less, the more of the hazard is owed to an illness or operation."""
        factor = np.asarray(self.constitution * self.changing.on(day))
        provocation = self.changing.provocation(day)
        rows = np.flatnonzero(provocation != 1.0)
        factor[rows] *= np.exp(self._age_lost[rows] * (1.0 - 1.0 / provocation[rows]))
        factor.flags.writeable = False
        return factor

    def circumstances(
        self, day: int, blood: Floats, care: Mapping[str, Floats] | None = None, wall: Floats | None = None
    ) -> Circumstances:
        """What the clots of a day meet."""
        injured_growth = self._known["extension_injured_factor"]
        return Circumstances(self.sites, self.changing.provocation(day), blood, care, wall, injured_growth)


@dataclass(frozen=True)
class Circumstances:
    """What a clot that forms on a day meets.

    Attributes:
        sites: relative hazards of the sites of every leg.
        provocation: factor of illness and operations on everybody's hazard that day, ``(N,)``.
        blood: factor of drugs on it, ``(N,)``.
        care: what is done about clots, by the names of ``CARE_EFFECTS``, each ``(N,)``; as usual when left out.
        wall: what interventions do to vein walls, ``(2, N)``; nothing when left out.
        injured_growth: how likely a calf clot owed to an injured wall alone grows, relative to others.
    """

    sites: SiteHazard
    provocation: Floats
    blood: Floats
    care: Mapping[str, Floats] | None
    wall: Floats | None = None
    injured_growth: float = 1.0

    def onsets(self, row: Ints, person: Ints, leg: Ints, episode: Ints, day: int) -> Onsets:
        """These new clots with what they meet; a drug that slows clotting is taken to slow a clot's growth alike.

        What injures a vein's wall starts clots there but does not feed them: they grow less often, by the share of the
        hazard that it brings.
        """
        unhurt = self.sites.unhurt(day, leg, row, self.wall)
        feeds = unhurt + (1.0 - unhurt) * self.injured_growth
        return Onsets(
            row,
            person,
            leg,
            episode,
            day,
            site_weights=self.sites.weights(day, leg, row, self.wall),
            provoked=1.0 - 1.0 / self.provocation[row],
            growth_factor=np.minimum(self.blood[row], 1.0) * feeds,
            care=None if self.care is None else {name: values[row] for name, values in self.care.items()},
        )
