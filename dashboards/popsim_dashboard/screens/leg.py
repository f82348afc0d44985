"""The leg: one cycle of the venous pump, with what is wrong with it, what is worn, and what it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from popsim.errors import PopsimError
from popsim.legs.anatomy import Posture
from popsim.legs.conditions import CONDITIONS
from popsim.legs.devices import DEVICES
from popsim.legs.exercises import exercises
from popsim.legs.microscope import shipped_constants
from popsim_dashboard import leg_charts
from popsim_dashboard.leg_animation import HEIGHT_PX, animation
from popsim_dashboard.words import number

if TYPE_CHECKING:
    from popsim.legs import Cycle
    from popsim.legs.exercises import Exercise
    from popsim_dashboard.runs import Run

POSTURES = {"standing": "Standing", "sitting": "Sitting", "lying": "Lying", "raised": "Legs raised"}
_POSTURE_OF = {
    "standing": Posture.STANDING,
    "sitting": Posture.SITTING,
    "lying": Posture.SUPINE,
    "raised": Posture.RAISED,
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


def show(_run: Run | None) -> None:
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


def _wish() -> Wish:
    first, second = st.columns(2)
    conditions = first.multiselect(
        "Condition", [name for name in CONDITIONS if name != "normal"], placeholder="Healthy leg",
        format_func=lambda name: CONDITIONS[name].label, key="leg_condition", max_selections=3,
    )  # fmt: skip
    device = second.selectbox(
        "Worn or used", list(DEVICES), index=None, placeholder="Nothing", key="leg_device",
        format_func=lambda name: DEVICES[name].label,
    )  # fmt: skip
    third, fourth, fifth = st.columns([3, 2, 2])
    posture = third.segmented_control(
        "Posture", list(POSTURES), default="standing", required=True, key="leg_posture",
        format_func=POSTURES.__getitem__,
    )  # fmt: skip
    possible = {e.name: e for e in _exercises().values() if e.posture == _POSTURE_OF[posture]}
    movements = [*possible, STILL]
    movement = fourth.selectbox(
        "Movement", movements, key=f"leg_movement_{posture}",
        format_func=lambda name: "None, keeps still" if name == STILL else possible[name].label,
    )  # fmt: skip
    exercise = possible.get(movement)
    cadence = 0.0 if exercise is None else _cadence(fifth, exercise)
    return Wish("+".join(conditions) or "normal", device, posture, exercise and exercise.name, cadence)


def _cadence(place: st.delta_generator.DeltaGenerator, exercise: Exercise) -> float:
    usual = min(max(round(exercise.rate_per_min), 1), _FASTEST_PER_MIN)
    return float(place.slider("Contractions a minute", 1, _FASTEST_PER_MIN, usual, key=f"leg_cadence_{exercise.name}"))


def _exercises() -> dict[str, Exercise]:
    return {e.name: e for e in exercises(shipped_constants()).values()}


@st.cache_data(show_spinner="Computing three minutes of this leg", max_entries=100)
def _cycle(wish: Wish) -> Cycle:
    from popsim.legs import cycle  # noqa: PLC0415 - brings the compiler along

    return cycle(
        wish.condition, wish.device, wish.posture, cadence_per_min=wish.cadence_per_min, exercise=wish.exercise
    )


def _figures(shown: Cycle, healthy: Cycle) -> None:
    figures = (
        ("Blood below the thigh, mean", "mL", shown.pooled_ml.mean(), healthy.pooled_ml.mean()),
        ("Pressure at the ankle, mean", "mmHg", shown.ankle_mmhg.mean(), healthy.ankle_mmhg.mean()),
        ("Sent up through the knee each minute", "mL", *(c.stroke_ml * 60 / c.period_s for c in (shown, healthy))),
    )
    for place, (label, unit, value, usual) in zip(st.columns(3), figures, strict=True):
        place.metric(label, f"{number(float(value))} {unit}", border=True)
        place.caption(f"healthy leg doing the same: {number(float(usual))} {unit}")


def _curves(shown: Cycle, healthy: Cycle) -> None:
    st.altair_chart(leg_charts.volumes(shown), theme=None)
    st.altair_chart(leg_charts.ankle_pressure(shown, healthy), theme=None)
    st.altair_chart(leg_charts.flows(shown), theme=None)
    st.caption(
        "One cycle of a leg that has kept its rhythm for three minutes. Flow above zero goes toward the heart; below zero "
        "it falls back through leaking valves. The faint line is a healthy bare leg doing the same."
    )
