"""Lunges: a few minutes of long steps to and fro between spells of sitting at home."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from popsim.hooks import Breaks, Claim, Cost, DayEdit, Intervention, Params, Tags, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class LungesParams(Params):
    """How often, how long, and where."""

    every_min: int = Field(90, ge=5, le=720, description="Minutes of sitting before a break")
    lunging_min: int = Field(3, ge=1, le=30, description="Minutes of lunges in each break")
    during: Tags = Field(["home"], description="Tags of the seated activities that are interrupted")


class Lunges(Intervention):
    """Long steps work thigh, knee and calf in turn, so the whole chain from foot to groin is emptied.

    They count as exercise on the feet; what training does to strength over months is left to ``calf-physiotherapy``.
    """

    name: ClassVar[str] = "lunges"
    label: ClassVar[str] = "Lunges"
    writes: ClassVar[frozenset[str]] = frozenset({"day"})
    claims: ClassVar[tuple[Claim, ...]] = (Claim("pooled_ml_min", "down"),)
    costs: ClassVar[tuple[Cost, ...]] = (Cost("prompt", "one day of reminders", per="day"),)
    Params: ClassVar[type[Params]] = LungesParams
    params: LungesParams

    def edits(self) -> Sequence[DayEdit]:
        """Do lunges after every ``every_min`` minutes of sitting."""
        set_ = self.params
        return [Breaks("exercise", set_.every_min, set_.lunging_min, frozenset(set_.during))]


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer lunges."""
    return [Lunges]
