"""Walking breaks: after so many minutes of sitting, get up and walk for a few."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from popsim.hooks import Bout, Claim, Cost, Intervention, Params, Tags, hookimpl
from popsim.routines.activities import ACTIVITIES

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

    def edit_day(self, day: Sequence[Bout]) -> Sequence[Bout]:
        """Insert a walk after every ``every_min`` minutes of sitting, also across neighbouring seated activities."""
        edited: list[Bout] = []
        seated = 0
        for name, minutes in day:
            tags = ACTIVITIES[name].tags
            if "seated" not in tags or "asleep" in tags or tags.isdisjoint(self.params.during):
                edited.append((name, minutes))
                seated = seated if "seated" in tags else 0
                continue
            walk = "aisle-walk" if "flight" in tags else "walk"
            seated = self._interrupt(edited, name, minutes, seated, walk)
        return edited

    def _interrupt(self, edited: list[Bout], name: str, minutes: int, seated: int, walk: str) -> int:
        """Append one seated bout in pieces; returns the minutes sat since the last break."""
        while minutes > 0:
            sit = min(minutes, self.params.every_min - min(seated, self.params.every_min))
            edited.append((name, sit))
            minutes, seated = minutes - sit, seated + sit
            if minutes > 0:
                pause = min(minutes, self.params.walk_min)
                edited.append((walk, pause))
                minutes, seated = minutes - pause, 0
        return seated


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer walking breaks."""
    return [WalkingBreaks]
