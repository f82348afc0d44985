"""Gaming weekends: a young player hardly leaves the chair from Saturday to Sunday."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from popsim.hooks import Activity, Bout, DailyRoutine, PeopleView, Regime, RoutineParams, Settings, Stillness, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

GAMING = Activity("gaming", "Gaming", Regime.SITTING, Stillness.CRAMPED, frozenset({"seated", "home"}))
SATURDAY = 5


class GamingWeekendParams(RoutineParams):
    """Who plays."""

    up_to_age: int = Field(40, ge=18, le=110, description="Oldest age of players, years")


class GamingWeekend(DailyRoutine):
    """Hours in front of the screen with a short walk to the kitchen between them, as still as a cramped passenger."""

    name: ClassVar[str] = "gaming-weekend"
    label: ClassVar[str] = "Gaming at weekends"
    kinds: ClassVar[tuple[str, ...]] = ("gaming-day",)
    reads: ClassVar[frozenset[str]] = frozenset({"age_years"})
    evidence_names: ClassVar[tuple[str, ...]] = ("gaming_weekend.spell_min", "gaming_weekend.spells")
    Params: ClassVar[type[Settings]] = GamingWeekendParams
    params: GamingWeekendParams

    def eligible(self, people: PeopleView) -> NDArray[np.bool_]:
        """The young."""
        return np.asarray(people["age_years"] <= self.params.up_to_age)

    def week(self, people: PeopleView) -> NDArray[np.int64]:
        """Saturdays and Sundays."""
        return np.repeat((np.arange(7) >= SATURDAY).astype(np.int64)[:, None], len(people), axis=1)

    def day(self, kind: str, ordinary: Sequence[Bout]) -> Sequence[Bout]:
        """Sleep until noon, then spells of gaming with a few minutes on one's feet after each."""
        spell, spells = (round(self.evidence[f"gaming_weekend.{name}"]) for name in ("spell_min", "spells"))
        played = [bout for _ in range(spells) for bout in (("gaming", spell), ("potter", 5), ("walk", 1))]
        day = [("sleep", 480), ("potter", 30), *played]
        left = 1440 - sum(minutes for _, minutes in day)
        return [*day, ("sit-home", max(left, 0))] if left >= 0 else _cut(day)


def _cut(day: Sequence[Bout]) -> list[Bout]:
    """The first 1440 minutes."""
    kept, left = [], 1440
    for name, minutes in day:
        kept.append((name, min(minutes, left)))
        left -= kept[-1][1]
    return kept


@hookimpl
def popsim_activities() -> Iterable[Activity]:
    """Hours in front of the screen."""
    return [GAMING]


@hookimpl
def popsim_routines() -> Iterable[type[DailyRoutine]]:
    """Offer the weekends."""
    return [GamingWeekend]


@hookimpl
def popsim_evidence() -> Iterable[Path]:
    """How long they play."""
    return [Path(__file__).with_suffix(".toml")]
