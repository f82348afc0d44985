"""Overview: what was run, the answers with their intervals, harms and costs, and what everything rests on."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import streamlit as st

from popsim.analysis import ArmResult, Estimate, ItemUse, key_results, total_cost
from popsim.analysis.report import METHOD
from popsim.evidence import GRADES
from popsim_dashboard.markup import Card, Cell, cards, figure, table
from popsim_dashboard.words import NOT_KNOWN, counted_noun, limits, number, plain, rounded, times, valued

if TYPE_CHECKING:
    from collections.abc import Callable

    from popsim_dashboard.runs import Run

PARAMETER_COLUMNS = ["Name", "Value", "Unit", "Low", "High", "Grade", "Meaning", "Source"]
_ARROW = dict.fromkeys(("Value", "Low", "High"), pa.float64())


def show(run: Run) -> None:
    """Draw the page."""
    answers = run.ask(key_results)
    st.title(plain(run.provenance["title"]), anchor=False)
    st.markdown(_what_was_run(run))
    description = _description(run.provenance["scenario_text"])
    if description:
        st.markdown(plain(description))
    if not run.complete:
        st.info(_so_far(run, answers), icon=":material/hourglass_top:")
    st.header("Key results", anchor=False)
    _cards(run, answers)
    _details(run, answers)
    _harms(run, answers)
    _costs(run, answers)
    _made_of(run)


def _what_was_run(run: Run) -> str:
    provenance = run.provenance
    people = counted_noun(provenance["people"], "person", "people")
    days = counted_noun(provenance["days"], "day", "days")
    reference, *others = (f"*{plain(label)}*" for label in run.labels.values())
    if not others:
        return f"**{people}** lived **{days}**: {reference}."
    return (
        f"The same **{people}** lived the same **{days}** {times(len(others) + 1)}, with the same luck: "
        f"{reference} (the reference), and with {', '.join(others)}. So differences between arms come from what was "
        "tried, person by person."
    )


def _description(scenario_text: str) -> str:
    try:
        text = tomllib.loads(scenario_text).get("description", "")
    except tomllib.TOMLDecodeError:
        return ""
    return text.strip() if isinstance(text, str) else ""


def _so_far(run: Run, answers: list[ArmResult]) -> str:
    people = max((a.people for a in answers), default=0)
    if people == 0:
        return "Nobody has lived through the whole time yet. Results appear with the first part of the people."
    return (
        f"The run is not finished: these are the results of {people:,} of its {run.provenance['people']:,} people. "
        "They will change, and intervals will become narrower."
    )


def _cards(run: Run, answers: list[ArmResult]) -> None:
    cards(_card(answer, label, run.colours[label]) for answer, label in zip(answers, run.labels.values(), strict=True))


def _card(answer: ArmResult, label: str, colour: str) -> Card:
    expected, avoided = answer.expected_clots_per_10000, answer.avoided_per_10000
    shown = expected if avoided is None else avoided
    facts = [
        ("Clots expected", valued(expected)),
        ("Clots drawn", valued(answer.sampled_clots_per_10000)),
        ("Blood in a lower leg", f"{valued(answer.mean_pooled_ml)} mL"),
    ]
    word, note = ("expected", "The reference") if avoided is None else ("avoided", _verdict(avoided))
    return Card(label, colour, f"Clots {word} per 10,000 people", valued(shown), _note(shown, note), facts)


def _note(estimate: Estimate, verdict: str) -> str:
    between = limits(estimate)
    return f"95 % interval {between}. {verdict}" if between else verdict


def _verdict(avoided: Estimate) -> str:
    if not avoided.has_interval:
        return "Too few people to tell"
    if not avoided.excludes_zero:
        return "No difference that stands out from chance"
    return "Fewer than in the reference" if avoided.value > 0 else "More than in the reference"


def _details(run: Run, answers: list[ArmResult]) -> None:
    st.subheader("All results", anchor=False)
    lines: list[tuple[str, str, Callable[[ArmResult], Cell]]] = [
        ("Clots expected, per 10,000 people", "truth", lambda a: figure(a.expected_clots_per_10000)),
        ("Clots drawn, per 10,000 people", "truth", lambda a: figure(a.sampled_clots_per_10000)),
        ("Clots avoided, per 10,000 people", "truth", lambda a: figure(a.avoided_per_10000)),
        ("Symptomatic thromboses and embolisms, per 1,000 person-years", "clinical",
         lambda a: figure(a.symptomatic_vte_per_1000_py)),
        ("Symptomatic pulmonary embolisms", "clinical", lambda a: f"{a.pulmonary_embolisms:,}"),
        ("… of which fatal", "clinical", lambda a: f"{a.fatal_embolisms:,}"),
        ("Silent pulmonary embolisms", "truth", lambda a: f"{a.silent_embolisms:,}"),
        ("Deaths from all causes", "", lambda a: f"{a.deaths:,}"),
        ("Blood in a lower leg, mean of day and night, mL", "", lambda a: figure(a.mean_pooled_ml)),
        ("Less blood than in the reference, mL", "", lambda a: figure(a.avoided_pooled_ml)),
        ("People", "", lambda a: f"{a.people:,}"),
        ("Days lived", "", lambda a: f"{a.person_days:,}"),
    ]  # fmt: skip
    rows = [(name, *(cell(a) for a in answers), detection or NOT_KNOWN) for name, detection, cell in lines]
    table(["", *run.labels.values(), "Detection"], rows, last_is_text=True)
    st.caption(
        "*Expected* adds up every person's hazard; *drawn* counts the clots that chance made of it. Both estimate the "
        "same mean, the first with far less noise. Detection *truth* counts every clot there is, *clinical* only those "
        f"whose symptoms led to a diagnosis. {METHOD}"
    )


def _harms(run: Run, answers: list[ArmResult]) -> None:
    st.header("Harms", anchor=False)
    named = [(answer, label) for answer, label in zip(answers, run.labels.values(), strict=True) if answer.harms]
    if not named:
        st.write("None of the interventions in this run has a known harm in the model.")
        return
    rows = [
        (harm.label, label, f"{harm.counted:,}", figure(harm.expected_per_10000), figure(harm.extra_per_10000))
        for name in named[0][0].harms
        for answer, label in named
        for harm in [answer.harms[name]]
    ]
    table(["Harm", "Arm", "Events drawn", "Expected per 10,000 people", "More than the reference"], rows, texts=2)


def _costs(run: Run, answers: list[ArmResult]) -> None:
    st.header("What it uses up", anchor=False)
    used = [
        (answer, label, item)
        for answer, label in zip(answers, run.labels.values(), strict=True)
        for item in answer.costs.values()
    ]
    if not used:
        st.write("Nothing was used up that the model counts.")
        return
    priced = any(item.unit_cost is not None for *_, item in used)
    headings = ["Arm", "Item", "One is", "Quantity", "For each clot avoided"] + ["Price of one", "Cost"] * priced
    rows = [
        (label, item.label, item.unit, number(item.quantity), _per_clot(answer, item.quantity), *_prices(item) * priced)
        for answer, label, item in used
    ]
    table(headings, rows, texts=3)
    for answer, label in zip(answers, run.labels.values(), strict=True):
        total = total_cost(answer.costs)
        if answer.costs and total is not None:
            st.write(f"{plain(label)}: {number(total)} in all, {_per_clot(answer, total)} for each clot avoided.")


def _prices(item: ItemUse) -> tuple[str, ...]:
    return tuple(NOT_KNOWN if amount is None else number(amount) for amount in (item.unit_cost, item.cost))


def _per_clot(answer: ArmResult, quantity: float) -> str:
    """How much goes into each expected clot avoided; a dash where the interval holds zero."""
    avoided = answer.avoided_per_10000
    if avoided is None or not avoided.excludes_zero or avoided.value <= 0:
        return NOT_KNOWN
    return rounded(quantity / (avoided.value * answer.people / 10_000))


def _made_of(run: Run) -> None:
    st.header("What this rests on", anchor=False)
    parameters, scenario, plugins, versions = st.tabs(["Parameters", "Scenario", "Interventions", "Seed and versions"])
    with parameters:
        _parameters(run.provenance["parameters"])
    with scenario:
        st.code(run.provenance["scenario_text"], language="toml", line_numbers=True)
    with plugins:
        _plugins(run.provenance["plugins"])
    with versions:
        _versions(run.provenance)


def _parameters(parameters: list[dict[str, Any]]) -> None:
    if not parameters:
        st.write("The run keeps no list of parameters.")
        return
    left, right = st.columns([2, 3])
    wanted = left.text_input("Search", placeholder="part of a name, meaning or source", key="parameter_search")
    grades = [grade for grade in GRADES if any(p.get("grade") == grade for p in parameters)]
    chosen = right.pills("Where the number comes from", grades, selection_mode="multi", key="parameter_grades")
    kept = [p for p in parameters if _matches(p, wanted) and (not chosen or p.get("grade") in chosen)]
    st.caption(f"{len(kept)} of {counted_noun(len(parameters), 'parameter', 'parameters')}")
    columns = {name: [parameter.get(name.lower()) for parameter in kept] for name in PARAMETER_COLUMNS}
    shown = pa.table(columns, schema=pa.schema([(name, _ARROW.get(name, pa.string())) for name in PARAMETER_COLUMNS]))
    numbers = {name: st.column_config.NumberColumn(format="%.5g") for name in _ARROW}
    st.dataframe(shown, hide_index=True, height=380, column_config=numbers, placeholder="")
    st.caption("; ".join(f"**{grade}**: {GRADES[grade]}" for grade in grades))


def _matches(parameter: dict[str, Any], wanted: str) -> bool:
    text = " ".join(str(parameter.get(key, "")) for key in ("name", "meaning", "source")).lower()
    return all(word in text for word in wanted.lower().split())


def _plugins(plugins: list[dict[str, Any]]) -> None:
    if not plugins:
        st.write("No intervention took part.")
        return
    rows = [
        (
            plugin["name"],
            json.dumps(plugin.get("parameters", {}), ensure_ascii=False),
            plugin.get("version") or NOT_KNOWN,
            plugin.get("distribution") or NOT_KNOWN,
        )
        for plugin in plugins
    ]
    table(["Name", "Settings by arm", "Version", "Comes with"], rows, texts=4)
    st.caption("In the order in which they act.")


def _versions(provenance: dict[str, Any]) -> None:
    facts = {"Seed": provenance["seed"], "Run": provenance["id"], "Made": provenance.get("created", NOT_KNOWN)}
    rows = {**facts, **provenance.get("versions", {}), "SHA-256 of the scenario": provenance["scenario_hash"]}
    table(["", ""], [(name, str(value)) for name, value in rows.items()], texts=2)
    st.caption("The same scenario, seed and versions give the same numbers again, to the last digit.")
