"""A run's answers as plain data: what commands print and other programs read."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from popsim.analysis.costs import total_cost
from popsim.analysis.economics import CostEffectiveness, cost_effectiveness, prices_of
from popsim.analysis.key_results import ArmResult, Harm, key_results

if TYPE_CHECKING:
    from popsim.analysis.costs import ItemUse
    from popsim.analysis.estimates import Estimate
    from popsim.store.results import Results

DETECTION = {
    "expected_clots_per_10000": "truth",
    "sampled_clots_per_10000": "truth",
    "avoided_per_10000": "truth",
    "silent_embolisms": "truth",
    "symptomatic_vte_per_1000_py": "clinical",
    "pulmonary_embolisms": "clinical",
    "fatal_embolisms": "clinical",
}
"""Who looked: every clot there is (truth), or those whose symptoms led to a diagnosis (clinical)."""

METHOD = (
    "95 % intervals: delete-a-group jackknife over 100 batches of people, paired between arms; exact Poisson limits "
    "for sampled counts. They hold Monte-Carlo error only, not the uncertainty of the model's constants."
)


def arm_report(results: Results) -> dict[str, Any]:
    """The run and its arms as JSON: numbers, text and ``None`` where a number cannot be told yet."""
    provenance, status = results.provenance, results.status
    economics = {one.arm: _economics(one) for one in cost_effectiveness(results)}
    prices = prices_of(provenance)
    return {
        "run": {
            "id": provenance["id"],
            "title": provenance["title"],
            "scenario": provenance["scenario"],
            "seed": provenance["seed"],
            "people": provenance["people"],
            "days": provenance["days"],
            "reference": provenance["arms"][0]["name"],
            "complete": results.complete,
            "shards_done": status["shards_done"],
            "shards_total": status["shards_total"],
            "detection": DETECTION,
            "method": METHOD,
            "prices": None
            if prices is None
            else {"name": prices.name, "currency": prices.currency, "threshold": prices.threshold},
        },
        "arms": [_arm(result) | {"economics": economics.get(result.name)} for result in key_results(results)],
    }


def _arm(result: ArmResult) -> dict[str, Any]:
    return {
        "name": result.name,
        "label": result.label,
        "people": result.people,
        "person_days": result.person_days,
        **_estimate("expected_clots_per_10000", "expected", result.expected_clots_per_10000),
        **_estimate("sampled_clots_per_10000", "sampled", result.sampled_clots_per_10000),
        **_estimate("symptomatic_vte_per_1000_py", "symptomatic_vte", result.symptomatic_vte_per_1000_py),
        **_estimate("mean_pooled_ml", "mean_pooled", result.mean_pooled_ml),
        **_estimate("avoided_per_10000", "avoided", result.avoided_per_10000),
        "pulmonary_embolisms": result.pulmonary_embolisms,
        "fatal_embolisms": result.fatal_embolisms,
        "silent_embolisms": result.silent_embolisms,
        "deaths": result.deaths,
        "harms": {name: _harm(harm) for name, harm in result.harms.items()},
        "costs": {
            "items": {name: _item(item) for name, item in result.costs.items()},
            "total": total_cost(result.costs),
        },
    }


def _economics(one: CostEffectiveness) -> dict[str, Any]:
    """Per person over the run's time; see ``popsim.analysis.economics``."""
    return {
        **_estimate("cost", "cost", one.cost),
        **_estimate("qalys_lost", "qalys_lost", one.qalys_lost),
        **_estimate("incremental_cost", "incremental_cost", one.incremental_cost),
        **_estimate("incremental_qalys", "incremental_qalys", one.incremental_qalys),
        "icer": one.icer,
        "verdict": one.verdict,
        "net_benefit": one.net_benefit,
    }


def _harm(harm: Harm) -> dict[str, Any]:
    return {
        "label": harm.label,
        "counted": harm.counted,
        **_estimate("expected_per_10000", "expected", harm.expected_per_10000),
        **_estimate("extra_per_10000", "extra", harm.extra_per_10000),
    }


def _item(item: ItemUse) -> dict[str, Any]:
    return {
        "label": item.label,
        "quantity": item.quantity,
        "unit": item.unit,
        "unit_cost": item.unit_cost,
        "cost": item.cost,
    }


def _estimate(name: str, stem: str, estimate: Estimate | None) -> dict[str, float | None]:
    if estimate is None:
        return {name: None, f"{stem}_low": None, f"{stem}_high": None}
    numbers = {name: estimate.value, f"{stem}_low": estimate.low, f"{stem}_high": estimate.high}
    return {key: value if math.isfinite(value) else None for key, value in numbers.items()}
