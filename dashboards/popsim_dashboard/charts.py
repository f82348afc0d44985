"""Charts of all people, each from one table: units on every axis, one colour per arm, limits as whiskers or bands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import pyarrow.compute as pc

from popsim_dashboard.theme import INK, MUTED, arm_scale, styled

if TYPE_CHECKING:
    import pyarrow as pa

CLOCK = "format((floor(datum.value / 60) + 4) % 24, '02d') + ':00'"
"""Vega expression: minutes after 04:00 as time of day."""

EXPECTED, DRAWN = "Expected", "Drawn"
_ROW_HEIGHT = 30


def clock_axis(title: str | None = "Time of day", step_min: int = 240) -> alt.X:
    """A horizontal axis from 04:00 to 04:00 for a column ``minute``."""
    axis = alt.Axis(values=list(range(0, 1441, step_min)), labelExpr=CLOCK, title=title, grid=False)
    return alt.X("minute:Q", scale=alt.Scale(domain=[0, 1440], nice=False), axis=axis)


def _arm_colour(colours: dict[str, str], *, legend: bool = True) -> alt.Color:
    key = alt.Legend(symbolOpacity=1) if legend else None
    return alt.Color("label:N", scale=arm_scale(colours), title=None, legend=key)


def differences(rows: pa.Table, colours: dict[str, str], title: str) -> alt.LayerChart:
    """Dots with whiskers around a line at zero.

    Args:
        rows: ``label, kind, value, low, high, text``; ``kind`` is ``Expected`` or ``Drawn``.
        colours: by label.
        title: of the horizontal axis, with unit.
    """
    order = [label for label in colours if label in set(rows["label"].to_pylist())]
    axis = alt.Axis(title=None, ticks=False, labelFontSize=13, labelColor=INK, labelPadding=12, labelLimit=230)
    base = alt.Chart(rows).encode(
        y=alt.Y("label:N", sort=order, axis=axis),
        yOffset=alt.YOffset("kind:N", sort=[EXPECTED, DRAWN], scale=alt.Scale(paddingOuter=0.6)),
        color=_arm_colour(colours, legend=False),
        tooltip=[
            alt.Tooltip("label:N", title="Arm"),
            alt.Tooltip("kind:N", title="Counted as"),
            alt.Tooltip("text:N", title=title),
        ],
    )
    expected, drawn = (base.transform_filter(alt.datum.kind == kind) for kind in (EXPECTED, DRAWN))
    span = alt.X("low:Q", title=title, scale=alt.Scale(domain=_roomy(rows)), axis=alt.Axis(tickCount=8))
    zero = alt.Chart(rows).mark_rule(color=MUTED, strokeDash=[4, 3]).encode(x=alt.datum(0))
    layers = [
        zero,
        drawn.mark_rule(strokeWidth=1.5, opacity=0.6).encode(x=span, x2="high:Q"),
        drawn.mark_point(filled=False, shape="diamond", size=45, fill="white").encode(x="value:Q"),
        expected.mark_rule(strokeWidth=3).encode(x=span, x2="high:Q"),
        expected.mark_point(filled=True, size=130, opacity=1).encode(x="value:Q"),
        expected.mark_text(dy=-14, fontSize=12.5).encode(x="value:Q", text="text:N", color=alt.value(INK)),
    ]
    return styled(*layers, height=_rows_of(_ROW_HEIGHT))


def _rows_of(height_px: int) -> alt.Step:
    return alt.Step(height_px, **{"for": "offset"})


def _roomy(rows: pa.Table) -> list[float]:
    """Zero and all whiskers, with room for the text above a dot at either end."""
    low = min(0.0, pc.min(rows["low"]).as_py(), pc.min(rows["value"]).as_py())
    high = max(0.0, pc.max(rows["high"]).as_py(), pc.max(rows["value"]).as_py())
    room = 0.12 * (high - low) or 1.0
    return [low - room if low < 0 else -room / 8, high + room if high > 0 else room / 8]


def through_day(table: pa.Table, colours: dict[str, str], quantity: str) -> alt.LayerChart:
    """Pooled blood through the day with its band; ``quantity`` is ``volume`` or ``change``."""
    title = {"volume": "Blood in one lower leg, mL", "change": "Difference from the reference, mL per leg"}[quantity]
    base = alt.Chart(table).transform_calculate(minute="datum.quarter * 15 + 7.5").encode(
        x=clock_axis(), color=_arm_colour(colours)
    )  # fmt: skip
    band = base.mark_area(opacity=0.16, line=False).encode(
        y=alt.Y(f"{quantity}_low:Q", title=title, scale=alt.Scale(zero=quantity == "change")), y2=f"{quantity}_high:Q"
    )
    line = base.mark_line(strokeWidth=2.2, interpolate="monotone").encode(
        y=f"{quantity}_ml:Q",
        tooltip=[
            alt.Tooltip("label:N", title="Arm"),
            alt.Tooltip("clock:N", title="From"),
            alt.Tooltip(f"{quantity}_ml:Q", title=title, format=".1f"),
            alt.Tooltip(f"{quantity}_low:Q", title="Lower limit", format=".1f"),
            alt.Tooltip(f"{quantity}_high:Q", title="Upper limit", format=".1f"),
        ],
    ).transform_calculate(
        clock="format((floor(datum.quarter / 4) + 4) % 24, '02d') + ':' + format(datum.quarter % 4 * 15, '02d')"
    )  # fmt: skip
    zero = alt.Chart(table).mark_rule(color=MUTED, strokeDash=[4, 3]).encode(y=alt.datum(0))
    layers = [band, line] if quantity == "volume" else [zero, band, line]
    return styled(*layers, height=330)


def cumulative(table: pa.Table, colours: dict[str, str], what: str) -> alt.LayerChart:
    """Events added up by day: expected as a line, drawn as steps."""
    title = f"{what} per 10,000 people"
    base = alt.Chart(table).transform_calculate(end="datum.day + 1").encode(
        x=alt.X("end:Q", title="Days since the start", axis=alt.Axis(grid=False, tickMinStep=1)),
        color=_arm_colour(colours),
        tooltip=[
            alt.Tooltip("label:N", title="Arm"),
            alt.Tooltip("end:Q", title="Days"),
            alt.Tooltip("expected_per_10000:Q", title="Expected per 10,000", format=".3~g"),
            alt.Tooltip("sampled_per_10000:Q", title="Drawn per 10,000", format=".3~g"),
        ],
    )  # fmt: skip
    drawn = base.mark_line(interpolate="step-after", strokeWidth=1.2, opacity=0.65).encode(
        y=alt.Y("sampled_per_10000:Q", title=title)
    )
    expected = base.mark_line(strokeWidth=2.6).encode(y="expected_per_10000:Q")
    has_twin = table["expected_per_10000"].null_count < table.num_rows
    return styled(*([drawn, expected] if has_twin else [drawn]), height=330)


def age_groups(table: pa.Table, colours: dict[str, str]) -> alt.LayerChart:
    """Expected clots by age group, one dot for each arm."""
    most = pc.max(table["expected_per_10000"]).as_py()
    x = alt.X("expected_per_10000:Q", title="Expected clots per 10,000 people", axis=alt.Axis(tickCount=8))
    x = x.scale(domain=[0, most * 1.06 or 1])
    ages = list(dict.fromkeys(table["age_group"].to_pylist()))
    chart = (
        alt.Chart(table)
        .mark_point(filled=True, size=110, opacity=1)
        .encode(
            x=x,
            y=alt.Y("age_group:N", sort=ages, title=None, axis=alt.Axis(ticks=False, labelFontSize=13, grid=True)),
            yOffset=alt.YOffset("label:N", sort=list(colours)),
            color=_arm_colour(colours),
            tooltip=[
                alt.Tooltip("label:N", title="Arm"),
                alt.Tooltip("age_group:N", title="Age"),
                alt.Tooltip("people:Q", title="People", format=","),
                alt.Tooltip("expected_per_10000:Q", title="Expected per 10,000", format=".3~g"),
                alt.Tooltip("sampled_per_10000:Q", title="Drawn per 10,000", format=".3~g"),
                alt.Tooltip("sampled_low:Q", title="Drawn, lower limit", format=".3~g"),
                alt.Tooltip("sampled_high:Q", title="Drawn, upper limit", format=".3~g"),
            ],
        )
    )
    return styled(chart, height=_rows_of(16))


def activities(table: pa.Table, colours: dict[str, str]) -> alt.LayerChart:
    """Pooled blood while doing each thing; larger dots for what takes more of the day."""
    key = alt.Legend(orient="bottom", values=[0.5, 2, 8], symbolFillColor=MUTED)
    order = alt.EncodingSortField("volume_ml", op="mean", order="descending")
    chart = (
        alt.Chart(table)
        .mark_circle(opacity=1)
        .encode(
            x=alt.X("volume_ml:Q", title="Blood in one lower leg, mean while doing it, mL", axis=alt.Axis(tickCount=8)),
            y=alt.Y("activity_label:N", sort=order, title=None, axis=alt.Axis(ticks=False, grid=True, labelColor=INK)),
            yOffset=alt.YOffset("label:N", sort=list(colours)),
            size=alt.Size("hours_per_day:Q", title="Hours a day", scale=alt.Scale(range=[20, 200]), legend=key),
            color=_arm_colour(colours),
            tooltip=[
                alt.Tooltip("label:N", title="Arm"),
                alt.Tooltip("activity_label:N", title="Activity"),
                alt.Tooltip("hours_per_day:Q", title="Hours a day", format=".2f"),
                alt.Tooltip("volume_ml:Q", title="Blood, mL", format=".1f"),
                alt.Tooltip("pressure_mmhg:Q", title="Ankle pressure, mmHg", format=".1f"),
                alt.Tooltip("activation:Q", title="Activation, 0 to 1", format=".3f"),
            ],
        )
    )
    return styled(chart, height=_rows_of(max(7, 40 // max(len(colours), 3))))
