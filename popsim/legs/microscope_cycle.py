"""One contraction of a leg in its steady rhythm, in fine steps: what a picture of the pump needs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from popsim.errors import InputError, did_you_mean
from popsim.legs.anatomy import SEGMENTS, WAYS, Floats, Posture, Way
from popsim.legs.conditions import leg_with
from popsim.legs.devices import Device, find_devices, stocking
from popsim.legs.exercises import Exercise, find_exercise
from popsim.legs.microscope import Microscope, Phase, Trace, shipped_constants

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from popsim.evidence.registry import Evidence
    from popsim.legs.microscope_kernel import Rhythm
    from popsim.legs.traits import LegTraits

SETTLING_S = 180.0
CYCLE_STEP_S = 0.01
CLOSED_BELOW_ML_S = 0.02
POSTURES = {posture.name.lower(): posture for posture in Posture} | {"lying": Posture.SUPINE}


@dataclass(frozen=True)
class Cycle:
    """One cycle of a leg that has kept its rhythm for three minutes, ``T`` moments.

    A still leg has a cycle of one second in which nothing changes.

    Attributes:
        time_s: from the beginning of the cycle, ``(T,)``.
        volume_ml: venous blood by segment, ``(T, 6)``; columns are ``segments``.
        fill: volume as a share of the most the segment can hold, ``(T, 6)``.
        pressure_mmhg: venous pressure by segment, ``(T, 6)``.
        flow_ml_s: by way, forward positive, ``(T, 8)``; columns are ``ways``.
        valve: 1 open, 0 closed, -1 leaking back, ``(T, 8)`` int8.
        ankle_mmhg: pressure in a superficial vein of the foot, ``(T,)``.
        pooled_ml: blood below the thigh, ``(T,)``.
        period_s: length of the cycle.
        segments: foot, calf, popliteal, thigh, superficial, axial.
        ways: foot_axial, axial_calf, calf_popliteal, popliteal_thigh, thigh_iliac, perforators, groin,
            superficial_foot (the last has no valve).
        traits: the leg shown.
        activity: what it does, for people.
    """

    time_s: Floats
    volume_ml: Floats
    fill: Floats
    pressure_mmhg: Floats
    flow_ml_s: Floats
    valve: np.ndarray[tuple[int, int], np.dtype[np.int8]]
    ankle_mmhg: Floats
    pooled_ml: Floats
    period_s: float
    segments: tuple[str, ...]
    ways: tuple[str, ...]
    traits: LegTraits
    activity: str

    @property
    def stroke_ml(self) -> float:
        """Blood the calf sends up through the knee in one cycle, less what falls back."""
        return float(self.flow_ml_s[:, Way.CALF_POPLITEAL].mean() * self.period_s)


def cycle(
    condition: str = "normal",
    device: str | None = None,
    posture: str = "standing",
    cadence_per_min: float | None = None,
    *,
    exercise: str | None = None,
    stocking_mmhg: float = 0.0,
    evidence: Evidence | None = None,
) -> Cycle:
    """One cycle of a leg with this condition and device.

    Args:
        condition: names from ``conditions.CONDITIONS``, joined by ``+``.
        device: names from ``devices.DEVICES``, joined by ``+``.
        posture: ``standing``, ``sitting``, ``supine`` (or ``lying``) or ``raised``; an exercise brings its own.
        cadence_per_min: contractions of this leg a minute; 0 keeps it still. Standing legs walk and sitting legs pump
            their feet at this cadence unless ``exercise`` names something else. Left out: the exercise's own cadence,
            or stillness where no exercise is named.
        exercise: a name from ``exercises.exercises``.
        stocking_mmhg: ankle pressure of an elastic stocking.
        evidence: constants in force; those that ship with popsim if left out.

    Raises:
        InputError: an unknown name or an impossible number.
    """
    constants = shipped_constants() if evidence is None else evidence.room("legs")
    worn = find_devices(device)
    traits = dressed(leg_with(condition, constants), worn, stocking_mmhg, constants)
    work = _work(worn, posture, cadence_per_min, exercise, constants)
    pressure = rhythmic_pressure(worn, constants)
    period = 60.0 / work.rate_per_min if work else pressure.period if pressure else 1.0
    where = work.posture if work else _posture(posture)
    scope = _scope(traits) if evidence is None else Microscope(traits, evidence)
    settling = Phase(max(round(SETTLING_S / period), 1) * period, where, work, pressure)
    settled = scope.run([settling], every_s=1e9).end
    trace = scope.run([Phase(period, where, work, pressure)], settled, every_s=CYCLE_STEP_S)
    label = work.label if work else _cuffs(worn)[0].label if pressure else where.name.capitalize()
    return _cycle(trace, scope, period, label)


def dressed(
    traits: LegTraits, devices: Sequence[Device], stocking_mmhg: float, constants: Mapping[str, float]
) -> LegTraits:
    """The leg with devices and a stocking on; the highest compression acts."""
    for device in devices:
        traits = device.worn(traits, constants)
    return stocking(stocking_mmhg, traits)


def rhythmic_pressure(devices: Sequence[Device], constants: Mapping[str, float]) -> Rhythm | None:
    """The rhythm of the cuffs or the stimulation among these devices, if there are any.

    Raises:
        InputError: more than one keeps a rhythm of its own.
    """
    cuffs = _cuffs(devices)
    if len(cuffs) > 1:
        names = " and ".join(device.name for device in cuffs)
        raise InputError(f"one leg can follow the rhythm of one device (got {names})")
    return cuffs[0].pressure(constants) if cuffs else None


def _cuffs(devices: Sequence[Device]) -> list[Device]:
    return [device for device in devices if device.cuffs]


def _work(
    devices: Sequence[Device],
    posture: str,
    cadence: float | None,
    exercise: str | None,
    constants: Mapping[str, float],
) -> Exercise | None:
    where = _posture(posture)
    name = exercise or next((device.exercise for device in devices if device.exercise), "")
    if not name and cadence:
        name = {Posture.STANDING: "walking", Posture.SITTING: "foot-pumps"}.get(where, "")
        if not name:
            raise InputError(f"a leg does not work while {posture}; choose standing or sitting, or cadence 0")
    if not name or cadence == 0.0:
        return None
    work = find_exercise(name, constants)
    return work if cadence is None else work.at(cadence)


def _posture(name: str) -> Posture:
    if name not in POSTURES:
        raise InputError(f"no posture named {name!r}{did_you_mean(name, POSTURES)}")
    return POSTURES[name]


@lru_cache(maxsize=64)
def _scope(traits: LegTraits) -> Microscope:
    return Microscope(traits)


def _cycle(trace: Trace, scope: Microscope, period: float, label: str) -> Cycle:
    flow = trace.flow_ml_s
    valve = np.where(flow > CLOSED_BELOW_ML_S, 1, np.where(flow < -CLOSED_BELOW_ML_S, -1, 0)).astype(np.int8)
    return Cycle(
        time_s=trace.time_s,
        volume_ml=trace.volume_ml,
        fill=trace.volume_ml / (scope.leg.unstressed + scope.leg.stressed_max),
        pressure_mmhg=trace.pressure_mmhg,
        flow_ml_s=flow,
        valve=valve,
        ankle_mmhg=trace.ankle_mmhg,
        pooled_ml=trace.pooled_ml,
        period_s=period,
        segments=SEGMENTS,
        ways=WAYS,
        traits=scope.traits,
        activity=label,
    )
