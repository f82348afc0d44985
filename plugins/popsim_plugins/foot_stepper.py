"""A foot stepper under the desk: it simulates walking while seated."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from popsim.hooks import Cost, Intervention, Params, PeopleView, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from popsim.legs.fit import Fit


class FootStepperParams(Params):
    """How briskly it is used."""

    steps_per_min: float = Field(
        20.0, ge=1, le=120, description="Steps of each foot a minute, averaged over the time at the desk"
    )


class FootStepper(Intervention):
    """Each press of the foot squeezes foot and calf and flushes the valve pockets while one sits at work.

    The steps count as movement bursts; that they also pump blood out of the seated leg is left aside, so pooled volume
    stays that of sitting.
    """

    name: ClassVar[str] = "foot-stepper"
    label: ClassVar[str] = "Foot stepper under the desk"
    writes: ClassVar[frozenset[str]] = frozenset({"leg.bursts_per_min"})
    costs: ClassVar[tuple[Cost, ...]] = (Cost("foot-stepper", "one stepper", per="taker"),)
    evidence_names: ClassVar[tuple[str, ...]] = ("foot_stepper.bursts_per_step",)
    Params: ClassVar[type[Params]] = FootStepperParams
    params: FootStepperParams

    def during(self) -> frozenset[str]:
        """Used at the desk."""
        return frozenset({"work"})

    def fit(self, people: PeopleView) -> Fit:
        """Flushing bursts added to those of fidgeting."""
        return {"bursts_per_min": self.params.steps_per_min * self.evidence["foot_stepper.bursts_per_step"]}


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer the stepper."""
    return [FootStepper]


@hookimpl
def popsim_evidence() -> Iterable[Path]:
    """What a step does."""
    return [Path(__file__).with_suffix(".toml")]
