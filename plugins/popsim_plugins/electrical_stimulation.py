"""Electrical stimulation of the calf: small twitches through electrodes on the skin."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from popsim.hooks import Claim, Cost, Intervention, Params, PeopleView, Tags, Today, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from popsim.legs.fit import Fit


class ElectricalStimulationParams(Params):
    """How often, and when it is worn."""

    stimuli_per_min: float = Field(12.0, ge=0.5, le=120, description="Twitches of the calf a minute")
    during: Tags = Field(
        ["hospital"], description="Tags of the activities in which it is worn, such as hospital or flight"
    )


class ElectricalStimulation(Intervention):
    """Each twitch contracts the calf without the will, so that valve pockets are flushed in a leg held still.

    Experiments show less stasis; whether it prevents clots is not settled (Cochrane CD011764, 2017).
    """

    name: ClassVar[str] = "electrical-stimulation"
    label: ClassVar[str] = "Electrical stimulation of the calf"
    writes: ClassVar[frozenset[str]] = frozenset({"leg.bursts_per_min"})
    claims: ClassVar[tuple[Claim, ...]] = (Claim("activation_min", "down", 0.2),)
    costs: ClassVar[tuple[Cost, ...]] = (Cost("stimulator-day", "a pair of stimulators for one day", per="day"),)
    evidence_names: ClassVar[tuple[str, ...]] = ("electrical_stimulation.bursts_per_stimulus",)
    Params: ClassVar[type[Params]] = ElectricalStimulationParams
    params: ElectricalStimulationParams

    def acts_today(self, people: PeopleView, today: Today) -> NDArray[np.bool_] | None:
        """Inpatients or air travellers today, where it is meant for them alone."""
        where = {"hospital": today.in_hospital, "flight": today.on_flight}
        if not where.keys() >= set(self.params.during):
            return None
        return np.asarray(np.logical_or.reduce([where[tag] for tag in self.params.during]))

    def during(self) -> frozenset[str]:
        """Worn while doing what the scenario says."""
        return frozenset(self.params.during)

    def fit(self, people: PeopleView) -> Fit:
        """Flushing bursts added to one's own movements."""
        per_stimulus = self.evidence["electrical_stimulation.bursts_per_stimulus"]
        return {"bursts_per_min": self.params.stimuli_per_min * per_stimulus}


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer stimulation."""
    return [ElectricalStimulation]


@hookimpl
def popsim_evidence() -> Iterable[Path]:
    """What a stimulus does."""
    return [Path(__file__).with_suffix(".toml")]
