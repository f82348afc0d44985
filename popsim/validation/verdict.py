"""Inside or outside: what the model says held against what was published."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from popsim.validation.estimators import Outcome, on_log_scale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from popsim.validation.case import Case, Target

TOLERANCE = 0.2
"""Where no interval was published, the model may be off by this share of the number."""

_NORMAL_95 = 1.959964
_TAIL = 0.025


@dataclass(frozen=True)
class CaseResult:
    """A case that has run.

    Attributes:
        case: what was asked.
        outcome: what the model says.
        people: simulated per group, over all rounds.
        seconds: it took.
        precise: whether the Monte-Carlo error is below a fifth of the target's half-width.
        by_set: the model's number under each of an ensemble of constants; none unless asked for.
    """

    case: Case
    outcome: Outcome
    people: int
    seconds: float
    precise: bool
    by_set: tuple[float, ...] = ()

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper 95 % limit: Monte-Carlo error, and the ensemble's spread where there is one."""
        found = self.outcome
        known = sorted(value for value in self.by_set if math.isfinite(value))
        if not known:
            return found.low, found.high
        below, above = _quantile(known, _TAIL), _quantile(known, 1.0 - _TAIL)
        middle = _quantile(known, 0.5)
        low = found.value - math.hypot(found.value - found.low, max(middle - below, 0.0))
        high = found.value + math.hypot(found.high - found.value, max(above - middle, 0.0))
        return low, high

    @property
    def inside(self) -> bool:
        """Whether the model's number is within the published interval, or within 20 % where there is none."""
        low, high = accepted(self.case.target)
        return low <= self.outcome.value <= high

    @property
    def z(self) -> float:
        """Distance in standard errors of the published number and of the simulation together."""
        return z_score(self.case, self.outcome)

    def row(self) -> dict[str, Any]:
        """The facts that programs read."""
        target, found = self.case.target, self.outcome
        return {
            "id": self.case.id,
            "target": target.estimate,
            "low": target.low,
            "high": target.high,
            "model": found.value,
            "model_low": self.interval[0],
            "model_high": self.interval[1],
            "mc_se": found.mc_se,
            "z": self.z,
            "verdict": "inside" if self.inside else "outside",
        }


def _quantile(ordered: Sequence[float], share: float) -> float:
    """A quantile of ordered numbers, between neighbours by their distance."""
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def accepted(target: Target) -> tuple[float, float]:
    """Lowest and highest number that counts as inside."""
    if target.low is not None and target.high is not None:
        return target.low, target.high
    room = TOLERANCE * abs(target.estimate)
    return target.estimate - room, target.estimate + room


def precise_enough(target: Target, found: Outcome) -> bool:
    """Whether the Monte-Carlo error is below a fifth of the half-width of what is accepted."""
    low, high = accepted(target)
    return found.value != 0 and found.mc_se <= (high - low) / 2 / 5


def z_score(case: Case, found: Outcome) -> float:
    """On the log scale for rates and ratios; without a published interval its half-width is taken as 20 %."""
    away, spread = target_error(case, found.value)
    error = found.mc_se if math.isfinite(found.mc_se) else 0.0
    if _on_log(case):
        error = error / found.value if found.value > 0 else 0.0
    spread = math.hypot(spread, error)
    return away / spread if spread else (0.0 if away == 0 else math.copysign(math.inf, away))


def target_error(case: Case, model: float) -> tuple[float, float]:
    """Signed distance of the model's number from the published one, and the latter's standard error on that scale."""
    low, high = accepted(case.target)
    if not _on_log(case):
        return model - case.target.estimate, (high - low) / (2 * _NORMAL_95)
    away = math.log(model / case.target.estimate) if model > 0 else (-math.inf if model == 0 else math.nan)
    return away, math.log(high / low) / (2 * _NORMAL_95)


def _on_log(case: Case) -> bool:
    return on_log_scale(case.estimator.kind) and accepted(case.target)[0] > 0
