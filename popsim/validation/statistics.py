"""Statistics that epidemiologists publish, from plain arrays: discrimination, calibration, hazard ratios, slopes.

All are textbook formulas: the c statistic by mid-ranks (Hanley and McNeil 1982), Cox's partial likelihood with
Breslow's ties for one exposure, logistic regression by Newton's steps, weighted least squares.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_STEPS = 50
_SMALL = 1e-10
_FARTHEST = 20.0


def c_statistic(predictor: Floats, event: Floats) -> float:
    """Probability that somebody with the event had the higher predictor than somebody without; ties count half.

    Args:
        predictor: ``(N,)``.
        event: probability that each person had the event; 0 or 1 where that is known, ``(N,)``.
    """
    values, place = np.unique(predictor, return_inverse=True)
    with_event = np.bincount(place, event, len(values))
    without = np.bincount(place, 1.0 - event, len(values))
    pairs = float(with_event.sum() * without.sum())
    if not pairs > 0:
        return math.nan
    below = np.cumsum(without) - without / 2
    return float((with_event * below).sum()) / pairs


def calibration_slope(predictor: Floats, event: Floats) -> float:
    """Slope of the event's log odds on the predictor, by logistic regression."""
    if not 0 < event.mean() < 1 or np.ptp(predictor) == 0:
        return math.nan
    design = np.column_stack([np.ones(len(predictor)), predictor])
    coefficients = np.array([math.log(event.mean() / (1 - event.mean())), 0.0])
    for _ in range(_STEPS):
        chance = 1.0 / (1.0 + np.exp(-np.clip(design @ coefficients, -500, 500)))
        information = design.T @ (design * (chance * (1 - chance))[:, None])
        step = np.linalg.solve(information, design.T @ (event - chance))
        coefficients += step
        if np.abs(step).max() < _SMALL:
            return float(coefficients[1])
    return math.nan


def log_hazard_ratio(days: Floats, event: Floats, exposed: Floats, weight: Floats | None = None) -> float:
    """Cox regression on one exposure: log hazard ratio, ties by Breslow.

    Args:
        days: length of each spell of follow-up, ``(S,)``.
        event: 1 where it ended with the event, 0 where it was censored, ``(S,)``.
        exposed: 1 or 0, ``(S,)``.
        weight: of each spell; 1 when left out, ``(S,)``.
    """
    weight = np.ones(len(days)) if weight is None else weight
    times, place = np.unique(days, return_inverse=True)
    in_group = [np.bincount(place, weight * (exposed == group), len(times)) for group in (0, 1)]
    at_risk = [np.cumsum(count[::-1])[::-1] for count in in_group]
    happened = np.bincount(place, weight * event, len(times))
    seen_exposed = float((weight * event * exposed).sum())
    if not 0 < seen_exposed < float((weight * event).sum()):
        return math.nan

    def excess(log_ratio: float) -> float:
        weighted = at_risk[1] * math.exp(log_ratio)
        return seen_exposed - float((happened * weighted / np.maximum(weighted + at_risk[0], _SMALL)).sum())

    return _root(excess)


def _root(falling: Callable[[float], float]) -> float:
    from scipy.optimize import brentq  # noqa: PLC0415  slow to import

    return float(brentq(falling, -_FARTHEST, _FARTHEST, xtol=_SMALL))


def weighted_slope(x: Floats, y: Floats, weight: Floats) -> float:
    """Slope of the weighted least-squares line."""
    used = (weight > 0) & np.isfinite(y)
    if used.sum() < 2:
        return math.nan
    x, y, weight = x[used], y[used], weight[used]
    centre = np.average(x, weights=weight)
    spread = float((weight * (x - centre) ** 2).sum())
    return float((weight * (x - centre) * y).sum()) / spread if spread else math.nan


def weighted_percentile(values: Floats, weight: Floats, percent: float) -> float:
    """Smallest value with at least that share of the weight at or below it; NaN without any."""
    finite = np.isfinite(values) & (weight > 0)
    if not finite.any():
        return math.nan
    order = np.argsort(values[finite])
    share = np.cumsum(weight[finite][order])
    place = np.searchsorted(share, percent / 100.0 * share[-1] * (1 - _SMALL))
    return float(values[finite][order][place])
