"""Who is in hospital when, drawn for all people at once."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from popsim.routines.bouts import MINUTES_PER_DAY
from popsim.routines.calendar import EpisodeKind
from popsim.routines.calendar_recorded import chosen, of_reason, unit_days
from popsim.routines.calendar_strips import cut_into_days
from popsim.routines.stays import REASONS, Mobility
from popsim.routines.stays_days import DISCHARGE, RECOVERY, Special, stay_diaries, ward_index
from popsim.routines.stays_lengths import draw_stays
from popsim.routines.stays_recorded import ICU, PROPHYLAXIS, TREATMENT, RecordedStays, load_stays

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from popsim.routines.calendar_plan import Plan
    from popsim.routines.stays import Stay

_SURGICAL = np.array([reason.surgical for reason in REASONS])
_PLANNED = np.array([reason.planned for reason in REASONS])
_RECORDED = (
    (EpisodeKind.ICU, "units", ICU, 1),
    (EpisodeKind.PROPHYLAXIS, "doses", PROPHYLAXIS, 0),
    (EpisodeKind.TREATMENT, "doses", TREATMENT, 0),
)
"""What is noted of a recorded stay beside the stay itself: letters of a column, and by how many days the last day lies
beyond them, since a night in intensive care ends on the next day."""


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
        record: place among the recorded stays of the entry, -1 for stays that are drawn.
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
    record: NDArray[np.int64]

    def take(self, keep: NDArray[np.bool_]) -> Admissions:
        """Those that are kept."""
        return Admissions(**{field.name: getattr(self, field.name)[keep] for field in fields(self)})

    @property
    def last_day(self) -> NDArray[np.int32]:
        """Last day of recovery in the run."""
        return np.asarray(self.admission + self.nights + self.recovery, dtype=np.int32)


def plan_stays(stays: Sequence[Stay], plan: Plan, folder: Path) -> None:
    """Add hospital stays to the plan, in the order of the scenario's list; files of stays are sought in the folder."""
    if not stays:
        return
    index = np.array([plan.diary(day) for day in _days(tuple(plan.evidence.items()))], dtype=np.int32)
    admitted = []
    for number, stay in enumerate(stays):
        recorded = None if stay.file is None else of_reason(load_stays(folder / stay.file), stay, number)
        drawn = _draw(stay, number, plan) if recorded is None else _recorded(stay, number, plan, recorded)
        drawn = drawn.take(plan.free(drawn.row, drawn.admission, drawn.last_day))
        plan.claim(drawn.row, drawn.admission, drawn.last_day)
        admitted.append((drawn, recorded))
        _override(drawn, recorded, index, plan)
    earlier = _earlier_stays([drawn for drawn, _ in admitted], len(plan.ids))
    for (drawn, recorded), before in zip(admitted, earlier, strict=True):
        _note_episodes(drawn, recorded, before, plan)


@lru_cache(maxsize=2)
def _days(constants: tuple[tuple[str, float], ...]) -> list[list[tuple[int, int]]]:
    """The diaries of stays, worked out once for all slices of a run."""
    return [cut_into_days(day)[0] for day in stay_diaries(dict(constants))]


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
        record=np.full(len(rows), -1),
    )


