"""What a run was made of, as its folder keeps it."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from popsim.clots.kinds import EVENT_LABELS, Detection, Site
from popsim.errors import InputError, did_you_mean
from popsim.hooks.contract import checked_harms, made
from popsim.outcomes import measures
from popsim.people.population import AGE_GROUPS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from popsim.hooks import Cost, PluginRegistry
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
        for score in plugin.scores():
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


def run_provenance(
    scenario: Scenario,
    registry: PluginRegistry,
    interventions: Sequence[Intervention],
    people: int,
    shards: int,
) -> dict[str, Any]:
    """Everything that decides the run's numbers, as ``popsim.store.provenance`` describes it."""
    evidence = registry.evidence().override(scenario.evidence, source=f"set by scenario {scenario.name}")
    return {
        "scenario": scenario.name,
        "title": scenario.title,
        "scenario_text": scenario.text,
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
        "names": _names(interventions, registry.activities_of(scenario.used_names)),
    }


def _plugins(
    scenario: Scenario, registry: PluginRegistry, interventions: Sequence[Intervention]
) -> list[dict[str, Any]]:
    used = dict.fromkeys(name for name in registry.interventions if any(p.name == name for p in interventions))
    entries = []
    for name in used:
        info = registry.provider(name)
        parameters = {arm.name: dict(arm.plugins[name]) for arm in scenario.arms if name in arm.plugins}
        entries.append(
            {
                "name": name,
                "version": info.version if info else "",
                "distribution": info.distribution if info else "",
                "hash": info.sha256 if info else "",
                "parameters": parameters,
            }
        )
    return entries


def _names(
    interventions: Sequence[Intervention], activities: Sequence[Activity]
) -> dict[str, list[dict[str, Any]]]:
    harms = harms_of(interventions)
    kinds = [(int(kind), kind.name.lower(), label) for kind, label in EVENT_LABELS.items()]
    kinds += [(len(EVENT_LABELS) + i, harm, harm.replace("-", " ").capitalize()) for i, harm in enumerate(harms)]
    return {
        "activity": [{"id": i, "name": a.name, "label": a.label} for i, a in enumerate(activities)],
        "measure": [
            {"id": i, "name": m.name, "label": m.label, "unit": m.unit, "scale": m.scale}
            for i, m in enumerate(measures(harms))
        ],
        "event_kind": [{"id": code, "name": name, "label": label} for code, name, label in kinds],
        "site": [{"id": int(s), "name": s.name.lower(), "label": s.name.capitalize()} for s in Site],
        "detection": [{"id": int(d), "name": d.name.lower(), "label": d.name.capitalize()} for d in Detection],
        "item": [
            {"id": i, "name": name, "label": name.replace("-", " ").capitalize(), "unit": cost.unit, "unit_cost": None}
            for i, (name, cost) in enumerate(costs_of(interventions).items())
        ],
        "age_group": [{"id": i, "name": label, "label": label} for i, (_, label) in enumerate(AGE_GROUPS)],
    }
