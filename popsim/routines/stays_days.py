"""The diaries of hospital stays: admission, operation, intensive care, ward, discharge, recovery at home."""

from __future__ import annotations

import math
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from popsim.routines.activities import CODES
from popsim.routines.bouts import MINUTES_PER_DAY
from popsim.routines.calendar_strips import Strip, at_home, clock_to_minute, nights, paced, strip
from popsim.routines.stays import Mobility

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

STAGES = 7
"""Steps of mobilisation on the ward: the first full day is stage 0."""

WARD_ROUND_MIN = 90
SICK_REST, CHAIR = "ward-bed", "ward-chair"


class Special(IntEnum):
    """Days of a stay that are the same for all patients; their place among the diaries of stays."""

    ACUTE_ADMISSION = 0
    ACUTE_ADMISSION_TO_ICU = 1
    PLANNED_OPERATION = 2
    PLANNED_OPERATION_TO_ICU = 3
    ACUTE_OPERATION = 4
    ACUTE_OPERATION_TO_ICU = 5
    ICU = 6
    WAITING = 7


WARD = len(Special)
DISCHARGE = WARD + 2 * len(Mobility) * STAGES
RECOVERY = DISCHARGE + len(Mobility)


def stay_diaries(evidence: Mapping[str, float]) -> list[Strip]:
    """Every day of every stay, whole-day strips in the order of ``special``, ``ward``, ``discharge``, ``recovery``."""
    ward = [
        ward_strip(0, MINUTES_PER_DAY, mobility, mobilisation(surgical, stage, evidence), evidence)
        for surgical in (False, True)
        for mobility in Mobility
        for stage in range(STAGES)
    ]
    discharge = [_discharge(mobility, evidence) for mobility in Mobility]
    recovery = [
        recovery_strip(0, MINUTES_PER_DAY, mobility, third, evidence) for mobility in Mobility for third in range(3)
    ]
    return [*_special_days(evidence), *ward, *discharge, *recovery]


def ward_index(surgical: NDArray[np.bool_], mobility: NDArray[np.uint8], stage: NDArray[np.int32]) -> NDArray[np.int32]:
    """Place of ward days among the diaries of stays."""
    rank = surgical.astype(np.int32) * len(Mobility) + mobility
    return np.asarray(WARD + rank * STAGES + np.clip(stage, 0, STAGES - 1), dtype=np.int32)


def mobilisation(surgical: bool, stage: int, evidence: Mapping[str, float]) -> float:
    """Sitting and upright time of a ward day relative to that of a full one, growing evenly with the stage."""
    start = evidence[f"stays.mobilisation_start_{'surgical' if surgical else 'medical'}"]
    return start + (1 - start) * min(stage / max(evidence["stays.mobilisation_days"], 1.0), 1.0)


def ward_strip(start: int, end: int, mobility: Mobility, level: float, evidence: Mapping[str, float]) -> Strip:
    """A stretch on the ward: in bed at night; by day bed, chair and short bouts on one's feet in turns.

    Args:
        start: minutes after 04:00.
        end: minutes after 04:00.
        mobility: how far the patient gets.
        level: sitting and upright time relative to a full day of that mobility.
        evidence: the constants in force.
    """
    name = mobility.name.lower()
    day_minutes = int((~nights(0, MINUTES_PER_DAY, evidence)).sum())
    awake = np.flatnonzero(~nights(start, end, evidence))
    share = level * len(awake) / day_minutes
    sitting, upright = (share * evidence[f"stays.ward_{what}_{name}_min"] for what in ("sitting", "upright"))
    walking = upright * evidence["stays.ward_walk_share"]
    rounds = max(round(upright / evidence["stays.ward_upright_bout_min"]), math.ceil(sitting / WARD_ROUND_MIN), 1)
    amounts = [(CHAIR, sitting), ("ward-stand", upright - walking), ("ward-walk", walking)]
    painted = np.full(max(end - start, 0), CODES[SICK_REST], dtype=np.uint8)
    painted[awake] = paced(len(awake), rounds, amounts, SICK_REST)
    return painted


def recovery_strip(start: int, end: int, mobility: Mobility, third: int, evidence: Mapping[str, float]) -> Strip:
    """A stretch at home after discharge: more lying and sitting than before, growing lighter by thirds."""
    painted = np.full(max(end - start, 0), CODES["sleep"], dtype=np.uint8)
    day_minutes = int((~nights(0, MINUTES_PER_DAY, evidence)).sum())
    awake = np.flatnonzero(~nights(start, end, evidence))
    if mobility is Mobility.BEDBOUND:
        painted[awake] = CODES["ill-at-home"]
        return painted
    share = len(awake) / day_minutes
    factor = evidence["stays.home_limited_factor"] if mobility is Mobility.LIMITED else 1.0
    upright = share * factor * evidence[f"stays.home_upright_{('early', 'middle', 'late')[third]}_min"]
    walking = upright * evidence["stays.home_walk_share"]
    lying = share * evidence["stays.home_lying_min"] / factor
    standing = upright * evidence["trips.home_stand_share"]
    pottering = upright - standing - walking
    amounts = [("stand", standing), ("potter", pottering), ("walk", walking), ("lie", lying)]
    painted[awake] = paced(len(awake), round(len(awake) / evidence["trips.home_round_min"]), amounts, "sit-home")
    return painted


def _special_days(evidence: Mapping[str, float]) -> list[Strip]:
    """In the order of ``Special``."""
    planned, acute = (clock_to_minute(evidence[f"stays.admission_hour_{kind}"]) for kind in ("planned", "acute"))
    morning = clock_to_minute(evidence["stays.ward_wakes_hour"])
    home = at_home(0, planned, evidence)
    ill = np.where(nights(0, acute, evidence), CODES["sleep"], CODES["ill-at-home"]).astype(np.uint8)
    ward_night = strip((SICK_REST, morning))
    return [
        _filled(ill, SICK_REST),
        _filled(ill, "icu-bed"),
        _operation(home, CHAIR, SICK_REST, evidence),
        _operation(home, CHAIR, "icu-bed", evidence),
        _operation(ward_night, SICK_REST, SICK_REST, evidence),
        _operation(ward_night, SICK_REST, "icu-bed", evidence),
        _filled(strip(), "icu-bed"),
        _filled(strip(), SICK_REST),
    ]


def _operation(before: Strip, waiting: str, after: str, evidence: Mapping[str, float]) -> Strip:
    wait, minutes = evidence["stays.operation_wait_min"], evidence["stays.operation_min"]
    return _filled(np.concatenate([before, strip((waiting, wait), ("operation", minutes))]), after)


def _filled(before: Strip, rest: str) -> Strip:
    """A whole day: ``before``, then ``rest`` until 04:00."""
    day = before[:MINUTES_PER_DAY]
    return np.concatenate([day, strip((rest, MINUTES_PER_DAY - len(day)))])


def _discharge(mobility: Mobility, evidence: Mapping[str, float]) -> Strip:
    leaves = clock_to_minute(evidence["stays.discharge_hour"])
    ride = strip(("ride", evidence["stays.ride_home_min"]))
    home = leaves + len(ride)
    return np.concatenate(
        [
            ward_strip(0, leaves, mobility, 1.0, evidence),
            ride,
            recovery_strip(home, MINUTES_PER_DAY, mobility, 0, evidence),
        ]
    )[:MINUTES_PER_DAY]
