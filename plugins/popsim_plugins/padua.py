"""The Padua prediction score for venous thromboembolism in medical inpatients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from popsim.hooks import RiskScore, ScoreItem, added_points, hookimpl
from popsim.hooks.scores import admitted, aged, both, come_with, either, flagged, kept_in_bed

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from popsim.hooks import PeopleView, Today

_REDUCED_MOBILITY_DAYS = 3
_OBESE_BMI = 30
_INFECTIONS = ("sepsis", "pneumonia", "acute_infection")
_THROMBOPHILIA = (
    "factor_v_leiden",
    "prothrombin_g20210a",
    "lupus_anticoagulant",
    "anticardiolipin",
    "other_thrombophilia",
)


def _long_stay(_: PeopleView, today: Today) -> NDArray[np.bool_]:
    return today.stay_length >= _REDUCED_MOBILITY_DAYS


def _operated_lately(people: PeopleView, today: Today) -> NDArray[np.bool_]:
    within_a_month = today.day < 30
    return people["operated_last_month"] & within_a_month


# One item a line, as the published table has them.
# fmt: off
_ITEMS = (
    ScoreItem("active cancer (metastases and/or chemo/RT <=6 mo)", 3, "active_cancer", flagged("active_cancer")),
    ScoreItem("previous VTE (excl SVT)", 3, "prior_vte", flagged("prior_vte")),
    ScoreItem("reduced mobility (bed rest with bathroom privileges >=3 d)", 3,
              "a stay of three days or more without walking freely", both(kept_in_bed(), _long_stay)),
    ScoreItem("known thrombophilia (AT/PC/PS defect, FVL, PT20210A, APS)", 3,
              f"{', '.join(_THROMBOPHILIA)}; carriers are taken to know", flagged(*_THROMBOPHILIA)),
    ScoreItem("trauma and/or surgery <=1 mo", 2, "a surgical stay, until discharge; operated_last_month",
              either(admitted(lambda r: r.surgical), _operated_lately)),
    ScoreItem("age >=70", 1, "age_years", aged(70)),
    ScoreItem("heart and/or respiratory failure", 1, "heart_failure, respiratory_failure",
              flagged("heart_failure", "respiratory_failure")),
    ScoreItem("acute MI or ischaemic stroke", 1, "a stay for stroke; acute_infarction, of an unplanned stay",
              either(admitted(lambda r: r.paresis), come_with("acute_infarction"))),
    ScoreItem("acute infection and/or rheumatologic disorder", 1,
              "sepsis, pneumonia or acute_infection, of an unplanned stay; rheumatic_disease",
              either(come_with(*_INFECTIONS), flagged("rheumatic_disease"))),
    ScoreItem("BMI>=30", 1, "height_cm, weight_kg", lambda p, _: p["bmi"] >= _OBESE_BMI),
    ScoreItem("ongoing hormonal treatment", 1, "oral_contraceptive, hormone_therapy",
              flagged("oral_contraceptive", "hormone_therapy")),
)
# fmt: on
_READS = (
    *("active_cancer", "prior_vte", "operated_last_month", "age_years", "heart_failure", "respiratory_failure"),
    *("acute_infarction", "rheumatic_disease", "bmi", "oral_contraceptive", "hormone_therapy"),
    *_INFECTIONS,
    *_THROMBOPHILIA,
)
_SOURCE = "Barbar S et al, J Thromb Haemost 2010;8:2450-7"
PADUA = RiskScore("padua", "Padua prediction score", frozenset(_READS), _SOURCE, added_points(_ITEMS), _ITEMS)


@hookimpl
def popsim_risk_scores() -> Iterable[RiskScore]:
    """Offer the Padua score."""
    return [PADUA]
