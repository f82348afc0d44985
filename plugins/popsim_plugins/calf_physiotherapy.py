"""Physiotherapy of weak calves: a completed programme of strengthening exercise."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from popsim.hooks import Cost, Intervention, Params, PeopleView, hookimpl

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


class CalfPhysiotherapy(Intervention):
    """A stronger calf squeezes harder with every step: more is ejected, less stays behind.

    The gain is that of a completed programme and holds from the first day; how it builds up over months is left out.
    """

    name: ClassVar[str] = "calf-physiotherapy"
    label: ClassVar[str] = "Calf physiotherapy"
    reads: ClassVar[frozenset[str]] = frozenset({"calf_strength"})
    writes: ClassVar[frozenset[str]] = frozenset({"leg.calf_strength_factor"})
    costs: ClassVar[tuple[Cost, ...]] = (Cost("physiotherapy-programme", "one programme", per="taker"),)
    evidence_names: ClassVar[tuple[str, ...]] = ("calf_physiotherapy.strength_gain",)
    Params: ClassVar[type[Params]] = CalfPhysiotherapyParams
    params: CalfPhysiotherapyParams

    def eligible(self, people: PeopleView) -> NDArray[np.bool_]:
        """People with a weak calf."""
        return np.asarray(self._weak(people).any(axis=0))

    def fit(self, people: PeopleView) -> Fit:
        """More strength in the weak legs."""
        return {"calf_strength_factor": 1.0 + self.evidence["calf_physiotherapy.strength_gain"] * self._weak(people)}

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
