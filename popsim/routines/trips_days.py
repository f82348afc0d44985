"""The diaries of a journey: home, way, seat, walks and sleep on the way, arrival, rest of the day."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from popsim.routines.activities import CODES
from popsim.routines.airports import block_hours
from popsim.routines.bouts import MINUTES_PER_DAY
from popsim.routines.calendar_strips import (
    Strip,
    at_home,
    clock_to_minute,
    cut_into_days,
    longest_run,
    nights,
    paced,
    strip,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from popsim.routines.trips import Trip

RESTLESSNESS = (1 / 6, 1 / 2, 5 / 6)
"""Quantiles of the Poisson number of times one gets up: three equally likely kinds of traveller."""

SEATS = ("window", "middle", "aisle")
SHORTEST_SLEEP_MIN = 60
_TRIPS_REMEMBERED = 64


@dataclass(frozen=True)
class Journey:
    """One way of making a trip, in one direction.

    Attributes:
        first_offset: diary days from the day of departure to the first day; -1 where one leaves home before 04:00.
        days: the diaries, each a list of ``(activity code, minutes)``.
    """

    first_offset: int
    days: list[list[tuple[int, int]]]


@dataclass(frozen=True)
class JourneyOptions:
    """All ways of making a trip; a person draws one of each axis.

    Attributes:
        minutes: from departure to arrival.
        shape: number of departure times, of seats or roles, of kinds of traveller.
        weights: probability along the second axis.
        journeys: in C order of ``shape``.
    """

    minutes: int
    shape: tuple[int, int, int]
    weights: tuple[float, ...]
    journeys: list[Journey]


@dataclass(frozen=True)
class Ride:
    """One way of being on the way.

    Attributes:
        mode: ``flight``, ``car`` or ``train``.
        sleep: ``auto``, ``yes`` or ``no``.
        depart: departure, minutes after 04:00.
        minutes: from departure to arrival.
        place: seat in an aircraft (``window``, ``middle``, ``aisle``), role in a car (``driver``, ``passenger``).
        quantile: of the Poisson number of times one gets up.
    """

    mode: str
    sleep: str
    depart: int
    minutes: int
    place: str
    quantile: float


def journey_minutes(trip: Trip, evidence: Mapping[str, float]) -> int:
    """Minutes from departure to arrival, to the quarter hour."""
    hours = block_hours(trip.route, evidence) if trip.route is not None else trip.hours or 0.0
    return max(15, round(hours * 4) * 15)


def journey_options(trip: Trip, evidence: Mapping[str, float]) -> JourneyOptions:
    """Every journey that people on this trip can draw; not to be written to, since all slices of a run share it."""
    return _options(trip, tuple(evidence.items()))


@lru_cache(maxsize=_TRIPS_REMEMBERED)
def _options(trip: Trip, constants: tuple[tuple[str, float], ...]) -> JourneyOptions:
    evidence = dict(constants)
    minutes = journey_minutes(trip, evidence)
    departures, (places, weights) = _departures(trip, evidence), _places(trip, evidence)
    kinds = RESTLESSNESS if trip.mode != "car" else (1 / 2,)
    journeys = [
        _journey(Ride(trip.mode, trip.sleep, depart, minutes, place, quantile), evidence)
        for depart, place, quantile in product(departures, places, kinds)
    ]
    return JourneyOptions(minutes, (len(departures), len(places), len(kinds)), weights, journeys)


def _departures(trip: Trip, evidence: Mapping[str, float]) -> list[int]:
    if trip.depart_hour is not None:
        return [clock_to_minute(trip.depart_hour)]
    prefix = f"trips.departure_{trip.mode}_"
    return [clock_to_minute(evidence[name]) for name in sorted(evidence) if name.startswith(prefix)]


def _places(trip: Trip, evidence: Mapping[str, float]) -> tuple[tuple[str, ...], tuple[float, ...]]:
    if trip.mode == "flight":
        seats = SEATS if trip.seat == "any" else (trip.seat,)
        return seats, (1 / len(seats),) * len(seats)
    if trip.mode == "train":
        return ("carriage",), (1.0,)
    if trip.sleep == "yes":
        return ("passenger",), (1.0,)
    share = evidence["trips.car_passenger_share"]
    return ("passenger", "driver"), (share, 1 - share)


def _journey(ride: Ride, evidence: Mapping[str, float]) -> Journey:
    before, after = _ways(ride.mode, evidence)
    start, end = ride.depart - len(before), ride.depart + ride.minutes + len(after)
    first, last = start // MINUTES_PER_DAY, -(-end // MINUTES_PER_DAY)
    painted = np.concatenate(
        [
            at_home(first * MINUTES_PER_DAY, start, evidence),
            before,
            on_board(ride, evidence),
            after,
            at_home(end, last * MINUTES_PER_DAY, evidence),
        ]
    )
    return Journey(first, cut_into_days(painted))


def _ways(mode: str, evidence: Mapping[str, float]) -> tuple[Strip, Strip]:
    if mode == "car":
        return strip(("walk", 2)), strip(("walk", 2))
    if mode == "train":
        half = evidence["trips.station_min"] / 2
        return strip(("walk", half), ("stand", half)), strip(("walk", half), ("stand", half))
    transfer = strip(("ride", evidence["trips.airport_transfer_min"]))
    before, after = (_airport(round(evidence[f"trips.airport_{when}_min"]), evidence) for when in ("before", "after"))
    return np.concatenate([transfer, before]), np.concatenate([after[::-1], transfer])


def _airport(minutes: int, evidence: Mapping[str, float]) -> Strip:
    """Queue, walk and sit in turns."""
    stand, walk = evidence["trips.airport_stand_share"] * minutes, evidence["trips.airport_walk_share"] * minutes
    return paced(minutes, round(minutes / 40), [("stand", stand), ("walk", walk)], "waiting")


def on_board(ride: Ride, evidence: Mapping[str, float]) -> Strip:
    """The time from departure to arrival, minute by minute."""
    if ride.mode == "car":
        return _in_a_car(ride, evidence)
    seated, asleep = ("flight-seat", "flight-sleep") if ride.mode == "flight" else ("ride", "ride-sleep")
    painted = np.full(ride.minutes, CODES[seated], dtype=np.uint8)
    window = sleep_window(ride, evidence)
    painted[window] = _sleeping(window.stop - window.start, seated, asleep, evidence)
    free = np.ones(ride.minutes, dtype=bool)
    free[window] = False
    if ride.mode == "flight":
        belt = round(evidence["trips.belt_min"])
        free[:belt] = free[max(ride.minutes - belt, 0) :] = False
        expected = free.sum() / 60 * getting_up_per_hour(ride.place, evidence)
        walk, walk_min = "aisle-walk", evidence["trips.aisle_walk_min"]
    else:
        expected = free.sum() / evidence["trips.train_walk_every_min"]
        walk, walk_min = "walk", evidence["trips.train_walk_min"]
    _paint_walks(painted, free, poisson_quantile(expected, ride.quantile), walk, walk_min)
    return painted


def getting_up_per_hour(seat: str, evidence: Mapping[str, float]) -> float:
    """How often one leaves an aircraft seat while awake, from the share who never do (Poisson)."""
    return -math.log1p(-evidence[f"trips.left_seat_share_{seat}"]) / evidence["trips.left_seat_flight_hours"]


def poisson_quantile(mean: float, quantile: float) -> int:
    """The smallest count whose cumulative Poisson probability reaches ``quantile``."""
    count, term = 0, math.exp(-mean)
    reached = term
    while reached < quantile:
        count += 1
        term *= mean / count
        reached += term
    return count


def sleep_window(ride: Ride, evidence: Mapping[str, float]) -> slice:
    """When one tries to sleep, in minutes after departure; empty for those who don't.

    ``auto`` sleeps on journeys of ``trips.sleep_from_hours`` and longer where they cross the night, ``yes`` on any
    journey: at night if it crosses one, else in the middle half.
    """
    settle = round(evidence["trips.sleep_settle_min"])
    start, end = settle, ride.minutes - settle
    too_short = ride.sleep == "auto" and ride.minutes < 60 * evidence["trips.sleep_from_hours"]
    if ride.sleep == "no" or too_short or end <= start:
        return slice(0, 0)
    night = longest_run(nights(ride.depart + start, ride.depart + end, evidence))
    if night.stop - night.start >= SHORTEST_SLEEP_MIN:
        return slice(start + night.start, start + night.stop)
    quarter = (end - start) // 4
    return slice(start + quarter, end - quarter) if ride.sleep == "yes" else slice(0, 0)


def _sleeping(minutes: int, seated: str, asleep: str, evidence: Mapping[str, float]) -> Strip:
    """Sleep in stretches, each after some minutes awake in the seat."""
    sleeping = round(minutes * evidence["trips.sleep_efficiency"])
    stretches = math.ceil(sleeping / evidence["trips.sleep_stretch_min"])
    return paced(minutes, stretches, [(asleep, sleeping)], seated)


def _paint_walks(painted: Strip, free: NDArray[np.bool_], count: int, activity: str, walk_min: float) -> None:
    """Paint ``count`` walks evenly over the free minutes, each in the middle of its share."""
    if not count:
        return
    for share in np.array_split(np.flatnonzero(free), count):
        run = longest_run(np.isin(np.arange(len(free)), share))
        start = max(run.start + (run.stop - run.start - round(walk_min)) // 2, run.start)
        painted[start : min(start + round(walk_min), run.stop)] = CODES[activity]


def _in_a_car(ride: Ride, evidence: Mapping[str, float]) -> Strip:
    painted = np.full(ride.minutes, CODES["drive" if ride.place == "driver" else "ride"], dtype=np.uint8)
    if ride.place == "passenger":
        window = sleep_window(ride, evidence)
        painted[window] = _sleeping(window.stop - window.start, "ride", "ride-sleep", evidence)
    stop, every = round(evidence["trips.car_stop_min"]), round(evidence["trips.car_stop_every_min"])
    halt = strip(("potter", stop - stop // 2), ("walk", stop // 2))
    for start in range(every, ride.minutes - every // 2, every + stop):
        painted[start : start + stop] = halt[: ride.minutes - start]
    return painted
