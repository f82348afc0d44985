"""Early mobilisation: patients are helped out of bed by day, from soon after admission."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from popsim.hooks import (
    Alternation,
    Claim,
    Cost,
    DayEdit,
    Intervention,
    Params,
    PeopleView,
    Today,
    hookimpl,
    minute_of_day,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

_ON_FEET = frozenset({"ward-walk", "ward-stand"})
_WAKING_HOUR, _RESTING_HOUR = 8.0, 20.0


class EarlyMobilisationParams(Params):
    """When it begins, and what a round is."""

    from_day: int = Field(1, ge=0, le=60, description="Days after admission on which it begins")
    every_min: int = Field(120, ge=30, le=720, description="Minutes in bed between two rounds by day")
    walk_min: int = Field(5, ge=0, le=60, description="Minutes of walking in each round")
    chair_min: int = Field(30, ge=1, le=240, description="Minutes in the chair in each round")


class EarlyMobilisation(Intervention):
    """Turns part of the time in bed between 08:00 and 20:00 into a walk on the ward and a while in the chair.

    A walk empties the leg and flushes the valve pockets of patients who otherwise lie still for hours. Patients whose
    day has no moment on their feet get to the chair only; sedated ones stay in bed. What it does to clots
    follows from the walks alone; no trial's ratio is built in.
    """

    name: ClassVar[str] = "early-mobilisation"
    label: ClassVar[str] = "Early mobilisation in hospital"
    phase: ClassVar[int] = 30
    writes: ClassVar[frozenset[str]] = frozenset({"day"})
    claims: ClassVar[tuple[Claim, ...]] = (Claim("activation_min", "down"),)
    costs: ClassVar[tuple[Cost, ...]] = (Cost("mobilisation-day", "one day of help out of bed", per="day"),)
    Params: ClassVar[type[Params]] = EarlyMobilisationParams
    params: EarlyMobilisationParams

    def acts_today(self, people: PeopleView, today: Today) -> NDArray[np.bool_]:
        """Inpatients from ``from_day`` on."""
        return np.asarray(today.in_hospital & (today.stay_day >= self.params.from_day))

    def edits(self) -> Sequence[DayEdit]:
        """Put rounds out of bed between spells in bed by day."""
        set_ = self.params
        hours = minute_of_day(_WAKING_HOUR), minute_of_day(_RESTING_HOUR)
        bed, walk, chair = (("ward-bed", set_.every_min), ("ward-walk", set_.walk_min), ("ward-chair", set_.chair_min))
        return [
            Alternation("ward-bed", (bed, walk, chair), *hours, only_with=_ON_FEET),
            Alternation("ward-bed", (bed, chair), *hours, only_without=_ON_FEET),
        ]


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer early mobilisation."""
    return [EarlyMobilisation]
