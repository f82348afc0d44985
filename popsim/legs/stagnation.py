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
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from popsim.legs.response import Pump
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
    def of(cls, traits: Mapping[str, Floats], pump: Pump) -> Washout:
        """The washout of legs with these traits, ``(2, N)``."""
        legs, healthy = pump.washout(traits).T, pump.washout({})[0, 0].T
        rate = healthy[RESIDENCE_MIN, STILL.index(Regime.SITTING)] / legs[RESIDENCE_MIN]
        return cls(rate, legs[RENEWED_SHARE] / healthy[RENEWED_SHARE][:, np.newaxis, np.newaxis])


class Activation(NamedTuple):
    """What one kind of stillness does to every leg, each ``(2, N)``.

    Attributes:
        hypoxia_after_min: minutes since the last walk until pockets turn hypoxic.
        target: activation approached after that, 0 to 1.
        rate_per_min: rate of that approach.
    """

    hypoxia_after_min: Floats
    target: Floats
    rate_per_min: Floats


def hypoxia_after_min(rate: Floats, stillness: Stillness, evidence: Mapping[str, float]) -> Floats:
    """Minutes of stillness until a median pocket is hypoxic, ``NEVER_MIN`` where washout alone keeps it above.

    Oxygen y relative to the lumen's follows ``dy/dt = k (1 - y) - y / tau``, from 1 down to ``a / (1 + a)`` with
    ``a = k tau``, so it reaches y_c after ``-ln(y_c - a (1 - y_c)) tau / (1 + a)``. The time of a healthy sitting leg
    stands for tau.

    Args:
        rate: of washout, relative to a healthy sitting leg's; any shape.
        stillness: those who are ill in bed are washed more slowly.
        evidence: constants in force.
    """
    usual = evidence["stagnation.pocket_washout_sitting"]
    critical = evidence["stagnation.pocket_oxygen_threshold"]
    ill = evidence["stagnation.washout_ill_bed_ratio"] if stillness in _ILL else 1.0
    minutes = _oxygen_time(usual * ill * rate, critical) / _oxygen_time(np.array(usual), critical)
    return np.minimum(minutes * evidence["stagnation.pocket_hypoxia_sitting_min"], NEVER_MIN)


def _oxygen_time(washout: Floats, critical: float) -> Floats:
    """Time until oxygen falls to the critical share, in units of the pocket's own time of consumption."""
    above = critical - washout * (1.0 - critical)
    return np.where(above > 0.0, -np.log(np.where(above > 0.0, above, 1.0)) / (1.0 + washout), NEVER_MIN)


def flushing_share(renewed: Floats, evidence: Mapping[str, float]) -> Floats:
    """Share of the leg's own movement bursts that flush its pockets, relative to a healthy leg's.

    Args:
        renewed: share of its blood that a squeeze renews, relative to a healthy leg's.
        evidence: constants in force.
    """
    passive = evidence["stagnation.flushing_passive_share"]
    return np.asarray(passive + (1.0 - passive) * renewed)


def activation(
    regime: Regime,
    stillness: Stillness,
    people: Population,
    fit: Fit,
    washout: Washout,
    evidence: Mapping[str, float],
) -> Activation:
    """Hypoxia time, target and rate of every leg in one kind of stillness, wearing this fit."""
    shape = (2, len(people))
    tau_on, tau_off = evidence["stagnation.activation_on_min"], evidence["stagnation.activation_off_min"]
    if stillness is Stillness.WALKING:
        return Activation(np.full(shape, NEVER_MIN), np.zeros(shape), np.full(shape, 1.0 / tau_off))
    posture = STILL.index(_POSTURE[regime])
    after = hypoxia_after_min(washout.rate[posture], stillness, evidence)
    after = np.minimum(after * people["pocket_factor"] * effect(fit, "pocket_time_factor"), NEVER_MIN)
    own = evidence[f"stagnation.bursts_{_BURSTS[stillness]}_per_min"] * people["fidget_factor"]
    bursts = own * flushing_share(washout.renewed[posture], evidence) + effect(fit, "bursts_per_min")
    unflushed = np.exp(-bursts * after)
    rate = unflushed / tau_on + (1.0 - unflushed) / tau_off
    return Activation(
        np.broadcast_to(after, shape),
        np.broadcast_to(unflushed / (tau_on * rate), shape),
        np.broadcast_to(rate, shape),
    )
