"""The vein clinic's tests on a resolved leg: air plethysmography, ambulatory venous pressure, postures, reflux."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from popsim.legs.anatomy import Posture, Segment, Way
from popsim.legs.exercises import exercises, tiptoes, walking
from popsim.legs.microscope import STEP_S, Microscope, Phase, Trace
from popsim.legs.microscope_kernel import Rhythm

if TYPE_CHECKING:
    from popsim.legs.anatomy import Floats
    from popsim.legs.exercises import Exercise

TEN_TIPTOES_S = 10.0
RECORD_S = 0.05
WALK_S, WALK_MEAN_S = 120.0, 24.0
CUFF_MMHG, CUFF_S = 100.0, 3.0
REFLUX_ML_S = 0.5


@dataclass(frozen=True)
class Plethysmography:
    """Air plethysmography of the calf: legs raised, stand, one tiptoe, rest, ten tiptoes.

    Attributes:
        vv_ml: functional venous volume, standing less raised.
        vft90_s: time to fill to 90 % of it on standing up.
        vfi_ml_s: venous filling index, 0.9·VV/VFT90.
        ev_ml: volume ejected by one tiptoe.
        ef_percent: ejection fraction, EV/VV.
        rv_ml: residual volume after ten tiptoes, above the raised leg's.
        rvf_percent: residual volume fraction, RV/VV.
        time_s: of the curve, ``(T,)``.
        cuff_ml: volume in the cuff above the raised leg's, ``(T,)``.
    """

    vv_ml: float
    vft90_s: float
    vfi_ml_s: float
    ev_ml: float
    ef_percent: float
    rv_ml: float
    rvf_percent: float
    time_s: Floats
    cuff_ml: Floats


@dataclass(frozen=True)
class TiptoePressure:
    """Pressure in a superficial vein of the foot: standing, in ten tiptoes, standing again.

    Attributes:
        standing_mmhg: standing still.
        ambulatory_mmhg: ambulatory venous pressure, the lowest one-second mean in ten tiptoes and just after.
        rt90_s: time after the tiptoes until 90 % of the fall is recovered.
        time_s: of the test, ``(T,)``.
        ankle_mmhg: pressure in the test, ``(T,)``.
    """

    standing_mmhg: float
    ambulatory_mmhg: float
    rt90_s: float
    time_s: Floats
    ankle_mmhg: Floats


@dataclass(frozen=True)
class AmbulatoryPressure(TiptoePressure):
    """The tiptoe test and two walks.

    Attributes:
        walking_3_mmhg: mean in steady walking at 3 km/h.
        walking_6_mmhg: mean in steady walking at 6 km/h.
    """

    walking_3_mmhg: float
    walking_6_mmhg: float


@dataclass(frozen=True)
class PostureRow:
    """A leg that stays as it is.

    Attributes:
        activity: posture or exercise.
        ankle_mmhg: mean pressure in a superficial vein of the foot.
        pooled_ml: mean blood below the thigh.
        popliteal_ml_s: mean flow from popliteal to femoral vein.
        shares: mean fill of each segment as a share of the most it can hold, ``(6,)``.
    """

    activity: str
    ankle_mmhg: float
    pooled_ml: float
    popliteal_ml_s: float
    shares: tuple[float, ...]


@dataclass(frozen=True)
class RefluxDurations:
    """How long blood falls back after a calf cuff is let go, standing.

    Attributes:
        popliteal_s: through the valve above the knee.
        saphenous_s: down the great saphenous vein from the groin.
        perforators_s: from the calf out through the perforators, while the cuff squeezes and after.
    """

    popliteal_s: float
    saphenous_s: float
    perforators_s: float


def air_plethysmography(scope: Microscope, step_s: float = STEP_S) -> Plethysmography:
    """Run the test and read the curve as the clinic does."""
    one, ten = tiptoes(20.0, scope.constants), tiptoes(60.0, scope.constants)
    still = Posture.STANDING
    phases = [
        Phase(20.0, Posture.RAISED),
        Phase(240.0, still),
        Phase(3.0, still, one),
        Phase(90.0, still),
        Phase(TEN_TIPTOES_S, still, ten),
        Phase(40.0, still),
    ]
    trace = scope.run(phases, every_s=RECORD_S, step_s=step_s)
    base = trace.cuff_ml[trace.starts[1] - 1]
    cuff = trace.cuff_ml - base
    filling = cuff[trace.phase(1)]
    full = float(filling.max())
    vft90 = float(np.argmax(filling >= 0.9 * full)) * RECORD_S
    ejected = float(cuff[trace.starts[2]] - cuff[trace.phase(2)].min())
    residual = max(float(cuff[trace.phase(4)][-round(1.0 / RECORD_S) :].min()), 0.0)
    return Plethysmography(
        vv_ml=full,
        vft90_s=vft90,
        vfi_ml_s=0.9 * full / max(vft90, RECORD_S),
        ev_ml=ejected,
        ef_percent=100.0 * ejected / full,
        rv_ml=residual,
        rvf_percent=100.0 * residual / full,
        time_s=trace.time_s,
        cuff_ml=cuff,
    )


def ambulatory_pressure(scope: Microscope, step_s: float = STEP_S) -> AmbulatoryPressure:
    """Run the tiptoe test and two walks."""
    tiptoe = tiptoe_pressure(scope, step_s)
    walks = [walking_pressure(scope, speed, step_s) for speed in (3.0, 6.0)]
    return AmbulatoryPressure(**vars(tiptoe), walking_3_mmhg=walks[0], walking_6_mmhg=walks[1])


def tiptoe_pressure(scope: Microscope, step_s: float = STEP_S) -> TiptoePressure:
    """Stand, ten tiptoes, stand."""
    still = Posture.STANDING
    phases = [
        Phase(10.0, still),
        Phase(TEN_TIPTOES_S, still, tiptoes(60.0, scope.constants)),
        Phase(180.0, still),
    ]
    trace = scope.run(phases, scope.settled(still), every_s=RECORD_S, step_s=step_s)
    ankle = trace.ankle_mmhg
    standing = float(ankle[trace.starts[1] - 1])
    second = round(1.0 / RECORD_S)
    means = np.convolve(ankle, np.full(second, 1.0 / second), mode="same")
    lowest = float(means[trace.starts[1] : trace.starts[2] + 2 * second].min())
    recovery = means[trace.starts[2] :]
    back = recovery >= lowest + 0.9 * (standing - lowest)
    rt90 = float(np.argmax(back)) * RECORD_S if back.any() else 180.0
    return TiptoePressure(standing, lowest, rt90, trace.time_s, ankle)


def walking_pressure(scope: Microscope, speed_km_h: float, step_s: float = STEP_S) -> float:
    """Mean pressure in a vein of the foot after two minutes of steady walking, mmHg."""
    trace = _steady(scope, Posture.STANDING, walking(speed_km_h, scope.constants), WALK_S, step_s)
    return float(trace.ankle_mmhg[trace.phase(1)].mean())


def posture_table(scope: Microscope, extra: tuple[str, ...] = (), device: Rhythm | None = None) -> list[PostureRow]:
    """Supine, raised, sitting, standing, walking, and further exercises by name, with the device's cuffs at work."""
    catalogue = exercises(scope.constants)
    kinds: list[tuple[str, Posture, Exercise | None]] = [
        ("lying", Posture.SUPINE, None),
        ("legs raised", Posture.RAISED, None),
        ("sitting", Posture.SITTING, None),
        ("standing", Posture.STANDING, None),
        ("walking at 3 km/h", Posture.STANDING, catalogue["walking"]),
    ]
    kinds += [(catalogue[n].label, catalogue[n].posture, catalogue[n]) for n in extra]
    return [_posture_row(scope, device, *kind) for kind in kinds]


