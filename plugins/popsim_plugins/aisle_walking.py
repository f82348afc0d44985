"""Aisle walking: on a flight, get up now and then and walk the aisle."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from popsim.hooks import Breaks, Claim, DayEdit, Intervention, Params, PeopleView, Today, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray


class AisleWalkingParams(Params):
    """How often and how long."""

    every_min: int = Field(60, ge=10, le=720, description="Minutes in the seat, awake, before one gets up")
    walk_min: int = Field(3, ge=1, le=30, description="Minutes of walking each time")


class AisleWalking(Intervention):
    """Each walk empties the calves and flushes the valve pockets; who sleeps in the seat stays in it."""

    name: ClassVar[str] = "aisle-walking"
    label: ClassVar[str] = "Walking the aisle on flights"
    writes: ClassVar[frozenset[str]] = frozenset({"day"})
    claims: ClassVar[tuple[Claim, ...]] = (Claim("activation_min", "down"),)
    Params: ClassVar[type[Params]] = AisleWalkingParams
    params: AisleWalkingParams

    def acts_today(self, people: PeopleView, today: Today) -> NDArray[np.bool_]:
        """Those who fly today."""
        return today.on_flight

    def edits(self) -> Sequence[DayEdit]:
        """Walk the aisle after every ``every_min`` minutes in the seat."""
        set_ = self.params
        return [Breaks("aisle-walk", set_.every_min, set_.walk_min, frozenset({"flight"}))]


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer aisle walking."""
    return [AisleWalking]
