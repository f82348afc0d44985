"""An airline's film that advises exercises in the seat."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from popsim.hooks import Breaks, Claim, Cost, DayEdit, Intervention, Params, PeopleView, Today, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray


class FlightExerciseAdviceParams(Params):
    """What is advised."""

    every_min: int = Field(30, ge=5, le=240, description="Minutes in the seat, awake, between two rounds")
    pump_min: int = Field(2, ge=1, le=30, description="Minutes of foot pumps in each round")


class FlightExerciseAdvice(Intervention):
    """Passengers who follow the advice pump their feet; whether one does is a trait of the person."""

    name: ClassVar[str] = "flight-exercise-advice"
    label: ClassVar[str] = "Advice to exercise on flights"
    writes: ClassVar[frozenset[str]] = frozenset({"day"})
    costs: ClassVar[tuple[Cost, ...]] = (Cost("flight-film", "one passenger shown the film", per="day"),)
    claims: ClassVar[tuple[Claim, ...]] = (Claim("activation_min", "down"),)
    evidence_names: ClassVar[tuple[str, ...]] = ("flight_exercise_advice.uptake_share",)
    Params: ClassVar[type[Params]] = FlightExerciseAdviceParams
    params: FlightExerciseAdviceParams

    def acts_today(self, people: PeopleView, today: Today) -> NDArray[np.bool_]:
        """Those who fly today and follow advice."""
        follows = people.draw("follows-advice") < self.evidence["flight_exercise_advice.uptake_share"]
        return np.asarray(today.on_flight & follows)

    def edits(self) -> Sequence[DayEdit]:
        """Pump the feet after every ``every_min`` minutes in the seat."""
        set_ = self.params
        return [Breaks("foot-pumps", set_.every_min, set_.pump_min, frozenset({"flight"}))]


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer the advice."""
    return [FlightExerciseAdvice]


@hookimpl
def popsim_evidence() -> Iterable[Path]:
    """Who follows it."""
    return [Path(__file__).with_suffix(".toml")]
