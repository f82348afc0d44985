"""``popsim evidence``: every number of the model, what it means and how well it is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from popsim.cli.output import json_option, plugins_dir_option, print_json, print_table
from popsim.evidence.registry import GRADES

if TYPE_CHECKING:
    from pathlib import Path

    from popsim.evidence import Constant


@click.command("evidence")
@click.argument("prefix", default="")
@click.option(
    "--grade",
    type=click.Choice(list(GRADES)),
    metavar="GRADE",
    help=f"Only constants of this grade: {', '.join(GRADES)}.",
)
@plugins_dir_option
@json_option
def command(prefix: str, grade: str | None, plugins_dir: Path | None, as_json: bool) -> None:
    """List the numbers the model rests on: value, unit, grade of evidence, meaning and source.

    With a PREFIX such as "legs." only constants whose names begin with it.

    \b
    Grades:
      data        computed from open data by a script in the repository
      literature  read in the cited publication or table
      secondary   read where another publication quotes it
      recalled    a published figure quoted from memory; to be checked
      model       computed with an exploratory model; a starting point
      assumed     a modelling choice
    """  # noqa: D301  click needs the backspace
    from popsim.hooks import load_plugins  # noqa: PLC0415 - imports NumPy

    constants = [
        constant
        for constant in load_plugins(plugins_dir).evidence().constants()
        if constant.name.startswith(prefix) and grade in (None, constant.grade)
    ]
    if as_json:
        print_json({"constants": [_facts(constant) for constant in constants]})
        return
    print_table(
        ("name", "value", "unit", "grade", "meaning", "source"),
        [(c.name, f"{c.value:g}", c.unit, c.grade, c.meaning, c.source) for c in constants],
        right=frozenset({"value"}),
    )
    click.echo(f"{len(constants)} constant{'s' * (len(constants) != 1)}")


def _facts(constant: Constant) -> dict[str, Any]:
    spread = constant.spread and dict(zip(("kind", "low", "high"), constant.spread, strict=True))
    return {
        "name": constant.name,
        "value": constant.value,
        "unit": constant.unit,
        "spread": spread,
        "grade": constant.grade,
        "source": constant.source,
        "meaning": constant.meaning,
    }
