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
WINDOW_S = 60.0
"""Means are taken over this long: whole numbers of strides, raises and squeezes."""
FILLING_S, EMPTYING_S = 240.0, 150.0
"""Time to settle before."""
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
    Axis((0.0, 20.0, 60.0)),
    Axis.saturating(49.0, 8.0, 3),
    Axis.saturating(3.0, 0.15, 3),
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
        out[regime] = _relaxation(scope, steady_phase(regime, FILLING_S if filling else EMPTYING_S, catalogue), *start)
    return out


def steady_phase(regime: Regime, seconds: float, catalogue: Mapping[str, Exercise]) -> Phase:
    """Some time in this regime."""
    return Phase(seconds, POSTURES[regime], catalogue.get(EXERCISES.get(regime, "")))


def _relaxation(scope: Microscope, phase: Phase, start: State, posture: Posture) -> NDArray[np.float64]:
    """Steady means over a last minute; τ is that of the exponential with the same area before it.

    The pressure relaxes from its value in the posture before, as it does in a day of bouts.
    """
    seconds, pooled = phase.seconds, list(LOWER_LEG)
    trace = scope.run([phase, replace(phase, seconds=WINDOW_S)], start, every_s=1e9, step_s=STEP_S)
    volumes = trace.totals[:, kernel.VOLUME_SUM :][:, pooled].sum(axis=1)
    sums = np.stack([volumes, trace.totals[:, kernel.PRESSURE_SUM]])
    steady = sums[:, 1] / WINDOW_S
    before = scope.run([Phase(STEP_S, posture)], start, step_s=STEP_S).ankle_mmhg[0]
    away = np.array([start.volume_ml[pooled].sum(), before]) - steady
    small = np.abs(away) < 1.0
    tau_s = np.where(small, 10.0, (sums[:, 0] - steady * seconds) / np.where(small, 1.0, away))
    return np.concatenate([steady, np.log(60.0 / np.clip(tau_s, SHORTEST_TAU_S, LONGEST_TAU_S))])


def _grid_point(job: tuple[Sequence[float], Evidence]) -> Floats:
    point, evidence = job
    return leg_responses(Microscope(traits_at(point), evidence))
