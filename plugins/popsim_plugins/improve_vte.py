"""The IMPROVE score for venous thromboembolism in medical inpatients, in its associative form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from popsim.hooks import RiskScore, ScoreItem, added_points, hookimpl
from popsim.hooks.scores import admitted, aged, both, either, flagged, in_hospital_with, kept_in_bed
from popsim.routines.stays import Site

if TYPE_CHECKING:
    from collections.abc import Iterable

_PARALYSED_BELOW = 0.1
_READS = (
    "prior_vte factor_v_leiden prothrombin_g20210a lupus_anticoagulant other_thrombophilia calf_strength "
    "spinal_cord_injury active_cancer past_cancer age_years"
)
_ITEMS = (
    ScoreItem("previous VTE", 3, "prior_vte", flagged("prior_vte")),
    ScoreItem(
        "known thrombophilia",
        2,
        "factor_v_leiden, prothrombin_g20210a, lupus_anticoagulant, other_thrombophilia; carriers are taken to know",
        flagged("factor_v_leiden", "prothrombin_g20210a", "lupus_anticoagulant", "other_thrombophilia"),
    ),
    ScoreItem(
        "current lower-limb paralysis",
        2,
        "calf_strength below 0.1 in a leg, a stay for stroke without walking freely, or one for an injured spinal cord",
        either(
            lambda p, _: np.asarray((p["calf_strength"] < _PARALYSED_BELOW).any(axis=0)),
            both(admitted(lambda r: r.paresis), kept_in_bed()),
            both(admitted(lambda r: r.site is Site.FRACTURE), in_hospital_with("spinal_cord_injury")),
        ),
    ),
    ScoreItem(
        "current cancer/cancer <=5 y",
        2,
        "active_cancer, a stay for cancer, or past_cancer, whatever its years",
        either(flagged("active_cancer", "past_cancer"), admitted(lambda r: r.cancer)),
    ),
    ScoreItem(
        "immobilization >=7 d (modified: >=1 d)",
        1,
        "from the seventh day after admission, without walking freely",
        kept_in_bed(from_day=7),
    ),
    ScoreItem("ICU/CCU stay", 1, "a day in intensive care", lambda _, today: today.in_icu),
    ScoreItem("age >60", 1, "age_years", aged(61)),
)

IMPROVE_VTE = RiskScore(
    name="improve-vte",
    label="IMPROVE score for thromboembolism",
    reads=frozenset(_READS.split()),
    source="Spyropoulos AC et al, Chest 2011;140:706-14, associative model",
    points=added_points(_ITEMS),
    items=_ITEMS,
)


@hookimpl
def popsim_risk_scores() -> Iterable[RiskScore]:
    """Offer the score."""
    return [IMPROVE_VTE]
