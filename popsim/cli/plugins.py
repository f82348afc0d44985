"""``popsim plugins``: what is installed, whether it works, and how it is set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from popsim.cli.output import json_option, plugins_dir_option, print_json, print_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from popsim.hooks import Offer, PluginInfo, PluginRegistry


@click.command("plugins")
@plugins_dir_option
@json_option
def command(plugins_dir: Path | None, as_json: bool) -> None:
    """List the installed plugins: name, version, hooks, state, and the parameters that scenarios set."""
    from popsim.hooks import load_plugins  # noqa: PLC0415 - imports NumPy

    registry = load_plugins(plugins_dir)
    if as_json:
        print_json({"plugins": [_facts(plugin, registry) for plugin in registry.plugins]})
    else:
        _print(registry)


def _facts(plugin: PluginInfo, registry: PluginRegistry) -> dict[str, Any]:
    return {
        "name": plugin.name,
        "version": plugin.version,
        "distribution": plugin.distribution,
        "sha256": plugin.sha256,
        "hooks": list(plugin.hooks),
        "offers": list(plugin.offers),
        "state": "broken" if plugin.problem else "ok",
        "problem": plugin.problem or None,
        "parameters": {
            name: offer.Params.model_json_schema()
            for _, offers in _settable(registry)
            for name, offer in offers.items()
            if name in plugin.offers
        },
    }


def _print(registry: PluginRegistry) -> None:
    if not registry.plugins:
        click.echo("No plugins are installed.")
        return
    print_table(
        ("name", "version", "hooks", "state"),
        [
            (p.name, p.version, ", ".join(p.hooks), f"broken: {p.problem}" if p.problem else "ok")
            for p in registry.plugins
        ],
    )
    for table, offers in _settable(registry):
        rows = [row for name, offer in offers.items() for row in _parameters(name, offer)]
        if rows:
            click.echo(f"Parameters, as {table} sets them:")
            print_table(("plugin", "parameter", "expects", "default", "meaning"), rows)
    for noun in ("scores", "activities", "price_lists", "scenarios", "panels", "commands"):
        names = getattr(registry, noun)
        if names:
            click.echo(f"{noun.replace('_', ' ').capitalize()}: {', '.join(names)}")


def _settable(registry: PluginRegistry) -> list[tuple[str, Mapping[str, type[Offer]]]]:
    """What scenarios set, by the table in which they do."""
    return [
        ("[arms.plugins.NAME]", registry.interventions),
        ("[routine.plugins.NAME]", registry.routines),
        ('[episodes.settings] with kind = "NAME"', registry.episodes),
        ("[outputs.plugins.NAME]", registry.outputs),
    ]


def _parameters(name: str, offer: type[Offer]) -> list[tuple[str, str, str, str, str]]:
    from popsim.runs.scenario_reference import described_fields  # noqa: PLC0415 - as above

    fields = described_fields(offer.Params.model_json_schema())
    return [(name, field.name, field.expects, field.default, field.meaning) for field in fields]
