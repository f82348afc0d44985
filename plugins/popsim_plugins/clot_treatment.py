"""How long, and how faithfully, diagnosed clots are treated."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from popsim.hooks import Intervention, Params, PeopleView, Today, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import ArrayLike


class ClotTreatmentParams(Params):
    """Length and faith."""

    days: int = Field(365, ge=0, le=10_000, description="Days a diagnosed clot is treated, if longer than usual")
    doses_taken_share: float = Field(
        1.0, ge=0, le=1, description="Share of doses that those who miss doses at all take; the others take all"
    )


class ClotTreatment(Intervention):
    """Longer treatment puts recurrence off for as long as it lasts; missed doses let part of it happen.

    Who misses doses is a trait of the person, the same whatever the length.
    """

    name: ClassVar[str] = "clot-treatment"
    label: ClassVar[str] = "Length of treatment of a clot"
    writes: ClassVar[frozenset[str]] = frozenset({"care.treatment_days", "care.treatment_factor"})
    evidence_names: ClassVar[tuple[str, ...]] = ("clot_treatment.missing_habit_share",)
    Params: ClassVar[type[Params]] = ClotTreatmentParams
    params: ClotTreatmentParams

    def care(self, people: PeopleView, today: Today) -> Mapping[str, ArrayLike]:
        """Days of treatment, and the share of its effect that doses taken bring."""
        misses = people.draw("misses-doses") < self.evidence["clot_treatment.missing_habit_share"]
        return {
            "treatment_days": float(self.params.days),
            "treatment_factor": np.where(misses, self.params.doses_taken_share, 1.0),
        }


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer it."""
    return [ClotTreatment]


@hookimpl
def popsim_evidence() -> Iterable[Path]:
    """Who misses doses."""
    return [Path(__file__).with_suffix(".toml")]
