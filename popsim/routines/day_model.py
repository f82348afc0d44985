"""A day in half-hours: what people do, when they change over and to what.

The day model is a time-inhomogeneous semi-Markov chain over eleven kinds of doing, estimated from the American Time
Use Survey by ``scripts/derive_day_model.py``. A *cell* is a set of respondents alike in work, age and sex on days of
one type (working days or free days). In each half-hour a person leaves the present doing with a probability that
depends on cell, clock and how long it has lasted (for work: how much has been done today), and then picks the next
one by cell, clock hour and the doing left. Weekends tilt the same chain: every doing has a pull that makes it likelier
to be entered and to go on, fitted so that the mean minutes of Saturdays and Sundays come out.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numba import njit

from popsim.people.population import Sex, Work
from popsim.randomness import stream_key, unit_draw

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from popsim.randomness import Draws

SLOTS_PER_DAY = 48
MINUTES_PER_SLOT = 30
AGE_BANDS = (18, 25, 45, 65, 75)
"""Lower bounds in years of the age bands of the day model."""
AGE_BAND_LABELS = ("18-24", "25-44", "45-64", "65-74", "75+")
SLEEP_SLOTS_BEFORE_START = 8
"""Half-hours a person asleep at 04:00 is taken to have slept already; the survey's day starts there."""
_TRIES = 20
_SLEEP, _WORK = 0, 4
_ROOT_SCALE = 255.0


class Doing(IntEnum):
    """What fills a half-hour, as time-use surveys group it."""

    SLEEP = 0
    PERSONAL_CARE = 1
    HOUSEWORK = 2
    CARE = 3
    WORK = 4
    EDUCATION = 5
    EATING = 6
    LEISURE = 7
    SPORT = 8
    ERRANDS = 9
    OTHER = 10


class DayKind(IntEnum):
    """Kinds of calendar day with different habits."""

    WEEKDAY = 0
    SATURDAY = 1
    SUNDAY = 2


class DayType(IntEnum):
    """Whether paid work is done on the day."""

    FREE = 0
    WORKING = 1


def _buckets(lower_bounds: tuple[int, ...]) -> NDArray[np.int64]:
    return np.searchsorted(np.array(lower_bounds[1:]), np.arange(SLOTS_PER_DAY + SLEEP_SLOTS_BEFORE_START + 1), "right")


SPELL_BUCKET = _buckets((1, 2, 4, 8, 14))
"""Bucket of half-hours the present doing has lasted."""
WORK_BUCKET = _buckets((1, 4, 10, 15, 18))
"""Bucket of half-hours worked today, which stands in for the length of a spell of work."""
BUCKETS = 5


class Days(NamedTuple):
    """Whose days are wanted: one value each, ``(D,)`` int64.

    Attributes:
        ids: what the day's draws hang on.
        kind: codes of ``DayKind``.
        day_type: codes of ``DayType``.
        work: codes of ``Work``.
        band: indices into ``AGE_BANDS``.
        sex: codes of ``Sex``.
    """

    ids: NDArray[np.int64]
    kind: NDArray[np.int64]
    day_type: NDArray[np.int64]
    work: NDArray[np.int64]
    band: NDArray[np.int64]
    sex: NDArray[np.int64]


@dataclass(frozen=True)
class DayModel:
    """Probabilities of the half-hour chain.

    Shapes use C cells, A = 11 doings, B = 5 buckets.

    Attributes:
        start: ``(C, A)`` doing at 04:00.
        leave: ``(C, 47, A, B)`` probability that the doing of a half-hour is not that of the next.
        goes_to: ``(C, 24, A, A)`` next doing, by clock hour (counted from 04:00) and the doing left.
        cell: ``(2, 5, 5, 2)`` cell by day type, work, age band and sex.
        working_share: ``(3, 5, 5, 2)`` probability that a day is a working day, by day kind, work, age band, sex.
        pull: ``(3, 2, 5, 2, A)`` tilt by day kind, in work or not, age band and sex; one on weekdays.
        cell_pull: ``(C, A)`` tilt that brings a cell's mean minutes back to its respondents' after shrinkage.
    """

    start: NDArray[np.float64]
    leave: NDArray[np.float64]
    goes_to: NDArray[np.float64]
    cell: NDArray[np.int64]
    working_share: NDArray[np.float64]
    pull: NDArray[np.float64]
    cell_pull: NDArray[np.float64]

    def draw(self, draws: Draws, days: Days) -> NDArray[np.uint8]:
        """Draw the half-hours of every day asked for (decision ``routines.day_slots``).

        Returns:
            ``(D, 48)`` codes of ``Doing`` from 04:00 in half-hours. A working day holds some work.
        """
        kind, day_type, work, band, sex = days.kind, days.day_type, days.work, days.band, days.sex
        in_work = (work != Work.NONE).astype(np.int64)
        cells = np.ascontiguousarray(self.cell[day_type, work, band, sex])
        who = _People(
            ids=days.ids,
            cell=cells,
            pull=np.ascontiguousarray(self.pull[kind, in_work, band, sex] * self.cell_pull[cells]),
            must_work=(day_type == DayType.WORKING) & (work != Work.NONE),
        )
        out = np.empty((len(days.ids), SLOTS_PER_DAY), dtype=np.uint8)
        key = np.uint64(stream_key(draws.seed, draws.scope + "routines.day_slots"))
        _draw_days(key, who, (self.start, self.leave, self.goes_to), out)
        return out


