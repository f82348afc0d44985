"""An ankle-foot orthosis for foot drop and other ankles that hardly move in walking."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from popsim.hooks import Claim, Cost, Intervention, PeopleView, hookimpl
from popsim.legs.fit import LEG_EFFECTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from popsim.legs.fit import Fit


class AnkleFootOrthosis(Intervention):
    """Holds the foot up so that the heel strikes first and the ankle rolls: more of each step squeezes the calf.

    Legs without any ankle movement gain at most fivefold of nothing: a stiff joint is not loosened by an orthosis.
    """

    name: ClassVar[str] = "ankle-foot-orthosis"
    label: ClassVar[str] = "Ankle-foot orthosis"
    reads: ClassVar[frozenset[str]] = frozenset({"ankle_range"})
    writes: ClassVar[frozenset[str]] = frozenset({"leg.ankle_range_factor"})
    claims: ClassVar[tuple[Claim, ...]] = (Claim("pooled_ml_min", "down"),)
    costs: ClassVar[tuple[Cost, ...]] = (Cost("ankle-foot-orthosis", "one orthosis", per="taker"),)
    evidence_names: ClassVar[tuple[str, ...]] = ("ankle_foot_orthosis.ankle_range_restored",)

    def eligible(self, people: PeopleView) -> NDArray[np.bool_]:
        """People with an ankle that moves less than it would with an orthosis."""
        restored = self.evidence["ankle_foot_orthosis.ankle_range_restored"]
        return np.asarray((people["ankle_range"] < restored).any(axis=0))

    def during(self) -> frozenset[str]:
        """Worn on one's feet."""
        return frozenset({"upright"})

    def fit(self, people: PeopleView) -> Fit:
        """Range restored in the legs below it; the others are left alone."""
        most = LEG_EFFECTS["ankle_range_factor"].high
        restored = self.evidence["ankle_foot_orthosis.ankle_range_restored"]
        least = restored / most
        return {"ankle_range_factor": np.maximum(restored / np.maximum(people["ankle_range"], least), 1.0)}


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer the orthosis."""
    return [AnkleFootOrthosis]


@hookimpl
def popsim_evidence() -> Iterable[Path]:
    """What it restores."""
    return [Path(__file__).with_suffix(".toml")]
