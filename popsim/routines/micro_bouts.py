"""From half-hours to bouts: how long people sit, stand, potter and walk within what they do.

Within a spell of one doing a person alternates between a seat (or bed, or steering wheel) and bouts on the feet. The
share of time on the feet and how it divides into standing, pottering and walking belong to the doing, the kind of work
and age (evidence registry); how bout and rest lengths scatter around their means is measured
(``scripts/derive_walking_bouts.py``). After a bout on the feet people sit down with probability ``sit_again``, else
another bout on the feet follows; the mean rest then follows from the shares, so that they come out.
"""

from __future__ import annotations

import csv
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numba import njit

from popsim.people.population import Work
from popsim.randomness import stream_key, unit_draw
from popsim.routines.activities import CORE_ACTIVITIES
from popsim.routines.bouts import MINUTES_PER_DAY, DiaryPool
from popsim.routines.day_model import (
    AGE_BAND_LABELS,
    AGE_BANDS,
    MINUTES_PER_SLOT,
    SLOTS_PER_DAY,
    DayType,
    Doing,
    data_file,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from popsim.randomness import Draws
    from popsim.routines.day_model import Days

CODE = {activity.name: code for code, activity in enumerate(CORE_ACTIVITIES)}
"""Code of each core activity by name."""
_UP = ("stand", "potter", "walk", "exercise")
_UP_CODES = np.array([CODE[name] for name in _UP], dtype=np.uint8)
_LIE, _DRIVE, _RIDE, _WALK = (np.uint8(CODE[name]) for name in ("lie", "drive", "ride", "walk"))
_LONGEST_TRAVEL_SHARE = 0.45
_LONGEST_DRAW = 6.0
_CRUMB_MIN = 5
_WORK = int(Doing.WORK)
_SEAT_SHARE, _SEAT_MIN, _SIT_AGAIN, _LIE_SHARE, _SEAT_CODE, _UP_CHANCE, _UP_MIN = 0, 1, 2, 3, 4, 5, 9
_PROFILE_COLUMNS = 13
_DRIVEN, _ON_FOOT, _LONGEST_ON_FOOT, _END_WALK, _STEADY = range(5)
_MINUTES, _MODE, _SPELLS, _SEEN, _CHOSEN = range(5)


class Habits(NamedTuple):
    """How people fill half-hours with bouts.

    Attributes:
        profile: ``(5, 5, 11, 13)`` by work, age band and doing: share of time at rest, mean minutes of a rest,
            probability of sitting down after a bout on the feet, share of rests lying, activity code of a rest, then
            for standing, pottering, walking and exercise the cumulative shares of bouts on the feet and mean minutes.
        shapes: ``(3, Q)`` mid-quantiles, mean one, of rests, pottering and walking bouts.
        travel: ``(2, 5, 11, 2)`` by day type, age band and doing: share of days with travel for it, and its minutes.
        trip: shares of trips driven and walked, longest walk, walk at the end of a ride, steady part of travel time.
    """

    profile: NDArray[np.float64]
    shapes: NDArray[np.float64]
    travel: NDArray[np.float64]
    trip: NDArray[np.float64]

    @classmethod
    def from_evidence(cls, evidence: Mapping[str, float]) -> Habits:
        """The habits that the registry's ``routines`` constants and the shipped tables describe."""
        ev = {name.removeprefix("routines."): v for name, v in evidence.items() if name.startswith("routines.")}
        trip = ("drive_share", "walk_share", "longest_walk_min", "end_walk_min", "steady_share")
        return cls(_profiles(ev), _shapes(), _travel(), np.array([ev[f"travel_{name}"] for name in trip]))

    def fill(self, draws: Draws, days: Days, slots: NDArray[np.uint8]) -> DiaryPool:
        """Turn days of half-hours, ``(D, 48)`` codes of ``Doing``, into bouts (decision ``routines.bouts``)."""
        key = np.uint64(stream_key(draws.seed, draws.scope + "routines.bouts"))
        out = np.empty((len(days.ids), MINUTES_PER_DAY), dtype=np.uint8)
        _fill_days(key, days, slots, self, out)
        return pool_from_minutes(out)


def pool_from_minutes(minutes: NDArray[np.uint8]) -> DiaryPool:
    """Days given as one activity code per minute from 04:00, ``(D, 1440)``, as bouts."""
    days, length = minutes.shape
    if length != MINUTES_PER_DAY:
        raise ValueError(f"a day needs {MINUTES_PER_DAY} minutes (got {length})")
    starts_bout = np.ones(minutes.shape, dtype=bool)
    np.not_equal(minutes[:, 1:], minutes[:, :-1], out=starts_bout[:, 1:])
    at = np.flatnonzero(starts_bout)
    lengths = np.diff(at, append=days * length)
    starts = np.searchsorted(at, np.arange(days + 1) * length)
    return DiaryPool(starts.astype(np.int32), minutes.ravel()[at], lengths.astype(np.uint16))


def steps_per_day(pool: DiaryPool, evidence: Mapping[str, float]) -> NDArray[np.float64]:
    """Steps each diary of a pool implies at the mean cadences of the registry, ``(D,)``."""
    cadence = np.zeros(256)
    for name in ("potter", "walk", "exercise"):
        cadence[CODE[name]] = evidence[f"routines.{name}_steps_per_min"]
    return np.asarray(np.add.reduceat(cadence[pool.activity] * pool.minutes, pool.starts[:-1]), dtype=np.float64)


def minutes_by_activity(pool: DiaryPool) -> NDArray[np.float64]:
    """Minutes of each core activity in each diary, ``(D, len(CORE_ACTIVITIES))``."""
    day = np.repeat(np.arange(len(pool)), np.diff(pool.starts))
    flat = day * len(CORE_ACTIVITIES) + pool.activity
    sums = np.bincount(flat, weights=pool.minutes, minlength=len(pool) * len(CORE_ACTIVITIES))
    return np.asarray(sums.reshape(len(pool), len(CORE_ACTIVITIES)))


def _profiles(ev: Mapping[str, float]) -> NDArray[np.float64]:
    profile = np.zeros((len(Work), len(AGE_BANDS), len(Doing), _PROFILE_COLUMNS))
    factors = (1.0, 1.0, 1.0, ev["active_factor_65_74"], ev["active_factor_75_up"])
    for work in Work:
        for doing in Doing:
            for band, factor in enumerate(factors):
                row = _night(ev) if doing == Doing.SLEEP else _profile(ev, _profile_name(doing, work), factor)
                row[_SEAT_CODE] = CODE[_seat(doing, work)]
                profile[work, band, doing] = row
    return profile


def _profile_name(doing: Doing, work: Work) -> str:
    if doing != Doing.WORK:
        return doing.name.lower()
    return f"work_{(work if work != Work.NONE else Work.DESK).name.lower()}"


def _seat(doing: Doing, work: Work) -> str:
    if doing == Doing.WORK:
        return "drive" if work == Work.DRIVING else "sit-work"
    return "sleep" if doing == Doing.SLEEP else "sit-home"


def _profile(ev: Mapping[str, float], name: str, factor: float) -> NDArray[np.float64]:
    """One row of ``Habits.profile``; a posture the registry does not name has no share."""
    share = np.array([ev.get(f"{name}_{up}_share", 0.0) for up in _UP]) * factor
    on_feet = share.sum()
    shorter = ev["seated_rise_factor"] if on_feet < 0.5 * factor else 1.0
    up_min = np.array([ev[f"{up}_bout_min"] for up in _UP]) * shorter
    chance = share / up_min
    chance /= chance.sum()
    sit_again = ev[f"{name}_sit_again"]
    rest_min = (chance @ up_min) / sit_again * (1.0 - on_feet) / on_feet
    lying = ev.get(f"{name}_lie_share", 0.0)
    return np.array([1.0 - on_feet, rest_min, sit_again, lying, 0.0, *np.cumsum(chance), *up_min])


def _night(ev: Mapping[str, float]) -> NDArray[np.float64]:
    away = ev["night_rises_per_hour"] * ev["night_rise_min"] / 60.0
    lying_min = ev["night_rise_min"] * (1.0 - away) / away
    return np.array([1.0 - away, lying_min, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, *[ev["night_rise_min"]] * 4])


def _rows(name: str) -> list[dict[str, str]]:
    with data_file(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@lru_cache(maxsize=1)
def _shapes() -> NDArray[np.float64]:
    rows = _rows("walking_bouts.csv")
    return np.array([[float(row[name]) for row in rows] for name in ("rest", "potter", "walk")])


@lru_cache(maxsize=1)
def _travel() -> NDArray[np.float64]:
    table = np.zeros((len(DayType), len(AGE_BANDS), len(Doing), 2))
    for row in _rows("travel.csv"):
        at = DayType[row["day_type"].upper()], AGE_BAND_LABELS.index(row["age_band"]), Doing[row["doing"].upper()]
        table[at] = float(row["days_with_travel"]), float(row["minutes"])
    return table


@njit(cache=True, inline="always")
def _spread(shape: Any, u: Any) -> Any:
    position = u * shape.shape[0] - 0.5
    if position <= 0.0:
        return shape[0]
    if position >= shape.shape[0] - 1:
        return shape[shape.shape[0] - 1]
    i = int(position)
    return shape[i] + (position - i) * (shape[i + 1] - shape[i])


@njit(cache=True, inline="always")
def _whole(minutes: Any) -> Any:
    return max(1, int(minutes + 0.5))


@njit(cache=True, nogil=True)
def _fill_spell(who: Any, k: Any, stretch: Any, habit: Any, shapes: Any) -> Any:
    """Fill the minutes of ``stretch`` with rests and bouts on the feet; gives back the number of the next draw.

    ``who`` is key and person. What is left of less than five minutes at the end joins the bout before it.
    """
    key, person = who
    resting = unit_draw(key, person, np.uint64(k)) < habit[_SEAT_SHARE]
    k += 1
    at, end = 0, stretch.shape[0]
    while at < end:
        length, choice, fork = _three_draws(key, person, k)
        k += 3
        if resting:
            code = _LIE if fork < habit[_LIE_SHARE] else np.uint8(habit[_SEAT_CODE])
            minutes = _whole(habit[_SEAT_MIN] * _spread(shapes[0], length))
            resting = False
        else:
            up = 0
            while up < 3 and choice > habit[_UP_CHANCE + up]:
                up += 1
            code = _UP_CODES[up]
            minutes = _whole(habit[_UP_MIN + up] * _spread(shapes[2 if up == 2 else 1], length))
            resting = fork < habit[_SIT_AGAIN]
        stop = at + minutes if at + minutes + _CRUMB_MIN <= end else end
        stretch[at:stop] = code
        at = stop
    return k


@njit(cache=True, inline="always")
def _three_draws(key: Any, person: Any, k: Any) -> Any:
    return (
        unit_draw(key, person, np.uint64(k)),
        unit_draw(key, person, np.uint64(k + 1)),
        unit_draw(key, person, np.uint64(k + 2)),
    )


@njit(cache=True, nogil=True)
def _fill_trip(stretch: Any, mode: Any, end_walk_min: Any) -> None:
    """Travel, with a walk to the door after a ride."""
    stretch[:] = mode
    minutes = stretch.shape[0]
    if mode != _WALK and minutes > 2 * end_walk_min:
        stretch[minutes - int(end_walk_min) :] = _WALK


@njit(cache=True, nogil=True)
def _plan_travel(who: Any, travel: Any, trip: Any, slots: Any, plan: Any) -> Any:
    """Draw for every doing the minutes one way (nought: no travel), the mode, and the spell travelled to."""
    key, person = who
    for t in range(SLOTS_PER_DAY):
        if t == 0 or slots[t] != slots[t - 1]:
            plan[_SPELLS, slots[t]] += 1
    for doing in range(travel.shape[0]):
        goes, how_long, mode = _three_draws(key, person, 4 * doing)
        if goes < travel[doing, 0]:
            scatter = trip[_STEADY] - (1.0 - trip[_STEADY]) * np.log(how_long)
            plan[_MINUTES, doing] = _whole(0.5 * travel[doing, 1] * min(scatter, _LONGEST_DRAW))
        on_foot = mode >= 1.0 - trip[_ON_FOOT] and plan[_MINUTES, doing] <= trip[_LONGEST_ON_FOOT]
        plan[_MODE, doing] = _WALK if on_foot else (_DRIVE if mode < trip[_DRIVEN] else _RIDE)
        which = unit_draw(key, person, np.uint64(4 * doing + 3))
        plan[_CHOSEN, doing] = int(which * plan[_SPELLS, doing])
    return 4 * travel.shape[0]


@njit(cache=True, inline="always")
def _trips_of_spell(plan: Any, doing: Any, minutes: Any) -> Any:
    """Minutes of travel before and after a spell: around the chosen one, or before and after all of a day's work."""
    one_way = min(plan[_MINUTES, doing], int(_LONGEST_TRAVEL_SHARE * minutes))
    seen = plan[_SEEN, doing]
    plan[_SEEN, doing] += 1
    if doing == _WORK:
        return one_way if seen == 0 else 0, one_way if seen == plan[_SPELLS, doing] - 1 else 0
    around = one_way if seen == plan[_CHOSEN, doing] else 0
    return around, around


@njit(cache=True, nogil=True)
def _fill_day(who: Any, slots: Any, mine: Any, habits: Any, day: Any) -> None:
    profile, travel = mine
    plan = np.zeros((5, profile.shape[0]), dtype=np.int64)
    k = _plan_travel(who, travel, habits.trip, slots, plan)
    begin = 0
    while begin < SLOTS_PER_DAY:
        doing, end = slots[begin], begin
        while end < SLOTS_PER_DAY and slots[end] == doing:
            end += 1
        stretch = day[begin * MINUTES_PER_SLOT : end * MINUTES_PER_SLOT]
        out, back = _trips_of_spell(plan, doing, stretch.shape[0])
        home = stretch.shape[0] - back
        _fill_trip(stretch[:out], plan[_MODE, doing], habits.trip[_END_WALK])
        k = _fill_spell(who, k, stretch[out:home], profile[doing], habits.shapes)
        _fill_trip(stretch[home:], plan[_MODE, doing], habits.trip[_END_WALK])
        begin = end


@njit(cache=True, nogil=True)
def _fill_days(key: Any, days: Any, slots: Any, habits: Any, out: Any) -> None:
    for i in range(out.shape[0]):
        band = days.band[i]
        mine = (habits.profile[days.work[i], band], habits.travel[days.day_type[i], band])
        _fill_day((key, days.ids[i]), slots[i], mine, habits, out[i])
