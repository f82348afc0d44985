"""Low-dose aspirin in hospital and for some weeks after discharge."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from popsim.hooks import Claim, Cost, Harm, Intervention, Params, PeopleView, Today, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray


class AspirinParams(Params):
    """For how long."""

    until_days: int = Field(35, ge=0, le=365, description="Days after discharge for which it is continued")


class Aspirin(Intervention):
    """Keeps platelets from clumping where blood stagnates; weaker than heparin, but a tablet one can take at home.

    The proof is from patients operated on for a broken hip. Here it is given for any stay, as why somebody was in
    hospital is not known after discharge.
    """

    name: ClassVar[str] = "aspirin"
    label: ClassVar[str] = "Aspirin in hospital and after"
    writes: ClassVar[frozenset[str]] = frozenset({"blood"})
    claims: ClassVar[tuple[Claim, ...]] = (Claim("expected_clots", "down", 0.1),)
    costs: ClassVar[tuple[Cost, ...]] = (Cost("aspirin-160mg", "one tablet", per="day"),)
    evidence_names: ClassVar[tuple[str, ...]] = ("aspirin.hazard_ratio", "aspirin.transfused_bleed_per_day")
    Params: ClassVar[type[Params]] = AspirinParams
    params: AspirinParams

    def acts_today(self, people: PeopleView, today: Today) -> NDArray[np.bool_]:
        """Inpatients, and people not long after discharge."""
        return np.asarray(today.in_hospital | (today.days_since_discharge <= self.params.until_days))

    def blood(self, people: PeopleView, today: Today) -> float:
        """Hazard of a new clot on a day with the tablet, relative to none."""
        return self.evidence["aspirin.hazard_ratio"]

    def harms(self) -> Sequence[Harm]:
        """Bleeding beyond what happens without it."""
        return [Harm("transfused-bleed", self.evidence["aspirin.transfused_bleed_per_day"])]


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer aspirin."""
    return [Aspirin]


@hookimpl
def popsim_evidence() -> Iterable[Path]:
    """Its effect and its harm."""
    return [Path(__file__).with_suffix(".toml")]
