"""Residents of care homes: from the bed to the chair and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from popsim.hooks import Activity, Bout, DailyRoutine, PeopleView, Regime, RoutineParams, Settings, Stillness, hookimpl
from popsim.people.population import Work

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

CHAIR = Activity(
    "day-room-chair", "In a chair in the day room", Regime.SITTING, Stillness.CRAMPED, frozenset({"seated", "home"})
)


class CareHomeParams(RoutineParams):
    """Who lives there."""

    from_age: int = Field(75, ge=18, le=110, description="Youngest age of residents, years")


class CareHome(DailyRoutine):
    """Long nights in bed, long days in the chair, and short walks to meals."""

    name: ClassVar[str] = "care-home"
    label: ClassVar[str] = "Residents of care homes"
    kinds: ClassVar[tuple[str, ...]] = ("resident-day",)
    reads: ClassVar[frozenset[str]] = frozenset({"age_years", "work"})
    evidence_names: ClassVar[tuple[str, ...]] = (
        "care_home.chair_min",
        "care_home.on_feet_min",
        "care_home.walking_min",
    )
    Params: ClassVar[type[Settings]] = CareHomeParams
    params: CareHomeParams

    def eligible(self, people: PeopleView) -> NDArray[np.bool_]:
        """The old who do not work."""
        return np.asarray((people["age_years"] >= self.params.from_age) & (people["work"] == Work.NONE))

    def week(self, people: PeopleView) -> NDArray[np.int64]:
        """Every day."""
        return np.ones((7, len(people)), dtype=np.int64)

    def day(self, kind: str, ordinary: Sequence[Bout]) -> Sequence[Bout]:
        """Up after breakfast, a walk before and after each of four spells in the chair, a rest after lunch."""
        chair, feet, walk = (round(self.evidence[f"care_home.{n}_min"] / 4) for n in ("chair", "on_feet", "walking"))
        spell = [("potter", feet), ("walk", walk), ("day-room-chair", chair)]
        up = [*spell, *spell, ("lie", 60), *spell, *spell]
        return [("sleep", 240), *up, ("sleep", 1200 - sum(minutes for _, minutes in up))]


@hookimpl
def popsim_activities() -> Iterable[Activity]:
    """Hours in the day room."""
    return [CHAIR]


@hookimpl
def popsim_routines() -> Iterable[type[DailyRoutine]]:
    """Offer the residents' days."""
    return [CareHome]


@hookimpl
def popsim_evidence() -> Iterable[Path]:
    """How a day is spent."""
    return [Path(__file__).with_suffix(".toml")]
