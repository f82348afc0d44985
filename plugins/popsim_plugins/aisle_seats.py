"""An airline that gives aisle seats to those who ask for them for their legs' sake."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from popsim.hooks import Breaks, Claim, DayEdit, Intervention, Params, PeopleView, Today, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray


class AisleSeatsParams(Params):
    """How many can have one."""

    aisle_share: float = Field(1.0, ge=0, le=1, description="Share of takers who get a seat at an aisle")


class AisleSeats(Intervention):
    """Who sits at the aisle gets up more often than others: as often as aisle passengers were seen to.

    The chance that one sat there anyway is taken off; then nothing changes. The rate is that of the evidence of trips:
    the mean time between two walks of an aisle passenger.
    """

    name: ClassVar[str] = "aisle-seats"
    label: ClassVar[str] = "Aisle seats by the airline"
    writes: ClassVar[frozenset[str]] = frozenset({"day"})
    claims: ClassVar[tuple[Claim, ...]] = (Claim("activation_min", "down"),)
    evidence_names: ClassVar[tuple[str, ...]] = ("aisle_seats.seats_at_aisle_share",)
    Params: ClassVar[type[Params]] = AisleSeatsParams
    params: AisleSeatsParams

    def acts_today(self, people: PeopleView, today: Today) -> NDArray[np.bool_]:
        """Those who fly today, get the seat, and would not have had it anyway."""
        acts, flying = np.zeros(len(people), dtype=bool), np.flatnonzero(today.on_flight)
        passengers = people.only(flying)
        gets = passengers.draw("gets-seat") < self.params.aisle_share
        anyway = passengers.draw("had-it-anyway", day=today.day) < self.evidence["aisle_seats.seats_at_aisle_share"]
        acts[flying] = gets & ~anyway
        return acts

    def edits(self) -> Sequence[DayEdit]:
        """Walk the aisle after the mean time between two walks at an aisle seat."""
        stay_seated = 1.0 - self.evidence["trips.left_seat_share_aisle"]
        every = 60.0 * self.evidence["trips.left_seat_flight_hours"] / -np.log(stay_seated)
        walk = round(self.evidence["trips.aisle_walk_min"])
        return [Breaks("aisle-walk", round(every), walk, frozenset({"flight"}))]


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer the seats."""
    return [AisleSeats]


@hookimpl
def popsim_evidence() -> Iterable[Path]:
    """Who sits at an aisle by chance."""
    return [Path(__file__).with_suffix(".toml")]
