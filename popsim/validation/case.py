"""The shape of a validation case: an experiment in the model, and the published number it is held against."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from popsim.routines.trips import list_as_tuple

Kind = Literal[
    "incidence_rate",
    "cumulative_incidence",
    "proportion",
    "share",
    "median_lag",
    "percentile_lag",
    "risk_ratio",
    "odds_ratio",
    "rate_ratio",
    "hazard_ratio",
    "attributable_fraction",
    "slope_per_unit",
    "c_statistic",
    "calibration_slope",
]
Method = Literal["truth", "venography", "whole_leg_ultrasound", "proximal_ultrasound", "clinical"]
Since = Literal["run", "admission", "operation", "discharge", "exposure"]
Role = Literal["reproduced", "fitted", "entered"]

RATIOS = frozenset({"risk_ratio", "odds_ratio", "rate_ratio", "hazard_ratio"})
TWO_GROUPS = RATIOS | {"attributable_fraction"}
"""Kinds that compare the first group with the second."""

AMONG = frozenset({"proportion", "share", "median_lag", "percentile_lag"})
"""Kinds that say what part of some events are, or are followed by, others."""

STANDARDISED = frozenset({"incidence_rate", "cumulative_incidence"})
"""Kinds that groups with weights give for a standard population."""

PREDICTION = frozenset({"c_statistic", "calibration_slope"})
Finite = Annotated[float, Field(allow_inf_nan=False)]
Days = Annotated[tuple[int, ...], BeforeValidator(list_as_tuple)]
Names = Annotated[tuple[str, ...], BeforeValidator(list_as_tuple)]
Conditions = Annotated[Mapping[str, Any], Field(description="Values or [low, high] of people's traits, by name")]


class _Table(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Window(_Table):
    """When events count, in days from an anchor."""

    since: Since = Field(
        default="run", description="What day 0 is: of the run, or each person's first stay, operation or journey"
    )
    from_day: int = Field(default=0, description="First day that counts")
    to_day: int = Field(description="Last day that counts, included")
    by: Literal["event", "onset"] = Field(
        default="event", description="Whether an event's own day or its clot's first day must lie in the window"
    )


class Seeing(_Table):
    """Who looks for clots, and when."""

    method: Method = Field(description="Who looks")
    days: Days = Field(default=(), description="Days of screening, from the window's anchor; its last day if left out")
    confirmed: bool = Field(
        default=True, description="Whether findings were confirmed, so that none are false; else specificity counts"
    )


class Pick(_Table):
    """Which events count."""

    events: Names = Field(
        default=(),
        description="Kinds of events; also present (there on a day of screening) and found (seen by that screening)",
    )
    level: Literal["distal", "proximal"] | None = Field(default=None, description="How far the clot reaches that day")
    sites: Names = Field(default=(), description="Where the clot started")
    side: Literal["left", "right"] | None = Field(default=None, description="In which leg")
    symptoms: bool | None = Field(default=None, description="Whether the clot has been diagnosed for symptoms by then")
    setting: Literal["hospital", "community"] | None = Field(
        default=None, description="Where the person is on the event's day; in hospital from admission to discharge"
    )
    first: bool = Field(default=False, description="Only each person's first such event; then no longer at risk")


class Estimating(_Table):
    """What is computed."""

    kind: Kind = Field(description="What is computed")
    basis: Literal["events", "expected", "course"] = Field(
        default="expected",
        description="Sampled events; many clots drawn out of expected hazard, each weighted by what it stands for; or "
        "the course of very many clots, drawn without the people",
    )
    per: float = Field(default=1.0, gt=0, description="Person-years that a rate is given for")
    percentile: float = Field(default=50.0, gt=0, lt=100, description="Of a lag, in percent")
    scale: Literal["log", "linear"] = Field(default="log", description="On which a slope is fitted")
    within: Days = Field(
        default=(0, 36_500), min_length=2, max_length=2, description="Days from the first event to the second"
    )
    link: Literal["clot", "person"] = Field(default="clot", description="What both events must share")
    complement: bool = Field(default=False, description="Whether the share without the event is meant")


class Group(_Table):
    """Some of the people, some of the time: what is compared."""

    name: str = Field(min_length=1, max_length=64, description="Short name")
    arm: str = Field(default="", description="Arm of the scenario; its first if left out")
    exposure: Finite | None = Field(default=None, description="Amount of exposure, for slopes")
    weight: Finite | None = Field(default=None, gt=0, description="Share of a standard population, to standardise by")
    where: Conditions = Field(default={}, description="Only people like this")
    window: Window | None = Field(default=None, description="Another window than the case's")
    scenario: Mapping[str, Any] = Field(default={}, description="Parts of the scenario that differ in this group")


class Predictor(_Table):
    """What predicts an event."""

    score: str = Field(default="", description="Name of a risk score")
    day: int = Field(default=0, ge=0, description="Day on which the score is taken")
    columns: Mapping[str, Finite] = Field(default={}, description="Traits of people, each with its coefficient")


class Target(_Table):
    """What was published."""

    estimate: Finite = Field(description="The published number")
    low: Finite | None = Field(default=None, description="Lower limit of its 95 % interval")
    high: Finite | None = Field(default=None, description="Upper limit of its 95 % interval")
    definition: str = Field(min_length=1, description="What was counted")
    source: str = Field(min_length=1, description="Where it was published")
    confidence: str = Field(min_length=1, description="How well the number is known")


class Precision(_Table):
    """How many people a case begins with; they double until the error is small enough."""

    people: int = Field(default=8000, ge=1, le=100_000_000, description="People of the first round")


class Case(_Table):
    """One experiment and one published number."""

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", description="Short name")
    title: str = Field(min_length=1, max_length=200, description="Name for readers")
    role: Role = Field(
        default="reproduced",
        description="Whether the model was not told this number, was fitted to it, or has it as a constant",
    )
    notes: str = Field(default="", max_length=2000, description="What is assumed beyond the publication")
    miss: str = Field(default="", max_length=2000, description="Why the model misses it, where it does")
    scenario: str | Mapping[str, Any] = Field(description="A scenario as a table, or its name or file")
    window: Window = Field(description="When events count")
    detection: Seeing = Field(description="Who looks, and when")
    estimator: Estimating = Field(description="What is computed")
    numerator: Pick = Field(default=Pick(), description="Which events count")
    among: Pick | None = Field(default=None, description="Events of which a part is counted")
    groups: Annotated[tuple[Group, ...], BeforeValidator(list_as_tuple)] = Field(
        default=(Group(name="all"),), min_length=1, max_length=20, description="What is compared"
    )
    predictor: Predictor | None = Field(default=None, description="What predicts the event")
    target: Target = Field(description="What was published")
    precision: Precision = Field(default=Precision(), description="How many people to begin with")

    @property
    def events(self) -> tuple[str, ...]:
        """Kinds of events that count, as given or as the detection implies."""
        if self.numerator.events:
            return self.numerator.events
        if self.detection.method == "truth":
            return ("clot",)
        return ("symptomatic_dvt", "symptomatic_embolism") if self.detection.method == "clinical" else ("found",)

    @property
    def counted(self) -> Pick:
        """The numerator with its kinds of events spelled out."""
        return self.numerator.model_copy(update={"events": self.events})

    def window_of(self, group: Group) -> Window:
        """When events of a group count."""
        return group.window or self.window

    def screening_days(self, group: Group) -> tuple[int, ...]:
        """Days of screening from the anchor of a group's window."""
        return self.detection.days or (self.window_of(group).to_day,)
