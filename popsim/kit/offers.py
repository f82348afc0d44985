"""What can be told of a plugin's offers without people: settings, evidence, scenarios, prices, pages and commands."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from popsim.errors import PopsimError
from popsim.runs.running import run
from popsim.runs.scenario import Scenario
from popsim.runs.scenario_reference import scenario_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from popsim.kit.trial import Trial

_SET_BY_SCENARIOS = ("routines", "episodes", "interventions", "outputs")


def schema_problems(trial: Trial) -> str:
    """The first thing wrong with settings, evidence, prices or scenarios; empty when nothing is."""
    scenario_schema(trial.registry)
    return next(_schema_problems(trial), "")


def _schema_problems(trial: Trial) -> Iterator[str]:
    registry, evidence = trial.registry, trial.registry.evidence()
    for field in _SET_BY_SCENARIOS:
        for name in trial.offered(field):
            kind = getattr(registry, field)[name]
            try:
                kind.Params()
            except ValidationError as error:
                missing = ".".join(str(part) for part in error.errors()[0]["loc"])
                yield f"the setting {missing!r} of {name} needs a default that it accepts"
            yield from (f"the setting {n!r} of {name} needs a description"
                        for n, f in kind.Params.model_fields.items() if not f.description)  # fmt: skip
            yield from (f"{name} rests on the constant {c!r}, which there is not"
                        for c in kind.evidence_names if c not in evidence)  # fmt: skip
    for name in trial.offered("price_lists"):
        prices = registry.price_lists[name]
        constants = [*prices.unit_costs.values(), *prices.utilities.values()]
        yield from (f"price list {name} names the constant {c!r}, which there is not"
                    for c in constants if c not in evidence)  # fmt: skip
    for name in trial.offered("scenarios"):
        Scenario.load(registry.scenarios[name], registry)


def output_problems(trial: Trial) -> str:
    """The first page or command that does not answer; empty when all do."""
    for name in trial.offered("commands"):
        command = trial.registry.commands[name]
        if not (command.help and command.name == name):
            return f"the command {name} needs a help text"
    panels = trial.offered("panels")
    if not panels:
        return ""
    scenario = Scenario.from_text(trial.scenario().text, registry=trial.registry)
    with tempfile.TemporaryDirectory(prefix="popsim-trial-") as folder:
        plugin = Path(trial.plugin.distribution)
        place = plugin if plugin.exists() else None
        done = run(scenario, people=40, days=2, out=Path(folder), engine="inline", plugins_dir=place)
        with done.results as results:
            for name in panels:
                try:
                    shown = list(trial.registry.panels[name].blocks(results))
                except PopsimError:
                    raise
                except (Exception, SystemExit) as cause:  # a stranger's code may raise anything
                    return f"panel {name} raised {type(cause).__name__}: {' '.join(str(cause).split())}"
                if not shown:
                    return f"panel {name} shows nothing"
    return ""
