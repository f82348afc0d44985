"""Graduated compression stockings, below the knee, by the pressure they exert at the ankle."""

from __future__ import annotations

from pathlib import Path
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
    """Narrow the superficial veins, give the calf a wall to press against, keep valve pockets flushed longer."""

    name: ClassVar[str] = "compression-stockings"
    label: ClassVar[str] = "Compression stockings"
    writes: ClassVar[frozenset[str]] = frozenset({"leg.compression_mmhg", "leg.pocket_time_factor"})
    claims: ClassVar[tuple[Claim, ...]] = (Claim("pooled_ml_min", "down", 0.01),)
    costs: ClassVar[tuple[Cost, ...]] = (Cost("stocking-pair", "one pair of stockings", per="taker"),)
    evidence_names: ClassVar[tuple[str, ...]] = ("compression_stockings.pocket_time_gain_per_mmhg",)
    Params: ClassVar[type[Params]] = CompressionStockingsParams
    params: CompressionStockingsParams

    def during(self) -> frozenset[str]:
        """Worn while doing what the scenario says."""
        return frozenset(self.params.during)

    def fit(self, people: PeopleView) -> Fit:
        """Pressure at the ankle, and more time before the pockets of a still leg turn hypoxic."""
        gain = self.evidence["compression_stockings.pocket_time_gain_per_mmhg"]
        pressure = self.params.pressure_mmhg
        return {"compression_mmhg": pressure, "pocket_time_factor": 1.0 + gain * pressure}


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer compression stockings."""
    return [CompressionStockings]


@hookimpl
def popsim_evidence() -> Iterable[Path]:
    """What is known of their effect on stagnation."""
    return [Path(__file__).with_suffix(".toml")]
