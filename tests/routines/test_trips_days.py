"""What journeys ask of the legs: hours seated, walks, sleep."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.stats import poisson

from popsim.errors import InputError
from popsim.evidence.registry import Evidence
from popsim.routines.activities import CODES
from popsim.routines.airports import block_hours, great_circle_km
from popsim.routines.trips import Trip
from popsim.routines.trips_days import (
    RESTLESSNESS,
    Ride,
    journey_minutes,
    journey_options,
    on_board,
    poisson_quantile,
    sleep_window,
)

EVIDENCE = Evidence.load()
MODES = ("flight", "car", "train")
quarters = st.integers(1, 96)


def minutes_of(painted: np.ndarray, *names: str) -> int:
    return int(np.isin(painted, [CODES[name] for name in names]).sum())


def fly(hours: float, seat: str = "aisle", quantile: float = 0.5, depart: int = 600, sleep: str = "auto") -> np.ndarray:
    return on_board(Ride("flight", sleep, depart, round(hours * 60), seat, quantile), EVIDENCE)


@given(
    mode=st.sampled_from(MODES), quarter=quarters, hour=st.integers(0, 95), sleep=st.sampled_from(["auto", "yes", "no"])
)
@settings(max_examples=60, deadline=None)
def test_every_day_of_every_journey_has_24_hours(mode: str, quarter: int, hour: int, sleep: str) -> None:
    trip = Trip(mode=mode, hours=quarter / 4, day=1, depart_hour=hour / 4, sleep=sleep)
    for journey in journey_options(trip, EVIDENCE).journeys:
        assert journey.first_offset in (-1, 0)
        assert [sum(minutes for _, minutes in day) for day in journey.days] == [1440] * len(journey.days)
        assert all(minutes >= 1 for day in journey.days for _, minutes in day)


def test_heathrow_to_singapore_takes_about_thirteen_hours() -> None:
    # airlines schedule 12 to 14 h, typically 13 h 15 min; the great circle is about 10,880 km
    assert 10_800 < great_circle_km("LHR-SIN") < 10_950
    assert 12.5 < block_hours("LHR-SIN", EVIDENCE) < 13.75
    assert journey_minutes(Trip(mode="flight", route="LHR-SIN", day=0), EVIDENCE) % 15 == 0


@pytest.mark.parametrize(
    ("route", "low", "high"), [("LHR-JFK", 6.75, 8.25), ("JFK-SIN", 17.75, 19), ("LHR-CDG", 1, 1.5)]
)
def test_other_routes_take_about_their_scheduled_hours(route: str, low: float, high: float) -> None:
    assert low < block_hours(route, EVIDENCE) < high


def test_distance_does_not_depend_on_direction() -> None:
    assert great_circle_km("SYD-SCL") == pytest.approx(great_circle_km("SCL-SYD"))


@given(
    quarter=st.integers(1, 90),
    longer=st.integers(1, 6),
    seat=st.sampled_from(["window", "middle", "aisle"]),
    quantile=st.sampled_from(RESTLESSNESS),
    depart=st.integers(0, 95).map(lambda q: 15 * q),
    sleep=st.sampled_from(["auto", "no"]),
)
@settings(max_examples=200, deadline=None)
def test_a_longer_flight_never_has_fewer_seated_minutes(
    quarter: int, longer: int, seat: str, quantile: float, depart: int, sleep: str
) -> None:
    seated = [
        minutes_of(fly(hours, seat, quantile, depart, sleep), "flight-seat", "flight-sleep")
        for hours in (quarter / 4, (quarter + longer) / 4)
    ]
    assert seated[0] <= seated[1]


@given(quarter=st.integers(1, 96), quantile=st.sampled_from(RESTLESSNESS), depart=st.integers(0, 1439))
@settings(max_examples=100, deadline=None)
def test_window_seats_never_walk_more_than_aisle_seats(quarter: int, quantile: float, depart: int) -> None:
    walks = [
        minutes_of(fly(quarter / 4, seat, quantile, depart), "aisle-walk") for seat in ("window", "middle", "aisle")
    ]
    assert walks == sorted(walks)


def test_on_a_long_day_flight_window_seats_walk_less() -> None:
    assert minutes_of(fly(12, "window", depart=120), "aisle-walk") < minutes_of(
        fly(12, "aisle", depart=120), "aisle-walk"
    )


@pytest.mark.parametrize(("seat", "share"), [("window", 0.43), ("middle", 0.62), ("aisle", 0.80)])
def test_on_a_transcontinental_flight_about_the_observed_share_leaves_the_seat(seat: str, share: float) -> None:
    # three kinds of traveller can only tell thirds apart
    free_hours = EVIDENCE["trips.left_seat_flight_hours"] + 2 * EVIDENCE["trips.belt_min"] / 60
    up = [minutes_of(fly(free_hours, seat, quantile, sleep="no"), "aisle-walk") > 0 for quantile in RESTLESSNESS]
    assert abs(np.mean(up) - share) <= 1 / 3


@given(mean=st.floats(0, 40), quantile=st.floats(0.01, 0.99))
def test_poisson_quantiles_agree_with_scipy(mean: float, quantile: float) -> None:
    ours = poisson_quantile(mean, quantile)
    assert poisson.cdf(ours, mean) >= quantile - 1e-9
    assert ours == 0 or poisson.cdf(ours - 1, mean) < quantile + 1e-9


def test_nobody_gets_up_while_the_belt_sign_is_on() -> None:
    painted, belt = fly(3, "aisle", 5 / 6), round(EVIDENCE["trips.belt_min"])
    assert set(painted[:belt]) | set(painted[-belt:]) == {CODES["flight-seat"]}
    assert minutes_of(painted, "aisle-walk") > 0


def test_an_overnight_long_haul_sleeps_and_a_day_flight_does_not() -> None:
    night, day = fly(12, depart=18 * 60), fly(6, depart=5 * 60)
    assert 180 < minutes_of(night, "flight-sleep") < 480
    assert minutes_of(day, "flight-sleep") == 0


def test_sleep_yes_and_no_override_the_clock() -> None:
    assert minutes_of(fly(6, depart=5 * 60, sleep="yes"), "flight-sleep") > 60
    assert minutes_of(fly(12, depart=18 * 60, sleep="no"), "flight-sleep") == 0


def test_short_hops_do_not_sleep_even_at_night() -> None:
    assert sleep_window(Ride("flight", "auto", 19 * 60, 180, "aisle", 0.5), EVIDENCE) == slice(0, 0)


def test_an_evening_long_haul_crosses_04_00_and_takes_two_diaries() -> None:
    trip = Trip(mode="flight", route="LHR-SIN", day=1, depart_hour=22, seat="window")
    journeys = journey_options(trip, EVIDENCE).journeys
    flying = {CODES["flight-seat"], CODES["flight-sleep"]}
    for journey in journeys:
        assert journey.first_offset == 0
        assert [any(code in flying for code, _ in day) for day in journey.days] == [True, True]


def test_a_departure_at_dawn_begins_the_night_before() -> None:
    [journey, *_] = journey_options(Trip(mode="flight", hours=2, day=1, depart_hour=6), EVIDENCE).journeys
    assert journey.first_offset == -1
    assert len(journey.days) == 2


def test_airports_mean_walking_queueing_and_waiting_too() -> None:
    short = journey_options(Trip(mode="flight", hours=0.25, day=1, depart_hour=12), EVIDENCE).journeys[0].days[0]
    airborne = next(i for i, (code, _) in enumerate(short) if code == CODES["flight-seat"])
    rides = [i for i, (code, _) in enumerate(short) if code == CODES["ride"]]
    at_airport = short[rides[0] + 1 : airborne]
    assert {CODES["walk"], CODES["stand"], CODES["waiting"]} == {code for code, _ in at_airport}
    assert sum(minutes for _, minutes in at_airport) == EVIDENCE["trips.airport_before_min"]


@given(quarter=st.integers(9, 90), role=st.sampled_from(["driver", "passenger"]))
@settings(max_examples=60, deadline=None)
def test_a_car_stops_before_anyone_sits_much_longer_than_two_hours(quarter: int, role: str) -> None:
    painted = on_board(Ride("car", "no", 240, 15 * quarter, role, 0.5), EVIDENCE)
    sitting = np.isin(painted, [CODES["drive"], CODES["ride"]])
    longest = max(len(run) for run in "".join("s" if s else " " for s in sitting).split())
    assert longest <= 1.5 * EVIDENCE["trips.car_stop_every_min"] + EVIDENCE["trips.car_stop_min"]


@given(quarter=st.integers(1, 96), depart=st.integers(0, 1439))
@settings(max_examples=60, deadline=None)
def test_drivers_never_sleep(quarter: int, depart: int) -> None:
    painted = on_board(Ride("car", "auto", depart, 15 * quarter, "driver", 0.5), EVIDENCE)
    assert minutes_of(painted, "ride-sleep", "sleep") == 0


def test_few_diaries_stand_for_all_travellers() -> None:
    trip = Trip(mode="flight", route="LHR-SIN", day=1)
    assert len(journey_options(trip, EVIDENCE).journeys) == 4 * 3 * 3


def test_overridden_evidence_changes_the_journey() -> None:
    slower = EVIDENCE.override({"trips.flight_speed_kmh": 440.0})
    trip = Trip(mode="flight", route="LHR-JFK", day=1)
    assert journey_minutes(trip, slower) > 1.8 * journey_minutes(trip, EVIDENCE) - 60


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"mode": "flight", "hours": 3.0}, "give either day or between"),
        ({"mode": "flight", "day": 1}, "give either hours or route"),
        ({"mode": "flight", "hours": 3.0, "route": "LHR-SIN", "day": 1}, "give either hours or route, not both"),
        ({"mode": "flight", "route": "EGLL-SIN", "day": 1}, "no airport has the IATA code 'EGLL'; did you mean 'LHR'?"),
        (
            {"mode": "flight", "route": "LHR-Singapore", "day": 1},
            "no airport has the IATA code 'SINGAPORE'; did you mean 'SIN'?",
        ),
        ({"mode": "flight", "route": "Heathrow", "day": 1}, "expected two different airports such as 'LHR-SIN'"),
        ({"mode": "flight", "route": "LHR-LHR", "day": 1}, "expected two different airports"),
        ({"mode": "car", "route": "LHR-SIN", "day": 1}, "route is for flights"),
        ({"mode": "train", "hours": 3.0, "day": 1, "seat": "window"}, "seat is for flights"),
        ({"mode": "flight", "hours": 3.0, "between": [5, 2]}, "between needs 0 <= first <= last"),
        ({"mode": "boat", "hours": 3.0, "day": 1}, "'flight', 'car' or 'train'"),
        ({"mode": "car", "hours": 30.0, "day": 1}, "less than or equal to 24"),
        ({"mode": "car", "hours": "3", "day": 1}, "valid number"),
        ({"mode": "car", "hours": 3.0, "day": 1, "share": 1.5}, "less than or equal to 1"),
        ({"mode": "car", "hours": 3.0, "day": 1, "speed": 5}, "Extra inputs"),
    ],
)
def test_a_bad_trip_gives_one_clear_sentence(fields: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Trip.model_validate(fields)
    [problem] = caught.value.errors()
    assert sentence in problem["msg"]


def test_a_flight_too_long_for_any_aircraft_asks_for_its_legs() -> None:
    slow = EVIDENCE.override({"trips.flight_speed_kmh": 300.0})
    with pytest.raises(InputError, match="give the flights between stops one by one"):
        block_hours("LHR-SYD", slow)


def test_every_field_of_a_trip_is_described() -> None:
    assert all(field.description for field in Trip.model_fields.values())
