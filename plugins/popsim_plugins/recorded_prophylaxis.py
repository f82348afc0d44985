"""What hospitals gave in fact: recorded stays lived again with the anticoagulants that were recorded for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from popsim.hooks import Cost, Harm, Intervention, Params, PeopleView, Today, hookimpl
from popsim_plugins.bleeding import EVIDENCE, HIT_EVIDENCE, SCORE, bleeding_of_each, platelets_lost_by_each

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

DAYS_PER_YEAR = 365.25


class RecordedProphylaxisParams(Params):
    """What of the record counts."""

    treatment: bool = Field(
        True, description="Whether days on which anticoagulants were given to treat something count too"
    )


class RecordedProphylaxis(Intervention):
    """Anticoagulants on the days on which a stays file says that they were given (its column ``doses``).

    A file tells prophylaxis from treatment but not one drug from another. Prophylaxis acts as ``lmwh`` does, so that an
    arm as treated differs from policies in who got it when, and in nothing else. Treatment prevents the share of new
    clots, and brings the bleeding, of those whose clot is treated; at least as much bleeding as prophylaxis. One dose a
    day is counted for both. Stays that are drawn have no record, and get nothing.
    """

    name: ClassVar[str] = "recorded-prophylaxis"
    label: ClassVar[str] = "Anticoagulants as recorded"
    reads: ClassVar[frozenset[str]] = frozenset({"gfr_ml_min", "past_hit"})
    writes: ClassVar[frozenset[str]] = frozenset({"blood"})
    costs: ClassVar[tuple[Cost, ...]] = (Cost("enoxaparin-40mg", "one prefilled syringe", per="day"),)
    evidence_names: ClassVar[tuple[str, ...]] = (
        "lmwh.hazard_ratio",
        "lmwh.major_bleed_per_day",
        "lmwh.thrombocytopenia_per_day",
        "clots.treatment_prevents_recurrence",
        "clots.bleeding_major_per_year",
        "clots.bleeding_ratio_treated",
        *EVIDENCE,
        *HIT_EVIDENCE,
    )
    Params: ClassVar[type[Params]] = RecordedProphylaxisParams
    params: RecordedProphylaxisParams

    def acts_today(self, people: PeopleView, today: Today) -> NDArray[np.bool_]:
        """Patients of recorded stays on days with a dose."""
        return today.given_prophylaxis | (today.given_treatment & self.params.treatment)

    def blood(self, people: PeopleView, today: Today) -> NDArray[np.float64]:
        """Hazard of a new clot on a day with a dose, relative to none."""
        treated = 1.0 - self.evidence["clots.treatment_prevents_recurrence"]
        return np.where(today.given_treatment, treated, self.evidence["lmwh.hazard_ratio"])

    def scores(self) -> Sequence[str]:
        """Who bleeds depends on the bleeding score."""
        return (SCORE,)

    def harms(self) -> Sequence[Harm]:
        """Bleeding and loss of platelets beyond what happens without it."""
        given = self.evidence["lmwh.major_bleed_per_day"]
        more = self.evidence["clots.bleeding_ratio_treated"] - 1.0
        treated = max(given, self.evidence["clots.bleeding_major_per_year"] * more / DAYS_PER_YEAR)
        prevented_in = bleeding_of_each(given, self.evidence, cleared_by_kidneys=True)
        treated_in = bleeding_of_each(treated, self.evidence, cleared_by_kidneys=True)
        lost = platelets_lost_by_each(self.evidence["lmwh.thrombocytopenia_per_day"], self.evidence)

        def bleeds(people: PeopleView, today: Today) -> NDArray[np.float64]:
            return np.where(today.given_treatment, treated_in(people, today), prevented_in(people, today))

        return [Harm("major-bleed", bleeds), Harm("heparin-thrombocytopenia", lost)]


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer the record as an arm."""
    return [RecordedProphylaxis]
