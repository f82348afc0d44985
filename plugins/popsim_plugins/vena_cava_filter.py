"""A filter in the vena cava that keeps clots from reaching the lungs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from popsim.hooks import Claim, Cost, Harm, Intervention, Params, PeopleView, Today, hookimpl
from popsim_plugins.procedures import Procedure, ProcedureParams

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray


class VenaCavaFilterParams(ProcedureParams):
    """For whom."""

    only_after_clots: bool = Field(True, description="Whether only people who had a clot before get one")


class VenaCavaFilter(Procedure):
    """Catches emboli on their way; slows the blood below it, so that more clots form in the legs.

    It is left in place. The trial behind it had people with a clot on treatment; the ratios are taken for all.
    """

    name: ClassVar[str] = "vena-cava-filter"
    label: ClassVar[str] = "Vena cava filter"
    reads: ClassVar[frozenset[str]] = frozenset({"prior_vte"})
    writes: ClassVar[frozenset[str]] = frozenset({"blood", "care.embolism_factor"})
    costs: ClassVar[tuple[Cost, ...]] = (Cost("vena-cava-filter", "one filter, placed", per="taker"),)
    claims: ClassVar[tuple[Claim, ...]] = (Claim("expected_clots", "up", 0.02),)
    evidence_names: ClassVar[tuple[str, ...]] = (
        "vena_cava_filter.embolism_ratio",
        "vena_cava_filter.clot_ratio",
        "vena_cava_filter.complication_share",
    )
    Params: ClassVar[type[Params]] = VenaCavaFilterParams
    params: VenaCavaFilterParams

    def eligible(self, people: PeopleView) -> NDArray[np.bool_]:
        """People who had a clot, or everybody."""
        return np.asarray(people["prior_vte"] | (not self.params.only_after_clots))

    def blood(self, people: PeopleView, today: Today) -> float:
        """More clots below the filter."""
        return self.evidence["vena_cava_filter.clot_ratio"]

    def care(self, people: PeopleView, today: Today) -> Mapping[str, ArrayLike]:
        """Fewer emboli of the clots there are."""
        return {"embolism_factor": self.evidence["vena_cava_filter.embolism_ratio"]}

    def harms(self) -> Sequence[Harm]:
        """What goes wrong in placing it."""
        return [self.once("filter-complication", self.evidence["vena_cava_filter.complication_share"])]


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer the filter."""
    return [VenaCavaFilter]


@hookimpl
def popsim_evidence() -> Iterable[Path]:
    """What it catches and what it causes."""
    return [Path(__file__).with_suffix(".toml")]
