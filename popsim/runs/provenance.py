"""What a run was made of, as its folder keeps it."""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from popsim.clots.kinds import EVENT_LABELS, Detection, Site
from popsim.errors import InputError, did_you_mean
from popsim.hooks.contract import blaming, checked_harms, made
from popsim.outcomes import measures
from popsim.people.population import AGE_GROUPS
from popsim.runs.counted import measure_of, measured, outputs_of
from popsim.runs.own_tables import own_tables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from popsim.evidence import Evidence
    from popsim.hooks import Cost, DetectionMethod, Outcome, PluginInfo, PluginRegistry, PriceList
    from popsim.hooks.intervention import Intervention
    from popsim.routines.activities import Activity
    from popsim.runs.scenario import Scenario

_PACKAGES = ("popsim", "numpy", "scipy", "numba", "mesa", "duckdb", "pyarrow")


def interventions_of(scenario: Scenario, registry: PluginRegistry) -> list[Intervention]:
    """The interventions of all arms, each with the parameters of its arm."""
    evidence = registry.evidence().override(scenario.evidence)
    chosen = scenario.check(registry)
    interventions = [
        made(registry.interventions[name], params, evidence) for arm in chosen.values() for name, params in arm.items()
    ]
    for plugin in interventions:
        for score in scores_of(plugin):
            if score not in registry.scores:
                raise InputError(
                    f"{plugin.name} asks for the risk score {score!r}, which no plugin offers "
                    f"(known: {', '.join(registry.scores) or 'none'}){did_you_mean(score, registry.scores)}",
                    path=scenario.path,
                )
    return interventions


def harms_of(interventions: Sequence[Intervention]) -> list[str]:
    """Names of the harms these interventions can do, sorted."""
    return sorted({harm.event for plugin in interventions for harm in checked_harms(plugin)})


def costs_of(interventions: Sequence[Intervention]) -> dict[str, Cost]:
    """The items these interventions use up, by name, sorted."""
    return dict(sorted({cost.item: cost for plugin in interventions for cost in plugin.costs}.items()))


def scores_of(plugin: Intervention) -> list[str]:
    """Names of the risk scores it asks for."""
    with blaming(plugin.name, "scores"):
        return list(plugin.scores())


def prices_of(scenario: Scenario, registry: PluginRegistry) -> PriceList | None:
    """The price list that the scenario chooses, if any."""
    return registry.price_lists[scenario.outputs.prices] if scenario.outputs.prices else None


def run_provenance(
    scenario: Scenario,
    registry: PluginRegistry,
    interventions: Sequence[Intervention],
    people: int,
    shards: int,
) -> dict[str, Any]:
    """Everything that decides the run's numbers, as ``popsim.store.provenance`` describes it."""
    evidence = registry.evidence().override(scenario.evidence, source=f"set by scenario {scenario.name}")
    outputs = outputs_of(scenario, registry)
    return {
        "scenario": scenario.name,
        "title": scenario.title,
        "scenario_text": scenario.text,
        "inputs": {name: _sha256(path) for name, path in scenario.input_files.items()},
        "seed": scenario.seed,
        "people": people,
        "days": scenario.days,
        "shards": shards,
        "versions": {"python": platform.python_version()} | {name: version(name) for name in _PACKAGES},
        "parameters": [
            {
                "name": c.name,
                "value": c.value,
                "unit": c.unit,
                "grade": c.grade,
                "source": c.source,
                "meaning": c.meaning,
                "low": c.spread[1] if c.spread else None,
                "high": c.spread[2] if c.spread else None,
            }
            for c in evidence.constants()
        ],
        "plugins": _plugins(scenario, registry, interventions),
        "arms": [
            {"id": code, "name": arm.name, "label": arm.title, "settings": dict(arm.plugins)}
            for code, arm in enumerate(scenario.arms)
        ],
        "names": _names(interventions, registry.activities_of(scenario.used_names))
        | {"item": _items(interventions, prices_of(scenario, registry), evidence)}
        | {"measure": _measures(harms_of(interventions), measured(outputs))},
    } | ({"tables": tables} if (tables := own_tables(outputs)) else {})


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _plugins(
    scenario: Scenario, registry: PluginRegistry, interventions: Sequence[Intervention]
) -> list[dict[str, Any]]:
    """What the run uses of plugins: interventions in the order in which they act, then everything else by name."""
    used = [name for name in registry.interventions if any(p.name == name for p in interventions)]
    settings: dict[str, Any] = {
        name: {arm.name: dict(arm.plugins[name]) for arm in scenario.arms if name in arm.plugins} for name in used
    }
    settings |= {name: dict(own) for name, own in sorted(scenario.routine.plugins.items())}
    for wish in scenario.episodes:
        settings.setdefault(wish.kind, {})[f"episode {len(settings)}"] = dict(wish.settings)
    settings |= {name: dict(own) for name, own in sorted(scenario.outputs.plugins.items())}
    settings |= {name: {} for name in scenario.routine.activities}
    prices = prices_of(scenario, registry)
    if prices:
        settings[prices.name] = {
            "currency": prices.currency,
            "unit_costs": dict(prices.unit_costs),
            "utilities": dict(prices.utilities),
            "threshold": prices.threshold,
        }
    return [_plugin(name, own, registry.provider(name)) for name, own in settings.items()]


def _plugin(name: str, settings: Mapping[str, Any], info: PluginInfo | None) -> dict[str, Any]:
    return {
        "name": name,
        "version": info.version if info else "",
        "distribution": info.distribution if info else "",
        "hash": info.sha256 if info else "",
        "parameters": settings,
    }


def _measures(harms: Sequence[str], outputs: Sequence[Outcome | DetectionMethod]) -> list[dict[str, Any]]:
    return [
        {"id": i, "name": m.name, "label": m.label, "unit": m.unit, "scale": m.scale}
        for i, m in enumerate([*measures(harms), *map(measure_of, outputs)])
    ]


def _items(interventions: Sequence[Intervention], prices: PriceList | None, evidence: Evidence) -> list[dict[str, Any]]:
    unit_costs = {} if prices is None else {item: evidence[name] for item, name in prices.unit_costs.items()}
    for constant in () if prices is None else filter(None, (*prices.utilities.values(), prices.threshold)):
        evidence.constant(constant)
    return [
        {
            "id": i,
            "name": name,
            "label": name.replace("-", " ").capitalize(),
            "unit": cost.unit,
            "unit_cost": unit_costs.get(name),
        }
        for i, (name, cost) in enumerate(costs_of(interventions).items())
    ]


def _names(interventions: Sequence[Intervention], activities: Sequence[Activity]) -> dict[str, list[dict[str, Any]]]:
    harms = harms_of(interventions)
    kinds = [(int(kind), kind.name.lower(), label) for kind, label in EVENT_LABELS.items()]
    kinds += [(len(EVENT_LABELS) + i, harm, harm.replace("-", " ").capitalize()) for i, harm in enumerate(harms)]
    return {
        "activity": [{"id": i, "name": a.name, "label": a.label} for i, a in enumerate(activities)],
        "event_kind": [{"id": code, "name": name, "label": label} for code, name, label in kinds],
        "site": [{"id": int(s), "name": s.name.lower(), "label": s.name.capitalize()} for s in Site],
        "detection": [{"id": int(d), "name": d.name.lower(), "label": d.name.capitalize()} for d in Detection],
        "age_group": [{"id": i, "name": label, "label": label} for i, (_, label) in enumerate(AGE_GROUPS)],
    }
