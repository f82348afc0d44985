"""Finding the best set of constants: a broad search by CMA-ES, then steps by the targets' slopes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from popsim.errors import PopsimError
from popsim.fitting.objective import emulated_losses, robust_slope
from popsim.fitting.parameters import FARTHEST, prior_z

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from popsim.fitting.evaluations import Evaluations
    from popsim.fitting.objective import Evaluation
    from popsim.fitting.parameters import Parameters

    Floats = NDArray[np.float64]

_STEP = 0.2
_BATCH = 8
_REACHES = (0.3, 0.8, 2.0)
_ENOUGH = 0.05
_GAP = 1e-9


@dataclass(frozen=True)
class Optimum:
    """The best set found.

    Attributes:
        best: its evaluation.
        slopes: change of every target's distance ``z`` per unit of every parameter there, ``(T, P)``.
        covariance: of the parameters by Laplace's approximation, ``(P, P)``.
    """

    best: Evaluation
    slopes: Floats
    covariance: Floats


def explore(evaluations: Evaluations, parameters: Parameters, trials: int, seed: int) -> Evaluation:
    """Try so many points by CMA-ES (Optuna's sampler), which begins in the middle of the priors; return the best.

    Raises:
        PopsimError: Optuna is not installed.
    """
    try:
        import optuna  # noqa: PLC0415  an extra
    except ImportError:
        raise PopsimError("a search needs Optuna: pip install 'popsim[fit]'") from None

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.CmaEsSampler(seed=seed, n_startup_trials=0)
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


def polish(
    evaluations: Evaluations,
    starts: Sequence[Evaluation],
    weights: Floats,
    steps: int,
    tell: Callable[[str], None],
) -> Optimum:
    """Steps from the best of some places, each to where the loss is least by the slopes, until it no longer falls.

    Args:
        evaluations: tries points.
        starts: where to begin.
        weights: of the targets, ``(T,)``.
        steps: at most so many, at least one. The slopes of the last are those of the optimum, unless it was in vain.
        tell: told how far it is.
    """
    best = min(starts, key=lambda one: one.loss)
    for step in range(1, steps + 1):
        of_targets = slopes(evaluations, best)
        better = min(evaluations.try_all(proposals(best, of_targets, weights)), key=lambda one: one.loss)
        tell(f"step {step}: loss {min(better.loss, best.loss):.2f}")
        if better.loss > best.loss - _ENOUGH:
            break
        best = better
    return Optimum(best, of_targets, laplace(best, of_targets, weights))


def laplace(at: Evaluation, of_targets: Floats, weights: Floats) -> Floats:
    """Covariance of the parameters by Laplace's approximation, ``(P, P)``."""
    jacobian = residual_slopes(at, of_targets, weights)
    return np.asarray(np.linalg.inv(jacobian.T @ jacobian), dtype=np.float64)


def slopes(evaluations: Evaluations, at: Evaluation) -> Floats:
    """Change of every target's distance per unit of each parameter, by steps towards its prior's middle."""
    steps = np.where(at.position > 0, -_STEP, _STEP)
    found = evaluations.try_all([at.position + step for step in np.diag(steps)])
    here = np.array(list(at.z.values()))
    changes = [(np.array(list(one.z.values())) - here) / step for one, step in zip(found, steps, strict=True)]
    return np.asarray(np.column_stack(changes))


def residual_slopes(at: Evaluation, of_targets: Floats, weights: Floats) -> Floats:
    """Change of every residual, targets' then priors', per unit of every parameter, ``(R, P)``."""
    pulls = [robust_slope(z) * math.sqrt(weight) for z, weight in zip(at.z.values(), weights, strict=True)]
    return np.vstack([np.array(pulls)[:, None] * of_targets, np.diag(prior_z(np.ones(len(at.position))))])


def proposals(at: Evaluation, of_targets: Floats, weights: Floats) -> list[Floats]:
    """Where the loss is least within several reaches, if the targets' distances change in proportion.

    The search begins at the point itself and where plain squares are least, as the loss has valleys, one for each
    choice of the targets that are given up.
    """
    from scipy.optimize import lsq_linear, minimize  # noqa: PLC0415  slow to import

    root, here = np.sqrt(weights), np.array(list(at.z.values()))
    pull = np.vstack([of_targets * root[:, None], np.diag(prior_z(np.ones(len(at.position))))])
    wanted = -np.concatenate([here * root, prior_z(at.position)])

    def loss(point: Floats) -> float:
        return float(emulated_losses(point[None], at, of_targets, weights)[0])

    out = []
    for reach in _REACHES:
        low, high = _inside(at.position - reach), _inside(at.position + reach)
        straight = lsq_linear(pull, wanted, (low - at.position - _GAP, high - at.position + _GAP)).x
        for start in (at.position, np.clip(at.position + straight, low, high)):
            found = minimize(loss, start, method="L-BFGS-B", bounds=list(zip(low, high, strict=True)))
            out.append(np.asarray(found.x, dtype=np.float64))
    return out


def _inside(position: Floats) -> Floats:
    return np.clip(position, -FARTHEST, FARTHEST)
