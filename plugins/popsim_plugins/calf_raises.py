"""Calf raises: stand up and go onto the toes, again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from popsim.hooks import Breaks, Claim, Cost, DayEdit, Intervention, Params, Tags, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class CalfRaisesParams(Params):
    """How often, how long, and where."""

    every_min: int = Field(60, ge=5, le=720, description="Minutes of sitting before a break")
    raising_min: int = Field(1, ge=1, le=30, description="Minutes of calf raises in each break")
    during: Tags = Field(["work"], description="Tags of the seated activities that are interrupted")


class CalfRaises(Intervention):
    """A full contraction against body weight empties the calf's sinuses and flushes the pockets, beside the desk.

    Each raise is the tiptoe of the clinical pump test; the leg's own table of calf raises says how far it empties.
    """

    name: ClassVar[str] = "calf-raises"
    label: ClassVar[str] = "Calf raises"
    writes: ClassVar[frozenset[str]] = frozenset({"day"})
    claims: ClassVar[tuple[Claim, ...]] = (Claim("pooled_ml_min", "down"),)
    costs: ClassVar[tuple[Cost, ...]] = (Cost("prompt", "one day of reminders", per="day"),)
    Params: ClassVar[type[Params]] = CalfRaisesParams
    params: CalfRaisesParams

    def edits(self) -> Sequence[DayEdit]:
        """Stand up for calf raises after every ``every_min`` minutes of sitting."""
        set_ = self.params
        return [Breaks("calf-raises", set_.every_min, set_.raising_min, frozenset(set_.during))]


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer calf raises."""
    return [CalfRaises]
