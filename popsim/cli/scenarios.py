"""``popsim scenarios``: what comes with popsim."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from popsim.cli.output import json_option, note, plugins_dir_option, print_json, print_table
from popsim.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from pathlib import Path

    from popsim.runs.scenario import Scenario


@click.command("scenarios")
@click.argument("name", required=False)
@plugins_dir_option
@json_option
def command(name: str | None, plugins_dir: Path | None, as_json: bool) -> None:
    """List the scenarios that come with popsim and, after them, with plugins.

    With a NAME, print that scenario's file, to begin one of your own:

    \b
        popsim scenarios office > my-office.toml
    """  # noqa: D301  click needs the backspace
    scenarios = _shipped(name, plugins_dir)
    if as_json:
        print_json({"scenarios": [_facts(scenario) for scenario in scenarios]})
    elif name is not None:
        click.echo(scenarios[0].text, nl=False)
    else:
        _print(scenarios)


def _shipped(name: str | None, plugins_dir: Path | None) -> list[Scenario]:
    from popsim.hooks import load_plugins  # noqa: PLC0415 - imports NumPy
    from popsim.runs.scenario import Scenario  # noqa: PLC0415
    from popsim.runs.shipped import shipped_scenarios  # noqa: PLC0415

    shipped = shipped_scenarios()
    paths = {**load_plugins(plugins_dir).scenarios, **shipped}
    if name is not None and name not in paths:
        raise InputError(f"no such scenario; expected one of {', '.join(paths)}{did_you_mean(name, paths)}", key=name)
    scenarios = []
    for known, path in paths.items():
        if name in (None, known):
            try:
                scenarios.append(Scenario.load(path))
            except InputError as error:  # a plugin's; the others can still be told
                if known == name or known in shipped:
                    raise
                note(f"left out: {error}")
    return sorted(scenarios, key=lambda s: (s.name not in shipped, s.people.count * s.days * len(s.arms)))


def _print(scenarios: list[Scenario]) -> None:
    print_table(
        ("name", "title", "people", "days", "arms"),
        [
            (s.name, s.title, f"{s.people.count:,}", f"{s.days:,}", ", ".join(arm.name for arm in s.arms))
            for s in scenarios
        ],
        right=frozenset({"people", "days"}),
    )
    click.echo(f"Run one: popsim run {scenarios[0].name}")


def _facts(scenario: Scenario) -> dict[str, Any]:
    return {
        "name": scenario.name,
        "title": scenario.title,
        "description": scenario.description.strip(),
        "people": scenario.people.count,
        "days": scenario.days,
        "seed": scenario.seed,
        "arms": [{"name": arm.name, "label": arm.title, "plugins": dict(arm.plugins)} for arm in scenario.arms],
        "file": str(scenario.path),
    }
