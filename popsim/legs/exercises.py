"""What muscles do: contractions of each pump in their order, by posture and rate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from popsim.errors import InputError, did_you_mean
from popsim.legs.anatomy import Floats, Leg, Posture, Segment, per_segment
from popsim.legs.microscope_kernel import Rhythm

if TYPE_CHECKING:
    from collections.abc import Mapping

WALKING_SPEED_KM_H = 3.0


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
    windows: tuple[Window, Window, Window, Window]
    burst_s: float | None
    calf_flow: float
    thigh_flow: float = 0.0

    def at(self, rate_per_min: float) -> Exercise:
        """The same exercise at another rate; its hyperaemia changes in proportion."""
        if not 0.0 < rate_per_min <= 240.0:
            raise InputError(f"expected more than 0 and at most 240 contractions a minute (got {rate_per_min:g})")
        more = rate_per_min / self.rate_per_min
        return replace(
            self, rate_per_min=rate_per_min, calf_flow=self.calf_flow * more, thigh_flow=self.thigh_flow * more
        )


STILL_RHYTHM = Rhythm(np.zeros(6), np.zeros(6), np.ones(6), 1.0, 1.0)
_TIPTOE = (Window(0.0, 1.0), Window(0.0, 1.0), Window(0.0, 1.0), Window(0.0, 1.0))
_STRIDE = (Window(0.0, 0.25), Window(0.15, 0.60), Window(0.35, 0.65), Window(-0.1, 0.2))


def _forces(windows: tuple[Window, ...], *forces: float) -> tuple[Window, Window, Window, Window]:
    foot, calf, knee, thigh = (replace(w, force=f) for w, f in zip(windows, forces, strict=True))
    return foot, calf, knee, thigh


def walking(speed_km_h: float, constants: Mapping[str, float]) -> Exercise:
    """Walking on the level: stride rate, force and hyperaemia follow speed."""
    if not 0.2 <= speed_km_h <= 8.0:
        raise InputError(f"walking speed must be between 0.2 and 8 km/h (got {speed_km_h:g})")
    pace = speed_km_h / WALKING_SPEED_KM_H
    force = pace ** constants["walking_force_speed_power"]
    return Exercise(
        name="walking",
        label=f"Walking at {speed_km_h:g} km/h",
        posture=Posture.STANDING,
        rate_per_min=60.0 * constants["stride_hz_at_3_km_h"] * pace ** constants["stride_speed_power"],
        reference="walking",
        windows=_forces(_STRIDE, force, force, force, force),
        burst_s=None,
        calf_flow=constants["hyperaemia_walking_calf"] * pace,
        thigh_flow=constants["hyperaemia_walking_thigh"] * pace,
    )


def tiptoes(rate_per_min: float, constants: Mapping[str, float]) -> Exercise:
    """Up on the toes and down again, quick at a high rate, held at a low one; 60 a minute is the clinic's test."""
    quick, held = constants["tiptoe_quick_s"], constants["tiptoe_single_s"]
    return Exercise(
        name="tiptoes",
        label=f"{rate_per_min:g} tiptoes a minute",
        posture=Posture.STANDING,
        rate_per_min=rate_per_min,
        reference="tiptoe",
        windows=_TIPTOE,
        burst_s=min(held, max(quick, 0.6 * 60.0 / rate_per_min)) if rate_per_min < 60.0 else quick,
        calf_flow=constants["hyperaemia_tiptoes_calf"] * rate_per_min / 60.0,
    )


def exercises(constants: Mapping[str, float]) -> dict[str, Exercise]:
    """The exercises by name."""
    walk, raises = walking(3.0, constants), tiptoes(20.0, constants)
    seated = replace(raises, posture=Posture.SITTING, thigh_flow=0.0)
    calf = constants["hyperaemia_tiptoes_calf"] / 60.0
    catalogue = (
        walk,
        replace(walking(1.0, constants), name="pottering", label="Slow stepping about, 1 km/h"),
        replace(
            walk,
            name="toe-walking",
            label="Walking on the toes",
            windows=(Window(0.0, 0.6, 1.2), Window(0.0, 0.6, 1.3), *_STRIDE[2:]),
        ),
        replace(raises, name="calf-raises", label="Calf raises, 20 a minute"),
        replace(
            raises.at(12.0),
            name="lunges",
            label="Lunges, 12 a minute",
            windows=_forces(_TIPTOE, 0.8, 0.6, 1.5, 2.0),
            thigh_flow=2.0,
        ),
        replace(
            seated,
            name="foot-pumps",
            label="Foot pumps while seated, 30 a minute",
            rate_per_min=30.0,
            windows=_forces(_TIPTOE, 0.3, 0.45, 0.3, 0.0),
            burst_s=1.0,
            calf_flow=calf * 30.0 * 0.5,
        ),
        replace(
            seated,
            name="fidgeting",
            label="Fidgeting while seated, 6 a minute",
            rate_per_min=6.0,
            windows=_forces(_TIPTOE, 0.2, 0.2, 0.2, 0.1),
            burst_s=0.7,
            calf_flow=calf * 6.0 * 0.3,
        ),
        replace(
            seated,
            name="heel-lifts",
            label="Heel lifts while seated, 20 a minute",
            rate_per_min=20.0,
            windows=_forces(_TIPTOE, 0.4, 0.35, 0.3, 0.1),
            burst_s=1.0,
            calf_flow=calf * 20.0 * 0.4,
        ),
        replace(
            seated,
            name="seated-squeezes",
            label="Four firm squeezes of the calf a minute while seated",
            rate_per_min=4.0,
            windows=_forces(_TIPTOE, 0.4, 0.5, 0.3, 0.1),
            burst_s=1.5,
            calf_flow=calf * 4.0,
        ),
        replace(
            walk,
            name="stepping",
            label="Foot stepper while seated, 40 a minute",
            posture=Posture.SITTING,
            rate_per_min=40.0,
            windows=_forces(_STRIDE, 0.5, 0.5, 0.6, 0.3),
            calf_flow=constants["hyperaemia_walking_calf"] * 0.5,
            thigh_flow=constants["hyperaemia_walking_thigh"] * 0.2,
        ),
    )
    return {exercise.name: exercise for exercise in catalogue}


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
    for segment, window in zip(
        (Segment.FOOT, Segment.CALF, Segment.POPLITEAL, Segment.THIGH), exercise.windows, strict=True
    ):
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
