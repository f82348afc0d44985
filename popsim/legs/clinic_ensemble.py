"""Many parameter sets fit: the ensemble of accepted ones, and how much each constant matters."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import spearmanr

from popsim.evidence.registry import Evidence
from popsim.legs.clinic_targets import Measured, Target, measure, targets

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FREE = tuple(
    f"legs.{name}"
    for name in (
        "foot_compliance_ml_per_mmhg",
        "foot_stressed_max_ml",
        "foot_inflow_ml_s",
        "foot_tiptoe_mmhg",
        "foot_walking_mmhg",
        "calf_compliance_ml_per_mmhg",
        "calf_stressed_max_ml",
        "calf_unstressed_ml",
        "calf_inflow_ml_s",
        "calf_tiptoe_mmhg",
        "calf_walking_mmhg",
        "superficial_compliance_ml_per_mmhg",
        "superficial_stressed_max_ml",
        "superficial_inflow_ml_s",
        "axial_compliance_ml_per_mmhg",
        "axial_stressed_max_ml",
        "axial_inflow_ml_s",
        "thigh_walking_mmhg",
        "popliteal_walking_mmhg",
        "resistance_foot_axial",
        "resistance_axial_calf",
        "resistance_calf_popliteal",
        "resistance_perforators",
        "resistance_groin",
        "resistance_superficial_foot",
        "resistance_foot_superficial",
        "turbulence_foot_axial",
        "patency_least",
        "patency_least_superficial",
        "venoarteriolar_share",
        "hyperaemia_walking_calf",
        "hyperaemia_tiptoes_calf",
        "hyperaemia_fade_s",
        "dilatation_superficial",
        "dilatation_axial",
        "dilatation_calf",
        "leak_superficial_ml_s_mmhg",
        "leak_perforator_ml_s_mmhg",
        "leak_calf_popliteal",
        "leak_axial_calf",
    )
)
"""Constants that the fit moves and the ensemble spreads."""

FILE = "ensemble.csv"
MOST_OUTSIDE = 4
"""Targets outside the healthy leg's measured ones that an accepted vector may miss."""


@dataclass(frozen=True)
class Ensemble:
    """Parameter vectors that meet the targets.

    Attributes:
        factors: on the shipped constants, ``(members, len(FREE))``.
        measured: value of every target's quantity, ``(members, targets)``, in the order of ``targets()``.
    """

    factors: Floats
    measured: Floats

    def __len__(self) -> int:
        return len(self.factors)

    @classmethod
    def load(cls) -> Ensemble:
        """The ensemble that ships with popsim."""
        return _shipped()

    def evidence(self, member: int, shipped: Evidence | None = None) -> Evidence:
        """The registry with one member's constants."""
        return moved(self.factors[member], shipped or Evidence.load())

    def save(self, path: Path) -> None:
        """Write one row per member: factors, then measured values."""
        header = [*FREE, *(f"{t.group}:{t.quantity}" for t in targets())]
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(header)
            for row in np.hstack([self.factors, self.measured]):
                writer.writerow([f"{value:.5g}" for value in row])


@dataclass(frozen=True)
class TargetRow:
    """One target against the model.

    Attributes:
        target: the published range.
        value: with the shipped constants.
        mean: over the ensemble.
        low: 5th percentile of the ensemble.
        high: 95th percentile of the ensemble.
        inside: share of the ensemble inside the range.
    """

    target: Target
    value: float
    mean: float
    low: float
    high: float
    inside: float


def moved(factors: Sequence[float] | Floats, shipped: Evidence) -> Evidence:
    """The registry with the free constants multiplied by these factors."""
    changed = {n: shipped[n] * float(f) for n, f in zip(FREE, factors, strict=True)}
    return shipped.override(changed, source="ensemble of leg parameters")


def accepted(measured: Measured) -> bool:
    """All measured targets of a healthy leg met, and all others but a few."""
    outside = [t for t in targets() if not t.met(measured[t.group, t.quantity])]
    healthy = [t for t in outside if t.group == "normal" and t.grade != "assumed"]
    return not healthy and len(outside) <= MOST_OUTSIDE


def target_rows(evidence: Evidence, ensemble: Ensemble) -> list[TargetRow]:
    """Every target: the shipped leg and the ensemble."""
    now = measure(evidence)
    rows = []
    for column, target in enumerate(targets()):
        values = ensemble.measured[:, column]
        low, high = np.percentile(values, (5.0, 95.0))
        inside = float(np.mean((values >= target.low) & (values <= target.high)))
        value = now[target.group, target.quantity]
        rows.append(TargetRow(target, value, float(values.mean()), float(low), float(high), inside))
    return rows


def sensitivity(factors: Floats, measured: Floats) -> Floats:
    """Spearman rank correlation of every constant with every target's quantity, ``(len(FREE), targets)``."""
    count = factors.shape[1]
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = spearmanr(np.hstack([factors, measured])).statistic
    return np.nan_to_num(np.asarray(correlation, dtype=np.float64)[:count, count:])


@lru_cache(maxsize=1)
def _shipped() -> Ensemble:
    text = files("popsim.legs").joinpath("data", FILE).read_text(encoding="utf-8")
    values = np.array([[float(cell) for cell in row] for row in csv.reader(text.splitlines()[1:])])
    return Ensemble(values[:, : len(FREE)], values[:, len(FREE) :])