def _recorded(stay: Stay, number: int, plan: Plan, recorded: RecordedStays) -> Admissions:
    """Stays out of a file; what the file leaves open is as for stays that are drawn."""
    rows, days = plan.who_and_when(stay, "stays", number)
    ids = plan.ids[rows]
    which = chosen(recorded, stay, plan, rows, plan.draws.uniform("stays.record", ids, k=number))
    has = which >= 0
    rows, days, ids, which = rows[has], days[has], ids[has], which[has]
    reason = recorded.column("reason").astype(np.uint8)[which]
    nights = recorded.column("nights").astype(np.int32)[which]
    usual = np.where(_PLANNED[reason], 0, round(plan.evidence["stays.acute_operation_day"]))
    told = recorded.column("operation_day")[which]
    operation = np.where(_SURGICAL[reason], np.minimum(np.where(told >= 0, told, usual), nights - 1), -1)
    recovery = _by_reason("recovery_days", reason, plan.evidence).astype(np.int32)
    mobility = _mobility(stay, reason, plan.draws.uniform("stays.mobility", ids, k=number), plan.evidence)
    known = recorded.column("mobility")[which]
    return Admissions(
        row=rows,
        admission=days,
        reason=reason,
        nights=nights,
        operation=operation.astype(np.int32),
        icu_first=np.zeros(len(rows), dtype=np.int32),
        icu_nights=np.zeros(len(rows), dtype=np.int32),
        mobility=mobility if stay.mobility is not None else np.where(known >= 0, known, mobility).astype(np.uint8),
        recovery=recovery if stay.recovery_days is None else np.full_like(recovery, stay.recovery_days),
        record=which,
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


def _override(drawn: Admissions, recorded: RecordedStays | None, index: NDArray[np.int32], plan: Plan) -> None:
    """Put a diary on every day of every stay that lies in the run."""
    length = np.minimum(drawn.nights + drawn.recovery + 1, plan.days - drawn.admission)
    which = np.repeat(np.arange(len(drawn.row)), length)
    day = (np.arange(len(which)) - np.repeat(np.cumsum(length) - length, length)).astype(np.int32)
    diary = _diary(drawn, which, day) if recorded is None else _recorded_diary(drawn, recorded, which, day)
    plan.override(drawn.admission[which] + day, drawn.row[which], index[diary])


def _recorded_diary(
    drawn: Admissions, recorded: RecordedStays, which: NDArray[np.int64], day: NDArray[np.int32]
) -> NDArray[np.int32]:
    """The same for recorded stays, in which intensive care may come more than once.

    A patient is mobilised anew after the admission, an operation and each time in intensive care.
    """
    nights, operation, mobility = drawn.nights[which], drawn.operation[which], drawn.mobility[which]
    icu, quiet_days = unit_days(recorded, drawn.record[which], day, operation)
    to_icu, planned = icu.astype(np.int32), _PLANNED[drawn.reason[which]]
    third = np.minimum(3 * (day - nights - 1) // np.maximum(drawn.recovery[which], 1), 2)
    place = np.select(
        [day > nights, day == nights, (day == operation) & (planned & (day == 0)), day == operation, day == 0, icu],
        [
            RECOVERY + mobility * np.int32(3) + third,
            DISCHARGE + mobility.astype(np.int32),
            Special.PLANNED_OPERATION + to_icu,
            Special.ACUTE_OPERATION + to_icu,
            Special.ACUTE_ADMISSION + to_icu,
            np.int32(Special.ICU),
        ],
        default=ward_index((operation >= 0) & (day > operation), mobility, quiet_days - np.int32(1)),
    )
    return np.asarray(place, dtype=np.int32)


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


def _note_episodes(drawn: Admissions, recorded: RecordedStays | None, earlier: NDArray[np.int32], plan: Plan) -> None:
    """The stay itself, its operation, its intensive care and the recovery at home."""
    if recorded is not None:
        for kind, column, letter, beyond in _RECORDED:
            _note_recorded(drawn, recorded.spells(column, letter), beyond, kind, earlier, plan)
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


def _note_recorded(
    drawn: Admissions,
    spells: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]],
    beyond: int,
    kind: EpisodeKind,
    earlier: NDArray[np.int32],
    plan: Plan,
) -> None:
    """Every time in intensive care and with a drug, as recorded; the last day lies ``beyond`` the days counted."""
    stay, first, days = spells
    order = np.argsort(drawn.record, kind="stable")
    begin, end = (np.searchsorted(drawn.record[order], stay, side=side) for side in ("left", "right"))
    spell = np.repeat(np.arange(len(stay)), end - begin)
    which = order[np.arange(len(spell)) - np.repeat(np.cumsum(end - begin) - (end - begin), end - begin) + begin[spell]]
    begins = drawn.admission[which] + first[spell]
    plan.note(
        drawn.row[which],
        begins,
        begins + days[spell] - np.int32(1 - beyond),
        kind=kind,
        length_days=days[spell],
        reason=drawn.reason[which],
        stay=earlier[which],
        mobility=drawn.mobility[which],
    )
