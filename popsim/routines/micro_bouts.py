"""From half-hours to bouts: how long people sit, stand, potter and walk within what they do.

Within a spell of one doing a person alternates between a seat (or bed, or steering wheel) and bouts on the feet. The
share of time on the feet and how it divides into standing, pottering and walking belong to the doing, the kind of work
and age (evidence registry); how bout and rest lengths scatter around their means is measured
(``scripts/derive_walking_bouts.py``). After a bout on the feet people sit down with probability ``sit_again``, else
another bout on the feet follows; the mean rest then follows from the shares, so that they come out.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from popsim.people.population import Work
from popsim.randomness import stream_key, unit_draw
from popsim.routines.activities import CORE_ACTIVITIES
from popsim.routines.bouts import MINUTES_PER_DAY, DiaryPool
from popsim.routines.day_model import AGE_BAND_LABELS, AGE_BANDS, MINUTES_PER_SLOT, SLOTS_PER_DAY, DayType, Doing, data_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from popsim.randomness import Draws

CODE = {activity.name: code for code, activity in enumerate(CORE_ACTIVITIES)}
"""Code of each core activity by name."""
_UP = ("stand", "potter", "walk", "exercise")
_UP_CODES = np.array([CODE[name] for name in _UP], dtype=np.uint8)
_SIT_HOME, _SIT_WORK, _LIE, _SLEEP = (np.uint8(CODE[name]) for name in ("sit-home", "sit-work", "lie", "sleep"))
_DRIVE, _RIDE, _WALK = (np.uint8(CODE[name]) for name in ("drive", "ride", "walk"))
_LONGEST_TRAVEL_SHARE = 0.45
_LONGEST_DRAW = 6.0
_CRUMB_MIN = 3
_SEAT_SHARE, _SEAT_MIN, _SIT_AGAIN, _LIE_SHARE, _FIRST_UP = 0, 1, 2, 3, 4


@dataclass(frozen=True)
class Habits:
    """What the kernel needs to fill half-hours with bouts.

    Attributes:
        profile: ``(5, 5, 11, 8)`` by work, age band and doing: share of time seated, mean minutes of a rest,
            probability of sitting down after a bout on the feet, share of rests lying, and the cumulative shares of
            bouts on the feet that are standing, pottering, walking and exercise.
        seat: ``(5, 11)`` activity code of a rest, by work and doing.
        up_min: ``(4,)`` mean minutes of standing, pottering, walking and exercise bouts.
        shapes: ``(3, Q)`` mid-quantiles, mean one, of rests, pottering and walking bouts.
        travel: ``(2, 5, 11, 2)`` by day type, age band and doing: share of days with travel for it, and its minutes.
        trip: shares of trips driven and walked, longest walk, walk at the end of a ride, steady part of travel time.
        night_rise_min: minutes of a rise at night.
    """

    profile: NDArray[np.float64]
    seat: NDArray[np.uint8]
    up_min: NDArray[np.float64]
    shapes: NDArray[np.float64]
    travel: NDArray[np.float64]
    trip: NDArray[np.float64]
    night_rise_min: float

    @classmethod
    def from_evidence(cls, evidence: Mapping[str, float]) -> Habits:
        """The habits that the registry's ``routines`` constants and the shipped tables describe."""
        ev = {name.removeprefix("routines."): v for name, v in evidence.items() if name.startswith("routines.")}
        up_min = np.array([ev[f"{name}_bout_min"] for name in _UP])
        trip = ("travel_drive_share", "travel_walk_share", "travel_longest_walk_min", "travel_end_walk_min")
        return cls(
            profile=_profiles(ev, up_min),
            seat=_seats(),
            up_min=up_min,
            shapes=_shapes(),
            travel=_travel(),
            trip=np.array([*(ev[name] for name in trip), ev["travel_steady_share"]]),
            night_rise_min=ev["night_rise_min"],
        )

    def fill(
        self,
        draws: Draws,
        ids: NDArray[np.int64],
        slots: NDArray[np.uint8],
        day_type: NDArray[np.int64],
        work: NDArray[np.int64],
        band: NDArray[np.int64],
    ) -> DiaryPool:
        """Turn days of half-hours, ``(D, 48)``, into bouts; decision ``routines.bouts``."""
        key = np.uint64(stream_key(draws.seed, draws.scope + "routines.bouts"))
        out = np.empty((len(ids), MINUTES_PER_DAY), dtype=np.uint8)
        _fill_days(
            key, ids, slots, work, day_type, band, self.profile, self.seat, self.up_min, self.shapes,
            self.travel, self.trip, self.night_rise_min, out,
        )  # fmt: skip
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


