"""Foot pumps: flexing foot and ankle in one's seat, on the ground and in the air."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from popsim.hooks import Breaks, Claim, Cost, DayEdit, Intervention, Params, Tags, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class FootPumpsParams(Params):
    """How often, how long, and where."""

    every_min: int = Field(30, ge=5, le=720, description="Minutes of sitting before a break")
    pumping_min: int = Field(2, ge=1, le=30, description="Minutes of foot pumps in each break")
    during: Tags = Field(["seated"], description="Tags of the seated activities that are interrupted")


class FootPumps(Intervention):
    """Flexing the ankles squeezes foot and calf while seated, so it works where nobody can get up.

    The feet keep moving for the length of the bout, several bursts a minute; a walk empties more.
    """

    name: ClassVar[str] = "foot-pumps"
    label: ClassVar[str] = "Foot pumps while seated"
    writes: ClassVar[frozenset[str]] = frozenset({"day"})
    claims: ClassVar[tuple[Claim, ...]] = (Claim("activation_min", "down"),)
    costs: ClassVar[tuple[Cost, ...]] = (Cost("prompt", "one day of reminders", per="day"),)
    Params: ClassVar[type[Params]] = FootPumpsParams
    params: FootPumpsParams

    def edits(self) -> Sequence[DayEdit]:
        """Pump the feet after every ``every_min`` minutes of sitting awake."""
        set_ = self.params
        return [Breaks("foot-pumps", set_.every_min, set_.pumping_min, frozenset(set_.during))]


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer foot pumps."""
    return [FootPumps]
