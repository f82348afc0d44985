"""Reading diary files: rows, times, activity names, and every problem with its line."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from popsim.errors import InputError, did_you_mean
from popsim.people.population import COLUMNS, Sex, Work
from popsim.routines.bouts import MINUTES_PER_DAY
from popsim.routines.day_model import DayKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from popsim.routines.activities import Activity

REQUIRED = ("person_id", "start", "end", "activity")
OPTIONAL = ("day", "age", "sex", "work")
SYNONYMS = {
    "sleep": ("asleep", "sleeping", "night-sleep", "nap"),
    "lie": ("lying", "lie-down", "rest", "resting", "in-bed", "bed"),
    "sit-work": ("work", "desk", "desk-work", "office", "sitting-at-work", "meeting", "school", "study"),
    "sit-home": (
        "sit", "sitting", "seated", "tv", "television", "leisure", "eat", "eating", "meal", "breakfast", "lunch",
        "dinner", "read", "reading", "computer",
    ),
    "drive": ("driving", "car", "commute"),
    "ride": ("passenger", "bus", "train", "transit", "riding"),
    "stand": ("standing", "queue", "queueing"),
    "potter": ("pottering", "housework", "cooking", "chores", "shopping", "gardening", "personal-care", "childcare"),
    "walk": ("walking", "stroll", "dog-walk"),
    "exercise": ("sport", "run", "running", "jogging", "gym", "cycling", "workout"),
}  # fmt: skip
"""Other names a diary may use for an activity; upper case, spaces and underscores do not matter."""
DAY_NAMES = {
    **dict.fromkeys(("weekday", "monday", "tuesday", "wednesday", "thursday", "friday"), DayKind.WEEKDAY),
    **dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), DayKind.WEEKDAY),
    **dict.fromkeys(("saturday", "sat"), DayKind.SATURDAY),
    **dict.fromkeys(("sunday", "sun"), DayKind.SUNDAY),
}
_SEX_NAMES = {"female": 0, "f": 0, "0": 0, "woman": 0, "male": 1, "m": 1, "1": 1, "man": 1}
_WORK_NAMES = {w.name.lower(): int(w) for w in Work} | {str(int(w)): int(w) for w in Work}
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::00)?")
MOST_PROBLEMS = 20


@dataclass(frozen=True)
class Moment:
    """A time in a diary: minutes from midnight, and the date as a day number where one was given."""

    minute: int
    date: int | None = None


@dataclass(frozen=True)
class Row:
    """One line of a diary file. Traits not given are ``None``."""

    line: int
    person: str
    start: Moment
    end: Moment
    activity: int
    kind: int | None
    age: int | None
    sex: int | None
    work: int | None


@dataclass
class Problems:
    """What is wrong with a file, gathered so that a user sees all of it at once."""

    path: Path
    found: list[tuple[int, str]] = field(default_factory=list)

    def add(self, line: int, message: str) -> None:
        """Note one problem."""
        self.found.append((line, message))

    def check(self) -> None:
        """Raise ``InputError`` if there are any: the first twenty, by line."""
        if not self.found:
            return
        found = sorted(self.found)
        if len(found) == 1:
            raise InputError(found[0][1], path=self.path, line=found[0][0])
        shown = "".join(f"\n  line {line}: {message}" for line, message in found[:MOST_PROBLEMS])
        more = len(found) - MOST_PROBLEMS
        rest = f"\n  and {more} more" if more > 0 else ""
        raise InputError(f"{len(found)} problems{shown}{rest}", path=self.path)


def read_rows(path: Path, activities: Sequence[Activity]) -> list[Row]:
    """Read all rows of a diary file.

    Raises:
        InputError: the file cannot be read, lacks a column, or has bad rows.
    """
    names = activity_names(activities)
    problems = Problems(path)
    rows: list[Row] = []
    for line, record in _records(path):
        try:
            rows.append(_row(line, record, names))
        except ValueError as error:
            problems.add(line, str(error))
    problems.check()
    if not rows:
        raise InputError("expected at least one row below the header (found none)", path=path)
    return rows


def activity_names(activities: Sequence[Activity]) -> dict[str, int]:
    """Every accepted name of an activity, with its code."""
    names = {activity.name: code for code, activity in enumerate(activities)}
    other = {synonym: names[name] for name, synonyms in SYNONYMS.items() if name in names for synonym in synonyms}
    return {**other, **names}


def _records(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Rows as dictionaries with their line numbers; blank lines are passed over."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = [name.strip().lower() for name in next(reader, [])]
            _check_header(path, header)
            return [
                (reader.line_num, _record(path, reader.line_num, header, cells))
                for cells in reader
                if any(cell.strip() for cell in cells)
            ]
    except OSError as error:
        raise InputError(f"cannot read the file ({error.strerror})", path=path) from None
    except UnicodeDecodeError:
        raise InputError("expected a text file in UTF-8", path=path) from None
    except csv.Error as error:
        raise InputError(f"not a CSV file that can be read ({error})", path=path) from None


def _check_header(path: Path, header: list[str]) -> None:
    for name in REQUIRED:
        if name not in header:
            hint = did_you_mean(name, [h for h in header if h not in (*REQUIRED, *OPTIONAL)])
            message = f"expected columns {', '.join(REQUIRED)} (optional: {', '.join(OPTIONAL)}); {name} is missing"
            raise InputError(message + hint.replace("did you mean", "is it"), path=path, line=1)
    for name in header:
        if name not in (*REQUIRED, *OPTIONAL) or header.count(name) > 1:
            fault = "given twice" if header.count(name) > 1 else "not a column of a diary file"
            known = did_you_mean(name, [n for n in OPTIONAL if n not in header])
            raise InputError(f"{name!r} is {fault}{known}", path=path, line=1)


def _record(path: Path, line: int, header: list[str], cells: list[str]) -> dict[str, str]:
    if len(cells) != len(header):
        raise InputError(f"expected {len(header)} values (got {len(cells)})", path=path, line=line)
    return dict(zip(header, (cell.strip() for cell in cells), strict=True))


def _row(line: int, record: dict[str, str], names: dict[str, int]) -> Row:
    if not record["person_id"]:
        raise ValueError("person_id is empty")
    start, end = read_moment("start", record["start"]), read_moment("end", record["end"])
    if (start.date is None) != (end.date is None):
        raise ValueError(f"start and end must both have a date or neither (got {record['start']}, {record['end']})")
    kind = _trait(record, "day", lambda text: _named(text, DAY_NAMES, "day"))
    return Row(
        line=line,
        person=record["person_id"],
        start=start,
        end=end,
        activity=_activity(record["activity"], names),
        kind=kind,
        age=_trait(record, "age", _age),
        sex=_trait(record, "sex", lambda text: _named(text, _SEX_NAMES, "sex")),
        work=_trait(record, "work", lambda text: _named(text, _WORK_NAMES, "work")),
    )


def _trait(record: dict[str, str], name: str, read: Callable[[str], int]) -> int | None:
    text = record.get(name, "")
    return read(text) if text else None


def _named(text: str, names: dict[str, int] | dict[str, DayKind], what: str) -> int:
    known = text.lower()
    if known not in names:
        words = [name for name in names if len(name) > 1]
        raise ValueError(f"{what} must be one of {', '.join(words)} (got {text!r}){did_you_mean(known, words)}")
    return int(names[known])


def _age(text: str) -> int:
    low, high = int(COLUMNS["age_years"].low), int(COLUMNS["age_years"].high)
    if not text.isdecimal() or not low <= int(text) <= high:
        raise ValueError(f"age must be whole years from {low} to {high} (got {text!r})")
    return int(text)


def _activity(text: str, names: dict[str, int]) -> int:
    known = re.sub(r"[\s_]+", "-", text.lower())
    if known not in names:
        raise ValueError(f"unknown activity {text!r}{did_you_mean(known, names)}")
    return names[known]


def read_moment(name: str, text: str) -> Moment:
    """Read ``HH:MM`` (``24:00`` included) or an ISO date and time to the minute; anything else is a ``ValueError``."""
    expected = f"{name} must be HH:MM or an ISO date and time in whole minutes, without a time zone (got {text!r})"
    clock = _CLOCK.fullmatch(text)
    if clock:
        minute = int(clock[1]) * 60 + int(clock[2])
        if int(clock[2]) > 59 or minute > MINUTES_PER_DAY:
            raise ValueError(expected)
        return Moment(minute % MINUTES_PER_DAY)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(expected) from None
    if moment.tzinfo or moment.second or moment.microsecond or len(text) <= len("2016-01-01"):
        raise ValueError(expected)
    return Moment(moment.hour * 60 + moment.minute, moment.toordinal())


SEX_LABELS = {int(sex): sex.name.lower() for sex in Sex}
WORK_LABELS = {int(work): work.name.lower() for work in Work}
KIND_LABELS = {int(kind): kind.name.lower() for kind in DayKind}
