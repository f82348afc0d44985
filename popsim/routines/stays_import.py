"""From what a hospital recorded to stays and people: reasons, days in units, doses, and columns told by codes."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from popsim.people.population import ILLNESSES, Sex
from popsim.routines.bouts import DAY_STARTS_AT_MIN
from popsim.routines.reasons import REASON_CODES, Mobility
from popsim.routines.stays_recorded import ICU, UNKNOWN, WARD, RecordedStay, write_stays
from popsim.routines.stays_sheets import MAJOR, Record, read_records

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

COHORT_FLAGS = ("active_cancer", "heart_failure", "prior_vte", "pregnant", *ILLNESSES, "operated_last_month")
KIDNEYS = ("kidney_stage_5", "kidney_stage_4", "kidney_acute", "kidney_stage_3", "kidney_chronic")
"""What codes tell of kidneys, the worst first."""
DAY = timedelta(days=1)
MONTH = timedelta(days=30)


@dataclass(frozen=True)
class Patient:
    """Columns of the one who had a stay, as codes tell them.

    Attributes:
        flags: by column.
        gfr_ml_min: filtration of the kidneys.
        new_clot: whether the codes at discharge tell of a clot, on admission or later.
    """

    flags: Mapping[str, bool]
    gfr_ml_min: float
    new_clot: bool


@dataclass(frozen=True)
class Imported:
    """Stays and those who had them, in the order of the admissions; person ids count them from 1.

    Attributes:
        records: what was read.
        stays: as a scenario uses them.
        patients: the people of these stays.
        codes: number of codes read.
        codes_telling: number of codes that tell something.
    """

    records: tuple[Record, ...]
    stays: tuple[RecordedStay, ...]
    patients: tuple[Patient, ...]
    codes: int
    codes_telling: int


def import_stays(paths: Iterable[Path], evidence: Mapping[str, float]) -> Imported:
    """Read a hospital's tables.

    Args:
        paths: folders or files, see ``popsim.routines.stays_sheets``.
        evidence: the constants in force.

    Raises:
        InputError: with the first twenty problems by file and line.
    """
    reading = read_records(paths)
    records = tuple(reading.records.values())
    lately = _operated_last_month(records)
    stays = tuple(_stay(number, record) for number, record in enumerate(records, start=1))
    patients = tuple(_patient(record, record.stay in lately, evidence) for record in records)
    return Imported(records, stays, patients, *reading.codes)


def reason_of(record: Record) -> str:
    """Why somebody was in hospital: as the file says, else by operation, fracture, stroke and cancer, else medical."""
    told = record.conditions
    if record.reason:
        return record.reason
    if told & MAJOR:
        return _operated_for(record)
    principal = record.first or frozenset()
    return "stroke" if "stroke" in principal else "medical"


def _operated_for(record: Record) -> str:
    told = record.conditions
    if "fracture" in told and told & {"fracture_operation", "hip_replacement"}:
        return "trauma"
    if not record.planned:
        return "emergency-surgery"
    for name in ("hip_replacement", "knee_replacement"):
        if name in told:
            return name.replace("_", "-")
    return "cancer-surgery" if "active_cancer" in told else "surgery"


def diary_day(moment: datetime) -> int:
    """Number of the day from 04:00 to 04:00 in which a moment lies."""
    return (moment - timedelta(minutes=DAY_STARTS_AT_MIN)).toordinal()


def _stay(person: int, record: Record) -> RecordedStay:
    first = diary_day(record.admitted)
    nights = max(diary_day(record.discharged) - first, 1)
    ends = [_end_of_day(first + day) for day in range(nights)]
    reason = REASON_CODES[reason_of(record)]
    return RecordedStay(
        person=person,
        age_years=record.age_years,
        sex=int(Sex[record.sex.upper()]),
        reason=reason,
        units="".join(ICU if _in_icu(record, min(end, record.discharged)) else WARD for end in ends),
        mobility=Mobility[record.mobility.upper()] if record.mobility else UNKNOWN,
        operation_day=_operation_day(record, first, nights),
        doses="".join(_dose(record, end) for end in ends),
        died=record.died,
    )


def _end_of_day(day: int) -> datetime:
    return datetime.combine(datetime.fromordinal(day + 1), time()) + timedelta(minutes=DAY_STARTS_AT_MIN)


def _in_icu(record: Record, moment: datetime) -> bool:
    return any(span.what == "icu" and span.start < moment <= span.end for span in record.units)


def _operation_day(record: Record, first: int, nights: int) -> int:
    """The day of the first major operation, by its time or by the first time in the operating room."""
    if not record.conditions & MAJOR and not record.reason:
        return UNKNOWN
    rooms = [span.start for span in record.units if span.what == "operating-room"]
    when = record.operated or min(rooms, default=None)
    return UNKNOWN if when is None else min(diary_day(when) - first, nights - 1)


def _dose(record: Record, end: datetime) -> str:
    """What was given on the day that ends then; treatment before prophylaxis, flushes of lines are none."""
    given = {span.what for span in record.drugs if span.start < end and span.end > end - DAY}
    return "T" if "treatment" in given else "P" if "prophylaxis" in given else "-"


def _patient(record: Record, operated_last_month: bool, evidence: Mapping[str, float]) -> Patient:
    told = record.conditions | ({"operated_last_month"} if operated_last_month else set())
    if told & MAJOR:
        told -= {"minor_operation"}  # beside a major operation a minor one does not count
    worst = next((name for name in KIDNEYS if name in told), "kidney_healthy")
    return Patient(
        flags={name: name in told for name in COHORT_FLAGS},
        gfr_ml_min=evidence[f"stays.import_gfr_{worst}_ml_min"],
        new_clot="new_clot" in told,
    )


def _operated_last_month(records: Sequence[Record]) -> set[str]:
    """Stays that begin within a month after one of the same person with a major operation."""
    by_person: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        by_person[record.person].append(record)
    return {
        later.stay
        for stays in by_person.values()
        for earlier, later in pairwise(sorted(stays, key=lambda r: r.admitted))
        if earlier.conditions & MAJOR and later.admitted - earlier.discharged <= MONTH
    }


def write_imported(folder: Path, imported: Imported) -> None:
    """Write ``stays.csv``, and ``people.csv`` with those who had the stays, as a cohort file."""
    folder.mkdir(parents=True, exist_ok=True)
    write_stays(folder / "stays.csv", imported.stays)
    with (folder / "people.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["person_id", "age_years", "sex", "gfr_ml_min", *COHORT_FLAGS])
        for stay, patient in zip(imported.stays, imported.patients, strict=True):
            flags = ["yes" if patient.flags[name] else "no" for name in COHORT_FLAGS]
            sex = Sex(stay.sex).name.lower()
            writer.writerow([stay.person, stay.age_years, sex, f"{patient.gfr_ml_min:g}", *flags])
