"""Ask the microscope for what the reduced leg learns: steady state and time constants of many legs in every regime."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import qmc

from popsim.legs import microscope_kernel as kernel
from popsim.legs.anatomy import LOWER_LEG, MMHG_PER_CM, Floats, Posture, Segment, Way
from popsim.legs.exercises import Exercise, exercises
from popsim.legs.microscope import Microscope, Phase, State
from popsim.legs.reduced import AXES, LOGARITHMIC, NEUTRAL, SATURATING, STILL, Limit
from popsim.legs.traits import HEALTHY, LegTraits
from popsim.routines.activities import Regime

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from popsim.evidence.registry import Evidence

STEP_S = 0.01
WINDOW_S = 30.0
"""Means are taken over whole contractions of about this long."""
MOST_WINDOWS, SETTLED = 20, 0.03
"""A leg has settled when two windows' means differ by less than this (mL, mmHg)."""
LONGEST_TAU_S, SHORTEST_TAU_S, USUAL_TAU_S = 600.0, 0.5, 10.0
DEEP_CALF = (Segment.CALF, Segment.AXIAL)
"""Where most clots begin: the calf's sinuses and its axial veins."""
SQUEEZE_S = 10.0
"""Time given to a squeeze, its reflux and the first of its refilling."""
LONGEST_RESIDENCE_MIN = 60.0
NOTHING_TO_RELAX = 2.0
"""Where a leg hardly changes (mL, mmHg), its time constant hardly shows and leans toward the usual one."""
POSTURES = {
    Regime.SUPINE: Posture.SUPINE,
    Regime.RAISED: Posture.RAISED,
    Regime.SITTING: Posture.SITTING,
    Regime.SITTING_SQUEEZES: Posture.SITTING,
    Regime.STANDING: Posture.STANDING,
    Regime.POTTERING: Posture.STANDING,
    Regime.CALF_RAISES: Posture.STANDING,
    Regime.WALKING: Posture.STANDING,
}
EXERCISES = {
    Regime.SITTING_SQUEEZES: "seated-squeezes",
    Regime.POTTERING: "pottering",
    Regime.CALF_RAISES: "calf-raises",
    Regime.WALKING: "walking",
}
STARTS: dict[Regime, tuple[Posture, ...]] = {
    Regime.SUPINE: (Posture.STANDING,),
    Regime.RAISED: (Posture.STANDING,),
    Regime.SITTING: (Posture.SUPINE,),
    Regime.SITTING_SQUEEZES: (Posture.SUPINE, Posture.SITTING),
    Regime.STANDING: (Posture.SUPINE,),
    Regime.POTTERING: (Posture.STANDING, Posture.SUPINE),
    Regime.CALF_RAISES: (Posture.STANDING,),
    Regime.WALKING: (Posture.STANDING, Posture.SUPINE),
}
"""Postures from which each regime is entered to find its time constants."""

LIMITS = {
    "effective_strength": Limit(0.0, 1.5),
    "superficial_leak": Limit(0.0, 3.0, SATURATING, 0.15),
    "deep_leak": Limit(0.0, 3.0, SATURATING, 0.15),
    "perforator_leak": Limit(0.0, 3.0, SATURATING, 0.15),
    "outflow_resistance": Limit(1.0, 50.0, LOGARITHMIC),
    "compression_mmhg": Limit(0.0, 60.0),
    "calibre": Limit(0.6, 1.6, LOGARITHMIC),
    "stiffness": Limit(0.5, 3.0, LOGARITHMIC),
    "pump_rate": Limit(0.4, 2.5, LOGARITHMIC),
}
ACTIVE = {
    "effective_strength": 1.0,
    "superficial_leak": 0.4,
    "deep_leak": 0.4,
    "perforator_leak": 0.35,
    "outflow_resistance": 0.35,
    "compression_mmhg": 0.45,
    "calibre": 0.25,
    "stiffness": 0.25,
    "pump_rate": 0.3,
}
"""Share of the sampled legs in which a trait differs from a healthy leg's: most people's legs differ in few."""


def sample_legs(count: int) -> Floats:
    """Legs spread evenly over what legs can be, ``(count, len(AXES))``, by a Sobol sequence in warped traits."""
    sobol = qmc.Sobol(2 * len(AXES), scramble=False)
    sobol.fast_forward(1)
    points = sobol.random(count)
    legs = np.empty((count, len(AXES)))
    for column, name in enumerate(AXES):
        active = points[:, len(AXES) + column] < ACTIVE[name]
        legs[:, column] = np.where(active, LIMITS[name].at(points[:, column]), NEUTRAL.get(name, 1.0))
    return legs


def rehearse(
    legs: Floats, evidence: Evidence, workers: int = 1, progress: Callable[[int], None] = lambda _: None
) -> tuple[Floats, Floats]:
    """The microscope's responses of these legs, ``(n, R, 4)``, and their washouts, ``(n, len(STILL), 2)``.

    Args:
        legs: values of ``AXES``, ``(n, len(AXES))``.
        evidence: constants in force.
        workers: processes.
        progress: told the number of legs done.
    """
    responses, washouts = np.empty((len(legs), len(Regime), 4)), np.empty((len(legs), len(STILL), 2))
    with ProcessPoolExecutor(workers) as pool:
        for row, answers in enumerate(pool.map(_rehearsed, ((leg, evidence) for leg in legs), chunksize=8)):
            responses[row], washouts[row] = answers
            progress(row + 1)
    return responses, washouts


def traits_at(point: Sequence[float] | Floats) -> tuple[LegTraits, float]:
    """The leg with these values of ``AXES``, and the pump rate, which is no trait of the leg but of what it does."""
    values = dict(zip(AXES, (float(x) for x in point), strict=True))
    strength, rate = values.pop("effective_strength"), values.pop("pump_rate")
    return HEALTHY.changed(calf_strength=strength, **values), rate


