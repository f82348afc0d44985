"""Interventions worn on the leg: whom they fit, when they act, which way and how far they change things."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from library_worlds import DAYS, library, lived, ratio, town, usual

ALL = np.ones(300, dtype=bool)


def _inpatient_days() -> np.ndarray:
    return np.sum([town().today(day).in_hospital for day in range(DAYS)], axis=0)


def _stiff(ankle_range: float):
    people = town().people.copy()
    people["ankle_range"] = np.where(np.arange(300) % 2, ankle_range, people["ankle_range"])
    return replace(town(), people=people)


def test_cuffs_worn_all_the_time_all_but_end_stagnation_in_bed():
    week = lived({"pneumatic-cuffs": {"adherence": 1.0}})
    who = _inpatient_days() == DAYS
    assert np.array_equal(week.acted["pneumatic-cuffs"], _inpatient_days())
    assert ratio(week, "activation_min", who) < 0.25


def test_cuffs_as_worn_prevent_about_what_trials_found():
    week = lived({"pneumatic-cuffs": {}})
    worn = week.acted["pneumatic-cuffs"].sum() / _inpatient_days().sum()
    assert worn == pytest.approx(0.69, abs=0.08)
    assert 0.30 < ratio(week, "hazard", _inpatient_days() > 0) < 0.55


def test_cuffs_and_stockings_break_skin_and_are_paid_by_the_day():
    week = lived({"thigh-stockings": {}})
    outcomes = week.life.outcomes
    expected = [m.name for m in outcomes.measures].index("expected-skin-break")
    per_day = library().evidence()["thigh_stockings.skin_break_per_day"]
    assert outcomes.daily[:, :, expected].sum() * 2.0**-40 == pytest.approx(per_day * _inpatient_days().sum(), rel=1e-6)
    assert outcomes.used == {"thigh-stocking-pair-day": 1000 * _inpatient_days().sum()}


def test_thigh_stockings_are_worn_in_hospital_only():
    week = lived({"thigh-stockings": {}})
    never = _inpatient_days() == 0
    assert np.array_equal(week.pooled_ml_min[never], usual().pooled_ml_min[never])
    assert ratio(week, "pooled_ml_min", ~never) < 0.98
    assert 0.3 < ratio(week, "activation_min", ~never) < 0.8


def test_a_policy_leaves_everybody_below_the_threshold_bare():
    week = lived({"thigh-stockings": {"policy": "padua >= 5"}})
    high = town().today(0).score("padua") >= 5
    acted = week.acted["thigh-stockings"] > 0
    assert 0 < acted.sum() < (_inpatient_days() > 0).sum()
    assert acted[town().today(0).in_hospital].tolist() == high[town().today(0).in_hospital].tolist()


def test_an_inelastic_wrap_holds_less_blood_than_a_stocking_of_the_same_pressure():
    wrap = lived({"inelastic-wrap": {"pressure_mmhg": 30.0}})
    stocking = lived({"compression-stockings": {"pressure_mmhg": 30.0}})
    assert ratio(wrap, "pooled_ml_min", ALL) < ratio(stocking, "pooled_ml_min", ALL) < 1.0


def test_of_two_compressions_the_higher_acts():
    both = lived({"inelastic-wrap": {"pressure_mmhg": 40.0}, "compression-stockings": {"pressure_mmhg": 15.0}})
    assert np.allclose(both.pooled_ml_min, lived({"inelastic-wrap": {"pressure_mmhg": 40.0}}).pooled_ml_min)


def test_stimulation_acts_where_it_is_meant_to():
    assert np.array_equal(lived({"electrical-stimulation": {}}).acted["electrical-stimulation"], _inpatient_days())
    flying = lived({"electrical-stimulation": {"during": ["flight"]}}, days=2)
    travellers = town().today(1).on_flight
    assert np.array_equal(flying.acted["electrical-stimulation"] > 0, travellers | town().today(0).on_flight)
    assert ratio(flying, "activation_min", travellers & ~town().today(1).in_hospital, 2) < 0.5
    at_home = lived({"electrical-stimulation": {"during": ["home", "hospital"]}}, days=1)
    assert at_home.acted["electrical-stimulation"].all()


@pytest.mark.parametrize(("name", "ankle_range"), [("ankle-foot-orthosis", 0.3), ("ankle-brace", 0.2)])
def test_orthoses_give_back_pump_to_ankles_that_hardly_move_and_to_no_others(name, ankle_range):
    world = _stiff(ankle_range)
    without, with_it = lived({}, 3, world), lived({name: {}}, 3, world)
    stiff = (world.people["ankle_range"] < library().evidence()[f"{name.replace('-', '_')}.ankle_range_restored"]).any(
        axis=0
    )
    assert np.array_equal(with_it.acted[name] > 0, stiff)
    assert with_it.pooled_ml_min[stiff].sum() < 0.995 * without.pooled_ml_min[stiff].sum()
    assert np.array_equal(with_it.pooled_ml_min[~stiff], without.pooled_ml_min[~stiff])


def test_an_orthosis_does_not_loosen_a_fused_ankle():
    world = _stiff(0.0)
    without, with_it = lived({}, 2, world), lived({"ankle-foot-orthosis": {}}, 2, world)
    fused = (world.people["ankle_range"] == 0).all(axis=0)
    assert np.allclose(with_it.pooled_ml_min[fused], without.pooled_ml_min[fused])


def test_the_higher_the_heel_the_more_blood_stays_behind():
    heights = [0.0, 3.5, 7.0, 12.0]
    weeks = [lived({"high-heels": {"height_cm": height, "until_years": 66}}, 3) for height in heights]
    women = (town().people["sex"] == 0) & (town().people["age_years"] < 66)
    pooled = [week.pooled_ml_min[women].sum() for week in weeks]
    assert np.array_equal(weeks[0].pooled_ml_min, usual(3).pooled_ml_min)
    assert pooled == sorted(pooled)
    assert 1.003 < pooled[2] / pooled[0] < 1.10
    assert all(np.array_equal(week.acted["high-heels"] > 0, women) for week in weeks)
