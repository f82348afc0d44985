"""``popsim plugin``: for authors, from an empty folder to a plugin that keeps its promises."""

from __future__ import annotations

from pathlib import Path

import click

from popsim.cli.output import json_option, print_json

FAILED = 1


@click.group("plugin")
def plugin() -> None:
    """Make a plugin of your own, and check it."""


@plugin.command("new")
@click.argument("name")
@click.option("--in", "folder", type=click.Path(path_type=Path), default=Path(), metavar="DIR", help="Where to put it.")
def new(name: str, folder: Path) -> None:
    """Write a package with a plugin called NAME, with a scenario and tests of its own."""
    from popsim.kit.template import new_plugin  # noqa: PLC0415 - imports NumPy

    home = new_plugin(name, folder)
    click.echo(f"{home}: change src/{name.replace('-', '_')}/__init__.py, then")
    click.echo(f"  popsim plugin check {home}")
    click.echo(f"  pip install {home}")
    click.echo(f"  popsim run {name}-trial")


@plugin.command("check")
@click.argument("target")
@click.option("--quick", is_flag=True, help="Leave out the trial in another process.")
@json_option
@click.pass_context
def check(ctx: click.Context, target: str, quick: bool, as_json: bool) -> None:
    """Hold a plugin to its promises: the path of a file or package, or the name of one that is installed."""
    from popsim.kit import check_plugin  # noqa: PLC0415 - imports Numba

    report = check_plugin(target, quick=quick)
    if as_json:
        print_json(report.as_json())
    else:
        for one in report.checks:
            click.echo(f"{'ok    ' if one.ok else 'FAILED'}  {one.name}: {one.sentence}")
        click.echo(f"{report.plugin}: {len(report.checks) - len(report.failed)} of {len(report.checks)} checks passed")
    if not report.ok:
        ctx.exit(FAILED)
