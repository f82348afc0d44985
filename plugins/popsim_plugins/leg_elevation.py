"""Legs raised for a while in the evening."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from popsim.hooks import Alternation, Claim, DayEdit, Intervention, Params, hookimpl, minute_of_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LONGER_THAN_A_DAY_MIN = 1440


class LegElevationParams(Params):
    """From when, and how long."""

    from_hour: float = Field(18.0, ge=0, lt=24, description="Clock time from which the legs are raised, h")
    raised_min: int = Field(30, ge=1, le=240, description="Minutes with raised legs, out of sitting at leisure")


class LegElevation(Intervention):
    """Gravity empties veins and swollen tissue of legs that lie above the heart; the calf muscle has no part in it."""

    name: ClassVar[str] = "leg-elevation"
    label: ClassVar[str] = "Legs raised in the evening"
    phase: ClassVar[int] = 30
    writes: ClassVar[frozenset[str]] = frozenset({"day"})
    claims: ClassVar[tuple[Claim, ...]] = (Claim("pooled_ml_min", "down", 0.005),)
    Params: ClassVar[type[Params]] = LegElevationParams
    params: LegElevationParams

    def edits(self) -> Sequence[DayEdit]:
        """Raise the legs during the first minutes of sitting at leisure after ``from_hour``."""
        evening = ("legs-raised", self.params.raised_min), ("sit-home", _LONGER_THAN_A_DAY_MIN)
        return [Alternation("sit-home", evening, from_min=minute_of_day(self.params.from_hour))]


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer raised legs."""
    return [LegElevation]
