"""Diaries that real people kept: checked, cut into days from 04:00 to 04:00, matched to people.

A diary file is a CSV with ``person_id,start,end,activity`` and, if known, ``day,age,sex,work``. Each person's rows
follow one another without gap or overlap and make up whole days of 24 hours, starting at any time. What lies before the
first 04:00 is moved to the end, as if the days went round.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from popsim.errors import InputError
from popsim.evidence.registry import Evidence
from popsim.routines.activities import CORE_ACTIVITIES
from popsim.routines.bouts import DAY_STARTS_AT_MIN, MINUTES_PER_DAY, DiaryPool
from popsim.routines.day_model import DayKind, age_band, group_count, group_traits
from popsim.routines.diaries_read import (
    KIND_LABELS,
    OPTIONAL,
    REQUIRED,
    SEX_LABELS,
    WORK_LABELS,
    Problems,
    Row,
    read_rows,
)
from popsim.routines.routine import Routine, make_routine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from popsim.routines.activities import Activity

_UNKNOWN = -1
_WORK_MISMATCH, _KIND_MISMATCH, _BAND_MISMATCH, _SEX_MISMATCH = 100, 10, 2, 1


@dataclass(frozen=True)
class DiaryDay:
    """One day of one person, from 04:00.

    Attributes:
        person: id as the file gives it.
        bouts: activity code and minutes, 1440 in all.
        kind: code of ``DayKind``, ``None`` where the file names neither day nor date.
        age: years, ``None`` if not given.
        sex: code of ``Sex``, ``None`` if not given.
        work: code of ``Work``, ``None`` if not given.
    """

    person: str
    bouts: tuple[tuple[int, int], ...]
    kind: int | None
    age: int | None
    sex: int | None
    work: int | None


def load_diaries(
    path: Path | str,
    activities: Sequence[Activity] = CORE_ACTIVITIES,
    evidence: Mapping[str, float] | None = None,
) -> Routine:
    """A routine of the diaries in a file.

    On each day of the week a person lives one of the diaries that fit best, with equal chances: those of the same work
    first, then of the kind of day, then of the nearest age band and of the same sex. What a diary does not tell fits
    everybody, so a file without traits is drawn from at random.

    Args:
        path: the CSV file.
        activities: accepted activities; positions are their codes.
        evidence: constants in force; those that ship unless given.

    Raises:
        InputError: with the first twenty problems by line.
    """
    return routine_of(read_days(path, activities), evidence)


def read_days(path: Path | str, activities: Sequence[Activity] = CORE_ACTIVITIES) -> list[DiaryDay]:
    """Read and check a diary file; errors as ``load_diaries``."""
    path = Path(path)
    by_person: dict[str, list[Row]] = {}
    for row in read_rows(path, activities):
        by_person.setdefault(row.person, []).append(row)
    problems = Problems(path)
    days = [day for rows in by_person.values() for day in _days_of_person(rows, problems)]
    problems.check()
    return days


def routine_of(days: Sequence[DiaryDay], evidence: Mapping[str, float] | None = None) -> Routine:
    """Match diaries to groups of work, age band and sex, and kinds of day."""
    pool = DiaryPool.from_days(day.bouts for day in days)
    misfit = _misfit(days).reshape(group_count() * len(DayKind), len(days))
    who, diaries = np.nonzero(misfit == misfit.min(axis=1, keepdims=True))
    constants = Evidence.load() if evidence is None else evidence
    return make_routine(pool, 2 * who, diaries, constants["routines.days_alike"])


def write_days(path: Path | str, days: Sequence[DiaryDay], activities: Sequence[Activity] = CORE_ACTIVITIES) -> None:
    """Write days as a diary file with plain activity names and days from 04:00; ``load_diaries`` reads it back."""
    try:
        with Path(path).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([*REQUIRED, *OPTIONAL])
            for day in days:
                writer.writerows(_written(day, activities))
    except OSError as error:
        raise InputError(f"cannot write the file ({error.strerror})", path=path) from None


def mean_minutes(days: Sequence[DiaryDay], activities: Sequence[Activity] = CORE_ACTIVITIES) -> dict[str, float]:
    """Mean minutes a day of every activity that occurs, most first."""
    total: dict[str, float] = {}
    for day in days:
        for code, minutes in day.bouts:
            name = activities[code].name
            total[name] = total.get(name, 0.0) + minutes / len(days)
    return dict(sorted(total.items(), key=lambda item: -item[1]))


def _days_of_person(rows: list[Row], problems: Problems) -> list[DiaryDay]:
    before = len(problems.found)
    _check_traits(rows, problems)
    lengths = [_length(row, problems, alone=len(rows) == 1) for row in rows]
    for earlier, later in pairwise(rows):
        _check_joint(earlier, later, problems)
    total = sum(lengths)
    if len(problems.found) == before and total % MINUTES_PER_DAY:
        hours = f"{total // 60} h {total % 60:02d} min"
        problems.add(rows[-1].line, f"person {rows[0].person} has {hours}, expected 24 hours or whole days")
    if len(problems.found) > before:
        return []
    return _cut(rows, lengths)


def _check_traits(rows: list[Row], problems: Problems) -> None:
    for name in ("age", "sex", "work"):
        given = {getattr(row, name) for row in rows} - {None}
        if len(given) > 1:
            row = next(r for r in rows if getattr(r, name) not in (None, getattr(rows[0], name)))
            problems.add(row.line, f"person {row.person} has more than one {name}")


def _length(row: Row, problems: Problems, *, alone: bool) -> int:
    """Minutes of a row. Clock times may cross midnight; equal ones mean 24 hours if the person has no other row."""
    if row.start.date is not None and row.end.date is not None:
        minutes = (row.end.date - row.start.date) * MINUTES_PER_DAY + row.end.minute - row.start.minute
    else:
        minutes = (row.end.minute - row.start.minute) % MINUTES_PER_DAY or (MINUTES_PER_DAY if alone else 0)
    if minutes <= 0:
        problems.add(row.line, f"{row.person} ends {'before it starts' if minutes else 'when it starts'}")
    elif minutes > MINUTES_PER_DAY:
        problems.add(row.line, f"one activity of {row.person} lasts more than 24 hours")
    return minutes


def _check_joint(earlier: Row, later: Row, problems: Problems) -> None:
    if later.start.date is not None and earlier.end.date is not None:
        apart = (later.start.date - earlier.end.date) * MINUTES_PER_DAY + later.start.minute - earlier.end.minute
    else:
        half = MINUTES_PER_DAY // 2
        apart = (later.start.minute - earlier.end.minute + half) % MINUTES_PER_DAY - half
    if apart:
        fault = f"a gap of {apart} min after" if apart > 0 else f"an overlap of {-apart} min with"
        problems.add(later.line, f"person {later.person} has {fault} line {earlier.line}")


def _cut(rows: list[Row], lengths: list[int]) -> list[DiaryDay]:
    """Cut a person's minutes into days from 04:00; what is before the first 04:00 goes to the end."""
    total = sum(lengths)
    minutes = np.repeat(np.arange(len(rows)), lengths)
    turn = (DAY_STARTS_AT_MIN - rows[0].start.minute) % MINUTES_PER_DAY
    by_day = np.roll(minutes, -turn).reshape(total // MINUTES_PER_DAY, MINUTES_PER_DAY)
    traits = {name: _trait(rows, name) for name in ("age", "sex", "work")}
    return [
        DiaryDay(rows[0].person, _bouts(rows, day), _kind(rows, day, turn + number * MINUTES_PER_DAY), **traits)
        for number, day in enumerate(by_day)
    ]


def _bouts(rows: list[Row], day: NDArray[np.int64]) -> tuple[tuple[int, int], ...]:
    codes = np.array([row.activity for row in rows])[day]
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    return tuple(zip(codes[starts].tolist(), np.diff(starts, append=len(day)).tolist(), strict=True))


def _trait(rows: list[Row], name: str) -> int | None:
    given: list[int | None] = [getattr(row, name) for row in rows]
    return next((value for value in given if value is not None), None)


def _kind(rows: list[Row], day: NDArray[np.int64], start_min: int) -> int | None:
    """Kind of a day: as the row in the middle of it says, else by its date; ``start_min`` counts from the first row."""
    named = rows[int(day[MINUTES_PER_DAY // 2])].kind
    first = rows[0].start
    if named is not None or first.date is None:
        return named
    weekday = date.fromordinal(first.date + (first.minute + start_min) // MINUTES_PER_DAY).weekday()
    return int({5: DayKind.SATURDAY, 6: DayKind.SUNDAY}.get(weekday, DayKind.WEEKDAY))


def _misfit(days: Sequence[DiaryDay]) -> NDArray[np.int64]:
    """How badly each diary fits each group and kind of day, ``(G, 3, D)``; what is unknown fits."""
    group_work, group_band, group_sex = (trait[:, None, None] for trait in group_traits(np.arange(group_count())))
    kinds = np.arange(len(DayKind))[None, :, None]
    kind, sex, work = (
        np.array([_UNKNOWN if getattr(day, name) is None else getattr(day, name) for day in days])
        for name in ("kind", "sex", "work")
    )
    age = np.array([_UNKNOWN if day.age is None else day.age for day in days])
    return np.asarray(
        _WORK_MISMATCH * ((work != group_work) & (work != _UNKNOWN))
        + _KIND_MISMATCH * ((kind != kinds) & (kind != _UNKNOWN))
        + _BAND_MISMATCH * np.abs(age_band(age) - group_band) * (age != _UNKNOWN)
        + _SEX_MISMATCH * ((sex != group_sex) & (sex != _UNKNOWN))
    )


def _written(day: DiaryDay, activities: Sequence[Activity]) -> list[list[str]]:
    labels = [
        "" if day.kind is None else KIND_LABELS[day.kind],
        "" if day.age is None else str(day.age),
        "" if day.sex is None else SEX_LABELS[day.sex],
        "" if day.work is None else WORK_LABELS[day.work],
    ]
    rows, at = [], DAY_STARTS_AT_MIN
    for code, minutes in day.bouts:
        for part in _shorter_than_a_day(minutes):
            rows.append([day.person, _clock(at), _clock(at + part), activities[code].name, *labels])
            at += part
    return rows


def _shorter_than_a_day(minutes: int) -> list[int]:
    """A bout of a whole day in two parts, since clock times cannot tell it from none."""
    return [minutes] if minutes < MINUTES_PER_DAY else [minutes // 2, minutes - minutes // 2]


def _clock(minute: int) -> str:
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}"
