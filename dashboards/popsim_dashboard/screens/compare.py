"""Compare arms: what was avoided, how blood pools through the day, how clots add up, and who gains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from popsim.analysis import activity_pooling, by_age_group, daily_curves, key_results, pooling_through_day
from popsim_dashboard import charts
from popsim_dashboard.charts import DRAWN, EXPECTED
from popsim_dashboard.words import plain, with_limits

if TYPE_CHECKING:
    from popsim.analysis import ArmResult, Estimate
    from popsim_dashboard.runs import Run

_LEAST_HOURS = 1 / 60
_SAME_ML = 0.05
_WITHOUT_CURVE = frozenset({"people", "pooled_ml_min", "activation_min"})


def show(run: Run) -> None:
    """Draw the page."""
    st.title("Compare arms", anchor=False)
    st.caption(plain(run.provenance["title"]))
    answers = run.ask(key_results)
    if not any(a.people for a in answers):
        st.info("Nothing to compare yet: the first part of the people is on its way.", icon=":material/hourglass_top:")
        return
    _avoided(run, answers)
    _through_day(run)
    _cumulative(run)
    _ages(run)
    _activities(run)


def _avoided(run: Run, answers: list[ArmResult]) -> None:
    st.header("Clots avoided", anchor=False)
    if len(answers) == 1:
        st.write("This run has one arm only. Add another to its scenario to see what it avoids.")
        return
    also_drawn = st.toggle("Also show the clots that chance drew", key="avoided_drawn")
    rows = [_row(label, EXPECTED, a.avoided_per_10000) for a, label in zip(answers, run.labels.values(), strict=True)]
    if also_drawn:
        rows += [
            _row(label, DRAWN, a.avoided_sampled_per_10000)
            for a, label in zip(answers, run.labels.values(), strict=True)
        ]
    table = pa.Table.from_pylist([row for row in rows if row])
    st.altair_chart(charts.differences(table, run.colours, "Clots avoided per 10,000 people"), theme=None)
    drawn = " Open diamonds: the clots that chance drew from it." if also_drawn else ""
    st.caption(
        f"Against *{plain(run.reference)}*, with paired 95 % intervals: every person is compared with the same person "
        f"living the same days. Right of zero is fewer clots. Dots: what is expected, hazards added up.{drawn} "
        "Detection: truth."
    )


def _row(label: str, kind: str, estimate: Estimate | None) -> dict[str, str | float] | None:
    if estimate is None:
        return None
    numbers = {"value": estimate.value, "low": estimate.low, "high": estimate.high}
    return {"label": label, "kind": kind, "text": with_limits(estimate), **numbers}


def _through_day(run: Run) -> None:
    st.header("Blood in the legs through the day", anchor=False)
    table = run.table(pooling_through_day)
    if table.num_rows == 0:
        st.write("This run followed nobody bout by bout. Set `trace_people` under `[outputs]` in the scenario.")
        return
    several = len(run.labels) > 1
    views = {"volume": "Volume", "change": "Difference from the reference"}
    view = st.segmented_control(
        "Show", list(views) if several else ["volume"], default="volume", format_func=views.__getitem__,
        required=True, label_visibility="collapsed", key="day_view",
    )  # fmt: skip
    if view == "change":
        table = table.filter(pc.not_equal(table["label"], run.reference))
    st.altair_chart(charts.through_day(table, run.colours, view), theme=None)
    people = pc.max(table["people"]).as_py()
    st.caption(
        f"Mean over the {people:,} people followed bout by bout, their days and both legs, by quarter hour. Bands are "
        "95 % intervals over people" + ("; a difference compares each person with the same in the reference." * several)
    )
    unchanged = _unchanged(run.table(pooling_through_day), run.reference)
    if unchanged:
        st.caption(
            f"The same as in the reference, so that lines lie on each other: {', '.join(map(plain, unchanged))}."
        )


def _unchanged(table: pa.Table, reference: str) -> list[str]:
    """Arms in which nobody's pooled volume differs from the reference."""
    changes: dict[str, float] = {}
    for row in table.to_pylist():
        changes[row["label"]] = max(changes.get(row["label"], 0.0), abs(row["change_ml"] or 0.0))
    return [label for label, most in changes.items() if label != reference and most < _SAME_ML]


def _cumulative(run: Run) -> None:
    st.header("How events add up", anchor=False)
    names = [m for m in run.provenance["names"]["measure"] if _has_curve(m["name"])]
    labels = {m["name"]: m.get("label") or m["name"] for m in names}
    first = list(labels).index("clots") if "clots" in labels else 0
    measure = st.selectbox("Event", list(labels), index=first, format_func=labels.__getitem__, key="curve_measure")
    table = run.table(daily_curves, measure)
    st.altair_chart(charts.cumulative(table, run.colours, labels[measure]), theme=None)
    has_twin = table["expected_per_10000"].null_count < table.num_rows
    lines = "Thick lines: expected. Thin steps: drawn." if has_twin else "Steps: as drawn."
    clinical = {"symptomatic_dvt", "symptomatic_embolism", "fatal_embolism"}
    seen = "clinical (symptoms led to a diagnosis)" if measure in clinical else "truth (all there are)"
    st.caption(f"{lines} Detection: {seen}.")


def _has_curve(name: str) -> bool:
    return name not in _WITHOUT_CURVE and not name.startswith(("expected_", "expected-"))


def _ages(run: Run) -> None:
    st.header("By age", anchor=False)
    st.altair_chart(charts.age_groups(run.table(by_age_group), run.colours), theme=None)
    st.caption("Age at the start of the run. Detection: truth. Counts drawn and their exact limits show on pointing.")


def _activities(run: Run) -> None:
    table = run.table(activity_pooling)
    table = table.filter(pc.greater(table["hours_per_day"], _LEAST_HOURS))
    if table.num_rows == 0:
        return
    st.header("By what people are doing", anchor=False)
    st.altair_chart(charts.activities(table, run.colours), theme=None)
    st.caption("All people and days. Activities that take less than a minute of the mean day are left out.")
