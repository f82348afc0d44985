"""How fast a still leg turns dangerous: valve-pocket hypoxia and endothelial activation, per leg and kind of stillness.

Movements are events: a pocket stays hypoxic only if no movement burst flushed it for ``t_c`` minutes, which happens
with probability ``p = exp(-f * t_c)`` at ``f`` bursts a minute. Activation X then relaxes toward ``p / (tau_on * r)``
at rate ``r = p / tau_on + (1 - p) / tau_off``; before ``t_c`` minutes have passed since the last walk it only fades.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from popsim.legs.fit import Fit, effect
from popsim.routines.activities import Regime, Stillness

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from popsim.people.population import Population

NEVER_MIN = 1e9
"""Time to hypoxia of a walking leg: longer than any simulation, and finite so that arithmetic stays plain."""

FLUSHING = frozenset({Stillness.WALKING, Stillness.EXERCISING})
"""Kinds of stillness, or rather of its absence, that leave the valve pockets freshly flushed."""

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


class Activation(NamedTuple):
    """What one kind of stillness does to every leg, each ``(2, N)``.

    Attributes:
        hypoxia_after_min: minutes since the last walk until pockets turn hypoxic.
        target: activation approached after that, 0 to 1.
        rate_per_min: rate of that approach.
    """

    hypoxia_after_min: NDArray[np.float64]
    target: NDArray[np.float64]
    rate_per_min: NDArray[np.float64]


def hypoxia_ratio(regime: Regime, stillness: Stillness, evidence: Mapping[str, float]) -> float:
    """Time to pocket hypoxia in this posture, relative to sitting."""
    if stillness in (Stillness.ILL_IN_BED, Stillness.SEDATED):
        return evidence["stagnation.pocket_hypoxia_ill_bed_ratio"]
    if regime in (Regime.SUPINE, Regime.RAISED):
        return evidence["stagnation.pocket_hypoxia_supine_ratio"]
    if regime is Regime.STANDING:
        return evidence["stagnation.pocket_hypoxia_standing_ratio"]
    return 1.0


def activation(
    regime: Regime, stillness: Stillness, people: Population, fit: Fit, evidence: Mapping[str, float]
) -> Activation:
    """Hypoxia time, target and rate of every leg in one kind of stillness, wearing this fit."""
    shape = (2, len(people))
    tau_on, tau_off = evidence["stagnation.activation_on_min"], evidence["stagnation.activation_off_min"]
    if stillness is Stillness.WALKING:
        return Activation(np.full(shape, NEVER_MIN), np.zeros(shape), np.full(shape, 1.0 / tau_off))
    hypoxia = evidence["stagnation.pocket_hypoxia_sitting_min"] * hypoxia_ratio(regime, stillness, evidence)
    after = hypoxia * people["pocket_factor"] * effect(fit, "pocket_time_factor")
    bursts = evidence[f"stagnation.bursts_{_BURSTS[stillness]}_per_min"] * people["fidget_factor"]
    unflushed = np.exp(-(bursts + effect(fit, "bursts_per_min")) * after)
    rate = unflushed / tau_on + (1.0 - unflushed) / tau_off
    return Activation(
        np.broadcast_to(after, shape),
        np.broadcast_to(unflushed / (tau_on * rate), shape),
        np.broadcast_to(rate, shape),
    )
