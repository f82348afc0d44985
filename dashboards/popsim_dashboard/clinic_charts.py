"""The vein clinic's curves as a vascular report shows them: air plethysmography and ambulatory venous pressure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from popsim_dashboard.theme import MUTED, WINE, styled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from popsim.legs.clinic import AmbulatoryPressure, Plethysmography

NORMAL = "#009E73"
_HEIGHT = 290
Range = tuple[float, float, str]
"""A normal range: low, high, what of."""
Step = tuple[float, str]
"""Second at which something begins, and its mark."""
Line = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Seconds and values."""

_PLETHYSMOGRAPHY: tuple[Step, ...] = ((20.0, "1"), (260.0, "2"), (353.0, "3"))
_AMBULATORY: tuple[Step, ...] = ((10.0, "1"), (20.0, "2"))
_SHOWN_S = 110.0
"""Of the pressure test; what follows is a leg at rest."""


def plethysmography(test: Plethysmography, healthy: Plethysmography, normal: Sequence[Range]) -> alt.LayerChart:
    """Volume of the calf through the test, a healthy leg's faintly, and the normal functional venous volume."""
    lines = [(one.time_s, one.cuff_ml) for one in (healthy, test)]
    return _chart(lines, normal, _PLETHYSMOGRAPHY, "Calf volume above that of the raised leg, mL")


def ambulatory(test: AmbulatoryPressure, healthy: AmbulatoryPressure, normal: Sequence[Range]) -> alt.LayerChart:
    """Pressure in a vein of the foot through ten tiptoes, a healthy leg's faintly, and normal pressures."""
    lines = [(one.time_s[one.time_s < _SHOWN_S], one.ankle_mmhg[one.time_s < _SHOWN_S]) for one in (healthy, test)]
    return _chart(lines, normal, _AMBULATORY, "Pressure in a vein of the foot, mmHg")


def _chart(lines: Sequence[Line], normal: Sequence[Range], steps: Sequence[Step], title: str) -> alt.LayerChart:
    healthy, shown = lines
    bands = pa.table({"low": [r[0] for r in normal], "high": [r[1] for r in normal], "what": [r[2] for r in normal]})
    begins = pa.table({"time": [s[0] for s in steps], "what": [s[1] for s in steps]})
    axis = alt.Axis(tickCount=6)
    band = (
        alt.Chart(bands)
        .mark_rect(color=NORMAL, opacity=0.13)
        .encode(y=alt.Y("low:Q", title=title, axis=axis), y2="high:Q", tooltip=[alt.Tooltip("what:N", title="Normal")])
    )
    rules = alt.Chart(begins).mark_rule(color=MUTED, strokeDash=[2, 3], opacity=0.7).encode(x="time:Q")
    texts = (
        alt.Chart(begins)
        .mark_text(align="left", dx=4, dy=2, fontSize=13, fontWeight="bold", color=MUTED, baseline="top")
        .encode(x="time:Q", y=alt.value(0), text="what:N")
    )
    return styled(band, rules, _line(healthy, MUTED, 1.3), _line(shown, WINE, 2.2), texts, height=_HEIGHT)


def _line(line: Line, colour: str, width: float) -> alt.Chart:
    rows = pa.table({"time": line[0], "value": line[1]})
    chart: alt.Chart = (
        alt.Chart(rows)
        .mark_line(color=colour, strokeWidth=width, clip=True)
        .encode(
            x=alt.X("time:Q", title="Seconds", axis=alt.Axis(grid=False), scale=alt.Scale(nice=False)),
            y=alt.Y("value:Q"),
        )
    )
    return chart
