"""What a clot avoided takes: people treated, harm done and money spent, on the dashboard and as ``popsim nnt``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from popsim.hooks import Chart, Panel, Rows, Words, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from click import Command

    from popsim.hooks.panel import Block
    from popsim.store import Results

_COUNTS = """
SELECT arm.id AS arm, any_value(coalesce(nullif(arm.label, ''), arm.name)) AS label, measure.name AS measure,
       any_value(measure.label) AS meaning, sum(value * scale) AS total
FROM summary JOIN arm ON arm.id = summary.arm JOIN measure ON measure.id = summary.measure
GROUP BY arm.id, measure.name ORDER BY arm.id, measure.name
"""
_MONEY = """
SELECT arm, sum(quantity / 1000 * unit_cost) AS spent, bool_or(unit_cost IS NULL) AS unpriced
FROM cost JOIN item ON item.id = cost.item GROUP BY arm
"""
_COLUMNS = ("arm", "clots avoided", "people for one clot avoided", "harm", "harms for one clot avoided", "cost of one")


def value_for_money(results: Results) -> Rows:
    """Every arm against the first: one row for each harm that its interventions can do, or one without any."""
    counts: dict[int, dict[str, float]] = {}
    labels, meanings = {}, {}
    for row in results.query(_COUNTS).to_pylist():
        counts.setdefault(row["arm"], {})[row["measure"]] = float(row["total"])
        labels[row["arm"]], meanings[row["measure"]] = row["label"], row["meaning"]
    money = {row["arm"]: math.nan if row["unpriced"] else float(row["spent"])
             for row in results.query(_MONEY).to_pylist()}  # fmt: skip
    harms = {name.removeprefix("expected-"): meaning.removeprefix("Expected ").capitalize()
             for name, meaning in meanings.items() if name.startswith("expected-")}  # fmt: skip
    people, rows = int(results.provenance["people"]), list[tuple[Any, ...]]()
    reference = counts[min(counts)] if counts else {}
    for arm in sorted(counts)[1:]:
        avoided = reference["expected_clots"] - counts[arm].get("expected_clots", 0.0)
        spent = money.get(arm, 0.0) - money.get(min(counts), 0.0)
        for harm in harms or {"": "None"}:
            twin = f"expected-{harm}"
            extra = counts[arm].get(twin, 0.0) - reference.get(twin, 0.0)
            shares = (_for_one(people, avoided), _for_one(extra, avoided) if harm else None, _for_one(spent, avoided))
            rows.append((labels[arm], avoided, shares[0], harms.get(harm, "None"), shares[1], shares[2]))
    return Rows(_COLUMNS, rows, "Every arm against the first, from expected numbers")


def _for_one(amount: float, avoided: float) -> float | None:
    """So much for one clot avoided; ``None`` where none is avoided or a price is missing."""
    return amount / avoided if avoided > 0 and math.isfinite(amount) else None


def _blocks(results: Results) -> Iterator[Block]:
    table = value_for_money(results)
    if not table.rows:
        yield Words("This run has one arm, so there is nothing to compare.")
        return
    yield Words("What it takes to avoid one clot, as arms compare with the first. Costs need a price list.")
    yield table
    yield Chart(
        table,
        {
            "mark": "bar",
            "encoding": {
                "y": {"field": "arm", "type": "nominal", "title": None},
                "x": {"field": "people for one clot avoided", "type": "quantitative"},
            },
        },
        "How many people take part for one clot avoided, by arm",
    )


@hookimpl
def popsim_panels() -> Iterable[Panel]:
    """Offer the page."""
    return [Panel("value-for-money", "Cost and harm of a clot avoided", _blocks, icon="balance")]


@hookimpl
def popsim_commands() -> Iterable[Command]:
    """Offer ``popsim nnt``."""
    from popsim_plugins.nnt_command import command  # noqa: PLC0415 - click is not needed without a command line

    return [command]
