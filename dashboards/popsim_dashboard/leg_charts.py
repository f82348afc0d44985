"""Curves of one cycle of the leg: volume by segment, pressure at the ankle, flow through the valves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import pyarrow as pa

from popsim_dashboard.theme import INK, MUTED, WINE, styled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from popsim.legs import Cycle

SEGMENTS = {
    "foot": ("Foot", "#E69F00"),
    "calf": ("Calf", "#7B1E3A"),
    "popliteal": ("Knee", "#56B4E9"),
    "thigh": ("Thigh", "#0072B2"),
    "superficial": ("Superficial", "#009E73"),
    "axial": ("Beside the calf", "#CC79A7"),
}
WAYS = {
    "foot_axial": ("Foot to calf", "#E69F00"),
    "calf_popliteal": ("Calf to knee", "#7B1E3A"),
    "popliteal_thigh": ("Knee to thigh", "#56B4E9"),
    "perforators": ("Superficial to deep", "#009E73"),
}
_HEIGHT = 235


def volumes(cycle: Cycle) -> alt.LayerChart:
    """Blood in each segment over the cycle."""
    columns = {segment: cycle.volume_ml[:, i] for i, segment in enumerate(cycle.segments)}
    return styled(_lines(cycle.time_s, columns, SEGMENTS, "Blood in each segment, mL"), height=_HEIGHT)


def flows(cycle: Cycle) -> alt.LayerChart:
    """Flow through the valves that matter most over the cycle."""
    columns = {way: cycle.flow_ml_s[:, cycle.ways.index(way)] for way in WAYS}
    zero = alt.Chart(pa.table({"zero": [0.0]})).mark_rule(color=MUTED, strokeDash=[4, 3]).encode(y="zero:Q")
    return styled(zero, _lines(cycle.time_s, columns, WAYS, "Flow, mL a second"), height=_HEIGHT)


def ankle_pressure(cycle: Cycle, healthy: Cycle) -> alt.LayerChart:
    """Pressure in a vein at the ankle over the cycle, with that of a healthy leg faintly."""
    layers = [_pressure(healthy, MUTED, 1.4), _pressure(cycle, WINE, 2.4)]
    return styled(*layers, height=190)


def _pressure(cycle: Cycle, colour: str, width: float) -> alt.Chart:
    rows = pa.table({"time": cycle.time_s, "value": cycle.ankle_mmhg})
    line: alt.Chart = (
        alt.Chart(rows)
        .mark_line(color=colour, strokeWidth=width)
        .encode(
            x=_time(),
            y=alt.Y("value:Q", title="Ankle pressure, mmHg", axis=alt.Axis(tickCount=5), scale=alt.Scale(domainMin=0)),
            tooltip=[
                alt.Tooltip("time:Q", title="s", format=".2f"),
                alt.Tooltip("value:Q", title="mmHg", format=".1f"),
            ],
        )
    )
    return line


def _time() -> alt.X:
    return alt.X("time:Q", title="Seconds", axis=alt.Axis(grid=False, tickCount=6), scale=alt.Scale(nice=False))


def _lines(
    time_s: NDArray[np.float64],
    columns: Mapping[str, NDArray[np.float64]],
    look: Mapping[str, tuple[str, str]],
    title: str,
) -> alt.Chart:
    rows = pa.table(
        {
            "time": np.tile(time_s, len(columns)),
            "value": np.concatenate(list(columns.values())),
            "name": [look[name][0] for name in columns for _ in time_s],
        }
    )
    scale = alt.Scale(domain=[look[name][0] for name in columns], range=[look[name][1] for name in columns])
    lines: alt.Chart = (
        alt.Chart(rows)
        .mark_line(strokeWidth=2.2)
        .encode(
            x=_time(),
            y=alt.Y("value:Q", title=title, axis=alt.Axis(tickCount=5)),
            color=alt.Color("name:N", scale=scale, title=None, legend=alt.Legend(columns=2, labelColor=INK)),
            tooltip=[
                alt.Tooltip("name:N", title="Where"),
                alt.Tooltip("time:Q", title="s", format=".2f"),
                alt.Tooltip("value:Q", title=title, format=".3~g"),
            ],
        )
    )
    return lines
