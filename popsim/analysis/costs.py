"""What the interventions used up, and what that costs where a price is known."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from popsim.store.schema import MILLI

if TYPE_CHECKING:
    from popsim.store.results import Results

_USED = """
SELECT c.arm, i.name, coalesce(nullif(i.label, ''), i.name) AS label, coalesce(i.unit, '') AS unit, i.unit_cost,
       sum(c.quantity) AS stored
FROM cost c JOIN item i ON i.id = c.item
GROUP BY ALL HAVING sum(c.quantity) <> 0 ORDER BY c.arm, i.name
"""


@dataclass(frozen=True)
class ItemUse:
    """How much of one thing an arm used.

    Attributes:
        label: for people.
        quantity: in ``unit``.
        unit: what one of it is.
        unit_cost: price of one; ``None`` where the run gives none.
    """

    label: str
    quantity: float
    unit: str
    unit_cost: float | None

    @property
    def cost(self) -> float | None:
        """Price of all of it; ``None`` where the run gives no price."""
        return None if self.unit_cost is None else self.quantity * self.unit_cost


def items_used(results: Results) -> dict[int, dict[str, ItemUse]]:
    """What each arm used, by arm code and name of the item; an arm that used nothing is left out."""
    used: dict[int, dict[str, ItemUse]] = {}
    for row in results.query(_USED).to_pylist():
        price = row["unit_cost"]
        known = price if price is not None and math.isfinite(price) else None
        item = ItemUse(row["label"], int(row["stored"]) / MILLI, row["unit"], known)
        used.setdefault(row["arm"], {})[row["name"]] = item
    return used


def total_cost(used: dict[str, ItemUse]) -> float | None:
    """Cost of everything; ``None`` as soon as one price is missing."""
    costs = [item.cost for item in used.values()]
    known = [cost for cost in costs if cost is not None]
    return math.fsum(known) if len(known) == len(costs) else None
