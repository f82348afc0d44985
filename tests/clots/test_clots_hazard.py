"""Hazard is Virchow's triad, one factor each, every published ratio used once."""

from __future__ import annotations

from math import exp, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from popsim.clots.coagulation import ChangingFactor
from popsim.clots.hazard import constitution, daily_hazard, leg_constitution
from popsim.clots.infections import KINDS
from popsim.clots.known import known_of
from popsim.clots.triad import Triad
from popsim.evidence import Evidence
from popsim.people import synthesise
from popsim.people.population import COLUMNS, Sex
from popsim.randomness import Draws
from popsim.routines.calendar import EpisodeKind, Episodes
from popsim.routines.stays import REASON_CODES, REASONS

EVIDENCE = Evidence.load()
PEOPLE = synthesise(Draws(1), np.arange(300), EVIDENCE)
FLAGS = (
    "factor_v_leiden", "prothrombin_g20210a", "non_o_blood", "oral_contraceptive", "hormone_therapy",
    "transdermal_hormones", "pregnant", "active_cancer", "smoker", "heart_failure", "family_history_vte",
)  # fmt: skip


def known(name):
    return EVIDENCE[f"clots.{name}"]


def with_everybody(**columns):
    people = PEOPLE.copy()
    for name, value in columns.items():
        people[name] = np.full(people[name].shape, value)
    return people


@pytest.mark.parametrize("flag", FLAGS)
def test_each_risk_factor_multiplies_hazard_by_its_published_ratio(flag):
    others = dict.fromkeys({"factor_v_leiden", "oral_contraceptive", "chemotherapy"} - {flag}, False)
    with_it = constitution(with_everybody(**{flag: True}, **others), EVIDENCE)
    without = constitution(with_everybody(**{flag: False}, **others), EVIDENCE)
    np.testing.assert_allclose(with_it / without, known(f"ratio_{flag}"))


def test_every_published_ratio_of_a_flag_is_used():
    ratios = {n.removeprefix("clots.ratio_") for n in EVIDENCE if n.startswith("clots.ratio_")}
    flags = {name for name, column in COLUMNS.items() if column.dtype == "bool"}
    # An earlier clot is in recurrence, where it fades; chemotherapy takes the place of cancer's own ratio.
    assert ratios & flags == {*FLAGS, "prior_vte", "chemotherapy"}


def test_factor_v_leiden_and_the_pill_together_do_less_than_their_product():
    neither, both = (
        constitution(with_everybody(factor_v_leiden=flag, oral_contraceptive=flag), EVIDENCE) for flag in (False, True)
    )
    np.testing.assert_allclose(both / neither, 10.3)
    assert known("ratio_factor_v_leiden") * known("ratio_oral_contraceptive") > 20


def test_chemotherapy_takes_the_place_of_the_ratio_of_cancer():
    def factor(cancer, chemotherapy):
        return constitution(with_everybody(active_cancer=cancer, chemotherapy=chemotherapy), EVIDENCE)

    np.testing.assert_allclose(factor(True, True) / factor(False, False), 6.5)
    np.testing.assert_allclose(factor(True, False) / factor(False, False), 4.1)
    np.testing.assert_array_equal(factor(False, True), factor(False, False))
    some = synthesise(Draws(1), np.arange(60_000), EVIDENCE)
    assert not some["chemotherapy"][~some["active_cancer"]].any()
    assert 0.2 < some["chemotherapy"][some["active_cancer"]].mean() < 0.4


@given(st.integers(18, 109), st.integers(1, 10))
def test_older_people_never_have_less_hazard(age, years):
    younger = constitution(with_everybody(age_years=age), EVIDENCE)
    older = constitution(with_everybody(age_years=min(age + years, 110)), EVIDENCE)
    assert (older >= younger).all()


@given(st.floats(125, 220), st.floats(35, 250))
def test_taller_and_heavier_people_never_have_less_hazard(height, weight):
    here = constitution(with_everybody(height_cm=height, weight_kg=weight), EVIDENCE)
    assert (constitution(with_everybody(height_cm=height, weight_kg=weight + 20), EVIDENCE) >= here).all()
    # At a given body mass index: taking height alone away from weight would change the index too.
    taller = with_everybody(height_cm=height + 10, weight_kg=weight * ((height + 10) / height) ** 2)
    assert (constitution(taller, EVIDENCE) > here).all()


