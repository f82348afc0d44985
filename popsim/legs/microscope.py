"""Level one, the resolved leg: what every segment of one leg does through postures, exercises and devices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from popsim.errors import InputError
from popsim.evidence.registry import Evidence
from popsim.legs import microscope_kernel as kernel
from popsim.legs.anatomy import CUFF, LOWER_LEG, MMHG_PER_CM, Floats, Leg, Posture, Segment, resolve
from popsim.legs.exercises import STILL_RHYTHM, Exercise, hyperaemia, muscle_rhythm
from popsim.legs.traits import HEALTHY, LegTraits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from popsim.legs.microscope_kernel import Rhythm

STEP_S = 0.005
SETTLING_S, SETTLED_ML, LONGEST_SETTLING = 30.0, 1e-3, 20
"""A leg is settled when its volume changes by less than this in half a minute; ten minutes at most."""


@dataclass(frozen=True)
class Phase:
    """Some seconds of constant posture and activity.

    Attributes:
        seconds: duration.
        posture: of the leg.
        exercise: muscle work, or ``None`` for a still leg.
        device: rhythm of cuffs or electrical stimulation, or ``None``.
    """

    seconds: float
    posture: Posture
    exercise: Exercise | None = None
    device: Rhythm | None = None


@dataclass(frozen=True)
class State:
    """A leg at one moment.

    Attributes:
        volume_ml: by segment, ``(6,)``.
        hyperaemia: inflow relative to rest, ``(6,)``.
    """

    volume_ml: Floats
    hyperaemia: Floats


@dataclass(frozen=True)
class Trace:
    """What was recorded, ``T`` moments.

    Attributes:
        time_s: ``(T,)``.
        volume_ml: ``(T, 6)`` by ``anatomy.Segment``.
        pressure_mmhg: venous pressure in the segments, ``(T, 6)``.
        flow_ml_s: ``(T, 8)`` by ``anatomy.Way``, forward positive.
        depth_cm: below the right atrium, ``(T, 6)``.
        starts: index into time at which each phase begins.
        totals: integrals over each phase, ``(phases, kernel.TOTALS)``.
        end: state after the last phase.
    """

    time_s: Floats
    volume_ml: Floats
    pressure_mmhg: Floats
    flow_ml_s: Floats
    depth_cm: Floats
    starts: tuple[int, ...]
    totals: Floats
    end: State

    @cached_property
    def ankle_mmhg(self) -> Floats:
        """Pressure in a superficial vein of the foot, at the depth of the foot's reservoir, ``(T,)``."""
        below = self.depth_cm[:, Segment.FOOT] - self.depth_cm[:, Segment.SUPERFICIAL]
        return np.asarray(self.pressure_mmhg[:, Segment.SUPERFICIAL] + MMHG_PER_CM * below)

    @cached_property
    def cuff_ml(self) -> Floats:
        """Volume inside the air plethysmograph's cuff, ``(T,)``."""
        return np.asarray(self.volume_ml[:, list(CUFF)].sum(axis=1))

    @cached_property
    def pooled_ml(self) -> Floats:
        """Volume of all segments below the thigh, superficial included, ``(T,)``."""
        return np.asarray(self.volume_ml[:, list(LOWER_LEG)].sum(axis=1))

    def phase(self, index: int) -> slice:
        """The moments of one phase."""
        bounds = (*self.starts, len(self.time_s))
        index = index % len(self.starts)
        return slice(bounds[index], bounds[index + 1])


class Microscope:
    """One leg under the lens.

    Args:
        traits: how the leg differs from a healthy bare one.
        evidence: constants in force; those that ship with popsim if left out.
    """

    def __init__(self, traits: LegTraits = HEALTHY, evidence: Evidence | None = None) -> None:
        self.constants: Mapping[str, float] = shipped_constants() if evidence is None else evidence.room("legs")
        self.traits = traits
        self.leg: Leg = resolve(traits, self.constants)
        self._settled: dict[Posture, State] = {}

    def settled(self, posture: Posture = Posture.STANDING) -> State:
        """The still leg after a long time in this posture."""
        if posture not in self._settled:
            self._settled[posture] = self._settle(Phase(SETTLING_S, posture))
        return self._settled[posture]

    def _settle(self, phase: Phase) -> State:
        state = State(self.leg.unstressed * 1.2, np.ones(len(Segment)))
        for _ in range(LONGEST_SETTLING):
            before, state = state, self.run([phase], state, every_s=60.0, step_s=2.0 * STEP_S).end
            if np.abs(state.volume_ml - before.volume_ml).max() < SETTLED_ML:
                break
        return state

    def run(
        self, phases: Sequence[Phase], start: State | None = None, *, every_s: float = 0.05, step_s: float = STEP_S
    ) -> Trace:
        """Live through the phases.

        Args:
            phases: in order.
            start: the leg's state before; the settled state of the first phase's posture if left out.
            every_s: time between records.
            step_s: integration step, at most 10 ms.

        Raises:
            InputError: no phases, or a phase without duration.
        """
        if not phases or min(p.seconds for p in phases) <= 0.0:
            raise InputError("expected at least one phase, each longer than 0 s")
        start = start or self.settled(phases[0].posture)
        volume, flow_factor = start.volume_ml.copy(), start.hyperaemia.copy()
        every = max(round(every_s / step_s), 1)
        records, totals, times, depths, starts, now, count = [], [], [], [], [], 0.0, 0
        for phase in phases:
            record, total = self._advance(phase, volume, flow_factor, step_s, every)
            starts.append(count)
            count += len(record)
            times.append(now + np.arange(len(record)) * every * step_s)
            now += round(phase.seconds / step_s) * step_s
            depths.append(np.broadcast_to(self.leg.depth[phase.posture], (len(record), len(Segment))))
            records.append(record)
            totals.append(total)
        joined = np.concatenate(records)
        return Trace(
            time_s=np.concatenate(times),
            volume_ml=joined[:, :6],
            pressure_mmhg=joined[:, 6:12],
            flow_ml_s=joined[:, 12:],
            depth_cm=np.concatenate(depths),
            starts=tuple(starts),
            totals=np.stack(totals),
            end=State(volume, flow_factor),
        )

    def _advance(
        self, phase: Phase, volume: Floats, flow_factor: Floats, step_s: float, every: int
    ) -> tuple[Floats, Floats]:
        """One phase, in place; its record and totals."""
        muscle, target = STILL_RHYTHM, np.ones(len(Segment))
        if phase.exercise is not None:
            muscle = muscle_rhythm(phase.exercise, self.constants)
            target = hyperaemia(phase.exercise, self.leg, self.constants)
        steps = max(round(phase.seconds / step_s), 1)
        record, totals = np.empty((-(-steps // every), 20)), np.empty(kernel.TOTALS)
        kernel.advance(
            self.leg,
            self.leg.depth[phase.posture],
            muscle,
            phase.device or STILL_RHYTHM,
            target,
            volume,
            flow_factor,
            steps,
            step_s,
            every,
            record,
            totals,
        )
        return record, totals


@lru_cache(maxsize=1)
def shipped_constants() -> Mapping[str, float]:
    """The ``legs`` room of the registry as shipped."""
    return Evidence.load().room("legs")
