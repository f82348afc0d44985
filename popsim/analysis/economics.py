"""Cost-effectiveness of each arm against the first, in the words of CHEERS 2022: costs, QALYs, ICER, net benefit.

Costs are what interventions used up and what events cost, by the price list that the scenario chose; QALYs are those
that events take away. Both fall when the event happens, within the run's time, and are not discounted; a loss of later
years is in the QALYs of the event. Harms of interventions count with their expected number, which has less noise than
the events drawn, everything else as drawn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from popsim.analysis.batches import ArmName, Batches
from popsim.analysis.costs import items_used, total_cost
from popsim.analysis.estimates import Estimate, Ratio, jackknife, paired_difference

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from popsim.store.results import Results

DOMINANT, DOMINATED = "dominant", "dominated"
TRADE_OFF, SAVES = "costs more, more QALYs", "costs less, fewer QALYs"
_TWIN = "expected-"


@dataclass(frozen=True)
class Prices:
    """What the run's price list says, in numbers.

    Attributes:
        name: of the list.
        currency: of all prices.
        events: price of one event, by measure.
        losses: QALYs that one event takes away, by measure.
        threshold: money that one QALY is worth; ``None`` where the list does not say.
    """

    name: str
    currency: str
    events: Mapping[str, float]
    losses: Mapping[str, float]
    threshold: float | None = None


@dataclass(frozen=True)
class CostEffectiveness:
    """One arm's costs and QALYs, all per person over the run's time.

    Attributes:
        arm: its name.
        cost: of interventions and events; ``None`` where something used up has no price.
        qalys_lost: to events.
        incremental_cost: to the first arm; ``None`` for that arm itself and without all prices. Its interval holds the
            chance of events, not of use.
        incremental_qalys: gained against the first arm.
        icer: incremental cost-effectiveness ratio, money for one QALY gained (or saved for one lost); ``None`` where
            one arm dominates.
        verdict: dominant, dominated, or what is traded for what.
        net_benefit: incremental net monetary benefit at the threshold of the price list.
    """

    arm: str
    cost: Estimate | None
    qalys_lost: Estimate
    incremental_cost: Estimate | None = None
    incremental_qalys: Estimate | None = None
    icer: float | None = None
    verdict: str = ""
    net_benefit: float | None = None


def cost_effectiveness(results: Results) -> list[CostEffectiveness]:
    """Every arm of a run in order; none where the run has no price list."""
    prices = prices_of(results.provenance)
    if prices is None:
        return []
    batches = Batches.read(results)
    spent = {arm: total_cost(used) for arm, used in items_used(results).items()}
    return compared(batches, spent, prices)


def prices_of(provenance: Mapping[str, Any]) -> Prices | None:
    """The price list a run was made with, in the numbers of its constants."""
    lists = [p for p in provenance["plugins"] if {"currency", "unit_costs", "utilities"} <= p["parameters"].keys()]
    if not lists:
        return None
    value = {constant["name"]: float(constant["value"]) for constant in provenance["parameters"]}
    kept = lists[0]["parameters"]
    events, losses = ({n: value[c] for n, c in kept[table].items()} for table in ("unit_costs", "utilities"))
    return Prices(lists[0]["name"], kept["currency"], events, losses, value.get(kept.get("threshold", "")))


def compared(batches: Batches, spent: Mapping[int, float | None], prices: Prices) -> list[CostEffectiveness]:
    """Every arm in order.

    Args:
        batches: what was counted.
        spent: on interventions in all, by arm code; ``None`` without all prices, left out for nothing.
        prices: of events, and what they take away.
    """
    return [_arm(batches, arm, spent, prices) for arm in batches.arms]


def _arm(batches: Batches, arm: ArmName, spent: Mapping[int, float | None], prices: Prices) -> CostEffectiveness:
    reference = batches.arms[0]
    own, first = (_spent_each(batches, a, spent) for a in (arm, reference))
    money, lost = _weighted(batches, arm, prices.events), _weighted(batches, arm, prices.losses)
    cost = None if own is None else _shifted(jackknife(money, prices.currency), own)
    alone = CostEffectiveness(arm.name, cost, jackknife(lost, "QALYs lost per person"))
    if arm == reference:
        return alone
    gained = paired_difference(_weighted(batches, reference, prices.losses), lost, "QALYs gained per person")
    if own is None or first is None:
        return replace(alone, incremental_qalys=gained)
    more = paired_difference(money, _weighted(batches, reference, prices.events), f"{prices.currency} per person")
    more = _shifted(more, own - first)
    icer, verdict = _verdict(more.value, gained.value)
    benefit = None if prices.threshold is None else prices.threshold * gained.value - more.value
    return replace(
        alone, incremental_cost=more, incremental_qalys=gained, icer=icer, verdict=verdict, net_benefit=benefit
    )


def _spent_each(batches: Batches, arm: ArmName, spent: Mapping[int, float | None]) -> float | None:
    """Money spent on interventions per person."""
    money, people = spent.get(arm.id, 0.0), batches.people.get(arm.id, 0)
    return None if money is None else money / people if people else math.nan


def _weighted(batches: Batches, arm: ArmName, weights: Mapping[str, float]) -> Ratio:
    """Events times what one weighs, per person."""
    rate = batches.per_people(arm, "people", 1.0)
    total = rate.numerator * 0.0
    for event, weight in weights.items():
        if event in batches.labels:
            counted = _TWIN + event if _TWIN + event in batches.labels else event
            total = total + weight * batches.of(arm, counted)
    return replace(rate, numerator=total)


def _shifted(estimate: Estimate, by: float) -> Estimate:
    return replace(estimate, value=estimate.value + by, low=estimate.low + by, high=estimate.high + by)


def _verdict(cost: float, qalys: float) -> tuple[float | None, str]:
    """The ratio, where there is one, and who wins."""
    if math.isnan(cost) or math.isnan(qalys) or cost == qalys == 0:
        return None, ""
    if cost <= 0 <= qalys:
        return None, DOMINANT
    if qalys <= 0 <= cost:
        return None, DOMINATED
    return cost / qalys, TRADE_OFF if qalys > 0 else SAVES