def test_constitution_is_the_product_of_all_factors():
    """Person by person in plain Python."""
    got = constitution(PEOPLE, EVIDENCE)
    for i in range(len(PEOPLE)):
        age = min(float(PEOPLE["age_years"][i]), known("age_ceiling_years"))
        factor = exp(known("age_per_year") * (age - known("age_reference_years")))
        bmi = PEOPLE["weight_kg"][i] / (PEOPLE["height_cm"][i] / 100) ** 2
        factor *= exp(known("ratio_bmi_per_unit") * max(0.0, min(bmi, known("bmi_ceiling")) - 25))
        sex = "men" if PEOPLE["sex"][i] == Sex.MALE else "women"
        above_cm = PEOPLE["height_cm"][i] - known(f"height_reference_{sex}_cm")
        factor *= known(f"ratio_height_{sex}_per_10cm") ** (above_cm / 10)
        for flag in FLAGS:
            factor *= known(f"ratio_{flag}") if PEOPLE[flag][i] else 1.0
        if PEOPLE["active_cancer"][i] and PEOPLE["chemotherapy"][i]:
            factor *= known("ratio_chemotherapy") / known("ratio_active_cancer")
        if PEOPLE["factor_v_leiden"][i] and PEOPLE["oral_contraceptive"][i]:
            factor *= 10.3 / (known("ratio_factor_v_leiden") * known("ratio_oral_contraceptive"))
        assert got[i] == pytest.approx(factor, rel=1e-12)


doses = st.floats(0, 1440)


@given(doses, doses, st.floats(0.01, 100), st.floats(0.01, 100))
def test_hazard_grows_with_stagnation_and_with_every_factor(dose, more, constant, changing):
    def hazard(dose_min, lasting=constant, passing=changing):
        legs = np.full((2, 1), dose_min)
        return daily_hazard(np.array([lasting]), np.array([passing]), legs, EVIDENCE)[0, 0]

    assert hazard(dose) > 0
    assert hazard(min(dose + more, 1440)) >= hazard(dose)
    assert hazard(dose, lasting=constant * 2) == pytest.approx(2 * hazard(dose))
    assert hazard(dose, passing=changing / 4) == pytest.approx(hazard(dose) / 4)


def test_a_day_of_full_activation_raises_hazard_by_the_gain():
    one = np.ones(1)
    still = daily_hazard(one, one, np.full((2, 1), 1440.0), EVIDENCE)
    moving = daily_hazard(one, one, np.zeros((2, 1)), EVIDENCE)
    np.testing.assert_allclose(moving, known("base_hazard_per_leg_day"))
    np.testing.assert_allclose(still / moving, 1 + known("stagnation_gain"))


def episodes(*rows):
    """Episodes of people 0, 1, ... from ``(kind, first day, last day, reason)``."""
    columns = list(zip(*rows, strict=True))
    size = len(rows)
    fields = {
        "row": np.arange(size),
        "kind": np.array(columns[0], dtype=np.uint8),
        "first_day": np.array(columns[1], dtype=np.int32),
        "last_day": np.array(columns[2], dtype=np.int32),
        "reason": np.array([REASON_CODES[name] for name in columns[3]], dtype=np.uint8),
        "stay": np.zeros(size, dtype=np.int32),
        "length_days": np.array(columns[2], dtype=float) - np.array(columns[1]),
    }
    optional = {n: np.zeros(size, dtype=np.uint8) for n in Episodes.__dataclass_fields__ if n not in fields}
    return Episodes(**fields, **optional)


def course(*rows, days=120):
    factor = ChangingFactor(episodes(*rows), len(rows) + 1, EVIDENCE)
    return np.array([factor.on(day) for day in range(days)])


def test_nobody_without_a_stay_is_touched():
    got = course((EpisodeKind.OPERATION, 3, 3, "surgery"), (EpisodeKind.FLIGHT, 3, 4, "journey"))
    assert (got[:, 1:] == 1).all()


def test_surgery_raises_hazard_for_its_plateau_and_then_fades():
    factor = course((EpisodeKind.OPERATION, 5, 5, "surgery"))[:, 0]
    plateau = int(known("surgery_plateau_days"))
    assert (factor[:5] == 1).all()
    np.testing.assert_allclose(factor[5 : 5 + plateau + 1], known("ratio_surgery"))
    after = factor[5 + plateau :] - 1
    assert (np.diff(after) < 0).all()
    np.testing.assert_allclose(after[1:] / after[:-1], exp(-1 / known("surgery_fade_days")))


