"""Low-molecular-weight heparin in hospital: for everyone, for nobody, or for those above a risk score."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from popsim.hooks import AnyParams, Cost, Harm, Intervention, Params, PeopleView, Today, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

_POLICY = r"^(everyone|nobody|[a-z0-9-]+ >= \d+)$"


class LmwhParams(Params):
    """Who is treated."""

    policy: str = Field(
        "everyone",
        pattern=_POLICY,
        description="everyone, nobody, or a risk score with its threshold such as 'padua >= 4'",
    )


class Lmwh(Intervention):
    """A daily prophylactic dose (enoxaparin 40 mg) from admission to discharge."""

    name: ClassVar[str] = "lmwh"
    label: ClassVar[str] = "Low-molecular-weight heparin in hospital"
    writes: ClassVar[frozenset[str]] = frozenset({"blood"})
    costs: ClassVar[tuple[Cost, ...]] = (Cost("enoxaparin-40mg", "one prefilled syringe", per="day"),)
    evidence_names: ClassVar[tuple[str, ...]] = ("lmwh.hazard_ratio", "lmwh.major_bleed_per_day")
    Params: ClassVar[type[Params]] = LmwhParams
    params: LmwhParams

    def __init__(self, params: AnyParams, evidence: Mapping[str, float]) -> None:
        super().__init__(params, evidence)
        rule = re.fullmatch(r"([a-z0-9-]+) >= (\d+)", self.params.policy)
        self._score, self._threshold = (rule[1], int(rule[2])) if rule else ("", 0)

    def acts_today(self, people: PeopleView, today: Today) -> NDArray[np.bool_]:
        """Inpatients to whom the policy gives a dose today."""
        if self.params.policy == "nobody":
            return np.zeros(len(people), dtype=bool)
        if not self._score:
            return today.in_hospital
        return np.asarray(today.in_hospital & (today.score(self._score) >= self._threshold))

    def scores(self) -> Sequence[str]:
        """The score the policy names, if it names one."""
        return (self._score,) if self._score else ()

    def blood(self, people: PeopleView, today: Today) -> float:
        """Hazard of a new clot on a day with a dose, relative to none."""
        return self.evidence["lmwh.hazard_ratio"]

    def harms(self) -> Sequence[Harm]:
        """Bleeding beyond what happens without it."""
        return [Harm("major-bleed", self.evidence["lmwh.major_bleed_per_day"])]


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer heparin in hospital."""
    return [Lmwh]


@hookimpl
def popsim_evidence() -> Iterable[Path]:
    """Its effect and its harm."""
    return [Path(__file__).with_suffix(".toml")]
