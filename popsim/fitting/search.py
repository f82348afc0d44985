"""Finding the best set of constants: a broad search by CMA-ES, then Gauss and Newton's steps from the best places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from popsim.errors import PopsimError
from popsim.fitting.objective import residuals_of
from popsim.fitting.parameters import FARTHEST

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from popsim.fitting.evaluations import Evaluations
    from popsim.fitting.objective import Evaluation
    from popsim.fitting.parameters import Parameters

    Floats = NDArray[np.float64]

_STEP = 0.2
_BATCH = 8
_DAMPING = (0.0, 0.3, 3.0)
_REACHES = (1.0, 0.5)
_ENOUGH = 0.05
_MOST_ROUNDS = 8


@dataclass(frozen=True)
class Optimum:
    """The best set found.

    Attributes:
        best: its evaluation.
        jacobian: change of every residual per unit of every parameter there, ``(R, P)``.
        covariance: of the parameters by Laplace's approximation, ``(P, P)``.
    """

    best: Evaluation
    jacobian: Floats
    covariance: Floats


def explore(evaluations: Evaluations, parameters: Parameters, trials: int, seed: int) -> Evaluation:
    """Try so many points by CMA-ES (Optuna's sampler) from the middle of the priors; return the best.

    Raises:
        PopsimError: Optuna is not installed.
    """
    try:
        import optuna  # noqa: PLC0415  an extra
    except ImportError:
        raise PopsimError("a search needs Optuna: pip install 'popsim[fit]'") from None

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    start = dict.fromkeys(parameters.names, 0.0)
    sampler = optuna.samplers.CmaEsSampler(x0=start, sigma0=0.5, seed=seed, n_startup_trials=0)
    study = optuna.create_study(sampler=sampler)
    box = optuna.distributions.FloatDistribution(-FARTHEST, FARTHEST)
    line: dict[str, optuna.distributions.BaseDistribution] = dict.fromkeys(parameters.names, box)
    tried: list[Evaluation] = []
    while len(tried) < trials:
        asked = [study.ask(line) for _ in range(min(_BATCH, trials - len(tried)))]
        found = evaluations.try_all([np.array([t.params[name] for name in parameters.names]) for t in asked])
        for trial, one in zip(asked, found, strict=True):
            study.tell(trial, one.loss)
        tried += found
    return min(tried, key=lambda one: one.loss)


def polish(evaluations: Evaluations, starts: Sequence[Evaluation], tell: Callable[[str], None]) -> Optimum:
    """Gauss and Newton's steps from the best of some places, until the loss no longer falls.

    Args:
        evaluations: tries points.
        starts: where to begin.
        tell: told how far it is.
    """
    best = min(starts, key=lambda one: one.loss)
    for round_ in range(1, _MOST_ROUNDS + 1):
        jacobian = slopes(evaluations, best)
        steps = [reach * _newton(best, jacobian, damping) for damping in _DAMPING for reach in _REACHES]
        found = evaluations.try_all([_inside(best.position + step) for step in steps])
        better = min(found, key=lambda one: one.loss)
        tell(f"step {round_}: loss {min(better.loss, best.loss):.2f}")
        if better.loss > best.loss - _ENOUGH:
            best = min(best, better, key=lambda one: one.loss)
            break
        best = better
    jacobian = slopes(evaluations, best)
    covariance = np.asarray(np.linalg.inv(jacobian.T @ jacobian), dtype=np.float64)
    return Optimum(best, jacobian, covariance)


def slopes(evaluations: Evaluations, at: Evaluation) -> Floats:
    """Change of every residual per unit of every parameter, by a step towards the middle of its prior, ``(R, P)``."""
    steps = np.where(at.position > 0, -_STEP, _STEP)
    found = evaluations.try_all([at.position + step for step in np.diag(steps)])
    changes = [(residuals_of(one) - residuals_of(at)) / step for one, step in zip(found, steps, strict=True)]
    return np.asarray(np.column_stack(changes), dtype=np.float64)


def _newton(at: Evaluation, jacobian: Floats, damping: float) -> Floats:
    normal = jacobian.T @ jacobian
    step = np.linalg.solve(normal + damping * np.diag(np.diag(normal)), jacobian.T @ residuals_of(at))
    return np.asarray(-step, dtype=np.float64)


def _inside(position: Floats) -> Floats:
    return np.clip(position, -FARTHEST, FARTHEST)
