"""A desk at which one sits and stands in turns."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from popsim.hooks import Alternation, Claim, Cost, DayEdit, Intervention, Params, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class SitStandDeskParams(Params):
    """How one alternates."""

    sit_min: int = Field(45, ge=1, le=720, description="Minutes of desk work seated in each turn")
    stand_min: int = Field(15, ge=1, le=720, description="Minutes of desk work standing in each turn")


class SitStandDesk(Intervention):
    """Turns part of the desk work into standing: more pressure and more blood in the leg, but more small movements.

    Standing is no walk: the calf is not emptied, and ankles swell. What it offers is an end to still sitting. A quarter
    of desk work stands for the 84 to 116 minutes a day by which such desks cut sitting (Shrestha N et al, Cochrane
    CD010912, 2018, as reported; very low quality).
    """

    name: ClassVar[str] = "sit-stand-desk"
    label: ClassVar[str] = "Sit-stand desk"
    phase: ClassVar[int] = 30
    writes: ClassVar[frozenset[str]] = frozenset({"day"})
    claims: ClassVar[tuple[Claim, ...]] = (Claim("pooled_ml_min", "up"),)
    costs: ClassVar[tuple[Cost, ...]] = (Cost("sit-stand-desk", "one desk", per="taker"),)
    Params: ClassVar[type[Params]] = SitStandDeskParams
    params: SitStandDeskParams

    def edits(self) -> Sequence[DayEdit]:
        """Sit and stand in turns while at the desk."""
        return [Alternation("sit-work", (("sit-work", self.params.sit_min), ("stand", self.params.stand_min)))]


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer the desk."""
    return [SitStandDesk]
