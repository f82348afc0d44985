"""Random legs through random bouts, under the microscope and as the reduced leg sees them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from popsim.legs import microscope_kernel as kernel
from popsim.legs.anatomy import LOWER_LEG
from popsim.legs.exercises import exercises
from popsim.legs.microscope import Microscope
from popsim.legs.reduced import NEUTRAL, ReducedLeg
from popsim.legs.tabulate import steady_phase
from popsim.legs.traits import LegTraits
from popsim.randomness import Draws
from popsim.routines.activities import Regime

STEP_S = 0.01
SAME = 0.003
"""mL and mmHg by which means of half a minute differ in a leg that has settled."""
BOUTS = 10
MOST_MIN = 30.0
WEIGHTS = {
    Regime.SUPINE: 0.15,
    Regime.RAISED: 0.03,
    Regime.SITTING: 0.30,
    Regime.SITTING_SQUEEZES: 0.05,
    Regime.STANDING: 0.15,
    Regime.POTTERING: 0.14,
    Regime.CALF_RAISES: 0.03,
    Regime.WALKING: 0.15,
}
"""How often each regime is drawn."""


def random_leg(number):
    """A leg as populations have them: most valves tight, some leaking; some stockings, some stiff or wide veins."""
    u = {name: float(Draws(7).uniform(f"levels.{name}", number)[0]) for name in NEUTRAL}

    def leak(name, share):
        return 0.0 if u[name] > share else 0.05 + 1.2 * u[name] / share

    def factor(name, share, most):
        return 1.0 if u[name] > share else most ** (2.0 * u[name] / share - 1.0)

    return {
        "calf_strength": 0.3 + u["calf_strength"],
        "ankle_range": 0.5 + 0.5 * u["ankle_range"],
        "superficial_leak": leak("superficial_leak", 0.4),
        "deep_leak": leak("deep_leak", 0.3),
        "perforator_leak": leak("perforator_leak", 0.15),
        "outflow_resistance": 1.0 if u["outflow_resistance"] < 0.8 else 1.0 + 50.0 * (u["outflow_resistance"] - 0.8),
        "compression_mmhg": 0.0 if u["compression_mmhg"] < 0.7 else 100.0 * (u["compression_mmhg"] - 0.6),
        "calibre": factor("calibre", 0.3, 1.25),
        "stiffness": factor("stiffness", 0.3, 1.6),
        "pump_rate": factor("pump_rate", 0.3, 1.5),
    }


def random_bouts(number, count=BOUTS):
    """Regimes and minutes, from 1 to 30 and short ones often."""
    regimes, weights = list(WEIGHTS), np.cumsum(list(WEIGHTS.values()))
    draws = Draws(8)
    bouts = []
    for k in range(count):
        which = int(np.searchsorted(weights, draws.uniform("levels.regime", number, k=k)[0]))
        minutes = 1.0 + (MOST_MIN - 1.0) * draws.uniform("levels.minutes", number, k=k)[0] ** 2
        bouts.append((regimes[min(which, len(regimes) - 1)], float(minutes)))
    return bouts


def resolved_means(leg, bouts):
    """Mean pooled volume and ankle pressure of every bout under the microscope, from a settled first posture."""
    traits = dict(leg)
    rate = traits.pop("pump_rate")
    scope = Microscope(LegTraits(**traits))
    catalogue = {e.name: e.at(e.rate_per_min * rate) for e in exercises(scope.constants).values()}
    state, means = scope.settled(), []
    for regime, minutes in [(bouts[0][0], 10.0), *bouts]:
        mean, state = _lived(scope, steady_phase(regime, 60.0 * minutes, catalogue), state)
        means.append(mean)
    return np.stack(means[1:])


def _lived(scope, phase, state):
    """Mean over a bout and the leg at its end; once half a minute is like the one before, so is the rest."""
    period = 60.0 / phase.exercise.rate_per_min if phase.exercise else 1.0
    window, left = round(30.0 / period) * period, phase.seconds
    total, before = np.zeros(2), np.full(2, np.inf)
    while left > 0.0:
        seconds = min(window, left)
        trace = scope.run([replace(phase, seconds=seconds)], state, every_s=1e9, step_s=STEP_S)
        pooled = trace.totals[0, kernel.VOLUME_SUM :][list(LOWER_LEG)].sum()
        mean = np.array([pooled, trace.totals[0, kernel.PRESSURE_SUM]]) / (max(round(seconds / STEP_S), 1) * STEP_S)
        state, left = trace.end, left - seconds
        settled = np.abs(mean - before).max() < SAME
        total, before = total + mean * (seconds + (left if settled else 0.0)), mean
        left = 0.0 if settled else left
    return total / phase.seconds, state


def reduced_means(leg, bouts):
    """The same from the reduced leg, bout by bout in closed form."""
    response = ReducedLeg.load().response({name: np.full((2, 1), value) for name, value in leg.items()})[0, 0]
    state, means = response[bouts[0][0], :2].copy(), []
    for regime, minutes in bouts:
        settled, rate = response[regime, :2], response[regime, 2:]
        gone = np.exp(-rate * minutes)
        means.append(settled + (state - settled) * (1.0 - gone) / (rate * minutes))
        state = settled + (state - settled) * gone
    return np.stack(means)


def differences(pair):
    """Reduced less resolved of every bout, its minutes, regime and leg: ``(bouts, 5)``, for ``(leg, sequence)``."""
    leg, bouts = random_leg(pair[0]), random_bouts(pair[1])
    off = reduced_means(leg, bouts) - resolved_means(leg, bouts)
    told = [(minutes, regime, pair[0]) for regime, minutes in bouts]
    return np.column_stack([off, told])


def rmse(rows):
    """Root mean square difference of bout means, mL and mmHg."""
    return np.sqrt(np.mean(rows[:, :2] ** 2, axis=0))


def bias(rows):
    """Difference of the means over the days, mL and mmHg."""
    return np.average(rows[:, :2], weights=rows[:, 2], axis=0)
