"""A hospital's policy: heparin by risk scores, assessed every few days, with errors and second opinions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field
from scipy.special import ndtri

from popsim.hooks import RULE_PATTERN, Cost, Harm, Intervention, Params, PeopleView, Today, hookimpl
from popsim_plugins.inpatients import ForInpatients, InpatientParams

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray


class HospitalPolicyParams(InpatientParams):
    """The rule, and how well it is followed."""

    policy: str = Field(
        "padua >= 4 and improve-bleeding < 7",
        pattern=RULE_PATTERN,
        description="Who gets heparin: everyone, nobody, or risk scores with thresholds joined by 'and'",
    )
    reassess_days: int = Field(3, ge=1, le=30, description="Days between two assessments, the first on admission")
    score_error_points: float = Field(
        0.0, ge=0, le=10, description="Standard deviation of the error in each score, rounded to whole points"
    )
    override_share: float = Field(
        0.0, ge=0, le=1, description="Share of assessments after which the clinician does the opposite"
    )


class HospitalPolicy(ForInpatients):
    """Low-molecular-weight heparin for inpatients whose scores say so on the day they are assessed.

    A decision stands until the next assessment. Drug and harm are those of ``lmwh``: heparin given by this policy makes
    patients of any bleeding score bleed alike, so a ceiling spares doses rather than the likeliest bleeds.
    """

    name: ClassVar[str] = "hospital-policy"
    label: ClassVar[str] = "Heparin by risk scores"
    writes: ClassVar[frozenset[str]] = frozenset({"blood"})
    costs: ClassVar[tuple[Cost, ...]] = (Cost("enoxaparin-40mg", "one prefilled syringe", per="day"),)
    evidence_names: ClassVar[tuple[str, ...]] = ("lmwh.hazard_ratio", "lmwh.major_bleed_per_day")
    Params: ClassVar[type[Params]] = HospitalPolicyParams
    params: HospitalPolicyParams

    def acts_today(self, people: PeopleView, today: Today) -> NDArray[np.bool_]:
        """Inpatients for whom the last assessment said yes."""
        since = np.where(today.in_hospital, today.stay_day % self.params.reassess_days, 0)
        assessed = replace(today, stay_day=today.stay_day - since)

        def as_read(score: str) -> NDArray[np.float64]:
            error = ndtri(_when_assessed(people, f"misread/{score}", today.day, since))
            return np.asarray(assessed.score(score) + np.rint(self.params.score_error_points * error))

        given = self._rule.holds(len(people), as_read)
        overridden = _when_assessed(people, "override", today.day, since) < self.params.override_share
        return np.asarray(today.in_hospital & (given ^ overridden))

    def blood(self, people: PeopleView, today: Today) -> float:
        """Hazard of a new clot on a day with a dose, relative to none."""
        return self.evidence["lmwh.hazard_ratio"]

    def harms(self) -> Sequence[Harm]:
        """Bleeding beyond what happens without it."""
        return [Harm("major-bleed", self.evidence["lmwh.major_bleed_per_day"])]


def _when_assessed(people: PeopleView, decision: str, day: int, since: NDArray[np.int32]) -> NDArray[np.float64]:
    """Each person's draw on the day of the last assessment, ``since`` days before this one, ``(N,)``."""
    drawn = np.empty(len(people))
    for days in np.unique(since):
        these = since == days
        drawn[these] = people.draw(decision, day=day - int(days))[these]
    return drawn


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer the policy."""
    return [HospitalPolicy]
