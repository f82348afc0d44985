"""How fast a still leg turns dangerous: valve-pocket hypoxia and endothelial activation, per leg and kind of stillness.

A still pocket is washed at a rate that goes with the leg's own flow: the fresh blood its deep calf gets a minute over
the blood it holds, so a leg that pools is washed more slowly, and one that is squeezed or raised faster. Oxygen falls
towards what washout and consumption leave of it; ``t_c`` is the time until it is below the threshold.

Movements are events: a pocket stays hypoxic only if no movement burst flushed it for ``t_c`` minutes, which happens
with probability ``p = exp(-f * t_c)`` at ``f`` bursts a minute that flush. A burst of a leg whose squeeze renews less
blood than a healthy one's, being weak or leaking, flushes less often. Activation X then relaxes toward
``p / (tau_on * r)`` at rate ``r = p / tau_on + (1 - p) / tau_off``; before ``t_c`` minutes have passed since the last
walk it only fades.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from popsim.legs.fit import Fit, effect
from popsim.legs.reduced import RENEWED_SHARE, RESIDENCE_MIN, STILL
from popsim.routines.activities import Regime, Stillness

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from popsim.people.population import Population

    Floats = NDArray[np.float64]

NEVER_MIN = 1e9
"""Time to hypoxia of a leg that walks or is washed well: longer than any simulation, finite for plain arithmetic."""

FLUSHING = frozenset({Stillness.WALKING, Stillness.EXERCISING})
"""Kinds of stillness, or rather of its absence, that leave the valve pockets freshly flushed."""

_ILL = (Stillness.ILL_IN_BED, Stillness.SEDATED)
_BURSTS = {
    Stillness.DESK: "desk",
    Stillness.CRAMPED: "cramped",
    Stillness.ASLEEP_UPRIGHT: "asleep_upright",
    Stillness.ASLEEP_IN_BED: "asleep_in_bed",
    Stillness.ILL_IN_BED: "ill_in_bed",
    Stillness.SEDATED: "sedated",
    Stillness.STANDING: "standing",
    Stillness.EXERCISING: "exercising",
}
_CONSTANTS = (
    "pocket_washout_sitting",
    "pocket_oxygen_threshold",
    "pocket_hypoxia_sitting_min",
    "washout_ill_bed_ratio",
    "flushing_passive_share",
    "activation_on_min",
    "activation_off_min",
)
_POSTURE = {
    Regime.SUPINE: Regime.SUPINE,
    Regime.RAISED: Regime.RAISED,
    Regime.SITTING: Regime.SITTING,
    Regime.SITTING_SQUEEZES: Regime.SITTING,
    Regime.STANDING: Regime.STANDING,
    Regime.POTTERING: Regime.STANDING,
    Regime.CALF_RAISES: Regime.STANDING,
    Regime.WALKING: Regime.STANDING,
}
"""Between its movements a leg is a still one in this posture."""


class Washout(NamedTuple):
    """How the deep calves of people are washed, each ``(len(STILL), 2, N)``, compared with a healthy bare leg.

    Attributes:
        rate: of a still leg, by posture, relative to a healthy sitting leg's.
        renewed: share of its blood that a squeeze renews, relative to a healthy leg's in the same posture.
    """

    rate: Floats
    renewed: Floats

    @classmethod
    def of(cls, legs: Floats, healthy: Floats) -> Washout:
        """Legs as ``Pump.washout`` tells of them, ``(N, 2, len(STILL), 2)``, beside one healthy leg."""
        by_quantity, usual = np.ascontiguousarray(legs.T), healthy.T
        rate = usual[RESIDENCE_MIN, STILL.index(Regime.SITTING)] / by_quantity[RESIDENCE_MIN]
        return cls(rate, by_quantity[RENEWED_SHARE] / usual[RENEWED_SHARE][:, np.newaxis, np.newaxis])


class Activation(NamedTuple):
    """What kinds of stillness do to every leg, each ``(M, 2, N)``.

    Attributes:
        hypoxia_after_min: minutes since the last walk until pockets turn hypoxic.
        target: activation approached after that, 0 to 1.
        rate_per_min: rate of that approach.
    """

    hypoxia_after_min: Floats
    target: Floats
    rate_per_min: Floats


class Pockets:
    """Valve pockets in several kinds of bouts: what is the same for every leg is worked out once.

    Pockets are washed alike in all kinds of the same posture, but more slowly in those who are ill in bed.

    Args:
        kinds: regime and stillness, ``M`` of them.
        evidence: constants in force.
    """

    def __init__(self, kinds: Sequence[tuple[Regime, Stillness]], evidence: Mapping[str, float]) -> None:
        known = {name: evidence[f"stagnation.{name}"] for name in _CONSTANTS}
        washed = [(STILL.index(_POSTURE[regime]), stillness in _ILL) for regime, stillness in kinds]
        ways = list(dict.fromkeys(washed))
        self._posture = np.array([posture for posture, _ in washed])
        self._way = np.array([ways.index(way) for way in washed])
        self._posture_of_way = np.array([posture for posture, _ in ways])
        ill = np.array([known["washout_ill_bed_ratio"] if ill else 1.0 for _, ill in ways])
        usual, self._critical = known["pocket_washout_sitting"], known["pocket_oxygen_threshold"]
        self._washout, self._usual_time = usual * ill, _oxygen_time(np.array(usual), self._critical)
        self._sitting_min, self._passive = known["pocket_hypoxia_sitting_min"], known["flushing_passive_share"]
        self._tau_on, self._tau_off = known["activation_on_min"], known["activation_off_min"]
        self._walking = np.array([stillness is Stillness.WALKING for _, stillness in kinds])
        bursts = [
            0.0 if s is Stillness.WALKING else evidence[f"stagnation.bursts_{_BURSTS[s]}_per_min"] for _, s in kinds
        ]
        self._bursts = np.array(bursts)[:, np.newaxis]

    def activation(self, people: Population, fit: Fit, washout: Washout) -> Activation:
        """Hypoxia time, target and rate of every leg in every kind of bout, wearing this fit."""
        after = self._hypoxia_after_min(washout.rate) * people["pocket_factor"] * effect(fit, "pocket_time_factor")
        after = np.minimum(after, NEVER_MIN)[self._way]
        share = self._passive + (1.0 - self._passive) * washout.renewed
        bursts = (self._bursts * people["fidget_factor"])[:, np.newaxis] * share[self._posture]
        unflushed = np.exp(-(bursts + effect(fit, "bursts_per_min")) * after)
        rate = unflushed / self._tau_on + (1.0 - unflushed) / self._tau_off
        target = unflushed / (self._tau_on * rate)
        walking = self._walking
        after[walking], target[walking], rate[walking] = NEVER_MIN, 0.0, 1.0 / self._tau_off
        return Activation(after, target, rate)

    def _hypoxia_after_min(self, rate: Floats) -> Floats:
        """Minutes of stillness until a median pocket is hypoxic, ``NEVER_MIN`` where washout alone keeps it above.

        Oxygen y relative to the lumen's follows ``dy/dt = k (1 - y) - y / tau``, from 1 down to ``a / (1 + a)`` with
        ``a = k tau``, so it reaches y_c after ``-ln(y_c - a (1 - y_c)) tau / (1 + a)``. The time of a healthy sitting
        leg stands for tau.

        Args:
            rate: of washout by posture, relative to a healthy sitting leg's.
        """
        washout = self._washout[:, np.newaxis, np.newaxis] * rate[self._posture_of_way]
        minutes = _oxygen_time(washout, self._critical) / self._usual_time
        return np.minimum(minutes * self._sitting_min, NEVER_MIN)


def _oxygen_time(washout: Floats, critical: float) -> Floats:
    """Time until oxygen falls to the critical share, in units of the pocket's own time of consumption."""
    above = critical - washout * (1.0 - critical)
    return np.where(above > 0.0, -np.log(np.where(above > 0.0, above, 1.0)) / (1.0 + washout), NEVER_MIN)
