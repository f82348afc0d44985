"""The result of a run as a table worth reading, and what to do next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from popsim.cli.output import print_table
from popsim.cli.run_progress import speed_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NOTHING = "–"
_HEADINGS = ("arm", "clots expected", "clots drawn", "avoided", "embolisms", "deaths", "pooled, awake")


def print_report(summary: Mapping[str, Any]) -> None:
    """Print the key results of each arm, where everything is, and the next command to try."""
    arms: Sequence[Mapping[str, Any]] = summary["arms"]
    print_table(_HEADINGS, [_row(arm) for arm in arms], right=frozenset(_HEADINGS[1:]))
    first = arms[0]
    click.echo(
        f"Each arm: {first['people']:,} people, {first['person_days']:,} people-days. Clots are deep vein thromboses; "
        "they and what follows are per 10,000 people, with 95 % intervals."
    )
    if len(arms) > 1:
        click.echo(f"Avoided: fewer expected clots than in the first arm ({first.get('label') or first['name']}).")
    click.echo()
    _print_places(summary)


def _row(arm: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        str(arm.get("label") or arm["name"]),
        with_interval(arm, "expected_clots_per_10000", "expected"),
        figure(arm.get("sampled_clots_per_10000")),
        with_interval(arm, "avoided_per_10000", "avoided"),
        figure(arm.get("pulmonary_embolisms")),
        figure(arm.get("deaths")),
        _with_unit(arm.get("mean_pooled_ml"), "ml"),
    )


def with_interval(arm: Mapping[str, Any], key: str, prefix: str) -> str:
    """``2.31 (2.2 to 2.4)``, or without what is not known."""
    low, high = arm.get(f"{prefix}_low"), arm.get(f"{prefix}_high")
    value = figure(arm.get(key))
    return value if value == _NOTHING or low is None or high is None else f"{value} ({figure(low)} to {figure(high)})"


def figure(value: float | None) -> str:
    """Three digits, whole thousands with separators."""
    if value is None:
        return _NOTHING
    return f"{value:,.0f}" if isinstance(value, int) or abs(value) >= 1000 else f"{value:.3g}"


def _with_unit(value: float | None, unit: str) -> str:
    return _NOTHING if value is None else f"{figure(value)} {unit}"


def _print_places(summary: Mapping[str, Any]) -> None:
    seconds = summary.get("seconds")
    if seconds:
        speed = summary.get("people_days_per_second")
        click.echo(f"Done in {seconds:.1f} s{f', {speed_text(speed, 1.0)}' if speed else ''}.")
    click.echo(f"Results: {summary.get('database') or summary['path']}")
    click.echo(f"Next:    popsim dashboard --runs {Path(summary['path']).parent}")
