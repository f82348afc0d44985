"""A person's day as charts: bouts in a row, and what happens in both legs below, all from 04:00 to 04:00."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import pyarrow as pa

from popsim.routines.activities import ACTIVITIES
from popsim_dashboard.charts import clock_axis
from popsim_dashboard.theme import MUTED, styled

if TYPE_CHECKING:
    from popsim.analysis import PersonDay

POSTURES = {
    "In bed": "#9DB4CE",
    "In a hospital bed": "#6F6A8A",
    "Sitting": "#E8B04A",
    "Sitting, on the way": "#B9770E",
    "Standing": "#CC79A7",
    "On one's feet": "#56B4E9",
    "Walking and exercise": "#009E73",
    "Other": "#B8B4AE",
}
"""What a bout means for the legs, and its colour."""

QUANTITIES = {
    "volume_ml": ("Blood, mL", 0.0, 190),
    "pressure_mmhg": ("Pressure, mmHg", 0.0, 150),
    "activation": ("Activation", 0.1, 140),
    "oedema_ml": ("Swelling, mL", 20.0, 140),
}
"""Title, least height of the scale and height in pixels of each chart below the bouts."""

_AXIS_WIDTH = 42


def posture_of(activity: str) -> str:
    """The key of ``POSTURES`` for an activity by name; activities of plugins are ``Other``."""
    if activity not in ACTIVITIES:
        return "Other"
    tags = ACTIVITIES[activity].tags
    if tags & {"walking", "exercise"}:
        return "Walking and exercise"
    if "lying" in tags:
        return "In a hospital bed" if "hospital" in tags else "In bed"
    if "seated" in tags:
        return "Sitting, on the way" if "travel" in tags else "Sitting"
    return "Standing" if activity == "stand" else "On one's feet"


def clock(minute: float) -> str:
    """Minutes after 04:00 as time of day."""
    return f"{int(minute // 60 + 4) % 24:02d}:{int(minute % 60):02d}"


def timeline(day: PersonDay, now_min: float) -> alt.LayerChart:
    """Bouts in a row, coloured by what they mean for the legs (``postures_in`` names the colours)."""
    rows = [
        {
            "minute": bout["start_min"],
            "end": bout["start_min"] + bout["minutes"],
            "minutes": bout["minutes"],
            "label": bout["label"],
            "colour": POSTURES[posture_of(bout["activity"])],
            "times": f"{clock(bout['start_min'])} to {clock(bout['start_min'] + bout['minutes'])}",
            "row": "",
        }
        for bout in day.bouts.to_pylist()
    ]
    axis = alt.Axis(labels=False, ticks=False, minExtent=_AXIS_WIDTH, grid=False, titleColor="white")
    bars = (
        alt.Chart(pa.Table.from_pylist(rows))
        .mark_bar(height=30, stroke="white", strokeWidth=0.4)
        .encode(
            x=clock_axis(None),
            x2="end:Q",
            y=alt.Y("row:N", title="Doing", axis=axis),
            color=alt.Color("colour:N", scale=None),
            tooltip=[
                alt.Tooltip("label:N", title="Doing"),
                alt.Tooltip("times:N", title="Time"),
                alt.Tooltip("minutes:Q", title="Minutes"),
            ],
        )
    )
    return styled(bars, _now(now_min), height=72)


def postures_in(day: PersonDay) -> dict[str, str]:
    """Colours of the postures that occur in a day."""
    seen = {posture_of(name) for name in day.bouts["activity"].to_pylist()}
    return {posture: colour for posture, colour in POSTURES.items() if posture in seen}


def curves(days: dict[str, PersonDay], colours: dict[str, str], quantity: str, now_min: float) -> alt.LayerChart:
    """One quantity of both legs through the day.

    Args:
        days: by label of the arm; the last is the arm shown, one before it is drawn faintly for comparison.
        colours: by label of the arm.
        quantity: a key of ``QUANTITIES``.
        now_min: where the line of the chosen moment stands.
    """
    title, least, height = QUANTITIES[quantity]
    most = max(float(getattr(leg, quantity).max()) for day in days.values() for leg in day.legs)
    scale = alt.Scale(domain=[0, max(least, most * 1.05)], nice=True)
    y = alt.Y("value:Q", title=title, scale=scale, axis=alt.Axis(tickCount=4, minExtent=_AXIS_WIDTH))
    shown = list(days)[-1]
    lines = [
        _lines(_long(day, quantity, label), y, colours[label], is_faint=label != shown, title=title)
        for label, day in days.items()
    ]
    return styled(*lines, _now(now_min), height=height)


def _lines(rows: pa.Table, y: alt.Y, colour: str, *, is_faint: bool, title: str) -> alt.Chart:
    dashes = alt.Scale(domain=["Left", "Right"], range=[[1, 0], [5, 3]])
    lines: alt.Chart = (
        alt.Chart(rows)
        .mark_line(strokeWidth=1.2 if is_faint else 2, opacity=0.55 if is_faint else 1, color=colour)
        .encode(
            x=clock_axis(None),
            y=y,
            strokeDash=alt.StrokeDash("leg:N", scale=dashes, legend=None),
            tooltip=[
                alt.Tooltip("arm:N", title="Arm"),
                alt.Tooltip("leg:N", title="Leg"),
                alt.Tooltip("time:N", title="Time"),
                alt.Tooltip("value:Q", title=title, format=".3~g"),
            ],
        )
    )
    return lines


def _now(minute: float) -> alt.Chart:
    at = alt.Chart(pa.table({"minute": [minute]}))
    line: alt.Chart = at.mark_rule(color=MUTED, strokeWidth=1.5).encode(x="minute:Q")
    return line


def _long(day: PersonDay, quantity: str, label: str) -> pa.Table:
    moments = len(day.minute)
    return pa.table(
        {
            "minute": np.tile(day.minute, 2),
            "time": [clock(minute) for minute in day.minute] * 2,
            "leg": ["Left"] * moments + ["Right"] * moments,
            "value": np.concatenate([getattr(leg, quantity) for leg in day.legs]),
            "arm": [label] * 2 * moments,
        }
    )
