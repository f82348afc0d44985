"""Closing or removing a leaking saphenous vein."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from popsim.hooks import Claim, Cost, Harm, Intervention, Params, PeopleView, hookimpl
from popsim_plugins.procedures import Procedure, ProcedureParams

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from popsim.legs.fit import Fit

_METHODS = ("laser", "radiofrequency", "stripping", "foam")


class SaphenousAblationParams(ProcedureParams):
    """How, and which legs."""

    method: Literal["laser", "radiofrequency", "stripping", "foam"] = Field("laser", description="What is done (name)")
    leak_from: float = Field(0.1, gt=0, le=3, description="Superficial reflux from which a leg is treated (0 none)")


class SaphenousAblation(Procedure):
    """Takes the leaking superficial column out of the circuit: what the calf has ejected no longer falls back.

    The vein of some legs opens again, or new ones leak; which, is a trait of the leg. Deep reflux stays.
    """

    name: ClassVar[str] = "saphenous-ablation"
    label: ClassVar[str] = "Saphenous vein closed or removed"
    reads: ClassVar[frozenset[str]] = frozenset({"superficial_leak"})
    writes: ClassVar[frozenset[str]] = frozenset({"leg.superficial_leak_factor"})
    costs: ClassVar[tuple[Cost, ...]] = (Cost("saphenous-ablation", "one procedure", per="taker"),)
    claims: ClassVar[tuple[Claim, ...]] = (Claim("pooled_ml_min", "down"),)
    evidence_names: ClassVar[tuple[str, ...]] = (
        *(f"saphenous_ablation.closed_share_{method}" for method in _METHODS),
        "saphenous_ablation.leak_left",
        "saphenous_ablation.clot_share",
        "saphenous_ablation.nerve_injury_share_heat",
        "saphenous_ablation.nerve_injury_share_stripping",
    )
    Params: ClassVar[type[Params]] = SaphenousAblationParams
    params: SaphenousAblationParams

    def eligible(self, people: PeopleView) -> NDArray[np.bool_]:
        """People with a leg that leaks so much."""
        return np.asarray((people["superficial_leak"] >= self.params.leak_from).any(axis=0))

    def fit(self, people: PeopleView) -> Fit:
        """Hardly any superficial reflux in treated legs whose vein stays closed."""
        closed = self.evidence[f"saphenous_ablation.closed_share_{self.params.method}"]
        lasting = np.stack([people.draw("stays-closed", leg=leg) < closed for leg in (0, 1)])
        treated = people["superficial_leak"] >= self.params.leak_from
        left = self.evidence["saphenous_ablation.leak_left"]
        return {"superficial_leak_factor": np.where(lasting & treated, left, 1.0)}

    def harms(self) -> Sequence[Harm]:
        """A thrombosis or a lasting numbness by the procedure."""
        how = "stripping" if self.params.method == "stripping" else "heat"
        return [
            self.once("procedure-thrombosis", self.evidence["saphenous_ablation.clot_share"]),
            self.once("nerve-injury", self.evidence[f"saphenous_ablation.nerve_injury_share_{how}"]),
        ]


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer it."""
    return [SaphenousAblation]


@hookimpl
def popsim_evidence() -> Iterable[Path]:
    """How long it lasts, and the harms."""
    return [Path(__file__).with_suffix(".toml")]
