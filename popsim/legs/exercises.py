"""What muscles do: contractions of each pump in their order, by posture and rate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from popsim.errors import InputError, did_you_mean
from popsim.legs.anatomy import Floats, Leg, Posture, Segment, per_segment
from popsim.legs.microscope_kernel import Rhythm

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Window:
    """When one pump is squeezed: shares of the contraction's length, the calf's own being 0 to 1.

    Attributes:
        start: where the squeeze begins.
        end: where it ends.
        force: relative to the reference pressure (``tiptoe`` or ``walking`` constants of that segment).
    """

    start: float
    end: float
    force: float = 1.0


@dataclass(frozen=True)
class Exercise:
    """A rhythm of muscle work.

    Attributes:
        name: as commands know it.
        label: for people.
        posture: in which it is done.
        rate_per_min: contractions of this leg.
        reference: ``tiptoe`` or ``walking``: whose muscle pressures ``force`` refers to.
        windows: foot, calf, popliteal and thigh.
        burst_s: length of a contraction, or ``None`` for that of a stride at this rate.
        calf_flow: rise of calf inflow relative to rest for a healthy calf.
        thigh_flow: rise of thigh inflow relative to rest.
    """

    name: str
    label: str
    posture: Posture
    rate_per_min: float
    reference: str
    windows: Windows
    burst_s: float | None
    calf_flow: float
    thigh_flow: float = 0.0

    def at(self, rate_per_min: float) -> Exercise:
        """The same exercise at another rate: hyperaemia changes in proportion, contractions fit into the period."""
        if not 0.0 < rate_per_min <= 240.0:
            raise InputError(f"expected more than 0 and at most 240 contractions a minute (got {rate_per_min:g})")
        more = rate_per_min / self.rate_per_min
        return replace(
            self,
            rate_per_min=rate_per_min,
            burst_s=None if self.burst_s is None else min(self.burst_s, 60.0 / rate_per_min),
            calf_flow=self.calf_flow * more,
            thigh_flow=self.thigh_flow * more,
        )


STILL_RHYTHM = Rhythm(np.zeros(6), np.zeros(6), np.ones(6), 1.0, 1.0)
PUMPS = (Segment.FOOT, Segment.CALF, Segment.POPLITEAL, Segment.THIGH)
Windows = tuple[Window, Window, Window, Window]


def walking(speed_km_h: float, constants: Mapping[str, float]) -> Exercise:
    """Walking on the level: stride rate, force and hyperaemia follow speed."""
    if not 0.2 <= speed_km_h <= 8.0:
        raise InputError(f"walking speed must be between 0.2 and 8 km/h (got {speed_km_h:g})")
    pace = speed_km_h / constants["exercise_walking_km_h"]
    force = pace ** constants["walking_force_speed_power"]
    return Exercise(
        name="walking",
        label=f"Walking at {speed_km_h:g} km/h",
        posture=Posture.STANDING,
        rate_per_min=60.0 * constants["stride_hz_at_3_km_h"] * pace ** constants["stride_speed_power"],
        reference="walking",
        windows=_forces(_stride(constants), [force] * len(PUMPS)),
        burst_s=None,
        calf_flow=constants["hyperaemia_walking_calf"] * pace,
        thigh_flow=constants["hyperaemia_walking_thigh"] * pace,
    )


def tiptoes(rate_per_min: float, constants: Mapping[str, float]) -> Exercise:
    """Up on the toes and down again, quick at a high rate, held at a low one; 60 a minute is the clinic's test.

    Hyperaemia follows the share of time in contraction.
    """
    quick, held = constants["tiptoe_quick_s"], constants["tiptoe_single_s"]
    burst = min(held, max(quick, quick * 60.0 / rate_per_min))
    return Exercise(
        name="tiptoes",
        label=f"{rate_per_min:g} tiptoes a minute",
        posture=Posture.STANDING,
        rate_per_min=rate_per_min,
        reference="tiptoe",
        windows=_TOGETHER,
        burst_s=burst,
        calf_flow=constants["hyperaemia_tiptoes_calf"] * rate_per_min * burst / (60.0 * quick),
    )


def exercises(constants: Mapping[str, float]) -> dict[str, Exercise]:
    """The exercises by name."""
    catalogue = (
        walking(constants["exercise_walking_km_h"], constants),
        replace(
            walking(constants["exercise_pottering_km_h"], constants), name="pottering", label="Slow stepping about"
        ),
        _toe_walking(constants),
        replace(
            tiptoes(constants["exercise_calf_raises_rate_per_min"], constants), name="calf-raises", label="Calf raises"
        ),
        _exercise("lunges", "Lunges", Posture.STANDING, constants),
        _exercise("foot-pumps", "Foot pumps while seated", Posture.SITTING, constants),
        _exercise("fidgeting", "Fidgeting while seated", Posture.SITTING, constants),
        _exercise("heel-lifts", "Heel lifts while seated", Posture.SITTING, constants),
        _exercise("seated-squeezes", "Firm squeezes of the calf while seated", Posture.SITTING, constants),
        _exercise("stepping", "Foot stepper while seated", Posture.SITTING, constants),
    )
    return {exercise.name: exercise for exercise in catalogue}


def _exercise(name: str, label: str, posture: Posture, constants: Mapping[str, float]) -> Exercise:
    """An exercise whose numbers stand in the registry; without a length of its own its contractions are strides."""
    key = f"exercise_{name.replace('-', '_')}_"
    strides = f"{key}burst_s" not in constants
    return Exercise(
        name=name,
        label=label,
        posture=posture,
        rate_per_min=constants[f"{key}rate_per_min"],
        reference="walking" if strides else "tiptoe",
        windows=_forces(_stride(constants) if strides else _TOGETHER, _own_forces(key, constants)),
        burst_s=None if strides else constants[f"{key}burst_s"],
        calf_flow=constants[f"{key}calf_flow"],
        thigh_flow=constants.get(f"{key}thigh_flow", 0.0),
    )


def _toe_walking(constants: Mapping[str, float]) -> Exercise:
    """Walking with the heel off the ground: foot and calf work from ground contact on, and harder."""
    push = Window(0.0, constants["toe_walking_push_end"])
    windows = (push, push, *_stride(constants)[2:])
    forces = _own_forces("exercise_toe_walking_", constants)
    walk = walking(constants["exercise_walking_km_h"], constants)
    return replace(walk, name="toe-walking", label="Walking on the toes", windows=_forces(windows, forces))


_TOGETHER: Windows = (Window(0.0, 1.0), Window(0.0, 1.0), Window(0.0, 1.0), Window(0.0, 1.0))


def _stride(constants: Mapping[str, float]) -> Windows:
    """Heel strike loads the foot, push-off contracts the calf, knee and thigh follow."""
    names = [segment.name.lower() for segment in PUMPS]
    foot, calf, knee, thigh = (Window(constants[f"stride_{n}_start"], constants[f"stride_{n}_end"]) for n in names)
    return foot, calf, knee, thigh


def _own_forces(key: str, constants: Mapping[str, float]) -> list[float]:
    return [constants[f"{key}{segment.name.lower()}_force"] for segment in PUMPS]


def _forces(windows: Windows, forces: Sequence[float]) -> Windows:
    foot, calf, knee, thigh = (replace(w, force=f) for w, f in zip(windows, forces, strict=True))
    return foot, calf, knee, thigh


def find_exercise(name: str, constants: Mapping[str, float]) -> Exercise:
    """The exercise of this name; an unknown one raises ``InputError``."""
    known = exercises(constants)
    if name not in known:
        raise InputError(f"no exercise named {name!r}{did_you_mean(name, known)}")
    return known[name]


def muscle_rhythm(exercise: Exercise, constants: Mapping[str, float]) -> Rhythm:
    """The pressure a healthy leg's muscles exert in this exercise."""
    period = 60.0 / exercise.rate_per_min
    burst = exercise.burst_s or min(period, constants["stride_burst_longest_s"])
    amplitude = per_segment(constants, f"{exercise.reference}_mmhg")
    start, length = np.zeros(6), np.ones(6)
    for segment, window in zip(PUMPS, exercise.windows, strict=True):
        amplitude[segment] *= window.force
        start[segment] = window.start * burst
        length[segment] = (window.end - window.start) * burst
    return Rhythm(amplitude, start, length, period, 1.0)


def hyperaemia(exercise: Exercise, leg: Leg, constants: Mapping[str, float]) -> Floats:
    """Inflow relative to rest that this work calls for in this leg, ``(6,)``."""
    idle = constants["hyperaemia_idle_share"]
    target = np.ones(len(Segment))
    target[Segment.CALF] += exercise.calf_flow * (idle + (1.0 - idle) * leg.work)
    target[Segment.THIGH] += exercise.thigh_flow
    return target
