"""The Caprini score of 2005 for venous thromboembolism, first of all in surgical patients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from popsim.hooks import RiskScore, ScoreItem, added_points, hookimpl
from popsim.hooks.scores import admitted, aged, both, either, flagged, kept_in_bed
from popsim.routines.stays import Site

if TYPE_CHECKING:
    from collections.abc import Iterable

_NO_COLUMN = "absent: people have no such column"
_WHICH_ILLNESS = "absent: a medical stay does not say which illness"
# One item a line, as the published sheet has them.
# fmt: off
_ITEMS = (
    ScoreItem("age 41-60", 1, "age_years", aged(41, 60)),
    ScoreItem("minor surgery planned", 1, "absent: no stay is for a minor operation"),
    ScoreItem("prior major surgery <1 mo", 1, "absent: why somebody was in hospital is not known after discharge"),
    ScoreItem("varicose veins", 1, "superficial_leak above 0 in a leg",
              lambda p, _: np.asarray((p["superficial_leak"] > 0).any(axis=0))),
    ScoreItem("history of IBD", 1, _NO_COLUMN),
    ScoreItem("swollen legs (current)", 1, "absent: scores do not see the legs' present state"),
    ScoreItem("BMI>25", 1, "height_cm, weight_kg", lambda p, _: p["bmi"] > 25),
    ScoreItem("acute MI", 1, _WHICH_ILLNESS),
    ScoreItem("CHF <1 mo", 1, "heart_failure, chronic failure taken as present", flagged("heart_failure")),
    ScoreItem("sepsis <1 mo", 1, _WHICH_ILLNESS),
    ScoreItem("serious lung disease incl pneumonia <1 mo", 1, _WHICH_ILLNESS),
    ScoreItem("COPD/abnormal pulmonary function", 1, _NO_COLUMN),
    ScoreItem("medical patient at bed rest", 1, "a medical stay without walking freely",
              both(admitted(lambda r: r.name == "medical"), kept_in_bed())),
    ScoreItem("oral contraceptive or HRT", 1, "oral_contraceptive, hormone_therapy",
              flagged("oral_contraceptive", "hormone_therapy")),
    ScoreItem("pregnancy or postpartum <1 mo", 1, "pregnant, up to six weeks after birth", flagged("pregnant")),
    ScoreItem("unexplained stillbirth / >=3 spontaneous abortions / premature birth with toxaemia or growth "
              "restriction", 1, _NO_COLUMN),
    ScoreItem("age 61-74", 2, "age_years", aged(61, 74)),
    ScoreItem("arthroscopic surgery", 2, "absent: no stay is for arthroscopy"),
    ScoreItem("malignancy present or previous", 2, "active_cancer or a stay for cancer; earlier ones are not recorded",
              either(flagged("active_cancer"), admitted(lambda r: r.cancer))),
    ScoreItem("major surgery >45 min", 2, "a surgical stay other than for a new hip or knee, which counts 5",
              admitted(lambda r: r.surgical and r.site not in (Site.HIP, Site.KNEE))),
    ScoreItem("laparoscopic surgery >45 min", 2, "absent: how one is operated on is not recorded; counts as major"),
    ScoreItem("confined to bed >72 h", 2, "from the third day after admission, without walking freely",
              kept_in_bed(from_day=3)),
    ScoreItem("immobilizing plaster cast <1 mo", 2, _NO_COLUMN),
    ScoreItem("central venous access", 2, "absent: catheters are not recorded"),
    ScoreItem("age >=75", 3, "age_years", aged(75)),
    ScoreItem("history of DVT/PE", 3, "prior_vte", flagged("prior_vte")),
    ScoreItem("family history of thrombosis", 3, _NO_COLUMN),
    ScoreItem("factor V Leiden", 3, "factor_v_leiden", flagged("factor_v_leiden")),
    ScoreItem("prothrombin 20210A", 3, "prothrombin_g20210a", flagged("prothrombin_g20210a")),
    ScoreItem("elevated homocysteine", 3, _NO_COLUMN),
    ScoreItem("lupus anticoagulant", 3, _NO_COLUMN),
    ScoreItem("anticardiolipin antibodies", 3, _NO_COLUMN),
    ScoreItem("HIT", 3, "absent: earlier loss of platelets by heparin is not recorded"),
    ScoreItem("other thrombophilia", 3, _NO_COLUMN),
    ScoreItem("elective major lower extremity arthroplasty", 5, "a stay for a new hip or knee",
              admitted(lambda r: r.site in (Site.HIP, Site.KNEE))),
    ScoreItem("hip, pelvis or leg fracture <1 mo", 5, "a stay for trauma, until discharge",
              admitted(lambda r: r.site is Site.FRACTURE)),
    ScoreItem("stroke <1 mo", 5, "a stay for stroke, until discharge", admitted(lambda r: r.paresis)),
    ScoreItem("multiple trauma <1 mo", 5, "absent: a stay for trauma is one for a fracture"),
    ScoreItem("acute spinal cord injury/paralysis <1 mo", 5, "absent: no stay is for it"),
)
_READS = ("age_years superficial_leak bmi heart_failure oral_contraceptive hormone_therapy pregnant active_cancer "
          "prior_vte factor_v_leiden prothrombin_g20210a")
# fmt: on
_SOURCE = "Caprini JA, Dis Mon 2005;51:70-8"
CAPRINI = RiskScore("caprini", "Caprini score 2005", frozenset(_READS.split()), _SOURCE, added_points(_ITEMS), _ITEMS)


@hookimpl
def popsim_risk_scores() -> Iterable[RiskScore]:
    """Offer the score."""
    return [CAPRINI]
