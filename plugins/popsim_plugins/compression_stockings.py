"""Graduated compression stockings, below the knee, by the pressure they exert at the ankle."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from popsim.hooks import Claim, Cost, Intervention, Params, PeopleView, Tags, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from popsim.legs.fit import Fit


class CompressionStockingsParams(Params):
    """How tight, and when they are worn."""

    pressure_mmhg: float = Field(20.0, ge=8, le=60, description="Pressure at the ankle, mmHg (class I 18-21, II 23-32)")
    during: Tags = Field(["seated", "upright"], description="Tags of the activities in which they are worn")


class CompressionStockings(Intervention):
    """Narrow the veins, so that resting blood moves on faster, and give the calf a wall to press against."""

    name: ClassVar[str] = "compression-stockings"
    label: ClassVar[str] = "Compression stockings"
    writes: ClassVar[frozenset[str]] = frozenset({"leg.compression_mmhg"})
    claims: ClassVar[tuple[Claim, ...]] = (Claim("pooled_ml_min", "down", 0.01),)
    costs: ClassVar[tuple[Cost, ...]] = (Cost("stocking-pair", "one pair of stockings", per="taker"),)
    Params: ClassVar[type[Params]] = CompressionStockingsParams
    params: CompressionStockingsParams

    def during(self) -> frozenset[str]:
        """Worn while doing what the scenario says."""
        return frozenset(self.params.during)

    def fit(self, people: PeopleView) -> Fit:
        """Pressure at the ankle; what it does to pooling, washout and squeezes is the leg's affair."""
        return {"compression_mmhg": self.params.pressure_mmhg}


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer compression stockings."""
    return [CompressionStockings]
