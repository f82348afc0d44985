"""Walking on the toes: some steps of it after a while of sitting."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from popsim.hooks import Breaks, Claim, Cost, DayEdit, Intervention, Params, Tags, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class ToeWalkingParams(Params):
    """How often, how long, and where."""

    every_min: int = Field(60, ge=5, le=720, description="Minutes of sitting before a break")
    walking_min: int = Field(2, ge=1, le=30, description="Minutes of walking on the toes in each break")
    during: Tags = Field(["work"], description="Tags of the seated activities that are interrupted")


class ToeWalking(Intervention):
    """Walking with the calf held short: it empties the leg as walking does, and the pockets are flushed with each step.

    The leg knows no separate cycle for it; it counts as exercise on the feet, which understates the harder contraction.
    """

    name: ClassVar[str] = "toe-walking"
    label: ClassVar[str] = "Toe-walking"
    writes: ClassVar[frozenset[str]] = frozenset({"day"})
    claims: ClassVar[tuple[Claim, ...]] = (Claim("pooled_ml_min", "down"),)
    costs: ClassVar[tuple[Cost, ...]] = (Cost("prompt", "one day of reminders", per="day"),)
    Params: ClassVar[type[Params]] = ToeWalkingParams
    params: ToeWalkingParams

    def edits(self) -> Sequence[DayEdit]:
        """Walk on the toes after every ``every_min`` minutes of sitting."""
        set_ = self.params
        return [Breaks("exercise", set_.every_min, set_.walking_min, frozenset(set_.during))]


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer toe-walking."""
    return [ToeWalking]
