"""Thigh-length anti-embolism stockings in hospital."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from popsim.hooks import Claim, Cost, Harm, Intervention, Params, PeopleView, hookimpl
from popsim_plugins.inpatients import ForInpatients, InpatientParams

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from popsim.legs.fit import Fit


class ThighStockingsParams(InpatientParams):
    """How tight they are, and which inpatients wear them."""

    pressure_mmhg: float = Field(18.0, ge=8, le=40, description="Pressure at the ankle, mmHg (anti-embolism: about 18)")


class ThighStockings(ForInpatients):
    """Squeeze the veins of calf and thigh narrower, so that blood in a resting leg moves faster; skin may break.

    Surgical trials found far fewer clots, a trial in immobile stroke patients none fewer. The leg knows one pressure at
    the ankle: thigh-length and knee-length stockings differ here by pressure, place and harm only.
    """

    name: ClassVar[str] = "thigh-stockings"
    label: ClassVar[str] = "Thigh-length stockings in hospital"
    writes: ClassVar[frozenset[str]] = frozenset({"leg.compression_mmhg"})
    claims: ClassVar[tuple[Claim, ...]] = (Claim("activation_min", "down", 0.1),)
    costs: ClassVar[tuple[Cost, ...]] = (Cost("thigh-stocking-pair-day", "one pair worn for a day", per="day"),)
    evidence_names: ClassVar[tuple[str, ...]] = ("thigh_stockings.skin_break_per_day",)
    Params: ClassVar[type[Params]] = ThighStockingsParams
    params: ThighStockingsParams

    def during(self) -> frozenset[str]:
        """Worn day and night on the ward."""
        return frozenset({"hospital"})

    def fit(self, people: PeopleView) -> Fit:
        """Pressure at the ankle; what it does to pooling, washout and squeezes is the leg's affair."""
        return {"compression_mmhg": self.params.pressure_mmhg}

    def harms(self) -> Sequence[Harm]:
        """Skin breaks beyond those of bare legs."""
        return [Harm("skin-break", self.evidence["thigh_stockings.skin_break_per_day"])]


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer the stockings."""
    return [ThighStockings]


@hookimpl
def popsim_evidence() -> Iterable[Path]:
    """Their effect and their harm."""
    return [Path(__file__).with_suffix(".toml")]
