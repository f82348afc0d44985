"""Estimates with intervals: the delete-a-group jackknife over batches of people, and exact limits of counts.

People are hashed to 100 batches, the same in every arm, and all arms share people, days and random numbers. Leaving
out one batch at a time therefore shows how much a result depends on which people happened to be simulated; leaving it
out of two arms at once does the same for their difference, and what the arms share cancels (a paired interval).

Sources: Kott (2001), The delete-a-group jackknife, Journal of Official Statistics 17(4):521-526; Garwood (1936),
Fiducial limits for the Poisson distribution, Biometrika 28:437-442.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaincinv, stdtrit

if TYPE_CHECKING:
    from numpy.typing import NDArray

TRUTH = "truth"
"""Every clot counts, whether anybody notices it or not."""

CLINICAL = "clinical"
"""Only what symptoms bring to a diagnosis counts."""

_TAIL = 0.025


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval: Monte-Carlo error alone, not the uncertainty of the model's constants.

    Attributes:
        value: the estimate.
        low: lower limit; NaN where the run is too small to tell.
        high: upper limit; NaN where the run is too small to tell.
        unit: what it is a number of.
        detection: ``truth`` or ``clinical`` for clots and what follows from them, empty for everything else.
    """

    value: float
    low: float
    high: float
    unit: str
    detection: str = ""

    @property
    def has_interval(self) -> bool:
        """Whether both limits are known."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of zero; false without an interval."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Ratio:
    """Numerator and denominator of a rate in each batch of people, each ``(G,)``, times a known factor."""

    numerator: NDArray[np.float64]
    denominator: NDArray[np.float64]
    factor: float = 1.0

    @property
    def value(self) -> float:
        """The rate over all batches; NaN when the denominator is empty."""
        total = float(self.denominator.sum())
        return self.factor * float(self.numerator.sum()) / total if total else math.nan

    @property
    def used(self) -> NDArray[np.bool_]:
        """Batches with anybody in them, ``(G,)``."""
        return self.denominator > 0

    def without_each(self, used: NDArray[np.bool_]) -> NDArray[np.float64]:
        """The rate with one of the used batches left out, for each of them in turn."""
        numerator = self.numerator.sum() - self.numerator[used]
        return np.asarray(self.factor * numerator / (self.denominator.sum() - self.denominator[used]))


def jackknife(rate: Ratio, unit: str, detection: str = "", *, at_least: float = -math.inf) -> Estimate:
    """A rate with its 95 % interval by the delete-a-group jackknife.

    With ``G`` batches, ``theta`` over all of them and ``theta(g)`` without batch ``g``, the variance is
    ``(G - 1) / G * sum((theta(g) - theta)**2)`` and the interval is Student's with ``G - 1`` degrees of freedom
    (Kott 2001).

    Args:
        rate: the rate by batch.
        unit: of the estimate.
        detection: of the estimate.
        at_least: limits below this are drawn up to it (0 for what cannot be negative).
    """
    used = rate.used
    if used.sum() < 2:
        return Estimate(rate.value, math.nan, math.nan, unit, detection)
    low, high = _limits(rate.value, rate.without_each(used))
    return Estimate(rate.value, max(low, at_least), high, unit, detection)


def paired_difference(first: Ratio, second: Ratio, unit: str, detection: str = "") -> Estimate:
    """The first rate minus the second with a paired 95 % interval: each batch is left out of both at once."""
    value = first.value - second.value
    used = first.used & second.used
    if used.sum() < 2:
        return Estimate(value, math.nan, math.nan, unit, detection)
    low, high = _limits(value, first.without_each(used) - second.without_each(used))
    return Estimate(value, low, high, unit, detection)


def _limits(value: float, without_each: NDArray[np.float64]) -> tuple[float, float]:
    groups = len(without_each)
    variance = (groups - 1) / groups * float(((without_each - value) ** 2).sum())
    reach = float(stdtrit(groups - 1, 1 - _TAIL)) * math.sqrt(variance)
    return value - reach, value + reach


def counted(events: float, exposure: float, unit: str, detection: str = "", *, per: float = 1.0) -> Estimate:
    """The rate of rare events that were counted, with exact Poisson limits (Garwood 1936).

    Args:
        events: how many.
        exposure: people, person-years or whatever they were counted in.
        unit: of the estimate.
        detection: of the estimate.
        per: the rate is given for this much exposure.
    """
    if not exposure:
        return Estimate(math.nan, math.nan, math.nan, unit, detection)
    low, high = poisson_limits(np.array([events]))
    scale = per / exposure
    return Estimate(events * scale, float(low[0]) * scale, float(high[0]) * scale, unit, detection)


def poisson_limits(events: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Exact 95 % limits of the means of Poisson counts, elementwise (Garwood 1936)."""
    low = np.where(events > 0, gammaincinv(np.maximum(events, 1), _TAIL), 0.0)
    return low, np.asarray(gammaincinv(events + 1, 1 - _TAIL), dtype=np.float64)
