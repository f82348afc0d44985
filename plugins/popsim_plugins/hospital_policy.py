"""A hospital's policy: heparin by risk scores, assessed every few days, with errors and second opinions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field
from scipy.special import ndtri

from popsim.hooks import RULE_PATTERN, Claim, Intervention, Params, PeopleView, Today, hookimpl
from popsim_plugins.lmwh import Lmwh, LmwhParams

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


class HospitalPolicyParams(LmwhParams):
    """The rule, and how well it is followed."""

    policy: str = Field(
        "padua >= 4 and improve-bleeding < 7",
        pattern=RULE_PATTERN,
        description="Who gets heparin: everyone, nobody, or risk scores with thresholds joined by 'and'",
    )
    delay_days: int = Field(0, ge=0, le=10, description="Days from an assessment until its decision is carried out")
    reassess_days: int = Field(3, ge=1, le=30, description="Days between two assessments, the first on admission")
    score_error_points: float = Field(
        0.0, ge=0, le=10, description="Standard deviation of the error in each score, rounded to whole points"
    )
    override_share: float = Field(
        0.0, ge=0, le=1, description="Share of assessments after which the clinician does the opposite"
    )


class HospitalPolicy(Lmwh):
    """Low-molecular-weight heparin for inpatients whose scores say so on the day they are assessed.

    A decision stands until the next one is carried out. Drug and harm are those of ``lmwh``: patients with a high
    bleeding score bleed more often, so a ceiling on it spares the likeliest bleeds.
    """

    name: ClassVar[str] = "hospital-policy"
    label: ClassVar[str] = "Heparin by risk scores"
    claims: ClassVar[tuple[Claim, ...]] = (Claim("expected_clots", "down", 0.25),)
    Params: ClassVar[type[Params]] = HospitalPolicyParams
    params: HospitalPolicyParams

    def acts_today(self, people: PeopleView, today: Today) -> NDArray[np.bool_]:
        """Inpatients for whom the last assessment said yes."""
        acts, inside = np.zeros(len(people), dtype=bool), np.flatnonzero(today.in_hospital)
        if len(inside):
            acts[inside] = self._acts_on(people.only(inside), today.only(inside))
        return acts

    def _acts_on(self, inpatients: PeopleView, today: Today) -> NDArray[np.bool_]:
        acted_on = today.stay_day - self.params.delay_days
        since = self.params.delay_days + np.where(acted_on >= 0, acted_on % self.params.reassess_days, 0)
        assessed = replace(today, stay_day=(today.stay_day - since).astype(np.int32))

        def as_read(score: str) -> NDArray[np.float64]:
            if self.params.score_error_points == 0.0:
                return assessed.score(score)
            error = ndtri(_when_assessed(inpatients, f"misread/{score}", today.day, since))
            return np.asarray(assessed.score(score) + np.rint(self.params.score_error_points * error))

        given = self._rule.holds(len(inpatients), as_read)
        if self.params.override_share > 0.0:
            given ^= _when_assessed(inpatients, "override", today.day, since) < self.params.override_share
        return np.asarray((acted_on >= 0) & given)


def _when_assessed(people: PeopleView, decision: str, day: int, since: NDArray[np.int32]) -> NDArray[np.float64]:
    """Each person's draw on the day of the last assessment, ``since`` days before this one, ``(N,)``."""
    drawn = np.empty(len(people))
    for days in np.unique(since):
        these = since == days
        drawn[these] = people.draw(decision, day=max(day - int(days), 0))[these]
    return drawn


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer the policy."""
    return [HospitalPolicy]
