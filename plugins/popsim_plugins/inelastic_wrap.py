"""An inelastic wrap of foot and calf: it does not yield when the muscle swells against it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from popsim.hooks import Claim, Cost, Intervention, Params, PeopleView, Tags, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from popsim.legs.fit import Fit


class InelasticWrapParams(Params):
    """How tight, and when it is worn."""

    pressure_mmhg: float = Field(40.0, ge=15, le=80, description="Resting pressure at the ankle, mmHg")
    during: Tags = Field(["seated", "upright"], description="Tags of the activities in which it is worn")


class InelasticWrap(Intervention):
    """Gives the contracting calf a wall to press against, more than a stocking does, and presses on leaking veins.

    What any compression of this pressure does stands in the leg's table; the wrap's stiffness adds to the squeeze.
    """

    name: ClassVar[str] = "inelastic-wrap"
    label: ClassVar[str] = "Inelastic wrap"
    writes: ClassVar[frozenset[str]] = frozenset({"leg.compression_mmhg", "leg.calf_strength_factor"})
    claims: ClassVar[tuple[Claim, ...]] = (Claim("pooled_ml_min", "down", 0.03),)
    costs: ClassVar[tuple[Cost, ...]] = (Cost("inelastic-wrap-pair", "one pair of wraps", per="taker"),)
    evidence_names: ClassVar[tuple[str, ...]] = ("inelastic_wrap.calf_gain_per_mmhg",)
    Params: ClassVar[type[Params]] = InelasticWrapParams
    params: InelasticWrapParams

    def during(self) -> frozenset[str]:
        """Worn while doing what the scenario says."""
        return frozenset(self.params.during)

    def fit(self, people: PeopleView) -> Fit:
        """Pressure at the ankle, and a stronger squeeze than elastic compression of that pressure gives."""
        gain = self.evidence["inelastic_wrap.calf_gain_per_mmhg"]
        pressure = self.params.pressure_mmhg
        return {"compression_mmhg": pressure, "calf_strength_factor": 1.0 + gain * pressure}


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer the wrap."""
    return [InelasticWrap]


@hookimpl
def popsim_evidence() -> Iterable[Path]:
    """What its stiffness adds."""
    return [Path(__file__).with_suffix(".toml")]
