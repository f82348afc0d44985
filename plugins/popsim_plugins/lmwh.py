"""Low-molecular-weight heparin in hospital: for everyone, for nobody, or for those above a risk score."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from popsim.hooks import Claim, Cost, Harm, Intervention, Params, PeopleView, Today, hookimpl
from popsim_plugins.bleeding import EVIDENCE, HIT_EVIDENCE, SCORE, bleeding_of_each, platelets_lost_by_each
from popsim_plugins.inpatients import ForInpatients, InpatientParams

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class LmwhParams(InpatientParams):
    """Who is treated, and with which dose."""

    renal_dosing: bool = Field(
        False, description="Whether patients whose kidneys filter less than 30 mL/min get a dose that does not build up"
    )


class Lmwh(ForInpatients):
    """A daily prophylactic dose (enoxaparin 40 mg) from admission to discharge.

    It builds up in weak kidneys unless the dose is adapted, which is taken to protect as well; who bleeds, they and
    the IMPROVE bleeding score tell. From the fifth day on it can cost platelets.
    """

    name: ClassVar[str] = "lmwh"
    label: ClassVar[str] = "Low-molecular-weight heparin in hospital"
    reads: ClassVar[frozenset[str]] = frozenset({"gfr_ml_min", "past_hit"})
    writes: ClassVar[frozenset[str]] = frozenset({"blood"})
    claims: ClassVar[tuple[Claim, ...]] = (Claim("expected_clots", "down", 0.3),)
    costs: ClassVar[tuple[Cost, ...]] = (Cost("enoxaparin-40mg", "one prefilled syringe", per="day"),)
    evidence_names: ClassVar[tuple[str, ...]] = (
        "lmwh.hazard_ratio",
        "lmwh.major_bleed_per_day",
        "lmwh.thrombocytopenia_per_day",
        *EVIDENCE,
        *HIT_EVIDENCE,
    )
    Params: ClassVar[type[Params]] = LmwhParams
    params: LmwhParams

    def scores(self) -> Sequence[str]:
        """The scores in the rule, and the one that tells who bleeds."""
        return tuple(dict.fromkeys((*super().scores(), SCORE)))

    def blood(self, people: PeopleView, today: Today) -> float:
        """Hazard of a new clot on a day with a dose, relative to none."""
        return self.evidence["lmwh.hazard_ratio"]

    def harms(self) -> Sequence[Harm]:
        """Bleeding and loss of platelets beyond what happens without it."""
        bleeds, lost = (self.evidence[f"lmwh.{what}_per_day"] for what in ("major_bleed", "thrombocytopenia"))
        builds_up = not self.params.renal_dosing
        return [
            Harm("major-bleed", bleeding_of_each(bleeds, self.evidence, cleared_by_kidneys=builds_up)),
            Harm("heparin-thrombocytopenia", platelets_lost_by_each(lost, self.evidence)),
        ]


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer heparin in hospital."""
    return [Lmwh]


@hookimpl
def popsim_evidence() -> Iterable[Path]:
    """Its effect and its harms."""
    return [Path(__file__).with_suffix(".toml")]
