"""Who is in hospital when, drawn for all people at once."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from popsim.routines.bouts import MINUTES_PER_DAY
from popsim.routines.calendar import EpisodeKind
from popsim.routines.calendar_strips import cut_into_days
from popsim.routines.stays import REASONS, Mobility
from popsim.routines.stays_days import DISCHARGE, RECOVERY, Special, stay_diaries, ward_index
from popsim.routines.stays_lengths import draw_stays

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from popsim.routines.calendar_plan import Plan
    from popsim.routines.stays import Stay

_SURGICAL = np.array([reason.surgical for reason in REASONS])
_PLANNED = np.array([reason.planned for reason in REASONS])


@dataclass(frozen=True)
class Admissions:
    """One stay of each of ``N`` people; all arrays ``(N,)``, days counted from admission.

    Attributes:
        row: place of the person in the population given.
        admission: day of admission in the run.
        reason: index into ``REASONS``.
        nights: nights in hospital; the day of discharge is day ``nights``.
        operation: day of the operation, -1 without one.
        icu_first: first day with intensive care.
        icu_nights: nights in intensive care.
        mobility: a ``Mobility``.
        recovery: days at home after the day of discharge.
    """

    row: NDArray[np.int64]
    admission: NDArray[np.int32]
    reason: NDArray[np.uint8]
    nights: NDArray[np.int32]
    operation: NDArray[np.int32]
    icu_first: NDArray[np.int32]
    icu_nights: NDArray[np.int32]
    mobility: NDArray[np.uint8]
    recovery: NDArray[np.int32]

    def take(self, keep: NDArray[np.bool_]) -> Admissions:
        """Those that are kept."""
        return Admissions(**{field.name: getattr(self, field.name)[keep] for field in fields(self)})

    @property
    def last_day(self) -> NDArray[np.int32]:
        """Last day of recovery in the run."""
        return np.asarray(self.admission + self.nights + self.recovery, dtype=np.int32)


def plan_stays(stays: Sequence[Stay], plan: Plan) -> None:
    """Add hospital stays to the plan, in the order of the scenario's list."""
    if not stays:
        return
    index = np.array([plan.diary(cut_into_days(day)[0]) for day in stay_diaries(plan.evidence)], dtype=np.int32)
    admitted = []
    for number, stay in enumerate(stays):
        drawn = _draw(stay, number, plan)
        drawn = drawn.take(plan.free(drawn.row, drawn.admission, drawn.last_day))
        plan.claim(drawn.row, drawn.admission, drawn.last_day)
        admitted.append(drawn)
        _override(drawn, index, plan)
    for drawn, earlier in zip(admitted, _earlier_stays(admitted, len(plan.ids)), strict=True):
        _note_episodes(drawn, earlier, plan)


def _draw(stay: Stay, number: int, plan: Plan) -> Admissions:
    rows, days = plan.who_and_when(stay, "stays", number)
    ids = plan.ids[rows]
    drawn = draw_stays(stay, ids, plan.draws, plan.evidence, number)
    wished = np.where(_PLANNED[drawn.reason], 0, round(plan.evidence["stays.acute_operation_day"]))
    operation = np.where(_SURGICAL[drawn.reason], np.minimum(wished, drawn.nights - 1), -1).astype(np.int32)
    icu_first = np.maximum(operation, 0)
    recovery = _by_reason("recovery_days", drawn.reason, plan.evidence).astype(np.int32)
    return Admissions(
        row=rows,
        admission=days,
        reason=drawn.reason,
        nights=np.maximum(drawn.nights, icu_first + np.int32(stay.icu_days)),
        operation=operation,
        icu_first=icu_first,
        icu_nights=np.full(len(rows), stay.icu_days, dtype=np.int32),
        mobility=_mobility(stay, drawn.reason, plan.draws.uniform("stays.mobility", ids, k=number), plan.evidence),
        recovery=recovery if stay.recovery_days is None else np.full_like(recovery, stay.recovery_days),
    )


def _by_reason(name: str, reason: NDArray[np.uint8], evidence: Mapping[str, float]) -> NDArray[np.float64]:
    by_code = [0.0, *(evidence[f"stays.{name}_{known.name.replace('-', '_')}"] for known in REASONS[1:])]
    return np.asarray(np.array(by_code)[reason], dtype=np.float64)


