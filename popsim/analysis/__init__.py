"""What a run found: arms compared, with intervals; pooling through the day; one person's day.

Every result that depends on who looked for clots names its detection: ``truth`` (all there are) or ``clinical`` (those
whose symptoms led to a diagnosis).
"""

from popsim.analysis.costs import ItemUse, total_cost
from popsim.analysis.curves import by_age_group, daily_curves
from popsim.analysis.economics import CostEffectiveness, cost_effectiveness
from popsim.analysis.estimates import Estimate
from popsim.analysis.key_results import ArmResult, Harm, key_results
from popsim.analysis.person_day import LegDay, PersonDay, person_day, traced_days, traced_people
from popsim.analysis.pooling import activity_pooling, pooling_through_day
from popsim.analysis.report import arm_report

__all__ = [
    "ArmResult",
    "CostEffectiveness",
    "Estimate",
    "Harm",
    "ItemUse",
    "LegDay",
    "PersonDay",
    "activity_pooling",
    "arm_report",
    "by_age_group",
    "cost_effectiveness",
    "daily_curves",
    "key_results",
    "person_day",
    "pooling_through_day",
    "total_cost",
    "traced_days",
    "traced_people",
]