def _profiles(ev: Mapping[str, float], up_min: NDArray[np.float64]) -> NDArray[np.float64]:
    profile = np.zeros((len(Work), len(AGE_BANDS), len(Doing), 8))
    factors = (1.0, 1.0, 1.0, ev["active_factor_65_74"], ev["active_factor_75_up"])
    for work in Work:
        for doing in Doing:
            for band, factor in enumerate(factors):
                profile[work, band, doing] = _profile(ev, _profile_name(doing, work), factor, up_min)
    return profile


def _profile_name(doing: Doing, work: Work) -> str:
    if doing != Doing.WORK:
        return doing.name.lower()
    return f"work_{(work if work != Work.NONE else Work.DESK).name.lower()}"


def _profile(ev: Mapping[str, float], name: str, factor: float, up_min: NDArray[np.float64]) -> NDArray[np.float64]:
    if name == "sleep":
        away = ev["night_rises_per_hour"] * ev["night_rise_min"] / 60.0
        return np.array([1.0 - away, ev["night_rise_min"] * (1.0 - away) / away, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0])
    share = np.array([ev.get(f"{name}_{up}_share", 0.0) for up in _UP]) * factor
    on_feet = share.sum()
    chance = share / up_min
    chance /= chance.sum()
    sit_again = ev[f"{name}_sit_again"]
    rest_min = (chance @ up_min) / sit_again * (1.0 - on_feet) / on_feet
    return np.array([1.0 - on_feet, rest_min, sit_again, ev.get(f"{name}_lie_share", 0.0), *np.cumsum(chance)])


def _seats() -> NDArray[np.uint8]:
    seat = np.full((len(Work), len(Doing)), _SIT_HOME, dtype=np.uint8)
    seat[:, Doing.SLEEP] = _SLEEP
    seat[:, Doing.WORK] = _SIT_WORK
    seat[Work.DRIVING, Doing.WORK] = _DRIVE
    return seat


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
def _fill_spell(
    key: Any, person: Any, k: Any, day: Any, start: Any, end: Any, habit: Any, seat: Any, up_min: Any, shapes: Any
) -> Any:
    """Alternate between seat and feet from minute ``start`` to ``end``; gives back the next draw's number."""
    seated = unit_draw(key, person, np.uint64(k)) < habit[_SEAT_SHARE]
    k += 1
    at = start
    while at < end:
        u = unit_draw(key, person, np.uint64(k))
        v = unit_draw(key, person, np.uint64(k + 1))
        w = unit_draw(key, person, np.uint64(k + 2))
        k += 3
        if seated:
            code = _LIE if w < habit[_LIE_SHARE] else seat
            length = _whole(habit[_SEAT_MIN] * _spread(shapes[0], u))
            seated = False
        else:
            kind = 0
            while kind < 3 and v > habit[_FIRST_UP + kind]:
                kind += 1
            code = _UP_CODES[kind]
            length = _whole(up_min[kind] * _spread(shapes[2 if kind == 2 else 1], u))
            seated = w < habit[_SIT_AGAIN]
        stop = at + length if at + length + _CRUMB_MIN <= end else end
        day[at:stop] = code
        at = stop
    return k


