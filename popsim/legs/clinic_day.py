"""One leg through a day: the microscope's steady states and time constants, bout by bout in closed form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from popsim.errors import InputError, did_you_mean
from popsim.legs.figures import Curve
from popsim.legs.tabulate import leg_responses
from popsim.routines.activities import Regime

if TYPE_CHECKING:
    from popsim.legs.microscope import Microscope

_R = Regime
DAYS: dict[str, tuple[tuple[str, Regime, int], ...]] = {
    "office": (
        ("in bed", _R.SUPINE, 180),
        ("getting ready", _R.POTTERING, 40),
        ("walking to the bus", _R.WALKING, 10),
        ("on the bus", _R.SITTING, 30),
        ("at the desk", _R.SITTING, 120),
        ("coffee", _R.STANDING, 10),
        ("at the desk", _R.SITTING, 110),
        ("lunch walk", _R.WALKING, 20),
        ("lunch", _R.SITTING, 30),
        ("at the desk", _R.SITTING, 210),
        ("on the bus", _R.SITTING, 30),
        ("walking home", _R.WALKING, 10),
        ("cooking", _R.POTTERING, 45),
        ("evening in the armchair", _R.SITTING, 175),
        ("in bed", _R.SUPINE, 420),
    ),
    "flight": (
        ("in bed", _R.SUPINE, 180),
        ("packing", _R.POTTERING, 60),
        ("to the airport", _R.SITTING, 60),
        ("queueing", _R.STANDING, 60),
        ("to the gate", _R.WALKING, 15),
        ("at the gate", _R.SITTING, 45),
        ("in the aircraft seat", _R.SITTING, 600),
        ("through the airport", _R.WALKING, 20),
        ("to the hotel", _R.SITTING, 40),
        ("in bed", _R.SUPINE, 360),
    ),
    "ward": (
        ("in bed", _R.SUPINE, 300),
        ("bedside chair", _R.SITTING, 60),
        ("to the bathroom", _R.POTTERING, 5),
        ("in bed", _R.SUPINE, 355),
        ("bedside chair", _R.SITTING, 60),
        ("in bed", _R.SUPINE, 660),
    ),
}
"""Example days from 04:00 to 04:00: what, regime, minutes."""
FOUR_O_CLOCK_MIN = 240


@dataclass(frozen=True)
class BoutRow:
    """One bout of a leg's day.

    Attributes:
        starts: time of day, ``HH:MM``.
        minutes: duration.
        activity: what.
        pooled_ml: mean blood below the thigh.
        ankle_mmhg: mean pressure in a superficial vein of the foot.
        pooled_end_ml: blood below the thigh at the end.
        ankle_end_mmhg: pressure at the end.
    """

    starts: str
    minutes: int
    activity: str
    pooled_ml: float
    ankle_mmhg: float
    pooled_end_ml: float
    ankle_end_mmhg: float


def leg_day(scope: Microscope, day: str = "office") -> list[BoutRow]:
    """The leg's day, beginning at 04:00 with the leg settled in the first bout's posture.

    Raises:
        InputError: no such day.
    """
    if day not in DAYS:
        raise InputError(f"no day named {day!r}{did_you_mean(day, DAYS)}")
    responses = leg_responses(scope)
    state = responses[DAYS[day][0][1], :2].copy()
    rows, clock = [], FOUR_O_CLOCK_MIN
    for activity, regime, minutes in DAYS[day]:
        settled, rate = responses[regime, :2], np.exp(responses[regime, 2:])
        gone = np.exp(-rate * minutes)
        mean = settled + (state - settled) * (1.0 - gone) / (rate * minutes)
        state = settled + (state - settled) * gone
        starts = f"{clock // 60 % 24:02d}:{clock % 60:02d}"
        rows.append(BoutRow(starts, minutes, activity, *(float(x) for x in (*mean, *state))))
        clock += minutes
    return rows


def day_means(rows: list[BoutRow]) -> tuple[float, float]:
    """Mean pooled volume (mL) and ankle pressure (mmHg) over the day."""
    minutes = sum(r.minutes for r in rows)
    pooled = sum(r.pooled_ml * r.minutes for r in rows) / minutes
    return pooled, sum(r.ankle_mmhg * r.minutes for r in rows) / minutes


def day_curve(name: str, rows: list[BoutRow]) -> Curve:
    """The bouts' mean pooled volumes against hours since 04:00, as steps."""
    ends = np.cumsum([r.minutes for r in rows]) / 60.0
    starts = ends - np.array([r.minutes for r in rows]) / 60.0
    pooled = np.array([r.pooled_ml for r in rows])
    return Curve(name, np.stack([starts, ends], axis=1).ravel(), np.repeat(pooled, 2))
