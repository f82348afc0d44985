"""Extended prophylaxis: heparin for some weeks after discharge."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from popsim.hooks import Claim, Cost, Harm, Intervention, Params, PeopleView, Today, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray


class ExtendedProphylaxisParams(Params):
    """For how long."""

    days: int = Field(28, ge=1, le=90, description="Days after discharge on which it is given")


class ExtendedProphylaxis(Intervention):
    """Most clots of a hospital stay show after discharge: a daily syringe at home covers weeks of raised coagulability.

    The proof is from hip and knee replacement; choose who has which stay in the scenario. Doses are missed by few
    people, often: that is ``adherence``.
    """

    name: ClassVar[str] = "extended-prophylaxis"
    label: ClassVar[str] = "Heparin after discharge"
    writes: ClassVar[frozenset[str]] = frozenset({"blood"})
    claims: ClassVar[tuple[Claim, ...]] = (Claim("expected_clots", "down"),)
    costs: ClassVar[tuple[Cost, ...]] = (Cost("enoxaparin-40mg", "one prefilled syringe", per="day"),)
    evidence_names: ClassVar[tuple[str, ...]] = (
        "extended_prophylaxis.hazard_ratio",
        "extended_prophylaxis.minor_bleed_per_day",
    )
    Params: ClassVar[type[Params]] = ExtendedProphylaxisParams
    params: ExtendedProphylaxisParams

    def acts_today(self, people: PeopleView, today: Today) -> NDArray[np.bool_]:
        """People in the first days after discharge."""
        since = today.days_since_discharge
        return np.asarray(~today.in_hospital & (since >= 1) & (since <= self.params.days))

    def blood(self, people: PeopleView, today: Today) -> float:
        """Hazard of a new clot on a day with a dose, relative to none."""
        return self.evidence["extended_prophylaxis.hazard_ratio"]

    def harms(self) -> Sequence[Harm]:
        """Bleeding beyond what happens without it."""
        return [Harm("minor-bleed", self.evidence["extended_prophylaxis.minor_bleed_per_day"])]


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer heparin at home."""
    return [ExtendedProphylaxis]


@hookimpl
def popsim_evidence() -> Iterable[Path]:
    """Its effect and its harm."""
    return [Path(__file__).with_suffix(".toml")]