def reflux_durations(scope: Microscope) -> RefluxDurations:
    """Squeeze the standing calf for three seconds, let go, and time the flow back."""
    amplitude = np.zeros(len(Segment))
    amplitude[[Segment.CALF, Segment.AXIAL, Segment.SUPERFICIAL]] = CUFF_MMHG
    cuff = Rhythm(amplitude, np.zeros(len(Segment)), np.full(len(Segment), CUFF_S), 1e6, 8.0)
    phases = [Phase(CUFF_S, Posture.STANDING, None, cuff), Phase(20.0, Posture.STANDING)]
    trace = scope.run(phases, scope.settled(Posture.STANDING), every_s=0.01)
    after, back = trace.phase(1), trace.flow_ml_s < -REFLUX_ML_S
    return RefluxDurations(
        popliteal_s=float(back[after, Way.POPLITEAL_THIGH].sum()) * 0.01,
        saphenous_s=float(back[after, Way.GROIN].sum()) * 0.01,
        perforators_s=float(back[:, Way.PERFORATORS].sum()) * 0.01,
    )


def _steady(
    scope: Microscope,
    posture: Posture,
    exercise: Exercise | None,
    seconds: float,
    step_s: float,
    device: Rhythm | None = None,
) -> Trace:
    """Some minutes, then a window of whole contractions or inflations over which means are taken."""
    period = 60.0 / exercise.rate_per_min if exercise else device.period if device else WALK_MEAN_S
    window = max(round(WALK_MEAN_S / period), 1) * period
    phases = [Phase(seconds, posture, exercise, device), Phase(window, posture, exercise, device)]
    return scope.run(phases, scope.settled(posture), every_s=RECORD_S, step_s=step_s)


def _posture_row(
    scope: Microscope, device: Rhythm | None, name: str, posture: Posture, exercise: Exercise | None
) -> PostureRow:
    trace = _steady(scope, posture, exercise, WALK_S, STEP_S, device)
    last = trace.phase(1)
    most = scope.leg.unstressed + scope.leg.stressed_max
    return PostureRow(
        activity=name,
        ankle_mmhg=float(trace.ankle_mmhg[last].mean()),
        pooled_ml=float(trace.pooled_ml[last].mean()),
        popliteal_ml_s=float(trace.flow_ml_s[last, Way.POPLITEAL_THIGH].mean()),
        shares=tuple((trace.volume_ml[last].mean(axis=0) / most).tolist()),
    )
