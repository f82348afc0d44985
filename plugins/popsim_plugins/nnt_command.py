"""``popsim nnt``: how many people, harms and how much money one clot avoided takes."""

from __future__ import annotations

import json
from pathlib import Path

import click

from popsim_plugins.value_for_money import value_for_money


@click.command("nnt")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
def command(run: Path, as_json: bool) -> None:
    """Say what one clot avoided takes in each arm of a RUN: people, harms and money."""
    from popsim.store import Results  # noqa: PLC0415 - imports DuckDB

    with Results.open(run) as results:
        table = value_for_money(results)
    if as_json:
        click.echo(json.dumps({"arms": table.records()}, indent=2))
        return
    for row in table.records():
        click.echo(", ".join(f"{name}: {_shown(value)}" for name, value in row.items()))
    if not table.rows:
        click.echo("This run has one arm, so there is nothing to compare.")


def _shown(value: object) -> str:
    return "unknown" if value is None else f"{value:,.3g}" if isinstance(value, float) else str(value)
