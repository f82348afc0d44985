"""The IMPROVE score for bleeding in medical inpatients, as far as people have what it asks for.

The most that they can reach is 6.5 points (men of 85 with cancer), so the published threshold of 7 spares nobody: a
lower ceiling, such as 5, stands for the patients whom kidneys, liver or ulcers would put above it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from popsim.hooks import RiskScore, ScoreItem, added_points, hookimpl
from popsim.hooks.scores import admitted, aged, either, flagged
from popsim.people.population import Sex

if TYPE_CHECKING:
    from collections.abc import Iterable

_NO_COLUMN = "absent: people have no such column"
_ITEMS = (
    ScoreItem("active gastroduodenal ulcer", 4.5, _NO_COLUMN),
    ScoreItem("bleeding <3 mo", 4, "absent: earlier bleeds are not recorded"),
    ScoreItem("platelets <50e9/L", 4, _NO_COLUMN),
    ScoreItem("age >=85", 3.5, "age_years", aged(85)),
    ScoreItem("age 40-84", 1.5, "age_years", aged(40, 84)),
    ScoreItem("hepatic failure INR>1.5", 2.5, _NO_COLUMN),
    ScoreItem("GFR <30", 2.5, _NO_COLUMN),
    ScoreItem("GFR 30-59", 1, _NO_COLUMN),
    ScoreItem("ICU/CCU", 2.5, "absent: scores do not see days in intensive care"),
    ScoreItem("central venous catheter", 2, "absent: catheters are not recorded"),
    ScoreItem("rheumatic disease", 2, _NO_COLUMN),
    ScoreItem(
        "current cancer",
        2,
        "active_cancer or a stay for cancer",
        either(flagged("active_cancer"), admitted(lambda r: r.cancer)),
    ),
    ScoreItem("male", 1, "sex", lambda p, _: p["sex"] == Sex.MALE),
)

IMPROVE_BLEEDING = RiskScore(
    name="improve-bleeding",
    label="IMPROVE score for bleeding",
    reads=frozenset({"age_years", "active_cancer", "sex"}),
    source="Decousus H et al, Chest 2011;139:69-79",
    points=added_points(_ITEMS),
    items=_ITEMS,
)


@hookimpl
def popsim_risk_scores() -> Iterable[RiskScore]:
    """Offer the score."""
    return [IMPROVE_BLEEDING]
