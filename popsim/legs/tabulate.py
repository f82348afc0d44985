"""Ask the microscope for the reduced leg's table: steady state and time constants of a grid of legs in every regime."""

from __future__ import annotations

import itertools
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from popsim.legs import microscope_kernel as kernel
from popsim.legs.anatomy import LOWER_LEG, Posture
from popsim.legs.exercises import Exercise, exercises
from popsim.legs.microscope import Microscope, Phase, State
from popsim.legs.reduced import AXES, Axis, Floats, Table, used
from popsim.legs.traits import HEALTHY, LegTraits
from popsim.routines.activities import Regime

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from popsim.evidence.registry import Evidence

STEP_S = 0.01
WINDOW_S = 30.0
"""Means are taken over whole contractions of about this long."""
MOST_WINDOWS, SETTLED = 20, 0.03
"""A leg has settled when two windows' means differ by less than this (mL, mmHg)."""
LONGEST_TAU_S, SHORTEST_TAU_S = 600.0, 0.5
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
FILLING = (Regime.SITTING, Regime.SITTING_SQUEEZES, Regime.STANDING)
"""Regimes in which a leg fills: their time constants are those after lying; the others' are those after standing."""

COARSE = (
    Axis((0.0, 0.5, 1.0, 1.5)),
    Axis.saturating(3.0, 0.15, 4),
    Axis.saturating(3.0, 0.08, 4),
    Axis((0.0, 30.0)),
    Axis.saturating(49.0, 8.0, 2),
    Axis.saturating(3.0, 0.15, 2),
)
FINE = (
    Axis((0.0, 0.25, 0.5, 0.75, 1.0, 1.5)),
    Axis.saturating(3.0, 0.15, 6),
    Axis.saturating(3.0, 0.08, 6),
    Axis((0.0, 15.0, 30.0, 60.0)),
    Axis.saturating(49.0, 8.0, 3),
    Axis.saturating(3.0, 0.15, 4),
)


def tabulate(
    axes: Sequence[Axis], evidence: Evidence, workers: int = 1, progress: Callable[[int], None] = lambda _: None
) -> Table:
    """Compute the table.

    Args:
        axes: grid, in the order of ``reduced.AXES``.
        evidence: constants in force.
        workers: processes.
        progress: told the number of legs done.
    """
    grid = list(itertools.product(*(a.points for a in axes)))
    values = np.empty((len(grid), len(Regime), 4), dtype=np.float32)
    jobs = ((point, evidence) for point in grid)
    with ProcessPoolExecutor(workers) as pool:
        for row, answer in enumerate(pool.map(_grid_point, jobs, chunksize=16)):
            values[row] = answer
            progress(row + 1)
    constants = evidence.room("legs")
    return Table(tuple(axes), values, constants["ankle_range_gain"], used(constants))


def traits_at(point: Sequence[float]) -> LegTraits:
    """The leg at a grid point."""
    x = dict(zip(AXES, point, strict=True))
    return HEALTHY.changed(
        calf_strength=x["effective_strength"],
        deep_leak=x["deep_leak"],
        superficial_leak=x["superficial_leak"],
        compression_mmhg=x["compression_mmhg"],
        outflow_resistance=1.0 + x["outflow_excess"],
        perforator_leak=x["perforator_leak"],
    )


def leg_responses(scope: Microscope) -> Floats:
    """Steady pooled volume (mL) and ankle pressure (mmHg) with the logarithms of 1/τ (per minute), ``(R, 4)``."""
    catalogue = exercises(scope.constants)
    standing = scope.settled(Posture.STANDING)
    lying = scope.settled(Posture.SUPINE)
    out = np.empty((len(Regime), 4))
    for regime in Regime:
        filling = regime in FILLING
        start = (lying, Posture.SUPINE) if filling else (standing, Posture.STANDING)
        out[regime] = _relaxation(scope, _window(regime, catalogue), *start)
    return out


def steady_phase(regime: Regime, seconds: float, catalogue: Mapping[str, Exercise]) -> Phase:
    """Some time in this regime."""
    return Phase(seconds, POSTURES[regime], catalogue.get(EXERCISES.get(regime, "")))


def _window(regime: Regime, catalogue: Mapping[str, Exercise]) -> Phase:
    """About half a minute of this regime, in whole contractions."""
    phase = steady_phase(regime, WINDOW_S, catalogue)
    if phase.exercise is None:
        return phase
    period = 60.0 / phase.exercise.rate_per_min
    return replace(phase, seconds=round(WINDOW_S / period) * period)


def _relaxation(scope: Microscope, phase: Phase, start: State, posture: Posture) -> NDArray[np.float64]:
    """Means over windows until they no longer change; τ is that of the exponential with the same area.

    The pressure relaxes from its value in the posture before, as it does in a day of bouts.
    """
    pooled = list(LOWER_LEG)
    before = scope.run([Phase(STEP_S, posture)], start, step_s=STEP_S).ankle_mmhg[0]
    begin = np.array([start.volume_ml[pooled].sum(), before])
    means: list[Floats] = []
    for _ in range(MOST_WINDOWS):
        trace = scope.run([phase], start, every_s=1e9, step_s=STEP_S)
        start, totals = trace.end, trace.totals[0]
        sums = np.array([totals[kernel.VOLUME_SUM :][pooled].sum(), totals[kernel.PRESSURE_SUM]])
        means.append(sums / (round(phase.seconds / STEP_S) * STEP_S))
        if len(means) > 1 and np.abs(means[-1] - means[-2]).max() < SETTLED:
            break
    steady = means[-1]
    away = begin - steady
    small = np.abs(away) < 1.0
    area = sum((mean - steady for mean in means), np.zeros(2)) * phase.seconds
    tau_s = np.where(small, 10.0, area / np.where(small, 1.0, away))
    return np.concatenate([steady, np.log(60.0 / np.clip(tau_s, SHORTEST_TAU_S, LONGEST_TAU_S))])


def _grid_point(job: tuple[Sequence[float], Evidence]) -> Floats:
    point, evidence = job
    return leg_responses(Microscope(traits_at(point), evidence))
