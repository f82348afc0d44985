"""Every constant of the leg as a page of documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from popsim.evidence.registry import Constant, Evidence

_HEAD = """# What the leg is made of

Written by `popsim leg parameters --markdown docs/legs/parameters.md` from the evidence registry. Almost nothing of a
leg's inside has been measured in the living: these constants are one vector of many that meet the [published
ranges](targets.md), and the sizes of conditions are choices of ours.

{count} constants: {by_grade}.
"""
_SECTIONS = (
    ("Conditions", ("condition_",)),
    ("Exercises", ("exercise_", "stride_", "walking_", "toe_walking_", "tiptoe_", "hyperaemia_")),
    (
        "Devices and compression",
        ("stocking_", "inelastic_", "cuff_", "stimulation_", "ankle_foot_", "ankle_brace_", "compression_"),
    ),
    ("Vessels, valves, muscles and the heart", ("",)),
)
"""Heading and beginnings of names; a constant stands in the first section that claims it."""


def parameters_page(evidence: Evidence) -> str:
    """Markdown of the ``legs`` room."""
    constants = [c for c in evidence.constants() if c.name.startswith("legs.")]
    grades = sorted({c.grade for c in constants})
    counts = ", ".join(f"{sum(c.grade == grade for c in constants)} {grade}" for grade in grades)
    sections: dict[str, list[Constant]] = {title: [] for title, _ in _SECTIONS}
    for constant in constants:
        sections[_section(constant)].append(constant)
    tables = [_table(title, sections[title]) for title, _ in reversed(_SECTIONS)]
    return "\n".join([_HEAD.format(count=len(constants), by_grade=counts), *tables])


def _section(constant: Constant) -> str:
    name = constant.name.removeprefix("legs.")
    return next(title for title, beginnings in _SECTIONS if name.startswith(beginnings))


def _table(title: str, constants: Sequence[Constant]) -> str:
    lines = [f"## {title}", "", "| constant | value | unit | grade | meaning | source |", "|---|---|---|---|---|---|"]
    for c in constants:
        name = c.name.removeprefix("legs.")
        lines.append(f"| {name} | {c.value:g} | {c.unit} | {c.grade} | {c.meaning} | {c.source} |")
    return "\n".join([*lines, ""])
