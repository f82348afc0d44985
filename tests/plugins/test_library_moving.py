"""Interventions that move legs: what they make of a day, and what that does to the people who do it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from library_worlds import DAYS, intervention, library, lived, ratio, town

from popsim.routines.activities import CODES

OFFICE = [("sleep", 180), ("drive", 40), ("sit-work", 240), ("walk", 20), ("sit-work", 240), ("potter", 60),
          ("sit-home", 300), ("sleep", 360)]  # fmt: skip
BREAKS = {
    "calf-raises": "calf-raises",
    "toe-walking": "exercise",
    "lunges": "exercise",
    "foot-pumps": "foot-pumps",
    "walking-prompts": "walk",
}


def _minutes(day: list[tuple[str, int]], name: str) -> int:
    return sum(minutes for activity, minutes in day if activity == name)


def _travellers() -> np.ndarray:
    today = town().today(1)
    return today.on_flight & ~today.in_hospital


@pytest.mark.parametrize(("name", "doing"), BREAKS.items())
def test_breaks_take_the_place_of_sitting(name, doing):
    plugin = intervention(name, every_min=60, during=["work"])
    edited = plugin.edit_day(OFFICE)
    gained = _minutes(edited, doing) - _minutes(OFFICE, doing)
    assert gained == _minutes(OFFICE, "sit-work") - _minutes(edited, "sit-work") > 0
    assert _minutes(edited, "sit-home") == 300
    assert sum(minutes for _, minutes in edited) == 1440


def test_lunges_are_done_at_home_and_foot_pumps_in_any_seat():
    assert _minutes(intervention("lunges").edit_day(OFFICE), "sit-work") == 480
    pumped = intervention("foot-pumps").edit_day(OFFICE)
    assert all(_minutes(pumped, seat) < _minutes(OFFICE, seat) for seat in ("drive", "sit-work", "sit-home"))


def test_nobody_pumps_asleep_in_an_aircraft():
    night = [("flight-seat", 200), ("flight-sleep", 400), ("flight-seat", 840)]
    edited = intervention("foot-pumps").edit_day(night)
    assert _minutes(edited, "flight-sleep") == 400
    assert _minutes(edited, "foot-pumps") > 40


def test_a_sit_stand_desk_stands_for_the_published_part_of_the_day():
    edited = intervention("sit-stand-desk").edit_day(OFFICE)
    assert 84 <= _minutes(edited, "stand") <= 125
    assert _minutes(edited, "stand") + _minutes(edited, "sit-work") == 480


def test_legs_are_raised_in_the_evening_once():
    edited = intervention("leg-elevation", raised_min=45).edit_day(OFFICE)
    assert _minutes(edited, "legs-raised") == 45
    assert _minutes(edited, "sit-home") == 255
    assert edited.index(("legs-raised", 45)) > edited.index(("potter", 60))


def test_a_patient_who_gets_up_walks_more_and_one_who_cannot_gets_to_the_chair():
    limited = [("ward-bed", 420), ("ward-walk", 10), ("ward-bed", 1010)]
    bedbound = [("ward-bed", 1440)]
    plugin = intervention("early-mobilisation", every_min=90, walk_min=5, chair_min=25)
    assert _minutes(plugin.edit_day(limited), "ward-walk") > 30
    assert _minutes(plugin.edit_day(bedbound), "ward-walk") == 0
    assert _minutes(plugin.edit_day(bedbound), "ward-chair") == 6 * 25
    assert plugin.edit_day([("icu-bed", 1440)]) == [("icu-bed", 1440)]


def test_mobilisation_begins_on_its_day():
    week = lived({"early-mobilisation": {"from_day": 2}})
    stay_days = np.array([town().today(day).stay_day for day in range(DAYS)])
    assert np.array_equal(week.acted["early-mobilisation"], (stay_days >= 2).sum(axis=0))


def test_mobilised_patients_have_less_stagnation_though_more_blood_below_the_heart():
    week = lived({"early-mobilisation": {"every_min": 60}})
    who = week.acted["early-mobilisation"] > 0
    assert 0.5 < ratio(week, "activation_min", who) < 0.97
    assert ratio(week, "pooled_ml_min", who) > 1.0


@pytest.mark.parametrize("name", ["calf-raises", "toe-walking", "walking-prompts", "lunges"])
def test_breaks_on_a_flight_spare_most_of_its_stagnation(name):
    week = lived({name: {"every_min": 45, "during": ["seated"]}}, days=2)
    assert ratio(week, "activation_min", _travellers(), 2) < 0.75


def test_foot_pumps_on_a_flight_keep_pockets_flushed_like_walks_do():
    pumps = lived({"foot-pumps": {"every_min": 20, "pumping_min": 3}}, days=2)
    walks = lived({"walking-breaks": {"every_min": 20, "walk_min": 3, "during": ["seated"]}}, days=2)
    pumped, walked = (ratio(week, "activation_min", _travellers(), 2) for week in (pumps, walks))
    assert max(walked, pumped) < 0.5
    assert abs(walked - pumped) < 0.1


def test_breaks_against_stagnation_hardly_matter_at_an_ordinary_desk():
    week = lived({"calf-raises": {}})
    assert ratio(week, "activation_min", ~town().today(1).in_hospital & ~town().today(1).on_flight) > 0.99


def test_raised_legs_hold_less_blood_and_standing_desks_more():
    at_work = town().people["work"] == 1
    assert ratio(lived({"leg-elevation": {}}), "pooled_ml_min", np.ones(300, bool)) < 0.99
    assert ratio(lived({"sit-stand-desk": {}}), "pooled_ml_min", at_work) > 1.0


def test_a_stepper_flushes_the_legs_of_somebody_frozen_at_the_desk_only():
    still = replace(town(), evidence=town().evidence.override({"stagnation.bursts_desk_per_min": 0.005}))
    frozen, stepping = lived({}, 1, still), lived({"foot-stepper": {}}, 1, still)
    days = [dict(town().pool.day(int(diary))) for diary in town().diary(0)]
    at_desk = np.array([CODES["sit-work"] in day for day in days])
    assert np.mean(stepping.activation_min[at_desk] < 0.9 * frozen.activation_min[at_desk]) > 0.2
    assert np.all(stepping.activation_min <= frozen.activation_min + 1e-9)
    assert np.allclose(stepping.activation_min[~at_desk], frozen.activation_min[~at_desk], rtol=1e-12)


def test_stronger_calves_leave_less_blood_behind_in_weak_legs_alone():
    world = replace(town(), scenario=town().scenario.with_overrides(days=9))
    week, plain = lived({"calf-physiotherapy": {"weaker_than": 0.7, "weeks": 3}}, 9, world), lived({}, 9, world)
    weak = (town().people["calf_strength"] < 0.7).any(axis=0)
    assert np.array_equal(week.acted["calf-physiotherapy"] == 2, weak)
    assert week.pooled_ml_min[weak].sum() < plain.pooled_ml_min[weak].sum()
    assert np.array_equal(week.pooled_ml_min[~weak], plain.pooled_ml_min[~weak])


def test_prompts_wear_off_person_by_person_to_a_lasting_share():
    evidence = (
        library().evidence().override({"walking_prompts.half_life_days": 1.0, "walking_prompts.lasting_share": 0.3})
    )
    week = lived({"walking-prompts": {}}, DAYS, replace(town(), evidence=evidence))
    days = week.acted["walking-prompts"]
    assert days.min() == 1
    assert 0.25 < (days == DAYS).mean() < 0.40
    assert np.mean(days >= 2) == pytest.approx(0.65, abs=0.08)


FLIGHT = [("sleep", 240), ("flight-seat", 300), ("flight-sleep", 200), ("flight-seat", 300), ("sleep", 400)]


@pytest.mark.parametrize(
    ("name", "doing"),
    [("aisle-walking", "aisle-walk"), ("aisle-seats", "aisle-walk"), ("flight-exercise-advice", "foot-pumps")],
)
def test_in_the_air_one_moves_awake_and_sleeps_on(name, doing):
    edited = intervention(name).edit_day(FLIGHT)
    assert _minutes(edited, "flight-sleep") == 200
    assert _minutes(edited, doing) == 600 - _minutes(edited, "flight-seat") > 0
    assert intervention(name).edit_day(OFFICE) == OFFICE


def test_aisle_passengers_walk_as_often_as_was_seen():
    evidence = library().evidence()
    edited = intervention("aisle-seats").edit_day([("flight-seat", 1440)])
    walks = sum(activity == "aisle-walk" for activity, _ in edited)
    rate = -np.log(1 - evidence["trips.left_seat_share_aisle"]) / evidence["trips.left_seat_flight_hours"]
    assert walks == pytest.approx(rate * 24, abs=1.5)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("aisle-walking", {}),
        ("aisle-seats", {}),
        ("flight-exercise-advice", {}),
    ],
)
def test_airline_policies_reach_travellers_and_spare_them_stagnation(name, settings):
    week = lived({name: settings}, days=2)
    acted = week.acted[name] > 0
    assert np.array_equal(acted & ~_travellers(), acted & town().today(0).on_flight & ~_travellers())
    assert acted.any()
    assert ratio(week, "activation_min", acted, 2) < 0.95


def test_only_those_who_had_no_aisle_seat_gain_from_one_and_only_some_follow_advice():
    evidence = library().evidence()
    flying = town().today(1).on_flight.sum()
    seats = lived({"aisle-seats": {}}, days=2).acted["aisle-seats"].sum() / flying
    advised = lived({"flight-exercise-advice": {}}, days=2).acted["flight-exercise-advice"].sum() / flying
    assert seats == pytest.approx(1 - evidence["aisle_seats.seats_at_aisle_share"], abs=0.15)
    assert advised == pytest.approx(evidence["flight_exercise_advice.uptake_share"], abs=0.13)
    none = lived({"aisle-seats": {"aisle_share": 0.0}}, days=2).acted["aisle-seats"]
    assert not none.any()


def test_the_firm_gets_up_at_its_times_and_nobody_else():
    edited = intervention("workplace-breaks").edit_day(OFFICE)
    assert _minutes(edited, "walk") - _minutes(OFFICE, "walk") == 5 * 3
    clock, walks = 240, []
    for activity, minutes in edited:
        if (activity, minutes) == ("walk", 5):
            walks.append(clock)
        clock += minutes
    assert walks == [10 * 60, 12 * 60, 14 * 60]
    at_home = [("sleep", 600), ("sit-home", 840)]
    assert intervention("workplace-breaks").edit_day(at_home) == at_home
