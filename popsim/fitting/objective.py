"""How far a set of constants is from what was published: every case in recorded arms, one residual per target."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from popsim.fitting.parameters import prior_z
from popsim.validation.arms import Arms
from popsim.validation.case_file import find_cases, load_cases
from popsim.validation.running import case_number
from popsim.validation.verdict import target_error

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from popsim.fitting.parameters import Parameters
    from popsim.hooks import PluginRegistry
    from popsim.validation.case import Case
    from popsim.validation.case_file import LoadedCase

FREEDOM = 4.0
"""Degrees of freedom of Student's t: a target that the model cannot reach pulls little."""

_FAR = 50.0
_FLAT = 1e-6
_HEARSAY = ("recalled", "derived")


@dataclass(frozen=True)
class Evaluation:
    """One set of constants, tried.

    Attributes:
        position: point of the fit, ``(P,)``.
        model: the model's numbers by case.
        z: distance from the published number in its standard errors, by case.
        pulls: the same as the fit weighs it, robust and by how well the number is known.
        loss: minus the logarithm of likelihood times prior, up to a constant.
    """

    position: NDArray[np.float64]
    model: Mapping[str, float]
    z: Mapping[str, float]
    pulls: Mapping[str, float]
    loss: float


class Objective:
    """The targets, and the arms in which they are looked at.

    Args:
        registry: the plugins.
        parameters: what is fitted.
        cases: which cases; all that ship unless given.
        clots: weighted clots per arm.
    """

    def __init__(
        self,
        registry: PluginRegistry,
        parameters: Parameters,
        cases: Sequence[LoadedCase] | None = None,
        clots: int = 20_000,
    ) -> None:
        self.parameters, self._clots = parameters, clots
        self.cases = load_cases(find_cases(()), registry) if cases is None else list(cases)
        self._arms = Arms(registry)

    def evaluate(self, position: NDArray[np.float64]) -> Evaluation:
        """Try one point of the fit, ``(P,)``."""
        values = self.parameters.values(position)
        model = self.model(values)
        z = {one.case.id: target_z(one.case, model[one.case.id]) for one in self.cases}
        pulls = {one.case.id: robust(z[one.case.id]) * math.sqrt(weight_of(one.case)) for one in self.cases}
        residuals = np.concatenate([list(pulls.values()), prior_z(position)])
        return Evaluation(np.asarray(position), model, z, pulls, float(0.5 * residuals @ residuals))

    def model(self, values: Mapping[str, float]) -> dict[str, float]:
        """The model's number of every case under these constants."""
        return {one.case.id: self._number(one, values) for one in self.cases}

    def _number(self, one: LoadedCase, values: Mapping[str, float]) -> float:
        return case_number(one, self._arms, values, self._clots)


def emulated_losses(
    points: NDArray[np.float64], at: Evaluation, slopes: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Losses of points near one that was tried, if the targets' distances change in proportion, ``(K,)``.

    Args:
        points: of the fit, ``(K, P)``.
        at: the point that was tried.
        slopes: change of each target's distance per unit of each parameter, ``(T, P)``.
        weights: of the targets, ``(T,)``.
    """
    return losses_of(np.array(list(at.z.values())) + (points - at.position) @ slopes.T, points, weights)


def losses_of(z: NDArray[np.float64], points: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Losses of points ``(K, P)`` with these distances ``(K, T)`` of targets with weights ``(T,)``; ``(K,)``."""
    squared = (FREEDOM + 1.0) * np.log1p(z**2 / FREEDOM)
    return np.asarray(0.5 * (squared @ weights + (prior_z(points) ** 2).sum(axis=1)))


def target_z(case: Case, model: float) -> float:
    """Signed distance of the model's number from the published one in the latter's standard errors."""
    if not math.isfinite(model):
        return _FAR
    away, error = target_error(case, model)
    return float(np.clip(away / error, -_FAR, _FAR))


def robust(z: float) -> float:
    """A residual whose half square is the negative log-likelihood of Student's t; close to a small ``z``."""
    return math.copysign(math.sqrt((FREEDOM + 1.0) * math.log1p(z * z / FREEDOM)), z)


def robust_slope(z: float) -> float:
    """Change of the robust residual per unit of ``z``."""
    if abs(z) < _FLAT:
        return math.sqrt((FREEDOM + 1.0) / FREEDOM)
    return (FREEDOM + 1.0) * z / (FREEDOM + z * z) / robust(z)


def weight_of(case: Case) -> float:
    """How much a target counts: half where it, or its interval, was recalled or derived."""
    return 0.5 if any(word in case.target.confidence for word in _HEARSAY) else 1.0