def _mobility(
    stay: Stay, reason: NDArray[np.uint8], uniform: NDArray[np.float64], evidence: Mapping[str, float]
) -> NDArray[np.uint8]:
    if stay.mobility is not None:
        return np.full(len(reason), Mobility[stay.mobility.upper()], dtype=np.uint8)
    bedbound = _by_reason("bedbound_share", reason, evidence)
    helped = bedbound + _by_reason("limited_share", reason, evidence)
    return np.asarray((uniform >= bedbound).astype(np.uint8) + (uniform >= helped), dtype=np.uint8)


def _override(drawn: Admissions, index: NDArray[np.int32], plan: Plan) -> None:
    """Put a diary on every day of every stay that lies in the run."""
    length = np.minimum(drawn.nights + drawn.recovery + 1, plan.days - drawn.admission)
    which = np.repeat(np.arange(len(drawn.row)), length)
    day = (np.arange(len(which)) - np.repeat(np.cumsum(length) - length, length)).astype(np.int32)
    plan.override(drawn.admission[which] + day, drawn.row[which], index[_diary(drawn, which, day)])


def _diary(drawn: Admissions, which: NDArray[np.int64], day: NDArray[np.int32]) -> NDArray[np.int32]:
    """Place among the diaries of stays of day ``day`` of stay ``which``."""
    nights, operation = drawn.nights[which], drawn.operation[which]
    icu_first, icu_nights = drawn.icu_first[which], drawn.icu_nights[which]
    mobility, surgical = drawn.mobility[which], operation >= 0
    to_icu = ((icu_nights > 0) & (day == icu_first)).astype(np.int32)
    planned = _PLANNED[drawn.reason[which]]
    mobilised_from = icu_first + np.maximum(icu_nights, 1)
    third = np.minimum(3 * (day - nights - 1) // np.maximum(drawn.recovery[which], 1), 2)
    place = np.select(
        [
            day > nights,
            day == nights,
            (day == operation) & (planned | (day == 0)),
            day == 0,
            day == operation,
            (day >= icu_first) & (day < icu_first + icu_nights),
            day < mobilised_from,
        ],
        [
            RECOVERY + mobility * np.int32(3) + third,
            DISCHARGE + mobility.astype(np.int32),
            Special.PLANNED_OPERATION + to_icu,
            Special.ACUTE_ADMISSION + to_icu,
            Special.ACUTE_OPERATION + to_icu,
            np.int32(Special.ICU),
            np.int32(Special.WAITING),
        ],
        default=ward_index(surgical, mobility, day - mobilised_from),
    )
    return np.asarray(place, dtype=np.int32)


def _earlier_stays(admitted: Sequence[Admissions], people: int) -> list[NDArray[np.int32]]:
    """For every admission, how many stays the same person has before it."""
    begins = []
    for drawn in admitted:
        begin = np.full(people, np.iinfo(np.int32).max, dtype=np.int32)
        begin[drawn.row] = drawn.admission
        begins.append(begin)
    return [
        np.sum([begin[drawn.row] < drawn.admission for begin in begins], axis=0, dtype=np.int32) for drawn in admitted
    ]


def _note_episodes(drawn: Admissions, earlier: NDArray[np.int32], plan: Plan) -> None:
    """The stay itself, its operation, its intensive care and the recovery at home."""
    surgical = drawn.operation >= 0
    discharge = drawn.admission + drawn.nights
    operation, icu = drawn.admission + drawn.operation, drawn.admission + drawn.icu_first
    anaesthesia = np.full(len(drawn.row), plan.evidence["stays.operation_min"] / MINUTES_PER_DAY)
    for kind, has, first, last, length in (
        (EpisodeKind.MEDICAL_STAY, ~surgical, drawn.admission, discharge, drawn.nights),
        (EpisodeKind.SURGERY_STAY, surgical, drawn.admission, discharge, drawn.nights),
        (EpisodeKind.OPERATION, surgical, operation, operation, anaesthesia),
        (EpisodeKind.ICU, drawn.icu_nights > 0, icu, icu + drawn.icu_nights, drawn.icu_nights),
        (EpisodeKind.RECOVERY, drawn.recovery > 0, discharge + np.int32(1), drawn.last_day, drawn.recovery),
    ):
        columns = {
            "length_days": length[has],
            "reason": drawn.reason[has],
            "stay": earlier[has],
            "mobility": drawn.mobility[has],
        }
        plan.note(drawn.row[has], first[has], last[has], kind=kind, **columns)
