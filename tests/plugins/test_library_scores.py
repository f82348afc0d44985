"""Risk scores, item by item: each adds its published points for whoever has it and for nobody else."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from library_worlds import library

from popsim.hooks import PeopleView, Today
from popsim.people.population import COLUMNS, Population
from popsim.randomness import Draws
from popsim.routines.stays import REASON_CODES

PUBLISHED = Path(__file__).parents[3] / "shared" / "targets" / "risk_scores.json"
TABLES = {
    "padua": "padua",
    "caprini": "caprini_2005",
    "improve-vte": "improve_vte_associative",
    "improve-bleeding": "improve_bleeding",
}
MEDICAL = {"reason": "medical", "walks": False}
IN_BED = {"reason": "journey", "walks": False}
CANCER_STAY = {"reason": "cancer-surgery"}
OPERATED = {"reason": "general-surgery"}
TRAUMA = {"reason": "trauma"}
ILL = {"reason": "medical", "walks": True}

Cases = list[tuple[dict[str, float], dict[str, object], float]]


def _trait(points: float, *names: str) -> Cases:
    """Each of these traits alone adds the points, at home as in hospital."""
    return [({name: 1}, stay, points) for name in names for stay in ({}, ILL)]


def _illness(points: float, *names: str) -> Cases:
    """Each of these counts when one comes to hospital unplanned, not at home and not with a planned operation."""
    counted = [({name: 1}, ILL, points) for name in names]
    return counted + [({name: 1}, {}, 0.0) for name in names]


ITEMS: dict[str, dict[str, Cases]] = {
    "padua": {
        "active cancer (metastases and/or chemo/RT <=6 mo)": _trait(3, "active_cancer"),
        "previous VTE (excl SVT)": _trait(3, "prior_vte"),
        "reduced mobility (bed rest with bathroom privileges >=3 d)": [
            ({}, MEDICAL, 3),
            ({}, ILL, 0),
            ({}, MEDICAL | {"stay_length": 3}, 3),
            ({}, MEDICAL | {"stay_length": 2}, 0),
        ],
        "known thrombophilia (AT/PC/PS defect, FVL, PT20210A, APS)": _trait(
            3,
            *("factor_v_leiden", "prothrombin_g20210a", "lupus_anticoagulant", "anticardiolipin"),
            "other_thrombophilia",
        ),
        "trauma and/or surgery <=1 mo": [
            ({}, OPERATED, 2),
            ({}, TRAUMA, 2),
            ({"operated_last_month": 1}, {}, 2),
            ({"operated_last_month": 1}, {"day": 40, **ILL}, 0),
        ],
        "age >=70": [({"age_years": 70}, {}, 1), ({"age_years": 69}, {}, 0)],
        "heart and/or respiratory failure": [
            *_trait(1, "heart_failure", "respiratory_failure"),
            ({"heart_failure": 1, "respiratory_failure": 1}, {}, 1),
        ],
        "acute MI or ischaemic stroke": [*_illness(1, "acute_infarction"), ({}, {"reason": "stroke"}, 1)],
        "acute infection and/or rheumatologic disorder": [
            *_illness(1, "sepsis", "pneumonia", "acute_infection"),
            *_trait(1, "rheumatic_disease"),
            ({"sepsis": 1, "pneumonia": 1, "rheumatic_disease": 1}, ILL, 1),
            ({"sepsis": 1}, OPERATED, 2),
        ],
        "BMI>=30": [({"weight_kg": 86.7}, {}, 1), ({"weight_kg": 86.6}, {}, 0)],
        "ongoing hormonal treatment": _trait(1, "oral_contraceptive", "hormone_therapy"),
    },
    "caprini": {
        "age 41-60": [({"age_years": 41}, {}, 1), ({"age_years": 60}, {}, 1), ({"age_years": 40}, {}, 0)],
        "minor surgery planned": [
            ({"minor_operation": 1}, OPERATED, 1),
            ({"minor_operation": 1, "laparoscopic_operation": 1}, OPERATED, 1),
            ({"minor_operation": 1}, {}, 0),
        ],
        "prior major surgery <1 mo": [
            ({"operated_last_month": 1}, {}, 1),
            ({"operated_last_month": 1}, ILL | {"day": 30}, 0),
        ],
        "history of IBD": _trait(1, "inflammatory_bowel_disease"),
        "swollen legs (current)": _trait(1, "swollen_legs"),
        "acute MI": _illness(1, "acute_infarction"),
        "sepsis <1 mo": _illness(1, "sepsis"),
        "serious lung disease incl pneumonia <1 mo": _illness(1, "pneumonia"),
        "COPD/abnormal pulmonary function": _trait(1, "lung_disease"),
        "unexplained stillbirth / >=3 spontaneous abortions / premature birth with toxaemia or growth "
        "restriction": _trait(1, "obstetric_history"),
        "arthroscopic surgery": [
            ({"arthroscopic_operation": 1}, OPERATED, 2),
            ({"arthroscopic_operation": 1, "laparoscopic_operation": 1}, OPERATED, 2),
        ],
        "laparoscopic surgery >45 min": [({"laparoscopic_operation": 1}, OPERATED, 2)],
        "immobilizing plaster cast <1 mo": _trait(2, "plaster_cast"),
        "central venous access": [({"central_line": 1}, ILL, 2), ({"central_line": 1}, {}, 0)],
        "family history of thrombosis": _trait(3, "family_history_vte"),
        "elevated homocysteine": _trait(3, "high_homocysteine"),
        "lupus anticoagulant": _trait(3, "lupus_anticoagulant"),
        "anticardiolipin antibodies": _trait(3, "anticardiolipin"),
        "HIT": _trait(3, "past_hit"),
        "other thrombophilia": _trait(3, "other_thrombophilia"),
        "multiple trauma <1 mo": [({"multiple_injuries": 1}, TRAUMA, 12), ({"multiple_injuries": 1}, ILL, 0)],
        "acute spinal cord injury/paralysis <1 mo": [
            ({"spinal_cord_injury": 1}, TRAUMA, 12),
            ({"spinal_cord_injury": 1}, ILL, 0),
        ],
        "varicose veins": [({"superficial_leak": 0.01}, {}, 1)],
        "BMI>25": [({"weight_kg": 72.3}, {}, 1), ({"weight_kg": 72.2}, {}, 0)],
        "CHF <1 mo": [({"heart_failure": 1}, {}, 1)],
        "medical patient at bed rest": [({}, MEDICAL, 1), ({}, MEDICAL | {"walks": True}, 0)],
        "oral contraceptive or HRT": [({"oral_contraceptive": 1}, {}, 1), ({"hormone_therapy": 1}, {}, 1)],
        "pregnancy or postpartum <1 mo": [({"pregnant": 1}, {}, 1)],
        "age 61-74": [({"age_years": 61}, {}, 2), ({"age_years": 74}, {}, 2)],
        "malignancy present or previous": [
            ({"past_cancer": 1}, {}, 2),
            ({"active_cancer": 1}, {}, 2),
            ({"active_cancer": 1}, CANCER_STAY, 4),
        ],
        "major surgery >45 min": [({}, {"reason": "general-surgery"}, 2), ({}, CANCER_STAY, 4)],
        "confined to bed >72 h": [({}, IN_BED | {"stay_day": 3}, 2), ({}, IN_BED | {"stay_day": 2}, 0)],
        "age >=75": [({"age_years": 75}, {}, 3), ({"age_years": 101}, {}, 3)],
        "history of DVT/PE": [({"prior_vte": 1}, {}, 3)],
        "factor V Leiden": [({"factor_v_leiden": 1}, {}, 3)],
        "prothrombin 20210A": [({"prothrombin_g20210a": 1}, {}, 3)],
        "elective major lower extremity arthroplasty": [
            ({}, {"reason": "hip-replacement"}, 5),
            ({}, {"reason": "knee-replacement"}, 5),
        ],
        "hip, pelvis or leg fracture <1 mo": [({}, {"reason": "trauma"}, 7)],
        "stroke <1 mo": [({}, {"reason": "stroke"}, 5)],
    },
    "improve-vte": {
        "previous VTE": [({"prior_vte": 1}, {}, 3)],
        "known thrombophilia": [
            ({"factor_v_leiden": 1}, {}, 2),
            ({"prothrombin_g20210a": 1}, {}, 2),
            ({"factor_v_leiden": 1, "prothrombin_g20210a": 1}, {}, 2),
            *_trait(2, "lupus_anticoagulant", "other_thrombophilia"),
        ],
        "current lower-limb paralysis": [
            ({"calf_strength": 0.05}, {}, 2),
            ({}, {"reason": "stroke", "walks": False}, 2),
            ({}, {"reason": "stroke"}, 0),
            ({"spinal_cord_injury": 1}, TRAUMA, 2),
        ],
        "ICU/CCU stay": [({}, ILL | {"icu": True}, 1)],
        "current cancer/cancer <=5 y": [*_trait(2, "active_cancer", "past_cancer"), ({}, CANCER_STAY, 2)],
        "immobilization >=7 d (modified: >=1 d)": [
            ({}, MEDICAL | {"stay_day": 7}, 1),
            ({}, MEDICAL | {"stay_day": 6}, 0),
            ({}, {"reason": "medical", "stay_day": 7}, 0),
        ],
        "age >60": [({"age_years": 61}, {}, 1), ({"age_years": 60}, {}, 0)],
    },
    "improve-bleeding": {
        "active gastroduodenal ulcer": _trait(4.5, "gastroduodenal_ulcer"),
        "bleeding <3 mo": _trait(4, "recent_bleeding"),
        "platelets <50e9/L": _trait(4, "low_platelets"),
        "hepatic failure INR>1.5": _trait(2.5, "liver_failure"),
        "GFR <30": [({"gfr_ml_min": 29.9}, {}, 2.5)],
        "GFR 30-59": [({"gfr_ml_min": 30}, {}, 1), ({"gfr_ml_min": 59.9}, {}, 1), ({"gfr_ml_min": 60}, {}, 0)],
        "ICU/CCU": [({}, ILL | {"icu": True}, 2.5)],
        "central venous catheter": [({"central_line": 1}, ILL, 2), ({"central_line": 1}, {}, 0)],
        "rheumatic disease": _trait(2, "rheumatic_disease"),
        "age >=85": [({"age_years": 85}, {}, 3.5)],
        "age 40-84": [({"age_years": 40}, {}, 1.5), ({"age_years": 84}, {}, 1.5), ({"age_years": 39}, {}, 0)],
        "current cancer": [({"active_cancer": 1}, {}, 2), ({}, CANCER_STAY, 2)],
        "male": [({"sex": 1}, {}, 1)],
    },
}
CASES = [(s, item, *case) for s, items in ITEMS.items() for item, cases in items.items() for case in cases]


def _points(score: str, traits: dict[str, float], stay: dict[str, object]) -> float:
    base = {"age_years": 30, "height_cm": 170, "weight_kg": 60, "calf_strength": 1, "ankle_range": 1, "gfr_ml_min": 90}
    columns = {
        name: np.full((2, 1) if column.per == "leg" else 1, {**base, **traits}.get(name, 0)).astype(column.dtype)
        for name, column in COLUMNS.items()
    }
    offered = library().scores[score]
    people = PeopleView(Population(np.array([1]), columns), Draws(1), offered.reads, score)
    inside = bool(stay)
    today = Today(
        day=int(str(stay.get("day", 20))),
        in_hospital=np.array([inside]),
        stay_day=np.array([stay.get("stay_day", 0) if inside else -1], np.int32),
        stay_length=np.array([stay.get("stay_length", 10) if inside else 0], np.int32),
        reason=np.array([REASON_CODES[str(stay.get("reason", "journey"))]], np.int16),
        walks_freely=np.array([bool(stay.get("walks", True)) and inside]),
        in_icu=np.array([bool(stay.get("icu", False))]),
        days_since_discharge=np.array([10_000], np.int32),
        on_flight=np.array([False]),
        given_prophylaxis=np.array([False]),
        given_treatment=np.array([False]),
        scores=lambda name, day: np.zeros(1),
    )
    (points,) = offered.points(people, today)
    return float(points)


@pytest.mark.parametrize(("score", "item", "traits", "stay", "expected"), CASES)
def test_an_item_adds_its_points(score, item, traits, stay, expected):
    assert _points(score, traits, stay) == expected


@pytest.mark.parametrize("score", TABLES)
def test_a_healthy_young_woman_at_home_has_no_points(score):
    assert _points(score, {}, {}) == 0


@pytest.mark.parametrize("score", TABLES)
def test_every_item_is_computed_and_tested(score):
    items = library().scores[score].items
    assert {item.label for item in items if item.holds is not None} == set(ITEMS[score])
    assert len(items) == len(ITEMS[score])


@pytest.mark.parametrize(("score", "table"), TABLES.items())
@pytest.mark.skipif(not PUBLISHED.is_file(), reason="the published item lists are not beside the repository")
def test_items_and_points_are_the_published_ones(score, table):
    points = json.loads(PUBLISHED.read_text(encoding="utf-8"))[table]["points"]
    published = (
        {label: float(value) for value, labels in points.items() for label in labels} if score == "caprini" else points
    )
    assert {item.label: item.points for item in library().scores[score].items} == published


def test_published_points_add_up():
    old_man = {"age_years": 86, "sex": 1, "active_cancer": 1, "prior_vte": 1, "weight_kg": 90}
    assert _points("improve-bleeding", old_man, {}) == 6.5
    ill_man = old_man | {"gfr_ml_min": 20, "liver_failure": 1, "low_platelets": 1, "recent_bleeding": 1}
    ill_man |= {"gastroduodenal_ulcer": 1, "central_line": 1, "rheumatic_disease": 1}
    assert _points("improve-bleeding", ill_man, ILL | {"icu": True}) == 30.5
    assert _points("improve-vte", old_man, MEDICAL | {"stay_day": 8}) == 3 + 2 + 1 + 1
    assert _points("caprini", old_man, MEDICAL | {"stay_day": 8}) == 3 + 2 + 3 + 1 + 1 + 2
