"""Unfractionated heparin under the skin, three times a day, in hospital."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from popsim.hooks import Cost, Harm, Intervention, PeopleView, Today, hookimpl
from popsim_plugins.inpatients import ForInpatients

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class UnfractionatedHeparin(ForInpatients):
    """Speeds up antithrombin, so that less fibrin forms; three doses a day from admission to discharge.

    Bleeding is that of any prophylactic heparin; it costs platelets more often than smaller molecules do.
    """

    name: ClassVar[str] = "unfractionated-heparin"
    label: ClassVar[str] = "Unfractionated heparin in hospital"
    writes: ClassVar[frozenset[str]] = frozenset({"blood"})
    costs: ClassVar[tuple[Cost, ...]] = (
        Cost("heparin-5000-units", "one dose under the skin", per="day", quantity=3.0),
    )
    evidence_names: ClassVar[tuple[str, ...]] = (
        "unfractionated_heparin.hazard_ratio",
        "unfractionated_heparin.major_bleed_per_day",
        "unfractionated_heparin.thrombocytopenia_per_day",
    )

    def blood(self, people: PeopleView, today: Today) -> float:
        """Hazard of a new clot on a day with the drug, relative to none."""
        return self.evidence["unfractionated_heparin.hazard_ratio"]

    def harms(self) -> Sequence[Harm]:
        """Bleeding and loss of platelets beyond what happens without it."""
        return [
            Harm("major-bleed", self.evidence["unfractionated_heparin.major_bleed_per_day"]),
            Harm("heparin-thrombocytopenia", self.evidence["unfractionated_heparin.thrombocytopenia_per_day"]),
        ]


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer unfractionated heparin."""
    return [UnfractionatedHeparin]


@hookimpl
def popsim_evidence() -> Iterable[Path]:
    """Its effect and its harms."""
    return [Path(__file__).with_suffix(".toml")]
