"""Many sets of constants that fit, each with a weight: Laplace's approximation, corrected by importance.

Sets are drawn from Student's t around the optimum and weighted by likelihood times prior over the density they were
drawn from; further rounds draw around the weighted sets of those before. The likelihood of a set comes from an
emulator of the targets' distances; some sets are tried in the model to see how well that holds.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from popsim.fitting.parameters import FARTHEST
from popsim.randomness import Draws

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from popsim.fitting.parameters import Parameters

    Floats = NDArray[np.float64]

SHIPPED = Path(__file__).parent / "data" / "ensemble.csv"

_FREEDOM = 8.0
_ROUNDS = 3
_FEWEST_EFFECTIVE = 400.0
_LEAST_POWER = 0.05
_LESS = 0.9


@dataclass(frozen=True)
class Ensemble:
    """Sets of constants with weights that sum to one.

    Attributes:
        names: of the constants.
        values: ``(K, P)``.
        weight: ``(K,)``.
    """

    names: tuple[str, ...]
    values: Floats
    weight: Floats

    def __len__(self) -> int:
        return len(self.weight)

    @property
    def effective(self) -> float:
        """As many equally weighted sets would tell as much."""
        return float(1.0 / (self.weight**2).sum())

    def chosen(self, count: int) -> list[dict[str, float]]:
        """So many sets, spread evenly over the weights."""
        upto = np.cumsum(self.weight)
        marks = (np.arange(count) + 0.5) / count * upto[-1]
        places = np.minimum(np.searchsorted(upto, marks), len(self) - 1)
        return [dict(zip(self.names, map(float, self.values[place]), strict=True)) for place in places]

    def quantile(self, share: float) -> dict[str, float]:
        """The value below which this share of the weight lies, by name."""
        out = {}
        for index, name in enumerate(self.names):
            order = np.argsort(self.values[:, index])
            upto = np.cumsum(self.weight[order])
            place = min(int(np.searchsorted(upto, share * upto[-1])), len(self) - 1)
            out[name] = float(self.values[order[place], index])
        return out

    def write(self, path: Path) -> None:
        """As CSV: the weight, then the constants by name."""
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(["weight", *self.names])
            for weight, row in zip(self.weight, self.values, strict=True):
                table.writerow([f"{weight:.6g}", *(f"{value:.6g}" for value in row)])

    @classmethod
    def read(cls, path: Path) -> Ensemble:
        """An ensemble written before."""
        with path.open(encoding="utf-8", newline="") as file:
            head, *rows = list(csv.reader(file))
        table = np.array(rows, dtype=np.float64)
        return cls(tuple(head[1:]), table[:, 1:], table[:, 0] / table[:, 0].sum())


def shipped_ensemble() -> Ensemble | None:
    """The ensemble that comes with popsim; ``None`` where there is none yet."""
    return Ensemble.read(SHIPPED) if SHIPPED.exists() else None


@dataclass(frozen=True)
class Drawn:
    """Sets that were drawn.

    Attributes:
        positions: points of the fit, ``(K, P)``.
        weight: of each, ``(K,)``, summing to one.
        tempering: power to which likelihood times prior was raised over density; 1 where nothing was done.
    """

    positions: Floats
    weight: Floats
    tempering: float

    def resampled(self, count: int) -> Floats:
        """So many points, spread evenly over the weights, ``(count, P)``."""
        marks = (np.arange(count) + 0.5) / count
        places = np.minimum(np.searchsorted(np.cumsum(self.weight), marks), len(self.weight) - 1)
        return np.asarray(self.positions[places])


def draw(losses: Callable[[Floats], Floats], middle: Floats, spread: Floats, count: int, seed: int) -> Drawn:
    """Draw about so many points, in rounds that learn from those before.

    Args:
        losses: minus the log of likelihood times prior, for points ``(K, P)``.
        middle: where to begin, ``(P,)``.
        spread: covariance there, ``(P, P)``.
        count: of points over all rounds.
        seed: of the draws.
    """
    points, mixture = np.zeros((0, len(middle))), []
    for round_ in range(_ROUNDS):
        points = np.concatenate([points, _students(middle, spread, -(-count // _ROUNDS), Draws(seed), round_)])
        mixture.append((middle, spread))
        weight, tempering = _weights(points, losses(points), mixture)
        middle, spread = _moments(points, weight, spread)
    return Drawn(points, weight, tempering)


def as_ensemble(points: Floats, parameters: Parameters) -> Ensemble:
    """Points as values; one that is there more than once stands once and weighs as much more."""
    points, times = np.unique(points, axis=0, return_counts=True)
    values = np.array([list(parameters.values(point).values()) for point in points])
    return Ensemble(tuple(parameters.names), values, times / times.sum())


def _students(middle: Floats, spread: Floats, count: int, draws: Draws, round_: int) -> Floats:
    ids = np.arange(count)
    root = np.linalg.cholesky(spread)
    normal = np.stack([draws.normal("fitting.proposal", ids, day=round_, k=k) for k in range(len(middle))])
    squares = [draws.normal("fitting.scale", ids, day=round_, k=k) ** 2 for k in range(int(_FREEDOM))]
    scale = np.sqrt(_FREEDOM / np.sum(squares, axis=0))
    return np.asarray(np.clip(middle + (root @ normal * scale).T, -FARTHEST, FARTHEST))


def _weights(points: Floats, losses: Floats, mixture: Sequence[tuple[Floats, Floats]]) -> tuple[Floats, float]:
    """Importance weights against the mixture of all rounds, tempered as far as too few sets would carry them all."""
    log_weight = -losses - _log_mixture(points, mixture)
    power = 1.0
    while True:
        weight = np.exp(power * (log_weight - log_weight.max()))
        weight /= weight.sum()
        if 1.0 / (weight**2).sum() >= min(_FEWEST_EFFECTIVE, len(points) / 4) or power < _LEAST_POWER:
            return weight, power
        power *= _LESS


def _log_mixture(points: Floats, mixture: Sequence[tuple[Floats, Floats]]) -> Floats:
    return np.asarray(np.logaddexp.reduce([_log_student(points, *part) for part in mixture], axis=0))


def _log_student(points: Floats, middle: Floats, spread: Floats) -> Floats:
    away = np.linalg.solve(np.linalg.cholesky(spread), (points - middle).T)
    squared = (away**2).sum(axis=0)
    size = len(middle)
    half_log_det = float(np.linalg.slogdet(spread)[1]) / 2
    constant = math.lgamma((_FREEDOM + size) / 2) - math.lgamma(_FREEDOM / 2) - size / 2 * math.log(_FREEDOM * math.pi)
    return np.asarray(constant - half_log_det - (_FREEDOM + size) / 2 * np.log1p(squared / _FREEDOM))


def _moments(points: Floats, weight: Floats, before: Floats) -> tuple[Floats, Floats]:
    """Weighted mean and covariance, half of the latter from the round before, lest it collapse."""
    middle = weight @ points
    away = points - middle
    return middle, 0.5 * (away.T * weight) @ away + 0.5 * before
