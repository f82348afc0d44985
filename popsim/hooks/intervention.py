"""An intervention in its author's eyes: who gets it, what it does to day, leg and blood, its costs and its harms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from popsim.errors import did_you_mean
from popsim.routines.activities import TAGS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from popsim.hooks.views import PeopleView, Today
    from popsim.legs.fit import Fit

Bout = tuple[str, int]
"""An activity's name and its minutes."""


class Params(BaseModel):
    """Settings every intervention has; authors subclass it and give each field a unit and a range."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    coverage: float = Field(1.0, ge=0, le=1, description="Share of eligible people who take it up")
    adherence: float = Field(
        1.0,
        ge=0,
        le=1,
        description="Mean share of days on which takers keep to it; differs between people, not by chance alone",
    )


@dataclass(frozen=True)
class Harm:
    """Something bad the intervention can do.

    Attributes:
        event: name of the event kind counted, such as ``major-bleed``.
        daily_probability: while the intervention acts, per person and day.
    """

    event: str
    daily_probability: float


@dataclass(frozen=True)
class Cost:
    """Something used up.

    Attributes:
        item: name, such as ``stocking-pair`` or ``enoxaparin-40mg``.
        unit: what one of it is.
        per: ``taker`` (once) or ``day`` (every day it acts).
        quantity: how many.
    """

    item: str
    unit: str
    per: str
    quantity: float = 1.0


def _known_tags(tags: list[str]) -> list[str]:
    for tag in tags:
        if tag not in TAGS:
            raise ValueError(f"expected tags of activities (got {tag!r}){did_you_mean(tag, TAGS)}")
    return tags


Tags = Annotated[list[str], Field(min_length=1), AfterValidator(_known_tags)]
"""A parameter that selects activities: anything with one of these tags."""

AnyParams = Params
"""The same class under a name that interventions don't shadow."""


class Intervention:
    """Base class of interventions. Subclasses set the class attributes and override what they change.

    The core decides uptake (``coverage``) and daily adherence with draws named after the plugin, so the same people
    take it in every arm with the same settings, and a coverage of zero leaves no trace.

    Class attributes:
        name: stable id, ``[a-z0-9-]``.
        label: for people.
        phase: 0 to 100; interventions act in order of (phase, priority, name).
        priority: order within a phase.
        reads: person and leg columns the methods look at.
        writes: what it changes: ``day``, ``blood`` and ``leg.<effect>`` (see ``popsim.legs.fit.LEG_EFFECTS``).
        harms: what can go wrong while it acts.
        costs: what it uses up.
        evidence: names of the constants it rests on.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    phase: ClassVar[int] = 50
    priority: ClassVar[int] = 50
    reads: ClassVar[frozenset[str]] = frozenset()
    writes: ClassVar[frozenset[str]] = frozenset()
    costs: ClassVar[tuple[Cost, ...]] = ()
    evidence_names: ClassVar[tuple[str, ...]] = ()
    Params: ClassVar[type[AnyParams]] = AnyParams

    def __init__(self, params: AnyParams, evidence: Mapping[str, float]) -> None:
        self.params = params
        self.evidence = evidence

    def eligible(self, people: PeopleView) -> NDArray[np.bool_]:
        """Who could ever take it, ``(N,)``; everybody unless overridden."""
        return np.ones(len(people), dtype=bool)

    def acts_today(self, people: PeopleView, today: Today) -> NDArray[np.bool_] | None:
        """Whom it would act on today among its takers, ``(N,)``; ``None`` means all of them."""
        return None

    def during(self) -> frozenset[str]:
        """Tags of the activities in which a device is worn; empty means all activities."""
        return frozenset()

    def edit_day(self, day: Sequence[Bout]) -> Sequence[Bout]:
        """The day as a taker lives it; minutes must still sum to 1440. A pure function of the day given."""
        return day

    def fit(self, people: PeopleView) -> Fit:
        """Effects on the leg while it is worn: names of ``LEG_EFFECTS`` to a number or ``(2, N)``."""
        return {}

    def blood(self, people: PeopleView, today: Today) -> NDArray[np.float64] | float:
        """Factor on the hazard of a clot while it acts, a number or ``(N,)``; below one protects."""
        return 1.0

    def scores(self) -> Sequence[str]:
        """Names of the risk scores it asks ``today`` for; a run is refused when no plugin offers one of them."""
        return ()

    def harms(self) -> Sequence[Harm]:
        """What can go wrong on each day it acts."""
        return ()
