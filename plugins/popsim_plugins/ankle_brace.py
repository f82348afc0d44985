"""A functional brace for a sprained ankle, instead of rest or a cast."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from popsim.hooks import Cost, Intervention, PeopleView, hookimpl
from popsim.legs.fit import LEG_EFFECTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from popsim.legs.fit import Fit


class AnkleBrace(Intervention):
    """Guards a painful ankle against turning over but lets it bend, so that walking still pumps.

    It restores what pain takes away, no more; a stiff joint stays stiff.
    """

    name: ClassVar[str] = "ankle-brace"
    label: ClassVar[str] = "Functional ankle brace"
    reads: ClassVar[frozenset[str]] = frozenset({"ankle_range"})
    writes: ClassVar[frozenset[str]] = frozenset({"leg.ankle_range_factor"})
    costs: ClassVar[tuple[Cost, ...]] = (Cost("ankle-brace", "one brace", per="taker"),)
    evidence_names: ClassVar[tuple[str, ...]] = ("ankle_brace.ankle_range_restored",)

    def eligible(self, people: PeopleView) -> NDArray[np.bool_]:
        """People with an ankle that moves less than it would with a brace."""
        restored = self.evidence["ankle_brace.ankle_range_restored"]
        return np.asarray((people["ankle_range"] < restored).any(axis=0))

    def during(self) -> frozenset[str]:
        """Worn on one's feet."""
        return frozenset({"upright"})

    def fit(self, people: PeopleView) -> Fit:
        """Range restored in the legs below it; the others are left alone."""
        most = LEG_EFFECTS["ankle_range_factor"].high
        restored = self.evidence["ankle_brace.ankle_range_restored"]
        least = restored / most
        return {"ankle_range_factor": np.maximum(restored / np.maximum(people["ankle_range"], least), 1.0)}


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer the brace."""
    return [AnkleBrace]


@hookimpl
def popsim_evidence() -> Iterable[Path]:
    """What it restores."""
    return [Path(__file__).with_suffix(".toml")]
