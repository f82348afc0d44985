"""The Caprini score of 2005 for venous thromboembolism, first of all in surgical patients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from popsim.hooks import RiskScore, ScoreItem, added_points, hookimpl
from popsim.hooks.scores import admitted, aged, both, come_with, either, flagged, in_hospital_with, kept_in_bed
from popsim.routines.stays import Site

if TYPE_CHECKING:
    from collections.abc import Iterable

    from popsim.hooks.scores import Holds

_MONTH_DAYS = 30
_UNPLANNED = ", of an unplanned stay"


def _surgical(which: str | None = None) -> Holds:
    """Inpatients with an operation other than a new hip or knee: of this kind, or of none of these kinds."""
    kinds = ("minor_operation", "arthroscopic_operation", "laparoscopic_operation")
    operated = admitted(lambda r: r.surgical and r.site not in (Site.HIP, Site.KNEE))
    if which is None:
        return both(operated, lambda p, t: ~flagged(*kinds)(p, t))
    before = kinds[: kinds.index(which)]
    return both(operated, flagged(which), lambda p, _: ~np.logical_or.reduce([p[k] for k in before] or [~p[which]]))


def _injured(column: str) -> Holds:
    """Inpatients after a trauma of this kind."""
    return both(admitted(lambda r: r.site is Site.FRACTURE), flagged(column))


# One item a line, as the published sheet has them.
# fmt: off
_ITEMS = (
    ScoreItem("age 41-60", 1, "age_years", aged(41, 60)),
    ScoreItem("minor surgery planned", 1, "minor_operation, of a surgical stay", _surgical("minor_operation")),
    ScoreItem("prior major surgery <1 mo", 1, "operated_last_month, during the first month of the run",
              lambda p, today: p["operated_last_month"] & (today.day < _MONTH_DAYS)),
    ScoreItem("varicose veins", 1, "superficial_leak above 0 in a leg",
              lambda p, _: np.asarray((p["superficial_leak"] > 0).any(axis=0))),
    ScoreItem("history of IBD", 1, "inflammatory_bowel_disease", flagged("inflammatory_bowel_disease")),
    ScoreItem("swollen legs (current)", 1, "swollen_legs", flagged("swollen_legs")),
    ScoreItem("BMI>25", 1, "height_cm, weight_kg", lambda p, _: p["bmi"] > 25),
    ScoreItem("acute MI", 1, "acute_infarction" + _UNPLANNED, come_with("acute_infarction")),
    ScoreItem("CHF <1 mo", 1, "heart_failure, chronic failure taken as present", flagged("heart_failure")),
    ScoreItem("sepsis <1 mo", 1, "sepsis" + _UNPLANNED, come_with("sepsis")),
    ScoreItem("serious lung disease incl pneumonia <1 mo", 1, "pneumonia" + _UNPLANNED, come_with("pneumonia")),
    ScoreItem("COPD/abnormal pulmonary function", 1, "lung_disease", flagged("lung_disease")),
    ScoreItem("medical patient at bed rest", 1, "a medical stay without walking freely",
              both(admitted(lambda r: r.name == "medical"), kept_in_bed())),
    ScoreItem("oral contraceptive or HRT", 1, "oral_contraceptive, hormone_therapy",
              flagged("oral_contraceptive", "hormone_therapy")),
    ScoreItem("pregnancy or postpartum <1 mo", 1, "pregnant, up to six weeks after birth", flagged("pregnant")),
    ScoreItem("unexplained stillbirth / >=3 spontaneous abortions / premature birth with toxaemia or growth "
              "restriction", 1, "obstetric_history", flagged("obstetric_history")),
    ScoreItem("age 61-74", 2, "age_years", aged(61, 74)),
    ScoreItem("arthroscopic surgery", 2, "arthroscopic_operation, of a surgical stay",
              _surgical("arthroscopic_operation")),
    ScoreItem("malignancy present or previous", 2, "active_cancer, past_cancer or a stay for cancer",
              either(flagged("active_cancer", "past_cancer"), admitted(lambda r: r.cancer))),
    ScoreItem("major surgery >45 min", 2, "a surgical stay other than for a new hip or knee, which counts 5",
              _surgical()),
    ScoreItem("laparoscopic surgery >45 min", 2, "laparoscopic_operation, of a surgical stay",
              _surgical("laparoscopic_operation")),
    ScoreItem("confined to bed >72 h", 2, "from the third day after admission, without walking freely",
              kept_in_bed(from_day=3)),
    ScoreItem("immobilizing plaster cast <1 mo", 2, "plaster_cast", flagged("plaster_cast")),
    ScoreItem("central venous access", 2, "central_line, in hospital", in_hospital_with("central_line")),
    ScoreItem("age >=75", 3, "age_years", aged(75)),
    ScoreItem("history of DVT/PE", 3, "prior_vte", flagged("prior_vte")),
    ScoreItem("family history of thrombosis", 3, "family_history_vte", flagged("family_history_vte")),
    ScoreItem("factor V Leiden", 3, "factor_v_leiden", flagged("factor_v_leiden")),
    ScoreItem("prothrombin 20210A", 3, "prothrombin_g20210a", flagged("prothrombin_g20210a")),
    ScoreItem("elevated homocysteine", 3, "high_homocysteine", flagged("high_homocysteine")),
    ScoreItem("lupus anticoagulant", 3, "lupus_anticoagulant", flagged("lupus_anticoagulant")),
    ScoreItem("anticardiolipin antibodies", 3, "anticardiolipin", flagged("anticardiolipin")),
    ScoreItem("HIT", 3, "past_hit", flagged("past_hit")),
    ScoreItem("other thrombophilia", 3, "other_thrombophilia", flagged("other_thrombophilia")),
    ScoreItem("elective major lower extremity arthroplasty", 5, "a stay for a new hip or knee",
              admitted(lambda r: r.site in (Site.HIP, Site.KNEE))),
    ScoreItem("hip, pelvis or leg fracture <1 mo", 5, "a stay for trauma, until discharge",
              admitted(lambda r: r.site is Site.FRACTURE)),
    ScoreItem("stroke <1 mo", 5, "a stay for stroke, until discharge", admitted(lambda r: r.paresis)),
    ScoreItem("multiple trauma <1 mo", 5, "multiple_injuries, of a stay for trauma", _injured("multiple_injuries")),
    ScoreItem("acute spinal cord injury/paralysis <1 mo", 5, "spinal_cord_injury, of a stay for trauma",
              _injured("spinal_cord_injury")),
)
_READS = ("age_years superficial_leak bmi heart_failure oral_contraceptive hormone_therapy pregnant active_cancer "
          "prior_vte factor_v_leiden prothrombin_g20210a minor_operation arthroscopic_operation laparoscopic_operation "
          "operated_last_month inflammatory_bowel_disease swollen_legs acute_infarction sepsis pneumonia lung_disease "
          "obstetric_history past_cancer plaster_cast central_line family_history_vte high_homocysteine "
          "lupus_anticoagulant anticardiolipin past_hit other_thrombophilia multiple_injuries spinal_cord_injury")
# fmt: on
_SOURCE = "Caprini JA, Dis Mon 2005;51:70-8"
CAPRINI = RiskScore("caprini", "Caprini score 2005", frozenset(_READS.split()), _SOURCE, added_points(_ITEMS), _ITEMS)


@hookimpl
def popsim_risk_scores() -> Iterable[RiskScore]:
    """Offer the score."""
    return [CAPRINI]
