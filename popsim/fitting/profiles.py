"""What the targets say about one constant: the loss along it, all others following as well as they can."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from popsim.fitting.parameters import FARTHEST

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from popsim.fitting.parameters import Parameters
    from popsim.fitting.search import Optimum

_PLACES = (-1.5, -0.75, 0.75, 1.5)


@dataclass(frozen=True)
class Profile:
    """The loss along one constant.

    Attributes:
        name: of the constant.
        values: it was held at, the optimum's own in the middle.
        loss: above that of the optimum, the others following by one of Newton's steps.
    """

    name: str
    values: tuple[float, ...]
    loss: tuple[float, ...]


def profile(
    losses: Callable[[NDArray[np.float64]], NDArray[np.float64]], parameters: Parameters, optimum: Optimum
) -> tuple[Profile, ...]:
    """Profiles of all constants at steps of their uncertainty by Laplace's approximation.

    Args:
        losses: of points ``(K, P)``.
        parameters: what was fitted.
        optimum: the best set.
    """
    best = optimum.best
    errors = np.sqrt(np.diag(optimum.covariance))
    points = [
        conditional(best.position, optimum.covariance, index, place * errors[index])
        for index in range(len(best.position))
        for place in _PLACES
    ]
    found = losses(np.array([best.position, *points]))
    out = []
    for index, parameter in enumerate(parameters.each):
        mine = range(index * len(_PLACES), (index + 1) * len(_PLACES))
        along = sorted([(best.position[index], found[0]), *((points[i][index], found[1 + i]) for i in mine)])
        values = tuple(parameter.outward(float(at)) for at, _ in along)
        out.append(Profile(parameter.name, values, tuple(float(loss - found[0]) for _, loss in along)))
    return tuple(out)


def conditional(
    position: NDArray[np.float64], covariance: NDArray[np.float64], index: int, move: float
) -> NDArray[np.float64]:
    """The best point by Laplace's approximation where one parameter is moved by so much."""
    step = covariance[:, index] / covariance[index, index] * move
    return np.asarray(np.clip(position + step, -FARTHEST, FARTHEST))


def strongest_pairs(names: Sequence[str], covariance: NDArray[np.float64], count: int) -> list[tuple[str, str, float]]:
    """The pairs of constants with the strongest correlation, strongest first."""
    error = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(error, error)
    first, second = np.triu_indices(len(names), 1)
    order = np.argsort(-np.abs(correlation[first, second]))[:count]
    return [(names[first[i]], names[second[i]], float(correlation[first[i], second[i]])) for i in order]
