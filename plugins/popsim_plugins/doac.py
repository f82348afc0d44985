"""A direct oral anticoagulant in prophylactic dose in hospital: rivaroxaban 10 mg once a day."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from popsim.hooks import Claim, Cost, Harm, Intervention, PeopleView, Today, hookimpl
from popsim_plugins.bleeding import EVIDENCE, SCORE, bleeding_of_each
from popsim_plugins.inpatients import ForInpatients

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Doac(ForInpatients):
    """Stops factor Xa directly; one tablet a day from admission to discharge.

    As effective as enoxaparin, with more bleeding; who bleeds, the IMPROVE bleeding score tells.
    """

    name: ClassVar[str] = "doac"
    label: ClassVar[str] = "Direct oral anticoagulant in hospital"
    reads: ClassVar[frozenset[str]] = frozenset({"gfr_ml_min"})
    writes: ClassVar[frozenset[str]] = frozenset({"blood"})
    claims: ClassVar[tuple[Claim, ...]] = (Claim("expected_clots", "down", 0.3),)
    costs: ClassVar[tuple[Cost, ...]] = (Cost("rivaroxaban-10mg", "one tablet", per="day"),)
    evidence_names: ClassVar[tuple[str, ...]] = (
        "doac.hazard_ratio",
        "doac.major_bleed_per_day",
        "doac.relevant_bleed_per_day",
        *EVIDENCE,
    )

    def blood(self, people: PeopleView, today: Today) -> float:
        """Hazard of a new clot on a day with the drug, relative to none."""
        return self.evidence["doac.hazard_ratio"]

    def scores(self) -> Sequence[str]:
        """The scores in the rule, and the one that tells who bleeds."""
        return tuple(dict.fromkeys((*super().scores(), SCORE)))

    def harms(self) -> Sequence[Harm]:
        """Bleeding beyond what happens without it."""
        return [
            Harm("major-bleed", bleeding_of_each(self.evidence["doac.major_bleed_per_day"], self.evidence)),
            Harm("clinically-relevant-bleed", self.evidence["doac.relevant_bleed_per_day"]),
        ]


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer the tablet."""
    return [Doac]


@hookimpl
def popsim_evidence() -> Iterable[Path]:
    """Its effect and its harms."""
    return [Path(__file__).with_suffix(".toml")]
