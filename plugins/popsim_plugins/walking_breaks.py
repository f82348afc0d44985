"""Walking breaks: after so many minutes of sitting, get up and walk for a few."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from popsim.hooks import Breaks, Claim, Cost, DayEdit, Intervention, Params, Tags, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class WalkingBreaksParams(Params):
    """How often, how long, and where."""

    every_min: int = Field(60, ge=5, le=720, description="Minutes of sitting before a break")
    walk_min: int = Field(3, ge=1, le=30, description="Minutes of walking in each break")
    during: Tags = Field(["work"], description="Tags of the seated activities that are interrupted")


class WalkingBreaks(Intervention):
    """Cuts long sitting into pieces. The walk takes the place of the sitting that would have followed."""

    name: ClassVar[str] = "walking-breaks"
    label: ClassVar[str] = "Walking breaks"
    writes: ClassVar[frozenset[str]] = frozenset({"day"})
    claims: ClassVar[tuple[Claim, ...]] = (Claim("pooled_ml_min", "down"),)
    costs: ClassVar[tuple[Cost, ...]] = (Cost("prompt", "one day of reminders", per="day"),)
    Params: ClassVar[type[Params]] = WalkingBreaksParams
    params: WalkingBreaksParams

    def edits(self) -> Sequence[DayEdit]:
        """Walk after every ``every_min`` minutes of such sitting; other sitting leaves the count as it is."""
        set_ = self.params
        during = frozenset(set_.during)
        return [Breaks("walk", set_.every_min, set_.walk_min, during, on_flight="aisle-walk", elsewhere_counts=False)]


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer walking breaks."""
    return [WalkingBreaks]
