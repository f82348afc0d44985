"""The IMPROVE score for bleeding in medical inpatients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from popsim.hooks import RiskScore, ScoreItem, added_points, hookimpl
from popsim.hooks.scores import admitted, aged, either, flagged, in_hospital_with
from popsim.people.population import Sex

if TYPE_CHECKING:
    from collections.abc import Iterable

_WEAK, _FAILING = 60, 30
"""Filtration of the kidneys in mL/min below which the items hold."""

_ITEMS = (
    ScoreItem("active gastroduodenal ulcer", 4.5, "gastroduodenal_ulcer", flagged("gastroduodenal_ulcer")),
    ScoreItem("bleeding <3 mo", 4, "recent_bleeding, taken as recent all through the run", flagged("recent_bleeding")),
    ScoreItem("platelets <50e9/L", 4, "low_platelets", flagged("low_platelets")),
    ScoreItem("age >=85", 3.5, "age_years", aged(85)),
    ScoreItem("age 40-84", 1.5, "age_years", aged(40, 84)),
    ScoreItem("hepatic failure INR>1.5", 2.5, "liver_failure", flagged("liver_failure")),
    ScoreItem("GFR <30", 2.5, "gfr_ml_min", lambda p, _: p["gfr_ml_min"] < _FAILING),
    ScoreItem("GFR 30-59", 1, "gfr_ml_min", lambda p, _: (p["gfr_ml_min"] >= _FAILING) & (p["gfr_ml_min"] < _WEAK)),
    ScoreItem("ICU/CCU", 2.5, "a day in intensive care", lambda _, today: today.in_icu),
    ScoreItem("central venous catheter", 2, "central_line, in hospital", in_hospital_with("central_line")),
    ScoreItem("rheumatic disease", 2, "rheumatic_disease", flagged("rheumatic_disease")),
    ScoreItem(
        "current cancer",
        2,
        "active_cancer or a stay for cancer",
        either(flagged("active_cancer"), admitted(lambda r: r.cancer)),
    ),
    ScoreItem("male", 1, "sex", lambda p, _: p["sex"] == Sex.MALE),
)
_READS = (
    "gastroduodenal_ulcer recent_bleeding low_platelets age_years liver_failure gfr_ml_min central_line "
    "rheumatic_disease active_cancer sex"
)

IMPROVE_BLEEDING = RiskScore(
    name="improve-bleeding",
    label="IMPROVE score for bleeding",
    reads=frozenset(_READS.split()),
    source="Decousus H et al, Chest 2011;139:69-79",
    points=added_points(_ITEMS),
    items=_ITEMS,
)


@hookimpl
def popsim_risk_scores() -> Iterable[RiskScore]:
    """Offer the score."""
    return [IMPROVE_BLEEDING]
