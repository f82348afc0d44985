"""Weights of sets that were tried in the model: importance sampling with smoothed tails.

Sets are drawn where targets are taken to change in proportion. Where the model says otherwise, a set's weight is its
likelihood times prior in the model over the density it was drawn from. The few largest of such weights are noisy: they
are replaced by the expected order statistics of the generalised Pareto distribution that fits them (Vehtari A et al,
Pareto smoothed importance sampling), whose shape also tells whether the weights can be trusted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

TRUSTED_SHAPE = 0.7
"""Above this shape of the tail a few sets decide all: the ensemble is no more than a hint."""

_LEAST_TAIL = 5
_TAIL_SHARE = 0.2
_TAIL_ROOTS = 3.0
_PRIOR_DRAWS, _PRIOR_SHAPE = 10.0, 0.5
_STEEPNESS = 3.0
_FEWEST_STARTS = 30


@dataclass(frozen=True)
class Smoothed:
    """Weights of sets.

    Attributes:
        weight: ``(K,)``, summing to one.
        shape: of the tail of the weights before smoothing; trustworthy below ``TRUSTED_SHAPE``.
    """

    weight: Floats
    shape: float

    @property
    def effective(self) -> float:
        """As many equally weighted sets would tell as much."""
        return float(1.0 / (self.weight**2).sum())


def smoothed(log_ratio: Floats) -> Smoothed:
    """Weights from logs of importance ratios, ``(K,)``, with the largest smoothed."""
    ratio = np.exp(log_ratio - log_ratio.max())
    count = int(min(_TAIL_SHARE * len(ratio), _TAIL_ROOTS * np.sqrt(len(ratio))))
    order = np.argsort(ratio, kind="stable")
    tail, shape = order[len(ratio) - count :], np.inf
    if count >= _LEAST_TAIL:
        limit = ratio[order[len(ratio) - count - 1]]
        above = ratio[tail] - limit
        shape, scale = pareto(above) if above[0] > 0 else (0.0, 0.0)
        if scale > 0:
            at = (np.arange(count) + 0.5) / count
            ratio[tail] = np.minimum(limit + scale * np.expm1(-shape * np.log1p(-at)) / shape, 1.0)
    return Smoothed(ratio / ratio.sum(), float(shape))


def pareto(above: Floats) -> tuple[float, float]:
    """Shape and scale of the generalised Pareto distribution of sorted positive numbers, ``(M,)``.

    Zhang and Stephens' estimate (Technometrics 2009;51:316-25), drawn a little towards a shape of one half.
    """
    count = len(above)
    starts = np.arange(1, _FEWEST_STARTS + int(np.sqrt(count)) + 1)
    quartile = above[int(count / 4 + 0.5) - 1]
    rate = 1.0 / above[-1] + (1.0 - np.sqrt(len(starts) / (starts - 0.5))) / (_STEEPNESS * quartile)
    shapes = np.log1p(-rate[:, None] * above).mean(axis=1)
    profile = count * (np.log(-rate / shapes) - shapes - 1.0)
    likely = np.exp(profile - profile.max())
    best = float(rate @ likely / likely.sum())
    shape = float(np.log1p(-best * above).mean())
    drawn_in = (count * shape + _PRIOR_DRAWS * _PRIOR_SHAPE) / (count + _PRIOR_DRAWS)
    return drawn_in, -shape / best
