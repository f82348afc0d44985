"""Fondaparinux 2.5 mg once a day in hospital."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from popsim.hooks import Claim, Cost, Harm, Intervention, PeopleView, Today, hookimpl
from popsim_plugins.bleeding import EVIDENCE, SCORE, bleeding_of_each
from popsim_plugins.inpatients import ForInpatients

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Fondaparinux(ForInpatients):
    """Helps antithrombin to stop factor Xa only; one dose a day from admission to discharge.

    It builds up in weak kidneys; who bleeds, they and the IMPROVE bleeding score tell.
    """

    name: ClassVar[str] = "fondaparinux"
    label: ClassVar[str] = "Fondaparinux in hospital"
    reads: ClassVar[frozenset[str]] = frozenset({"gfr_ml_min"})
    writes: ClassVar[frozenset[str]] = frozenset({"blood"})
    claims: ClassVar[tuple[Claim, ...]] = (Claim("expected_clots", "down", 0.2),)
    costs: ClassVar[tuple[Cost, ...]] = (Cost("fondaparinux-2.5mg", "one prefilled syringe", per="day"),)
    evidence_names: ClassVar[tuple[str, ...]] = (
        "fondaparinux.hazard_ratio",
        "fondaparinux.major_bleed_per_day",
        *EVIDENCE,
    )

    def blood(self, people: PeopleView, today: Today) -> float:
        """Hazard of a new clot on a day with the drug, relative to none."""
        return self.evidence["fondaparinux.hazard_ratio"]

    def scores(self) -> Sequence[str]:
        """The scores in the rule, and the one that tells who bleeds."""
        return tuple(dict.fromkeys((*super().scores(), SCORE)))

    def harms(self) -> Sequence[Harm]:
        """Bleeding beyond what happens without it."""
        return [
            Harm(
                "major-bleed",
                bleeding_of_each(
                    self.evidence["fondaparinux.major_bleed_per_day"], self.evidence, cleared_by_kidneys=True
                ),
            ),
        ]


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer fondaparinux."""
    return [Fondaparinux]


@hookimpl
def popsim_evidence() -> Iterable[Path]:
    """Its effect and its harms."""
    return [Path(__file__).with_suffix(".toml")]
