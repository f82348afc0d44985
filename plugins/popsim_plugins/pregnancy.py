"""Pregnancy and the six weeks after birth, for women who become pregnant during the run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from popsim.hooks import Claim, Intervention, Params, PeopleView, Today, hookimpl
from popsim.people.population import Sex

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from popsim.legs.fit import Fit

HALF_DAYS, BIRTH_DAY, PUERPERIUM_DAYS = 140, 280, 42


class PregnancyParams(Params):
    """When it begins."""

    on_day: int = Field(0, ge=-322, le=36_500, description="Day on which it begins, counted from 0; may lie before")
    up_to_age: int = Field(45, ge=18, le=60, description="Oldest age at which women become pregnant, years")


class Pregnancy(Intervention):
    """In the second half the womb narrows the pelvic veins; blood clots more easily, most of all after birth.

    For women who are not pregnant in the column ``pregnant``, whose hazard already has the average of both.
    """

    name: ClassVar[str] = "pregnancy"
    label: ClassVar[str] = "Pregnancy and puerperium"
    reads: ClassVar[frozenset[str]] = frozenset({"sex", "age_years", "pregnant"})
    writes: ClassVar[frozenset[str]] = frozenset({"blood", "leg.outflow_resistance_factor"})
    stages: ClassVar[int] = 2
    claims: ClassVar[tuple[Claim, ...]] = (Claim("expected_clots", "up", 0.2),)
    evidence_names: ClassVar[tuple[str, ...]] = (
        "pregnancy.outflow_resistance_late",
        "pregnancy.clot_ratio_early",
        "pregnancy.clot_ratio_late",
        "pregnancy.clot_ratio_puerperium",
    )
    Params: ClassVar[type[Params]] = PregnancyParams
    params: PregnancyParams

    def eligible(self, people: PeopleView) -> NDArray[np.bool_]:
        """Women who can become pregnant."""
        young = people["age_years"] <= self.params.up_to_age
        return np.asarray((people["sex"] == Sex.FEMALE) & young & ~people["pregnant"])

    def acts_today(self, people: PeopleView, today: Today) -> NDArray[np.bool_]:
        """From the beginning to six weeks after birth."""
        return np.full(len(people), 0 <= self._day(today) < BIRTH_DAY + PUERPERIUM_DAYS)

    def stage(self, people: PeopleView, today: Today) -> NDArray[np.int64]:
        """1 in the second half of pregnancy, else 0."""
        return np.full(len(people), int(HALF_DAYS <= self._day(today) < BIRTH_DAY))

    def fit_at(self, people: PeopleView, stage: int) -> Fit:
        """Narrow pelvic veins in the second half."""
        late = self.evidence["pregnancy.outflow_resistance_late"]
        return {"outflow_resistance_factor": late if stage else 1.0}

    def blood(self, people: PeopleView, today: Today) -> float:
        """Hazard of a clot by time, relative to before."""
        day = self._day(today)
        part = "early" if day < HALF_DAYS else "late" if day < BIRTH_DAY else "puerperium"
        return self.evidence[f"pregnancy.clot_ratio_{part}"]

    def _day(self, today: Today) -> int:
        return today.day - self.params.on_day


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer pregnancies."""
    return [Pregnancy]


@hookimpl
def popsim_evidence() -> Iterable[Path]:
    """What they do to veins and blood."""
    return [Path(__file__).with_suffix(".toml")]
