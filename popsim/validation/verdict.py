"""Inside or outside: what the model says held against what was published."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from popsim.validation.estimators import Outcome, on_log_scale

if TYPE_CHECKING:
    from popsim.validation.case import Case, Target

TOLERANCE = 0.2
"""Where no interval was published, the model may be off by this share of the number."""

_NORMAL_95 = 1.959964


@dataclass(frozen=True)
class CaseResult:
    """A case that has run.

    Attributes:
        case: what was asked.
        outcome: what the model says.
        people: simulated per group, over all rounds.
        seconds: it took.
        precise: whether the Monte-Carlo error is below a fifth of the target's half-width.
    """

    case: Case
    outcome: Outcome
    people: int
    seconds: float
    precise: bool

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
            "model_low": found.low,
            "model_high": found.high,
            "mc_se": found.mc_se,
            "z": self.z,
            "verdict": "inside" if self.inside else "outside",
        }


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
    target = case.target
    low, high = accepted(target)
    error = found.mc_se if math.isfinite(found.mc_se) else 0.0
    if on_log_scale(case.estimator.kind) and low > 0:
        if not found.value > 0:
            return -math.inf if found.value == 0 else math.nan
        spread = math.hypot(math.log(high / low) / (2 * _NORMAL_95), error / found.value)
        return math.log(found.value / target.estimate) / spread if spread else math.inf
    spread = math.hypot((high - low) / (2 * _NORMAL_95), error)
    away = found.value - target.estimate
    return away / spread if spread else (0.0 if away == 0 else math.copysign(math.inf, away))
