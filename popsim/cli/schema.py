"""``popsim schema``: what a scenario file may hold, for editors and for readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from popsim.cli.output import plugins_dir_option, print_json

if TYPE_CHECKING:
    from pathlib import Path


@click.command("schema")
@click.option("--markdown", is_flag=True, help="Print a page for readers instead.")
@plugins_dir_option
def command(plugins_dir: Path | None, markdown: bool) -> None:
    """Print the JSON Schema of scenario files, with the parameters of every installed plugin.

    Editors that know JSON Schema complete and check scenario files with it.
    """
    from popsim.hooks import load_plugins  # noqa: PLC0415 - imports NumPy
    from popsim.runs.scenario_reference import reference_markdown, scenario_schema  # noqa: PLC0415

    registry = load_plugins(plugins_dir)
    if markdown:
        click.echo(reference_markdown(registry), nl=False)
    else:
        print_json(scenario_schema(registry))
