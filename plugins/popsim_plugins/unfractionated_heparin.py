"""Unfractionated heparin under the skin, three times a day, in hospital."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from popsim.hooks import Claim, Cost, Harm, Intervention, PeopleView, Today, hookimpl
from popsim_plugins.bleeding import EVIDENCE, HIT_EVIDENCE, SCORE, bleeding_of_each, platelets_lost_by_each
from popsim_plugins.inpatients import ForInpatients

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class UnfractionatedHeparin(ForInpatients):
    """Speeds up antithrombin, so that less fibrin forms; three doses a day from admission to discharge.

    Bleeding is that of any prophylactic heparin, by the IMPROVE bleeding score and not by kidneys; from the fifth day
    on it costs platelets, more often than smaller molecules do.
    """

    name: ClassVar[str] = "unfractionated-heparin"
    label: ClassVar[str] = "Unfractionated heparin in hospital"
    reads: ClassVar[frozenset[str]] = frozenset({"gfr_ml_min", "past_hit"})
    writes: ClassVar[frozenset[str]] = frozenset({"blood"})
    claims: ClassVar[tuple[Claim, ...]] = (Claim("expected_clots", "down", 0.3),)
    costs: ClassVar[tuple[Cost, ...]] = (
        Cost("heparin-5000-units", "one dose under the skin", per="day", quantity=3.0),
    )
    evidence_names: ClassVar[tuple[str, ...]] = (
        "unfractionated_heparin.hazard_ratio",
        "unfractionated_heparin.major_bleed_per_day",
        "unfractionated_heparin.thrombocytopenia_per_day",
        *EVIDENCE,
        *HIT_EVIDENCE,
    )

    def blood(self, people: PeopleView, today: Today) -> float:
        """Hazard of a new clot on a day with the drug, relative to none."""
        return self.evidence["unfractionated_heparin.hazard_ratio"]

    def scores(self) -> Sequence[str]:
        """The scores in the rule, and the one that tells who bleeds."""
        return tuple(dict.fromkeys((*super().scores(), SCORE)))

    def harms(self) -> Sequence[Harm]:
        """Bleeding and loss of platelets beyond what happens without it."""
        return [
            Harm(
                "major-bleed",
                bleeding_of_each(self.evidence["unfractionated_heparin.major_bleed_per_day"], self.evidence),
            ),
            Harm(
                "heparin-thrombocytopenia",
                platelets_lost_by_each(self.evidence["unfractionated_heparin.thrombocytopenia_per_day"], self.evidence),
            ),
        ]


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer unfractionated heparin."""
    return [UnfractionatedHeparin]


@hookimpl
def popsim_evidence() -> Iterable[Path]:
    """Its effect and its harms."""
    return [Path(__file__).with_suffix(".toml")]
