"""Physiotherapy of weak calves: a completed programme of strengthening exercise."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from popsim.hooks import Cost, Intervention, Params, PeopleView, Today, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from popsim.legs.fit import Fit


class CalfPhysiotherapyParams(Params):
    """Whom it is for."""

    weaker_than: float = Field(
        0.8,
        gt=0,
        le=1.5,
        description="Calf strength below which a leg is treated, relative to a healthy young adult",
    )
    weeks: int = Field(26, ge=3, le=104, description="Weeks of the programme")


class CalfPhysiotherapy(Intervention):
    """A stronger calf squeezes harder with every step: more is ejected, less stays behind.

    Strength grows in three equal steps over the programme, the first after a third of it; what is gained stays.
    """

    name: ClassVar[str] = "calf-physiotherapy"
    label: ClassVar[str] = "Calf physiotherapy"
    reads: ClassVar[frozenset[str]] = frozenset({"calf_strength"})
    writes: ClassVar[frozenset[str]] = frozenset({"leg.calf_strength_factor"})
    stages: ClassVar[int] = 3
    costs: ClassVar[tuple[Cost, ...]] = (Cost("physiotherapy-programme", "one programme", per="taker"),)
    evidence_names: ClassVar[tuple[str, ...]] = ("calf_physiotherapy.strength_gain",)
    Params: ClassVar[type[Params]] = CalfPhysiotherapyParams
    params: CalfPhysiotherapyParams

    def eligible(self, people: PeopleView) -> NDArray[np.bool_]:
        """People with a weak calf."""
        return np.asarray(self._weak(people).any(axis=0))

    def acts_today(self, people: PeopleView, today: Today) -> NDArray[np.bool_]:
        """Nothing is gained in the first third of the programme."""
        return np.full(len(people), self._thirds(today) >= 1)

    def stage(self, people: PeopleView, today: Today) -> NDArray[np.int64]:
        """How many thirds of the programme lie behind, less one."""
        return np.full(len(people), min(max(self._thirds(today), 1), self.stages) - 1)

    def fit_at(self, people: PeopleView, stage: int) -> Fit:
        """More strength in the weak legs, by thirds of what a completed programme brings."""
        gain = self.evidence["calf_physiotherapy.strength_gain"] * (stage + 1) / self.stages
        return {"calf_strength_factor": 1.0 + gain * self._weak(people)}

    def _thirds(self, today: Today) -> int:
        return 3 * today.day // (7 * self.params.weeks)

    def _weak(self, people: PeopleView) -> NDArray[np.bool_]:
        return np.asarray(people["calf_strength"] < self.params.weaker_than)


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer physiotherapy."""
    return [CalfPhysiotherapy]


@hookimpl
def popsim_evidence() -> Iterable[Path]:
    """What it does to the calf."""
    return [Path(__file__).with_suffix(".toml")]