def test_acute_illness_raises_hazard_through_the_stay_and_fades_after_discharge():
    factor = course((EpisodeKind.MEDICAL_STAY, 4, 9, "medical"))[:, 0]
    assert (factor[:4] == 1).all()
    np.testing.assert_allclose(factor[4:10], known("ratio_acute_illness"))
    excess = factor[9:] - 1
    np.testing.assert_allclose(excess[1:] / excess[:-1], exp(-1 / known("acute_illness_after_days")))


def test_planned_surgery_is_no_acute_illness_but_trauma_is():
    rows = [(EpisodeKind.SURGERY_STAY, 0, 5, reason) for reason in ("surgery", "hip-replacement", "trauma")]
    np.testing.assert_allclose(course(*rows)[3, :3], [1, 1, known("ratio_acute_illness")])


@given(st.lists(st.tuples(st.sampled_from([r.name for r in REASONS[1:]]), st.integers(0, 40), st.integers(0, 20)),
                min_size=1, max_size=6))  # fmt: skip
def test_stays_and_operations_never_lower_hazard_and_all_excess_fades(stays):
    rows = [(EpisodeKind.MEDICAL_STAY, first, first + long, reason) for reason, first, long in stays]
    rows += [(EpisodeKind.OPERATION, first, first, reason) for reason, first, _ in stays]
    factor = course(*rows, days=600)
    assert (factor >= 1).all()
    assert (factor[-1] < 1 + 1e-4).all()


def test_the_reference_person_has_a_factor_of_one():
    """A woman of the reference age and height with a BMI of 25 and no risk factor."""
    flags = dict.fromkeys(FLAGS, False)
    height = known("height_reference_women_cm")
    people = with_everybody(
        sex=Sex.FEMALE, age_years=known("age_reference_years"), height_cm=height, weight_kg=25 * (height / 100) ** 2,
        **flags,
    )  # fmt: skip
    np.testing.assert_allclose(constitution(people, EVIDENCE), 1.0, rtol=1e-9)
    assert log(known("ratio_prior_vte")) > 0


def test_a_varicose_leg_has_its_ratio_a_paralysed_one_only_its_pump_and_the_mean_leg_a_factor_near_one():
    sick, well = with_everybody(superficial_leak=0.1), with_everybody(superficial_leak=0.0)
    ratio = leg_constitution(sick, EVIDENCE) / leg_constitution(well, EVIDENCE)
    np.testing.assert_allclose(ratio, known("ratio_varicose_veins"))
    paralysed = with_everybody(calf_strength=0.02)
    np.testing.assert_array_equal(leg_constitution(paralysed, EVIDENCE), leg_constitution(PEOPLE, EVIDENCE))
    many = synthesise(Draws(2), np.arange(5000), EVIDENCE)
    assert leg_constitution(many, EVIDENCE).mean() == pytest.approx(1.0, abs=0.03)


def test_age_counts_less_where_hazard_is_owed_to_an_operation():
    old, young = (with_everybody(age_years=age) for age in (80, 50))
    rows = [(EpisodeKind.OPERATION, 5, 5, "surgery")] * len(PEOPLE)
    well = EVIDENCE.override({f"clots.{kind}_per_year_{sex}": 0.0 for kind in KINDS for sex in ("women", "men")})
    hazard = [Triad(p, episodes(*rows), Draws(1), well).hazard for p in (old, young)]
    dose = np.zeros((2, len(PEOPLE)))
    at_home, operated = (hazard[0](day, dose) / hazard[1](day, dose) for day in (1, 6))
    np.testing.assert_allclose(np.log(at_home), 30 * known("age_per_year"))
    lost = known("age_provoked_damping") * (1 - 1 / known("ratio_surgery"))
    np.testing.assert_allclose(np.log(operated), 30 * known("age_per_year") * (1 - lost))


def test_constants_are_those_of_the_evidence_asked_about_whatever_was_asked_before():
    for _ in range(3):
        for value in (2.0, 3.0):
            changed = EVIDENCE.override({"clots.ratio_surgery": value})
            for same in (changed, changed, dict(changed)):
                assert known_of(same)["ratio_surgery"] == value
            assert known_of(known_of(changed)) is known_of(changed)
            assert "ratio_surgery" not in known_of(changed, "insufficiency")
