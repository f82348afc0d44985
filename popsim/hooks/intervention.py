"""An intervention in its author's eyes: who gets it, what it does to day, leg and blood, its costs and its harms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from pydantic import AfterValidator, Field

from popsim.errors import did_you_mean
from popsim.hooks.offer import Bout, Offer, Settings
from popsim.routines.activities import TAGS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from popsim.hooks.day_edits import DayEdit
    from popsim.hooks.views import PeopleView, Today
    from popsim.legs.fit import Fit

    ByPerson = Callable[[PeopleView, Today], ArrayLike]


class Params(Settings):
    """Settings every intervention has; authors subclass it and give each field a unit and a range."""

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
        daily_probability: while the intervention acts, per person and day; a number, or a function of people and today
            that gives one per person, ``(N,)``.
    """

    event: str
    daily_probability: float | ByPerson


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


@dataclass(frozen=True)
class Claim:
    """What an author promises: people who take it, against the same people without it.

    Attributes:
        measure: ``expected_clots``, ``pooled_ml_min``, ``activation_min``, or the name of a harm.
        direction: ``down`` or ``up``.
        at_least: smallest relative change among its takers, 0 for any; 0.1 means ten in a hundred.
    """

    measure: str
    direction: Literal["down", "up"]
    at_least: float = 0.0


def _known_tags(tags: list[str]) -> list[str]:
    for tag in tags:
        if tag not in TAGS:
            raise ValueError(f"expected tags of activities (got {tag!r}){did_you_mean(tag, TAGS)}")
    return tags


Tags = Annotated[list[str], Field(min_length=1), AfterValidator(_known_tags)]
"""A parameter that selects activities: anything with one of these tags."""

AnyParams = Params
"""The same class under a name that interventions don't shadow."""


class Intervention(Offer):
    """Base class of interventions. Subclasses set the class attributes and override what they change.

    ``eligible``, ``acts_today`` and ``fit`` are asked for everybody; what follows from acting (``stage``, ``blood``,
    ``wall``, ``care`` and the functions in ``harms``) only for those on whom it acts today.

    The core decides uptake (``coverage``) and daily adherence with draws named after the plugin, so the same people
    take it in every arm with the same settings, and a coverage of zero leaves no trace.

    Class attributes beside those of ``Offer``:
        phase: 0 to 100; interventions act in order of (phase, priority, name).
        priority: order within a phase.
        writes: what it changes: ``day``, ``blood``, ``wall``, ``leg.<effect>`` (see ``popsim.legs.fit.LEG_EFFECTS``)
            and ``care.<effect>`` (see ``popsim.clots.care.CARE_EFFECTS``).
        exclusive: those of ``writes`` that no other intervention of the same arm may write.
        stages: how many forms its fit takes over time.
        costs: what it uses up.
        claims: what its author promises it does; ``popsim plugin check`` holds it to them.
    """

    phase: ClassVar[int] = 50
    priority: ClassVar[int] = 50
    writes: ClassVar[frozenset[str]] = frozenset()
    exclusive: ClassVar[frozenset[str]] = frozenset()
    stages: ClassVar[int] = 1
    costs: ClassVar[tuple[Cost, ...]] = ()
    claims: ClassVar[tuple[Claim, ...]] = ()
    Params: ClassVar[type[Settings]] = Params
    params: AnyParams

    def __init__(self, params: AnyParams, evidence: Mapping[str, float]) -> None:
        super().__init__(params, evidence)

    def eligible(self, people: PeopleView) -> NDArray[np.bool_]:
        """Who could ever take it, ``(N,)``; everybody unless overridden."""
        return np.ones(len(people), dtype=bool)

    def acts_today(self, people: PeopleView, today: Today) -> NDArray[np.bool_] | None:
        """Whom it would act on today among its takers, ``(N,)``; ``None`` means all of them."""
        return None

    def during(self) -> frozenset[str]:
        """Tags of the activities in which a device is worn; empty means all activities."""
        return frozenset()

    def edits(self) -> Sequence[DayEdit]:
        """Ready-made edits of a taker's day, made one after the other; fast, since many days are edited at once."""
        return ()

    def edit_day(self, day: Sequence[Bout]) -> Sequence[Bout]:
        """The day as a taker lives it, a pure function of the day given; minutes must still sum to 1440.

        Override it where the ready-made ``edits``, which it makes unless overridden, do not say what is meant. It is
        then called for each different day; bouts may come in pieces with the same activity.
        """
        for edit in self.edits():
            day = edit.edited(day, self.activities)
        return day

    def fit(self, people: PeopleView) -> Fit:
        """Effects on the leg while it is worn: names of ``LEG_EFFECTS`` to a number or ``(2, N)``."""
        return {}

    def stage(self, people: PeopleView, today: Today) -> NDArray[np.int64]:
        """Which form of the fit each person has today, 0 to ``stages - 1``, ``(N,)``; only asked with several."""
        return np.zeros(len(people), dtype=np.int64)

    def fit_at(self, people: PeopleView, stage: int) -> Fit:
        """The fit in one of its forms; override this instead of ``fit`` where there are several."""
        return self.fit(people)

    def blood(self, people: PeopleView, today: Today) -> NDArray[np.float64] | float:
        """Factor on the hazard of a clot while it acts, a number or ``(N,)``; below one protects."""
        return 1.0

    def wall(self, people: PeopleView, today: Today) -> NDArray[np.float64] | float:
        """Hazard ratio of a leg by injury of its vein walls while it acts, a number or ``(2, N)``, at least one.

        The clots it adds form where those under a cast do, and grow less often than those that stagnation feeds.
        """
        return 1.0

    def care(self, people: PeopleView, today: Today) -> Mapping[str, ArrayLike]:
        """What becomes of clots while it acts: names of ``CARE_EFFECTS`` to a number or ``(N,)``."""
        return {}

    def scores(self) -> Sequence[str]:
        """Names of the risk scores it asks ``today`` for; a run is refused when no plugin offers one of them."""
        return ()

    def harms(self) -> Sequence[Harm]:
        """What can go wrong on each day it acts; the same events whatever the day."""
        return ()
