"""A stent that holds a narrow pelvic vein open."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from popsim.hooks import Cost, Harm, Intervention, Params, PeopleView, hookimpl
from popsim_plugins.procedures import Procedure, ProcedureParams

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from popsim.legs.fit import Fit


class IliacStentParams(ProcedureParams):
    """Which legs."""

    resistance_from: float = Field(
        3.0, gt=1, le=50, description="Outflow resistance from which a leg is stented, relative to an open leg"
    )


class IliacStent(Procedure):
    """Lets blood out of the leg: lower pressure at rest and in walking, and a calf that empties.

    Stents are for legs that are narrow at the start; what later clots leave behind is not stented. Some stents close
    again, which is a trait of the leg; then nothing is gained.
    """

    name: ClassVar[str] = "iliac-stent"
    label: ClassVar[str] = "Stent in a pelvic vein"
    reads: ClassVar[frozenset[str]] = frozenset({"outflow_resistance"})
    writes: ClassVar[frozenset[str]] = frozenset({"leg.outflow_resistance_factor"})
    costs: ClassVar[tuple[Cost, ...]] = (Cost("iliac-stent", "one procedure", per="taker"),)
    evidence_names: ClassVar[tuple[str, ...]] = (
        "iliac_stent.patent_share",
        "iliac_stent.resistance_restored",
        "iliac_stent.major_bleed_share",
    )
    Params: ClassVar[type[Params]] = IliacStentParams
    params: IliacStentParams

    def eligible(self, people: PeopleView) -> NDArray[np.bool_]:
        """People with a leg that narrow."""
        return np.asarray((people["outflow_resistance"] >= self.params.resistance_from).any(axis=0))

    def fit(self, people: PeopleView) -> Fit:
        """Nearly open outflow in stented legs whose stent stays open."""
        resistance = people["outflow_resistance"]
        patent = self.evidence["iliac_stent.patent_share"]
        open_ = np.stack([people.draw("stays-open", leg=leg) < patent for leg in (0, 1)])
        factor = np.clip(self.evidence["iliac_stent.resistance_restored"] / resistance, 0.1, 1.0)
        return {"outflow_resistance_factor": np.where(open_ & (resistance >= self.params.resistance_from), factor, 1.0)}

    def harms(self) -> Sequence[Harm]:
        """Bleeding by the procedure."""
        return [self.once("major-bleed", self.evidence["iliac_stent.major_bleed_share"])]


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer the stent."""
    return [IliacStent]


@hookimpl
def popsim_evidence() -> Iterable[Path]:
    """How long it lasts, and the harm."""
    return [Path(__file__).with_suffix(".toml")]
