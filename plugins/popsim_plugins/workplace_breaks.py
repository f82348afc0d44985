"""A workplace where everybody gets up at fixed times."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from popsim.hooks import Alternation, Claim, Cost, DayEdit, Intervention, Params, hookimpl, minute_of_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class WorkplaceBreaksParams(Params):
    """When, and for how long."""

    first_hour: float = Field(10.0, ge=4, lt=24, description="Clock time of the first break, h")
    every_hours: float = Field(2.0, ge=0.5, le=8, description="Hours between two breaks, h")
    until_hour: float = Field(18.0, ge=5, lt=28, description="Clock time after which there are none, h")
    walk_min: int = Field(5, ge=1, le=30, description="Minutes of walking in each break")


class WorkplaceBreaks(Intervention):
    """A rule of the house instead of a resolution of one's own: whoever sits at work at that time walks.

    What is a habit of the firm does not wear off; who is not at a desk at the time is not asked.
    """

    name: ClassVar[str] = "workplace-breaks"
    label: ClassVar[str] = "Breaks at fixed times at work"
    phase: ClassVar[int] = 40
    writes: ClassVar[frozenset[str]] = frozenset({"day"})
    costs: ClassVar[tuple[Cost, ...]] = (Cost("paid-break", "one day of paid breaks", per="day"),)
    claims: ClassVar[tuple[Claim, ...]] = (Claim("pooled_ml_min", "down"),)
    Params: ClassVar[type[Params]] = WorkplaceBreaksParams
    params: WorkplaceBreaksParams

    def edits(self) -> Sequence[DayEdit]:
        """Walk at the fixed times while at the desk."""
        set_ = self.params
        begin, end = minute_of_day(set_.first_hour), minute_of_day(set_.until_hour)
        walk = (("walk", set_.walk_min),)
        times = range(begin, end, round(60 * set_.every_hours))
        return [Alternation("sit-work", walk, from_min=at, until_min=at + set_.walk_min) for at in times]


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer the rule."""
    return [WorkplaceBreaks]