def leg_responses(scope: Microscope, pump_rate: float = 1.0) -> Floats:
    """Steady pooled volume (mL) and ankle pressure (mmHg) with the logarithms of 1/τ (per minute), ``(R, 4)``.

    Args:
        scope: the leg.
        pump_rate: contractions a minute relative to the usual ones, in regimes that have any.
    """
    catalogue = {e.name: e.at(e.rate_per_min * pump_rate) for e in exercises(scope.constants).values()}
    return np.stack([_relaxation(scope, _window(r, catalogue), STARTS[r]) for r in Regime])


def leg_washout(scope: Microscope) -> Floats:
    """How the deep calf's blood is renewed in every posture of a still leg, ``(len(STILL), 2)``.

    The logarithm of the blood's mean residence (min): the deep calf's volume over the flow that leaves it upward, which
    in a leg at rest is all the fresh blood it gets; blood that sloshes to and fro does not count. And the share of its
    blood that one firm squeeze drives up and that does not fall back, through leaking valves or perforators.
    """
    return np.stack([_washout(scope, POSTURES[regime]) for regime in STILL])


def _washout(scope: Microscope, posture: Posture) -> Floats:
    settled = scope.settled(posture)
    squeeze = exercises(scope.constants)["seated-squeezes"].at(60.0 / SQUEEZE_S)
    trace = scope.run([Phase(SQUEEZE_S, posture, squeeze)], settled, every_s=STEP_S, step_s=STEP_S)
    at_rest = scope.run([Phase(STEP_S, posture)], settled, every_s=STEP_S, step_s=STEP_S)
    held, upward = settled.volume_ml[list(DEEP_CALF)].sum(), at_rest.flow_ml_s[0, Way.CALF_POPLITEAL]
    residence_min = min(held / max(upward, 1e-6) / 60.0, LONGEST_RESIDENCE_MIN)
    least = trace.volume_ml[:, list(DEEP_CALF)].sum(axis=1).min()
    back = -np.minimum(trace.flow_ml_s[:, (Way.CALF_POPLITEAL, Way.PERFORATORS)], 0.0).sum() * STEP_S
    return np.array([np.log(residence_min), max(held - least - back, 0.0) / held])


def steady_phase(regime: Regime, seconds: float, catalogue: Mapping[str, Exercise]) -> Phase:
    """Some time in this regime."""
    return Phase(seconds, POSTURES[regime], catalogue.get(EXERCISES.get(regime, "")))


def _window(regime: Regime, catalogue: Mapping[str, Exercise]) -> Phase:
    """About half a minute of this regime, in whole contractions."""
    phase = steady_phase(regime, WINDOW_S, catalogue)
    if phase.exercise is None:
        return phase
    period = 60.0 / phase.exercise.rate_per_min
    return replace(phase, seconds=max(round(WINDOW_S / period), 1) * period)


def _relaxation(scope: Microscope, phase: Phase, starts: Sequence[Posture]) -> Floats:
    """Means over windows until they no longer change; τ is that of the exponentials with the same areas.

    Of several starts the one that is farther away counts more, as in a least-squares fit of the areas. The pressure
    relaxes from its value in the posture before, as it does in a day of bouts.
    """
    paths = [_means(scope, phase, scope.settled(posture)) for posture in starts]
    steady = paths[0][-1]
    product = square = np.zeros(2)
    for posture, means in zip(starts, paths, strict=True):
        away = _still(scope, posture) - steady
        product = product + away * (means - means[-1]).sum(axis=0) * phase.seconds
        square = square + away**2
    weak = NOTHING_TO_RELAX**2
    tau_s = (product + weak * USUAL_TAU_S) / (square + weak)
    return np.concatenate([steady, np.log(60.0 / np.clip(tau_s, SHORTEST_TAU_S, LONGEST_TAU_S))])


def _still(scope: Microscope, posture: Posture) -> Floats:
    """Pooled volume and ankle pressure of the leg settled in a posture, ``(2,)``."""
    volume = scope.settled(posture).volume_ml
    depth = scope.leg.depth[posture]
    below = depth[Segment.FOOT] - depth[Segment.SUPERFICIAL]
    wall = kernel.transmural_pressure(scope.leg, Segment.SUPERFICIAL, volume[Segment.SUPERFICIAL])
    ankle = scope.leg.compression[Segment.SUPERFICIAL] + wall + MMHG_PER_CM * below
    return np.array([volume[list(LOWER_LEG)].sum(), ankle])


def _means(scope: Microscope, phase: Phase, start: State) -> Floats:
    """Mean pooled volume and ankle pressure of each window until settled, ``(windows, 2)``."""
    seconds = max(round(phase.seconds / STEP_S), 1) * STEP_S
    means: list[Floats] = []
    while len(means) < MOST_WINDOWS:
        trace = scope.run([phase], start, every_s=1e9, step_s=STEP_S)
        start, totals = trace.end, trace.totals[0]
        pooled = totals[kernel.VOLUME_SUM :][list(LOWER_LEG)].sum()
        means.append(np.array([pooled, totals[kernel.PRESSURE_SUM]]) / seconds)
        if len(means) > 1 and np.abs(means[-1] - means[-2]).max() < SETTLED:
            break
    return np.stack(means)


def _rehearsed(job: tuple[Floats, Evidence]) -> tuple[Floats, Floats]:
    leg, evidence = job
    traits, rate = traits_at(leg)
    scope = Microscope(traits, evidence)
    return leg_responses(scope, rate), leg_washout(scope)