class _People(NamedTuple):
    ids: NDArray[np.int64]
    cell: NDArray[np.int64]
    pull: NDArray[np.float64]
    must_work: NDArray[np.bool_]


def age_band(age_years: NDArray[Any]) -> NDArray[np.int64]:
    """Index into ``AGE_BANDS``, ``(N,)``."""
    return np.searchsorted(np.array(AGE_BANDS[1:]), age_years, side="right").astype(np.int64)


def pack_probabilities(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Keep probabilities in a byte each, on a square-root scale that spares the small ones."""
    return np.rint(np.sqrt(values) * _ROOT_SCALE).astype(np.uint8)


def unpack_probabilities(packed: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Undo ``pack_probabilities``; the error is below 0.004 and far smaller near nought."""
    return np.asarray((packed / _ROOT_SCALE) ** 2, dtype=np.float64)


def model_from_arrays(arrays: Mapping[str, NDArray[Any]]) -> DayModel:
    """Build the model from the arrays of its file, distributions scaled back to one after rounding."""
    start, goes_to = (unpack_probabilities(arrays[name]) for name in ("start", "goes_to"))
    totals = goes_to.sum(axis=-1, keepdims=True)
    return DayModel(
        start=start / start.sum(axis=-1, keepdims=True),
        leave=unpack_probabilities(arrays["leave"]),
        goes_to=np.divide(goes_to, totals, out=np.zeros_like(goes_to), where=totals > 0),
        cell=arrays["cell"].astype(np.int64),
        working_share=arrays["working_share"].astype(np.float64),
        pull=arrays["pull"].astype(np.float64),
        cell_pull=arrays["cell_pull"].astype(np.float64),
    )


@lru_cache(maxsize=1)
def load_day_model() -> DayModel:
    """The day model that ships with popsim."""
    with as_file(data_file("day_model.npz")) as path, np.load(path) as arrays:
        return model_from_arrays(arrays)


def data_file(name: str) -> Path:
    """A file of this room's data folder."""
    resource: Any = files("popsim.routines").joinpath("data", name)
    return resource  # type: ignore[no-any-return]


def group_count() -> int:
    """How many groups of work, age band and sex there are."""
    return len(Work) * len(AGE_BANDS) * len(Sex)


def group_index(work: NDArray[Any], band: NDArray[Any], sex: NDArray[Any]) -> NDArray[np.int64]:
    """The group of each person, ``(N,)``: work slowest, then age band, then sex."""
    return (work.astype(np.int64) * len(AGE_BANDS) + band.astype(np.int64)) * len(Sex) + sex.astype(np.int64)


def group_traits(group: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Work, age band and sex of each group index: undoes ``group_index``."""
    return group // (len(AGE_BANDS) * len(Sex)), group // len(Sex) % len(AGE_BANDS), group % len(Sex)


@njit(cache=True, inline="always")
def _pick(weights: Any, pull: Any, u: Any) -> Any:
    total = 0.0
    for a in range(weights.shape[0]):
        total += weights[a] * pull[a]
    left = u * total
    last = 0
    for a in range(weights.shape[0]):
        weight = weights[a] * pull[a]
        if weight > 0.0:
            last = a
            left -= weight
            if left <= 0.0:
                break
    return last


@njit(cache=True, nogil=True)
def _draw_day(who: Any, pull: Any, chain: Any, day: Any) -> Any:
    """Draw one day into ``day`` from ``who`` (key, person, number of the first draw); gives half-hours worked."""
    key, person, first = who
    start, leave, goes_to = chain
    now = _pick(start, pull, unit_draw(key, person, np.uint64(first)))
    spell = SLEEP_SLOTS_BEFORE_START if now == _SLEEP else 1
    worked = 0
    for t in range(SLOTS_PER_DAY):
        day[t] = now
        worked += 1 if now == _WORK else 0
        if t == SLOTS_PER_DAY - 1:
            break
        bucket = WORK_BUCKET[worked] if now == _WORK else SPELL_BUCKET[spell]
        go = leave[t, now, bucket]
        go = go / (go + (1.0 - go) * pull[now])
        spell += 1
        if unit_draw(key, person, np.uint64(first + 2 * t + 1)) < go:
            now = _pick(goes_to[(t + 1) // 2, now], pull, unit_draw(key, person, np.uint64(first + 2 * t + 2)))
            spell = 1
    return worked


@njit(cache=True, nogil=True)
def _draw_days(key: Any, who: Any, chain: Any, out: Any) -> None:
    for i in range(out.shape[0]):
        c = who.cell[i]
        mine = (chain[0][c], chain[1][c], chain[2][c])
        for attempt in range(_TRIES):
            worked = _draw_day((key, who.ids[i], attempt * 2 * SLOTS_PER_DAY), who.pull[i], mine, out[i])
            if worked > 0 or not who.must_work[i]:
                break
