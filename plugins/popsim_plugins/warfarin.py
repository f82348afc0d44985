"""Warfarin after joint replacement: slow to act, slow to wear off."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from popsim.hooks import Claim, Cost, Harm, Intervention, Params, PeopleView, Today, hookimpl
from popsim_plugins.bleeding import EVIDENCE, SCORE, bleeding_of_each

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray


class WarfarinParams(Params):
    """For how long."""

    days: int = Field(28, ge=0, le=365, description="Days after discharge on which the last dose is taken")


class Warfarin(Intervention):
    """Keeps the liver from making clotting factors: those already made have to go first, and come back after.

    Taken from admission on. The effect grows evenly to its full size and fades as evenly after the last dose; bleeding
    grows and fades with it.
    """

    name: ClassVar[str] = "warfarin"
    label: ClassVar[str] = "Warfarin in hospital and after"
    reads: ClassVar[frozenset[str]] = frozenset({"gfr_ml_min"})
    writes: ClassVar[frozenset[str]] = frozenset({"blood"})
    costs: ClassVar[tuple[Cost, ...]] = (Cost("warfarin-day", "one day of tablets and tests", per="day"),)
    claims: ClassVar[tuple[Claim, ...]] = (Claim("expected_clots", "down"),)
    evidence_names: ClassVar[tuple[str, ...]] = (
        "warfarin.hazard_ratio",
        "warfarin.onset_days",
        "warfarin.offset_days",
        "warfarin.major_bleed_per_day",
        *EVIDENCE,
    )
    Params: ClassVar[type[Params]] = WarfarinParams
    params: WarfarinParams

    def effect(self, today: Today) -> NDArray[np.float64]:
        """Share of the full effect that each person has today, ``(N,)``; full by discharge for those at home."""
        growing = np.clip(today.stay_day / self.evidence["warfarin.onset_days"], 0.0, 1.0)
        past_last = np.maximum(today.days_since_discharge - self.params.days, 0)
        fading = np.clip(1.0 - past_last / self.evidence["warfarin.offset_days"], 0.0, 1.0)
        return np.asarray(np.where(today.in_hospital, growing, fading))

    def acts_today(self, people: PeopleView, today: Today) -> NDArray[np.bool_]:
        """Inpatients, and those in whom something of it is left."""
        last = self.params.days + self.evidence["warfarin.offset_days"]
        return np.asarray(today.in_hospital | (today.days_since_discharge < last))

    def blood(self, people: PeopleView, today: Today) -> NDArray[np.float64]:
        """Hazard of a new clot, relative to none, as far as the effect goes."""
        return np.asarray(self.evidence["warfarin.hazard_ratio"] ** self.effect(today))

    def scores(self) -> Sequence[str]:
        """Who bleeds depends on the bleeding score."""
        return (SCORE,)

    def harms(self) -> Sequence[Harm]:
        """Bleeding beyond what happens without it."""
        each = bleeding_of_each(self.evidence["warfarin.major_bleed_per_day"], self.evidence)
        return [Harm("major-bleed", lambda people, today: each(people, today) * self.effect(today))]


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer warfarin."""
    return [Warfarin]


@hookimpl
def popsim_evidence() -> Iterable[Path]:
    """Its effect, its delay and its harm."""
    return [Path(__file__).with_suffix(".toml")]
