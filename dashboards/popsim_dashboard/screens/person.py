"""A person's day: what they did, and what happened in both legs, minute by minute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc
import streamlit as st

from popsim.analysis import person_day, traced_days, traced_people
from popsim.people.population import Sex, Work
from popsim_dashboard.day_charts import QUANTITIES, clock, curves, postures_in, timeline
from popsim_dashboard.leg_drawing import LegPicture, labelled, shared_out
from popsim_dashboard.markup import colour_key
from popsim_dashboard.words import plain

if TYPE_CHECKING:
    import pyarrow as pa

    from popsim.analysis import LegDay, PersonDay
    from popsim_dashboard.runs import Run

STEP_MIN = 5
MINUTES_PER_DAY = 1440
SEX_WORDS = {int(Sex.FEMALE): "Woman", int(Sex.MALE): "Man"}
WORK_WORDS = {
    Work.NONE: "not in paid work",
    Work.DESK: "works at a desk",
    Work.STANDING: "works standing",
    Work.ACTIVE: "works on their feet",
    Work.DRIVING: "drives for a living",
}
FLAGS = {
    "active_cancer": "active cancer",
    "factor_v_leiden": "factor V Leiden",
    "hormone_therapy": "takes hormones",
    "non_o_blood": "blood group other than O",
    "oral_contraceptive": "takes a contraceptive pill",
    "prior_vte": "had a clot before",
    "prothrombin_g20210a": "prothrombin G20210A",
    "smoker": "smokes",
}


def show(run: Run) -> None:
    """Draw the page."""
    st.title("A person's day", anchor=False)
    traced = run.ask(traced_days)
    if traced.num_rows == 0:
        st.write("This run followed nobody bout by bout, or has not come so far.")
        st.caption("How many people and days are followed stands under `[outputs]` in the scenario.")
        return
    arm, person, day = _chosen(run, traced)
    shown = run.ask(person_day, arm, person, day)
    if shown is None:
        st.write("This person did not live to see this day in this arm. Choose an earlier one.")
        return
    _person_words(run, person)
    _moments(run, (arm, person, day), shown)


@st.fragment
def _moments(run: Run, key: tuple[int, int, int], shown: PersonDay) -> None:
    """The day at a moment the reader slides through; only this part is drawn anew then."""
    minute = st.select_slider(
        "Time of day", range(0, MINUTES_PER_DAY, STEP_MIN), value=_fullest(shown), format_func=clock, key="day_minute"
    )
    st.markdown(_moment(shown, minute))
    left, right = st.columns([5, 3], gap="medium")
    with left:
        _charts(run, key, shown, minute)
    with right:
        _drawing(shown, minute)


def _chosen(run: Run, traced: pa.Table) -> tuple[int, int, int]:
    columns = st.columns([2, 2, 1])
    arms = [arm for arm in run.labels if arm in set(traced["arm_id"].to_pylist())]
    arm = columns[0].selectbox("Arm", arms, format_func=run.labels.__getitem__, key="day_arm")
    mine: dict[int, list[int]] = {}
    for row in traced.filter(pc.equal(traced["arm_id"], arm)).to_pylist():
        mine.setdefault(row["person"], []).append(row["day"])
    traits = {row["person"]: row for row in run.ask(traced_people).to_pylist()}
    names = {number: _name(number, traits.get(number, {})) for number in mine}
    person = columns[1].selectbox("Person", list(mine), format_func=names.__getitem__, key="day_person")
    day = columns[2].selectbox("Day", mine[person], format_func=lambda d: f"Day {d + 1}", key="day_day")
    return int(arm), int(person), int(day)


def _name(person: int, traits: dict[str, Any]) -> str:
    sex = SEX_WORDS.get(traits.get("sex", -1), "Person")
    age = f" of {int(traits['age_years'])}" if "age_years" in traits else ""
    return f"{sex}{age} (no. {person})"


def _person_words(run: Run, person: int) -> None:
    rows: list[dict[str, Any]] = run.ask(traced_people).to_pylist()
    traits = next((row for row in rows if row["person"] == person), {})
    words = []
    if "height_cm" in traits and "weight_kg" in traits:
        words.append(f"{traits['height_cm']:.0f} cm, {traits['weight_kg']:.0f} kg")
    if traits.get("work") in WORK_WORDS:
        words.append(WORK_WORDS[traits["work"]])
    words += [FLAGS.get(name, name.replace("_", " ")) for name, value in traits.items() if value is True]
    words += [f"reflux in the {side} leg" for side in ("left", "right") if _leaks(traits, side)]
    if words:
        st.caption("; ".join(words) + ".")


def _leaks(traits: dict[str, Any], side: str) -> bool:
    return any(traits.get(f"{side}_{vein}_leak", 0) for vein in ("superficial", "deep", "perforator"))


def _fullest(day: PersonDay) -> int:
    """The moment at which most blood is in both legs, so that there is something to see."""
    together = day.legs[0].volume_ml + day.legs[1].volume_ml
    moment = day.minute[int(np.argmax(together))] // STEP_MIN * STEP_MIN
    return int(min(moment, MINUTES_PER_DAY - STEP_MIN))


def _at(day: PersonDay, leg: LegDay, quantity: str, minute: int) -> float:
    return float(np.interp(minute, day.minute, getattr(leg, quantity)))


def _moment(day: PersonDay, minute: int) -> str:
    starts = day.bouts["start_min"].to_pylist()
    bout = max(i for i, start in enumerate(starts) if start <= minute)
    label, start, length = (day.bouts[name][bout].as_py() for name in ("label", "start_min", "minutes"))
    return f"**{clock(minute)}** {plain(label)}, from {clock(start)} to {clock(start + length)}"


def _charts(run: Run, key: tuple[int, int, int], shown: PersonDay, minute: int) -> None:
    arm, person, day = key
    days = {run.labels[arm]: shown}
    reference = next(iter(run.labels))
    other = run.ask(person_day, reference, person, day) if arm != reference else None
    if other is not None and st.toggle(f"Compare with *{plain(run.reference)}*", value=True, key="day_compare"):
        days = {run.reference: other, **days}
    colour_key(postures_in(shown))
    with st.container(gap="xsmall"):
        st.altair_chart(timeline(shown, minute), theme=None)
        for quantity in QUANTITIES:
            st.altair_chart(curves(days, run.colours, quantity, minute), theme=None)
    faint = f" The faint line is the same person in *{plain(run.reference)}*." if len(days) > 1 else ""
    st.caption(
        "Full lines: left leg; dashed: right. Blood is what stands in the veins below the thigh, pressure that of a "
        "vein at the ankle. Activation, 0 to 1, says how far the vein wall is on the way to forming a clot; swelling "
        f"is fluid in the tissue.{faint}"
    )


def _drawing(day: PersonDay, minute: int) -> None:
    st.html(labelled(*(_picture(day, leg, minute) for leg in day.legs)))
    st.caption(
        "The legs from behind. A run keeps one volume for each lower leg; it is drawn as a healthy leg that holds so "
        "much shares it out among foot, calf, knee and thigh."
    )


def _picture(day: PersonDay, leg: LegDay, minute: int) -> LegPicture:
    volume, pressure = _at(day, leg, "volume_ml", minute), _at(day, leg, "pressure_mmhg", minute)
    activation = _at(day, leg, "activation", minute)
    return LegPicture(shared_out(volume), activation, f"{volume:.0f} mL, {pressure:.0f} mmHg")
