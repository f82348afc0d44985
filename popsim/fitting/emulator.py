"""What the model would say of sets that were not tried: a Gaussian process for every target's distance.

Near the optimum distances change nearly in proportion to the constants. What is left over in the sets that were tried,
curves and the noise of a finite number of clots, is learnt: a distance may bend most along the constants that it
depends on most, and the noise is told from the curves by its likelihood.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from popsim.errors import PopsimError
from popsim.fitting.objective import losses_of
from popsim.fitting.parameters import FARTHEST
from popsim.fitting.search import Optimum, laplace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from popsim.fitting.evaluations import Evaluations
    from popsim.fitting.objective import Evaluation

    Floats = NDArray[np.float64]

_LEAST_REACH = 0.1
"""Every constant may bend a target at least this much as easily as the one that moves it most."""
_STEP = 0.02
_STARTS = 4


class Emulator:
    """Losses of points near the optimum.

    Args:
        optimum: the best set so far and its slopes.
        weights: of the targets, ``(T,)``.
        tried: sets near it that were tried.

    Raises:
        PopsimError: scikit-learn is not installed.
    """

    def __init__(self, optimum: Optimum, weights: Floats, tried: Sequence[Evaluation]) -> None:
        self._weights, self._middle, self._slopes = weights, optimum.best.position, optimum.slopes
        away = np.array([one.position for one in tried]) - self._middle
        left = np.array([list(one.z.values()) for one in tried]) - away @ self._slopes.T
        steep = np.abs(self._slopes)
        self._reach = np.maximum(steep / np.maximum(steep.max(axis=1, keepdims=True), 1e-12), _LEAST_REACH)
        self._curves = [_process(away * reach, one) for reach, one in zip(self._reach, left.T, strict=True)]

    def distances(self, points: Floats) -> Floats:
        """Distances of every target, ``(K, T)``, for points of the fit, ``(K, P)``."""
        away = points - self._middle
        curves = [one.predict(away * reach) for one, reach in zip(self._curves, self._reach, strict=True)]
        return np.asarray(away @ self._slopes.T + np.column_stack(curves))

    def losses(self, points: Floats) -> Floats:
        """Minus the logarithm of likelihood times prior, up to a constant, ``(K,)``."""
        return losses_of(self.distances(points), points, self._weights)

    def slopes(self, at: Floats) -> Floats:
        """Change of every target's distance per unit of each parameter at a point, ``(T, P)``."""
        steps = _STEP * np.eye(len(at))
        return np.asarray((self.distances(at + steps) - self.distances(at - steps)).T / (2.0 * _STEP))

    def bottom(self, starts: Sequence[Evaluation]) -> Floats:
        """The point of least loss that is found from the best few of these, ``(P,)``."""
        from scipy.optimize import minimize  # noqa: PLC0415  slow to import

        def loss_and_slope(point: Floats) -> tuple[float, Floats]:
            size = len(point)
            steps = _STEP * np.eye(size)
            found = self.losses(np.concatenate([point[None], point + steps, point - steps]))
            return float(found[0]), (found[1 : size + 1] - found[size + 1 :]) / (2.0 * _STEP)

        bounds = [(-FARTHEST, FARTHEST)] * len(self._middle)
        best = sorted(starts, key=lambda one: one.loss)[:_STARTS]
        found = [minimize(loss_and_slope, one.position, jac=True, method="L-BFGS-B", bounds=bounds) for one in best]
        return np.asarray(min(found, key=lambda one: float(one.fun)).x, dtype=np.float64)


def settled(emulator: Emulator, evaluations: Evaluations, near: Sequence[Evaluation], weights: Floats) -> Optimum:
    """The optimum where the emulator sees it, tried in the model: the least of many noisy losses would be luck."""
    (best,) = evaluations.try_all([emulator.bottom(near)])
    slopes = emulator.slopes(best.position)
    return Optimum(best, slopes, laplace(best, slopes, weights))


def _process(where: Floats, left: Floats) -> Any:
    """A Gaussian process through what proportion leaves over of one target."""
    try:
        from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415  an extra
        from sklearn.gaussian_process import GaussianProcessRegressor, kernels  # noqa: PLC0415  an extra
    except ImportError:
        raise PopsimError("a fit that learns needs scikit-learn: pip install 'popsim[fit]'") from None

    bends = kernels.ConstantKernel(0.1, (1e-5, 1e2)) * kernels.DotProduct(1.0, (1e-2, 1e1)) ** 2
    waves = kernels.ConstantKernel(1.0, (1e-4, 1e3)) * kernels.RBF(3.0, (0.3, 30.0))
    noise = kernels.WhiteKernel(0.1, (1e-6, 1e1))
    process = GaussianProcessRegressor(bends + waves + noise, normalize_y=True)
    with warnings.catch_warnings():
        # A target that does not bend leaves its kernels at their bounds.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return process.fit(where, left)
