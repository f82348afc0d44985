"""A small town in which a plugin is tried: with everything it offers, with nobody taking it up, and without it."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from popsim.hooks import PluginRegistry, RoutineParams, load_plugins
from popsim.runs.counted import outputs_of
from popsim.runs.own_tables import added_up, own_tables
from popsim.runs.provenance import costs_of, harms_of, interventions_of
from popsim.runs.scenario import Scenario
from popsim.runs.shard import live_shard
from popsim.store.schema import tables_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from popsim.hooks import PluginInfo
    from popsim.store.schema import Table


Tables = Mapping[str, Mapping[str, "NDArray[Any]"]]
PEOPLE, DAYS = 122, 7
ARM = "tried"
_TOWN = f"""
name = "trial"
title = "A small town of workers, travellers and patients"
days = {DAYS}
seed = 11

[people]
count = {PEOPLE}

[people.where]
age = [30, 90]

[[trips]]
mode = "flight"
hours = 9
day = 1
share = 0.25

[[stays]]
reason = "medical"
day = 1
share = 0.3
length_days = 3

[[stays]]
reason = "hip-replacement"
day = 1
share = 0.2
length_days = 3
"""


@dataclass(frozen=True)
class Trial:
    """A plugin in the small town.

    Attributes:
        registry: all plugins that are installed, and this one.
        plugin: the one that is tried.
    """

    registry: PluginRegistry
    plugin: PluginInfo

    def offered(self, field: str) -> list[str]:
        """Names of what the plugin offers of one kind, a field of ``PluginRegistry``."""
        return [name for name in getattr(self.registry, field) if name in self.plugin.offers]

    def scenario(self, uptake: float | None = 1.0, *, often: bool = True) -> Scenario:
        """The town with everything the plugin offers.

        Args:
            uptake: share of the people who take up, live by or have what it offers; ``None`` leaves the plugin out.
            often: clots form so often that all kinds of them are met; else as seldom as they do.
        """
        parts = [_TOWN, "[routine]", "diaries_per_group = 4"]
        if uptake is not None:
            for name in self.offered("routines"):
                parts += [f"[routine.plugins.{name}]"]
                parts += [f"share = {uptake}"] * issubclass(self.registry.routines[name].Params, RoutineParams)
            for name in self.offered("episodes"):
                parts += ["[[episodes]]", f'kind = "{name}"', "day = 0", f"share = {0.5 * uptake}"]
        parts += ["[[arms]]", f'name = "{ARM}"']
        for name in self.offered("interventions") if uptake is not None else ():
            parts += [f"[arms.plugins.{name}]", f"coverage = {uptake}"]
        parts += ["[outputs]", "trace_people = 10", "trace_days = 2"]
        for name in self.offered("outputs") if uptake else ():
            parts += [f"[outputs.plugins.{name}]"]
        parts += ["[evidence]", '"clots.base_hazard_per_leg_day" = 3e-4'] * often
        return Scenario.from_text("\n".join(parts), registry=self.registry)

    def live(self, scenario: Scenario, cuts: int = 1) -> tuple[Tables, dict[str, float]]:
        """Live a scenario in so many slices; the tables of all, and the seconds in the plugins' own code."""
        interventions = interventions_of(scenario, self.registry)
        harms, items = harms_of(interventions), list(costs_of(interventions))
        parts, seconds = list[Tables](), dict[str, float]()
        for cut in range(cuts):
            rows = slice(cut * PEOPLE // cuts, (cut + 1) * PEOPLE // cuts)
            tables, record = live_shard(scenario, self.registry, rows, harms, items)
            parts.append(tables)
            for name, spent in record["plugin_seconds"].items():
                seconds[name] = seconds.get(name, 0.0) + spent
        return _joined(parts, tables_of({"tables": own_tables(outputs_of(scenario, self.registry))})), seconds


def trial_of(target: str | Path) -> Trial | str:
    """The trial of a plugin, or why it could not be loaded.

    Args:
        target: path of a file or package, or the name of a plugin that is installed.
    """
    place = Path(target)
    registry = load_plugins(place if place.exists() else None)
    found = [p for p in registry.plugins if _is_from(p, target, place)]
    if not found:
        return (
            f"there is no file and no installed plugin {str(target)!r}; popsim plugins lists those that are installed"
        )
    broken = next((p for p in found if p.problem), None)
    return broken.problem if broken else Trial(registry, found[0])


def _is_from(plugin: PluginInfo, target: str | Path, place: Path) -> bool:
    if not place.exists():
        return plugin.name == str(target)
    return Path(plugin.distribution) in (place, *place.glob("*.py"))


def digest(tables: Tables) -> str:
    """Hash of all tables; the order of rows does not matter."""
    summed = hashlib.sha256()
    for name in sorted(tables):
        columns = {column: np.asarray(values) for column, values in sorted(tables[name].items())}
        order = np.lexsort([*columns.values()]) if len(next(iter(columns.values()))) else np.zeros(0, dtype=np.int64)
        for column, values in columns.items():
            summed.update(f"{name}.{column}".encode())
            summed.update(np.ascontiguousarray(values[order]).astype(np.float64).tobytes())
    return summed.hexdigest()


def _joined(parts: list[Tables], kept: Mapping[str, Table]) -> dict[str, dict[str, NDArray[Any]]]:
    """Tables of slices as those of the whole: rows of sums with the same keys are added up."""
    whole = {}
    for name in parts[0]:
        columns = {c: np.concatenate([np.asarray(part[name][c]) for part in parts]) for c in parts[0][name]}
        whole[name] = added_up(columns, kept[name].summed)
    return whole


def main() -> None:
    """Try a plugin in this process and print the digest of what came of it (``python -m popsim.kit.trial TARGET``)."""
    trial = trial_of(sys.argv[1])
    if isinstance(trial, str):
        sys.exit(trial)
    sys.stdout.write(json.dumps({"digest": digest(trial.live(trial.scenario(), cuts=2)[0])}))


if __name__ == "__main__":
    main()
