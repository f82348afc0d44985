"""A plaster cast after a sprain: one stiff ankle for some weeks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from popsim.hooks import Claim, Cost, DayEdit, Intervention, Params, PeopleView, Shortening, Today, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from popsim.legs.fit import Fit


class PlasterCastParams(Params):
    """When, and for how long."""

    on_day: int = Field(0, ge=0, le=36_500, description="Day of the sprain, counted from 0")
    days: int = Field(28, ge=1, le=180, description="Days in plaster")


class PlasterCast(Intervention):
    """The ankle does not bend and the calf cannot shorten: walking no longer pumps, and one walks less.

    Which leg, is drawn. Half of all walks are given up for sitting. The veins of the leg in plaster are injured as
    under any cast (``clots.wall_injury_cast``). Together with the still leg this brings about as many clots as are
    published of people in plaster (``plaster_cast.clot_ratio``), so nothing is added in the blood. Nobody gets a
    second cast.
    """

    name: ClassVar[str] = "plaster-cast"
    label: ClassVar[str] = "Plaster cast after a sprain"
    phase: ClassVar[int] = 20
    reads: ClassVar[frozenset[str]] = frozenset({"plaster_cast"})
    writes: ClassVar[frozenset[str]] = frozenset({"day", "wall", "leg.ankle_range_factor", "leg.calf_strength_factor"})
    costs: ClassVar[tuple[Cost, ...]] = (Cost("plaster-cast", "one cast", per="taker"),)
    claims: ClassVar[tuple[Claim, ...]] = (Claim("expected_clots", "up", 0.5),)
    evidence_names: ClassVar[tuple[str, ...]] = (
        "plaster_cast.clot_ratio",
        "plaster_cast.calf_strength_left",
        "clots.wall_injury_cast",
    )
    Params: ClassVar[type[Params]] = PlasterCastParams
    params: PlasterCastParams

    def eligible(self, people: PeopleView) -> NDArray[np.bool_]:
        """Those not in plaster already, whose injury the model knows."""
        return ~people["plaster_cast"]

    def acts_today(self, people: PeopleView, today: Today) -> NDArray[np.bool_]:
        """While in plaster."""
        return np.full(len(people), 0 <= today.day - self.params.on_day < self.params.days)

    def edits(self) -> Sequence[DayEdit]:
        """Sit instead of every other minute of a walk."""
        return [Shortening(frozenset({"walk", "exercise"}), "sit-home", one_in=2)]

    def fit(self, people: PeopleView) -> Fit:
        """A stiff ankle and a calf that cannot shorten, in one leg."""
        in_plaster = _in_plaster(people)
        strength = self.evidence["plaster_cast.calf_strength_left"]
        return {
            "ankle_range_factor": np.where(in_plaster, 0.0, 1.0),
            "calf_strength_factor": np.where(in_plaster, strength, 1.0),
        }

    def wall(self, people: PeopleView, today: Today) -> NDArray[np.float64]:
        """What the injury does to the veins of that leg."""
        return np.where(_in_plaster(people), self.evidence["clots.wall_injury_cast"], 1.0)


def _in_plaster(people: PeopleView) -> NDArray[np.bool_]:
    """Which leg, ``(2, N)``."""
    right = people.draw("which-leg") < 0.5
    return np.stack([~right, right])


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer the cast."""
    return [PlasterCast]


@hookimpl
def popsim_evidence() -> Iterable[Path]:
    """What it does."""
    return [Path(__file__).with_suffix(".toml")]