@njit(cache=True, nogil=True)
def _fill_trip(day: Any, start: Any, end: Any, code: Any, end_walk_min: Any) -> None:
    day[start:end] = code
    if code != _WALK and end - start > 2 * end_walk_min:
        day[end - int(end_walk_min) : end] = _WALK


@njit(cache=True, nogil=True)
def _travel_of_day(key: Any, person: Any, k: Any, travel: Any, trip: Any, minutes: Any, mode: Any) -> Any:
    """Draw minutes one way and mode for every doing; nought where no travel is drawn."""
    for doing in range(travel.shape[0]):
        minutes[doing] = 0
        if unit_draw(key, person, np.uint64(k)) < travel[doing, 0]:
            exponential = min(-np.log(unit_draw(key, person, np.uint64(k + 1))), _LONGEST_DRAW)
            minutes[doing] = _whole(0.5 * travel[doing, 1] * (trip[4] + (1.0 - trip[4]) * exponential))
        u = unit_draw(key, person, np.uint64(k + 2))
        on_foot = u >= 1.0 - trip[1] and minutes[doing] <= trip[2]
        mode[doing] = _WALK if on_foot else (_DRIVE if u < trip[0] else _RIDE)
        k += 3
    return k


@njit(cache=True, nogil=True)
def _count_spells(slots: Any, counts: Any) -> None:
    counts[:] = 0
    for t in range(slots.shape[0]):
        if t == 0 or slots[t] != slots[t - 1]:
            counts[slots[t]] += 1


@njit(cache=True, nogil=True)
def _fill_day(
    key: Any, person: Any, slots: Any, profile: Any, seat: Any, up_min: Any, shapes: Any, travel: Any, trip: Any,
    night: Any, scratch: Any, day: Any,
) -> None:  # fmt: skip
    minutes, mode, spells, seen, chosen = scratch[0], scratch[1], scratch[2], scratch[3], scratch[4]
    k = _travel_of_day(key, person, 0, travel, trip, minutes, mode)
    _count_spells(slots, spells)
    for doing in range(spells.shape[0]):
        seen[doing] = 0
        chosen[doing] = int(unit_draw(key, person, np.uint64(k + doing)) * spells[doing])
    k += spells.shape[0]
    begin = 0
    while begin < SLOTS_PER_DAY:
        doing = slots[begin]
        end = begin
        while end < SLOTS_PER_DAY and slots[end] == doing:
            end += 1
        start_min, end_min = begin * MINUTES_PER_SLOT, end * MINUTES_PER_SLOT
        one_way = min(minutes[doing], int(_LONGEST_TRAVEL_SHARE * (end_min - start_min)))
        is_work = doing == 4
        out = one_way if (seen[doing] == 0 if is_work else seen[doing] == chosen[doing]) else 0
        back = one_way if (seen[doing] == spells[doing] - 1 if is_work else seen[doing] == chosen[doing]) else 0
        seen[doing] += 1
        _fill_trip(day, start_min, start_min + out, mode[doing], trip[3])
        means = night if doing == 0 else up_min
        k = _fill_spell(
            key, person, k, day, start_min + out, end_min - back, profile[doing], seat[doing], means, shapes
        )
        _fill_trip(day, end_min - back, end_min, mode[doing], trip[3])
        begin = end


@njit(cache=True, nogil=True)
def _fill_days(
    key: Any, ids: Any, slots: Any, work: Any, day_type: Any, band: Any, profile: Any, seat: Any, up_min: Any,
    shapes: Any, travel: Any, trip: Any, night_rise_min: Any, out: Any,
) -> None:  # fmt: skip
    scratch = np.zeros((5, profile.shape[2]), dtype=np.int64)
    night = np.full(4, night_rise_min)
    for i in range(ids.shape[0]):
        _fill_day(
            key, ids[i], slots[i], profile[work[i], band[i]], seat[work[i]], up_min, shapes,
            travel[day_type[i], band[i]], trip, night, scratch, out[i],
        )  # fmt: skip
