"""The leg: one cycle of the venous pump, with what is wrong with it, what is worn, and what it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from popsim.errors import PopsimError
from popsim.legs.anatomy import Posture
from popsim.legs.clinic import air_plethysmography, ambulatory_pressure
from popsim.legs.clinic_targets import targets
from popsim.legs.conditions import CONDITIONS, leg_with
from popsim.legs.devices import DEVICES, find_devices
from popsim.legs.exercises import exercises
from popsim.legs.microscope import Microscope, shipped_constants
from popsim.legs.microscope_cycle import cycle, dressed
from popsim_dashboard import clinic_charts, leg_charts
from popsim_dashboard.leg_animation import HEIGHT_PX, animation
from popsim_dashboard.markup import table
from popsim_dashboard.words import number

if TYPE_CHECKING:
    from collections.abc import Callable

    from popsim.legs import Cycle
    from popsim.legs.clinic import AmbulatoryPressure, Plethysmography
    from popsim.legs.clinic_targets import Target
    from popsim.legs.exercises import Exercise

POSTURES = {"standing": "Standing", "sitting": "Sitting", "lying": "Lying", "raised": "Legs raised"}
_POSTURE_OF = {
    "standing": Posture.STANDING,
    "sitting": Posture.SITTING,
    "lying": Posture.SUPINE,
    "raised": Posture.RAISED,
}
MICROSCOPE_POSTURES = {
    "standing": Posture.STANDING,
    "sitting": Posture.SITTING,
    "lying": Posture.SUPINE,
    "raised": Posture.RAISED,
}
READINGS = {
    "vv_ml": "Functional venous volume",
    "vft90_s": "Filling time to 90 %",
    "vfi_ml_s": "Venous filling index",
    "ev_ml": "Ejected by one tiptoe",
    "ef_percent": "Ejection fraction",
    "rvf_percent": "Residual volume fraction",
    "standing_mmhg": "Pressure standing still",
    "ambulatory_mmhg": "Ambulatory venous pressure",
    "rt90_s": "Recovery time to 90 %",
    "walking_3_mmhg": "Pressure walking at 3 km/h",
}
STILL = "still"
_FASTEST_PER_MIN = 120


@dataclass(frozen=True)
class Wish:
    """What the reader wants to see, as ``popsim.legs.cycle`` takes it."""

    condition: str
    device: str | None
    posture: str
    exercise: str | None
    cadence_per_min: float


def show(_run: object) -> None:
    """Draw the page; it needs no run."""
    st.title("The leg", anchor=False)
    st.markdown(
        "Walking drives blood home: each step squeezes foot, calf, knee and thigh in turn, and valves keep what was "
        "lifted from falling back. Choose what is wrong, what helps and what the leg does."
    )
    wish = _wish()
    try:
        shown = _cycle(wish)
        healthy = _cycle(Wish("normal", None, wish.posture, wish.exercise, wish.cadence_per_min))
    except PopsimError as err:
        st.warning(str(err), icon=":material/error:")
        return
    _figures(shown, healthy)
    left, right = st.columns([2, 3], gap="medium")
    with left:
        st.iframe(animation(shown), height=HEIGHT_PX)
    with right:
        _curves(shown, healthy)
    _clinic(wish)


def _wish() -> Wish:
    left, right = st.columns(2)
    conditions = left.multiselect(
        "Condition",
        [name for name in CONDITIONS if name != "normal"],
        placeholder="Healthy leg",
        format_func=lambda name: CONDITIONS[name].label,
        max_selections=3,
        key="leg_condition",
    )
    devices = right.multiselect(
        "Worn or used",
        list(DEVICES),
        placeholder="Nothing",
        format_func=lambda name: DEVICES[name].label,
        max_selections=3,
        key="leg_device",
    )
    posture = st.segmented_control(
        "Posture",
        list(POSTURES),
        default="standing",
        required=True,
        format_func=POSTURES.__getitem__,
        key="leg_posture",
    )
    exercise, cadence = _movement(posture)
    return Wish("+".join(conditions) or "normal", "+".join(devices) or None, posture, exercise, cadence)


def _movement(posture: str) -> tuple[str | None, float]:
    """Name of the exercise, ``None`` for stillness, and its contractions a minute."""
    left, right = st.columns(2)
    possible = {e.name: e for e in _exercises().values() if e.posture == MICROSCOPE_POSTURES[posture]}
    labels = {name: exercise.label for name, exercise in possible.items()} | {STILL: "None, keeps still"}
    chosen = left.selectbox("Movement", list(labels), format_func=labels.__getitem__, key=f"leg_movement_{posture}")
    exercise = possible.get(chosen)
    return (None, 0.0) if exercise is None else (chosen, _cadence(right, exercise))


def _cadence(place: st.delta_generator.DeltaGenerator, exercise: Exercise) -> float:
    usual = min(max(round(exercise.rate_per_min), 1), _FASTEST_PER_MIN)
    return float(place.slider("Contractions a minute", 1, _FASTEST_PER_MIN, usual, key=f"leg_cadence_{exercise.name}"))


def _exercises() -> dict[str, Exercise]:
    return {e.name: e for e in exercises(shipped_constants()).values()}


@st.cache_data(show_spinner="Computing three minutes of this leg", max_entries=100)
def _cycle(wish: Wish) -> Cycle:
    return cycle(
        wish.condition, wish.device, wish.posture, cadence_per_min=wish.cadence_per_min, exercise=wish.exercise
    )


def _figures(shown: Cycle, healthy: Cycle) -> None:
    figures: tuple[tuple[str, str, Callable[[Cycle], float]], ...] = (
        ("Blood below the thigh", "mL", lambda c: float(c.pooled_ml.mean())),
        ("Ankle pressure", "mmHg", lambda c: float(c.ankle_mmhg.mean())),
        ("Flow through the knee", "mL/min", lambda c: c.stroke_ml * 60 / c.period_s),
    )
    for place, (label, unit, of) in zip(st.columns(3), figures, strict=True):
        usual = f"healthy: {number(of(healthy))} {unit}"
        place.metric(label, f"{number(of(shown))} {unit}", usual, delta_color="off", delta_arrow="off", border=True)


def _curves(shown: Cycle, healthy: Cycle) -> None:
    st.altair_chart(leg_charts.volumes(shown), theme=None)
    st.altair_chart(leg_charts.ankle_pressure(shown, healthy), theme=None)
    st.altair_chart(leg_charts.flows(shown), theme=None)
    st.caption(
        "One cycle of a leg that has kept its rhythm for three minutes. Flow above zero goes toward the heart; below "
        "zero it falls back through leaking valves. The faint line is a healthy bare leg doing the same."
    )


def _clinic(wish: Wish) -> None:
    st.header("What the vein clinic would find", anchor=False)
    tested, healthy = _tests(wish.condition, wish.device), _tests("normal", None)
    normal = {target.quantity: target for target in targets() if target.group == "normal"}
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("Air plethysmography", anchor=False)
        bands = _ranges(normal, {"vv_ml": "functional venous volume"})
        st.altair_chart(clinic_charts.plethysmography(tested[0], healthy[0], bands), theme=None)
    with right:
        st.subheader("Ambulatory venous pressure", anchor=False)
        bands = _ranges(normal, {"standing_mmhg": "standing still", "ambulatory_mmhg": "after ten tiptoes"})
        st.altair_chart(clinic_charts.ambulatory(tested[1], healthy[1], bands), theme=None)
    rows = [
        (label, *_reading(getattr(test, quantity), normal[quantity]))
        for quantity, label in READINGS.items()
        for test in tested
        if hasattr(test, quantity)
    ]
    table(["Reading", "This leg", "Normal", "", "Source of the range"], rows, last_is_text=True)
    st.caption(
        "Plethysmography: 1 standing up, 2 one tiptoe, 3 ten tiptoes. Pressure: 1 ten tiptoes, 2 standing still again. "
        "The clinic's own tests, made on the model's leg with what is worn, without pumps or cuffs at work. Shaded: "
        "normal ranges, which hold about 95 % of people. The faint line is a healthy bare leg."
    )


def _ranges(normal: dict[str, Target], wanted: dict[str, str]) -> list[tuple[float, float, str]]:
    return [(normal[q].low, normal[q].high, words) for q, words in wanted.items()]


def _reading(value: float, target: Target) -> tuple[str, str, str, str]:
    unit = "" if target.unit == "1" else f" {target.unit}"
    verdict = "normal" if target.met(value) else "↓ low" if value < target.low else "↑ high"
    span = f"{target.low:g} to {target.high:g}{unit}"
    return f"{number(value)}{unit}", span, verdict, f"{target.source} ({target.grade})"


@st.cache_data(show_spinner="Testing this leg", max_entries=100)
def _tests(condition: str, device: str | None) -> tuple[Plethysmography, AmbulatoryPressure]:
    constants = shipped_constants()
    scope = Microscope(dressed(leg_with(condition, constants), find_devices(device), 0.0, constants))
    return air_plethysmography(scope), ambulatory_pressure(scope)
