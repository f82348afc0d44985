"""A case's number from its tallies, and its Monte-Carlo error by leaving out one block of people at a time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from popsim.analysis.batches import DAYS_PER_YEAR
from popsim.validation.case import RATIOS, STANDARDISED
from popsim.validation.observed import BLOCKS
from popsim.validation.statistics import (
    c_statistic,
    calibration_slope,
    log_hazard_ratio,
    weighted_percentile,
    weighted_slope,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from popsim.validation.case import Case, Estimating
    from popsim.validation.tallies import Tally

    Mask = NDArray[np.bool_]
    Statistic = Callable[[Mask], float]

_TAIL = 0.975
_POSITIVE = RATIOS | {"incidence_rate"}
_SHARES = frozenset({"proportion", "share", "cumulative_incidence", "c_statistic", "attributable_fraction"})


@dataclass(frozen=True)
class Outcome:
    """What the model says.

    Attributes:
        value: NaN where nothing happened that it could be computed from.
        low: lower limit of the 95 % interval by Monte-Carlo error alone, NaN where it cannot be told.
        high: upper limit.
        mc_se: Monte-Carlo standard error.
    """

    value: float
    low: float
    high: float
    mc_se: float


def on_log_scale(kind: str) -> bool:
    """Whether intervals of such a number are symmetric on the log scale."""
    return kind in _POSITIVE


def statistic(case: Case, tallies: Sequence[Tally]) -> Statistic:
    """The case's number as a function of which blocks of people are kept, ``(100,)``."""
    kind = case.estimator.kind
    if kind in ("proportion", "share"):
        return _proportion(tallies[0], case.estimator)
    if kind in ("median_lag", "percentile_lag"):
        percent = 50.0 if kind == "median_lag" else case.estimator.percentile
        return lambda keep: _lag(tallies[0], keep, percent)
    if kind == "hazard_ratio":
        return lambda keep: _hazard_ratio(tallies, keep)
    if kind in ("c_statistic", "calibration_slope"):
        measure = c_statistic if kind == "c_statistic" else calibration_slope
        return lambda keep: _of_people(tallies[0], keep, measure)
    return _of_groups(case, [t.sums() for t in tallies])


def _proportion(tally: Tally, estimating: Estimating) -> Statistic:
    sums = tally.sums()

    def share(keep: Mask) -> float:
        part = _over(sums["hit"][keep].sum(), sums["weight"][keep].sum())
        return 1.0 - part if estimating.complement else part

    return share


def _of_groups(case: Case, sums: Sequence[dict[str, NDArray[np.float64]]]) -> Statistic:
    """Rates and risks of groups, and what is made of them."""
    rates = case.estimator.kind in ("incidence_rate", "rate_ratio", "slope_per_unit", "attributable_fraction")
    above, below = ("count", "days") if rates else ("risk", "people")
    scale = case.estimator.per * DAYS_PER_YEAR if rates else 1.0

    def number(keep: Mask) -> float:
        values = np.array([scale * _over(s[above][keep].sum(), s[below][keep].sum()) for s in sums])
        weights = np.array([s[above][keep].sum() for s in sums])
        return combine(case, values, weights)

    return number


def combine(case: Case, values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """One number from those of the groups, by the kind of estimator; ``weights`` are the groups' events."""
    kind = case.estimator.kind
    if kind in STANDARDISED:
        return float(np.average(values, weights=[group.weight or 1.0 for group in case.groups]))
    if kind == "slope_per_unit":
        exposure = np.array([group.exposure for group in case.groups], dtype=np.float64)
        if case.estimator.scale == "linear":
            return weighted_slope(exposure, values, np.ones(len(values)))
        return weighted_slope(exposure, np.log(np.where(values > 0, values, math.nan)), weights)
    if kind == "attributable_fraction":
        return 1.0 - _over(float(values[1]), float(values[0]))
    if kind == "odds_ratio":
        values = values / (1.0 - values)
    return _over(float(values[0]), float(values[1]))


def _lag(tally: Tally, keep: Mask, percent: float) -> float:
    kept = keep[tally.item_block]
    return weighted_percentile(tally.item_lag[kept], (tally.item_weight * tally.item_hit)[kept], percent)


def _hazard_ratio(tallies: Sequence[Tally], keep: Mask) -> float:
    kept = [keep[t.spell_block] for t in tallies]
    days, event, weight = (
        np.concatenate([getattr(t, name)[k] for t, k in zip(tallies, kept, strict=True)])
        for name in ("spell_days", "spell_event", "spell_weight")
    )
    exposed = np.concatenate([np.full(k.sum(), 1.0 - i) for i, k in enumerate(kept)])
    return math.exp(log_hazard_ratio(days, event, exposed, weight))


def _of_people(tally: Tally, keep: Mask, measure: Callable[[NDArray[np.float64], NDArray[np.float64]], float]) -> float:
    kept = keep[tally.block]
    return measure(tally.predictor[kept], tally.risk[kept])


def _over(above: float, below: float) -> float:
    return float(above / below) if below else math.nan


def estimate(number: Statistic, kind: str, blocks: int = BLOCKS) -> Outcome:
    """The number with its error by the delete-a-group jackknife (``popsim.analysis.estimates``)."""
    value = number(np.ones(blocks, dtype=bool))
    return outcome(value, jackknife_variance(number, value, kind, blocks), blocks, kind)


def jackknife_variance(number: Statistic, value: float, kind: str, blocks: int) -> float:
    """Variance of the number, of its logarithm for kinds on the log scale; NaN where it cannot be told."""
    without = np.array([number(np.arange(blocks) != block) for block in range(blocks)])
    if on_log_scale(kind):
        without = np.log(np.where(without > 0, without, math.nan))
        value = math.log(value) if value > 0 else math.nan
    return float((blocks - 1) / blocks * ((without - value) ** 2).sum())


def outcome(value: float, variance: float, blocks: int, kind: str) -> Outcome:
    """A number with its interval by Student's t; shares stay between 0 and 1, rates and ratios above 0."""
    from scipy.special import stdtrit  # noqa: PLC0415  slow to import

    error = math.sqrt(variance) if variance >= 0 else math.nan
    reach = float(stdtrit(blocks - 1, _TAIL)) * error
    if on_log_scale(kind):
        return Outcome(value, value * float(np.exp(-reach)), value * float(np.exp(reach)), value * error)
    low, high = value - reach, value + reach
    if kind in _SHARES:
        low, high = max(low, 0.0), min(high, 1.0)
    return Outcome(value, low, high, error)
