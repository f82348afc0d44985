"""Intermittent pneumatic compression: cuffs that squeeze the legs of patients in bed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from popsim.hooks import Claim, Cost, Harm, Intervention, Params, PeopleView, hookimpl
from popsim_plugins.inpatients import ForInpatients, InpatientParams

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from popsim.legs.fit import Fit


class PneumaticCuffsParams(InpatientParams):
    """How they work, how much they are worn, and by which inpatients."""

    cycles_per_min: float = Field(1.0, ge=0.1, le=20, description="Inflations a minute")
    adherence: float = Field(
        0.69, ge=0, le=1, description="Mean share of days on which they are worn; 0.59 to 0.79 of the time is reported"
    )


class PneumaticCuffs(ForInpatients):
    """Each inflation flushes the valve pockets of a leg that does not move by itself, also under anaesthesia.

    Wear time works as adherence: whole days with and without cuffs, many for some patients and few for others.
    """

    name: ClassVar[str] = "pneumatic-cuffs"
    label: ClassVar[str] = "Pneumatic cuffs in hospital"
    writes: ClassVar[frozenset[str]] = frozenset({"leg.bursts_per_min"})
    claims: ClassVar[tuple[Claim, ...]] = (Claim("activation_min", "down", 0.2),)
    costs: ClassVar[tuple[Cost, ...]] = (Cost("cuff-day", "pump and sleeves for one day", per="day"),)
    evidence_names: ClassVar[tuple[str, ...]] = (
        "pneumatic_cuffs.bursts_per_cycle",
        "pneumatic_cuffs.skin_break_per_day",
    )
    Params: ClassVar[type[Params]] = PneumaticCuffsParams
    params: PneumaticCuffsParams

    def during(self) -> frozenset[str]:
        """Worn on the ward, in theatre and in intensive care."""
        return frozenset({"hospital"})

    def fit(self, people: PeopleView) -> Fit:
        """Flushing bursts added to the patient's own movements."""
        return {"bursts_per_min": self.params.cycles_per_min * self.evidence["pneumatic_cuffs.bursts_per_cycle"]}

    def harms(self) -> Sequence[Harm]:
        """Skin breaks beyond those of bare legs."""
        return [Harm("skin-break", self.evidence["pneumatic_cuffs.skin_break_per_day"])]


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer the cuffs."""
    return [PneumaticCuffs]


@hookimpl
def popsim_evidence() -> Iterable[Path]:
    """What an inflation does, and the harm."""
    return [Path(__file__).with_suffix(".toml")]
