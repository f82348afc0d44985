"""Hospital stays that really happened, day by day, as a scenario uses them.

A stays file is a CSV with a line per stay. Days are popsim's, from 04:00 to 04:00; ``units`` and ``doses`` hold a
letter for each day from admission to the day before discharge: where the patient was when the day ended (``W`` ward,
``I`` intensive care), and what kept blood from clotting on it (``P`` prophylaxis, ``T`` treatment, ``-`` nothing).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from popsim.errors import InputError
from popsim.people.population import COLUMNS, Sex
from popsim.routines.reasons import REASON_CODES, REASONS, Mobility
from popsim.routines.sheets import Line, Problems, read_sheet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

REQUIRED = ("person_id", "age_years", "sex", "reason", "units")
OPTIONAL = ("mobility", "operation_day", "doses", "died")
UNKNOWN = -1
WARD, ICU = "W", "I"
PROPHYLAXIS, TREATMENT = "P", "T"
LONGEST_DAYS = 3650


@dataclass(frozen=True)
class RecordedStay:
    """One stay.

    Attributes:
        person: id of the one person in a cohort whose stay it is.
        age_years: at admission.
        sex: a ``Sex``.
        reason: index into ``REASONS``.
        units: a letter for every night, ``W`` or ``I``.
        mobility: a ``Mobility``, -1 where unknown.
        operation_day: days from admission, -1 without an operation or where the day is unknown.
        doses: a letter for every night, ``P``, ``T`` or ``-``.
        died: in hospital; popsim's people die by its own rules, whatever this says.
    """

    person: int
    age_years: int
    sex: int
    reason: int
    units: str
    mobility: int = UNKNOWN
    operation_day: int = UNKNOWN
    doses: str = ""
    died: bool = False

    @property
    def nights(self) -> int:
        """Nights in hospital, at least one."""
        return len(self.units)


@dataclass(frozen=True)
class RecordedStays:
    """All stays of a file.

    Attributes:
        stays: in the order of the file.
    """

    stays: tuple[RecordedStay, ...]

    def __len__(self) -> int:
        return len(self.stays)

    def column(self, name: str) -> NDArray[np.int64]:
        """One attribute of all stays, ``(S,)``."""
        return np.array([getattr(stay, name) for stay in self.stays], dtype=np.int64)

    def spells(self, column: str, letter: str) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
        """Every unbroken run of a letter in ``units`` or ``doses``: stay, first day after admission, days; ``(C,)``."""
        found = [
            (number, *spell) for number, stay in enumerate(self.stays) for spell in _runs(getattr(stay, column), letter)
        ]
        stay, first, nights = np.array(found, dtype=np.int64).reshape(-1, 3).T
        return stay, first.astype(np.int32), nights.astype(np.int32)


def _runs(letters: str, wanted: str) -> list[tuple[int, int]]:
    flags = np.array([letter == wanted for letter in letters], dtype=np.int8)
    edges = np.flatnonzero(np.diff(flags, prepend=0, append=0)).reshape(-1, 2)
    return [(int(start), int(end - start)) for start, end in edges]


def load_stays(path: Path) -> RecordedStays:
    """Read a stays file; the slices of a run in one process read it once.

    Raises:
        InputError: with the first twenty problems by line.
    """
    try:
        state = path.stat()
    except OSError as error:
        raise InputError(f"cannot read the file ({error.strerror})", path=path) from None
    return _load(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=4)
def _load(path: Path, _changed_ns: int, _size: int) -> RecordedStays:
    problems, stays = Problems(), []
    lines: dict[int, int] = {}
    for line in read_sheet(path, REQUIRED, OPTIONAL):
        try:
            stay = _stay(line)
            if lines.setdefault(stay.person, line.number) != line.number:
                raise ValueError(f"person {stay.person} has a stay on line {lines[stay.person]} already")
            stays.append(stay)
        except ValueError as error:
            problems.add(path, line.number, str(error))
    problems.check()
    if not stays:
        raise InputError("expected at least one stay below the line of column names", path=path)
    return RecordedStays(tuple(stays))


def _stay(line: Line) -> RecordedStay:
    age = COLUMNS["age_years"]
    units = _letters(line, "units", WARD + ICU)
    doses = _letters(line, "doses", "PT-") if line.text("doses") else "-" * len(units)
    if len(doses) != len(units):
        raise ValueError(f"doses must have a letter for each of the {len(units)} days in units (got {len(doses)})")
    reason = REASON_CODES[line.word("reason", [r.name for r in REASONS[1:]])]
    operation = line.whole("operation_day", 0, len(units) - 1) if line.text("operation_day") else UNKNOWN
    if operation != UNKNOWN and not REASONS[reason].surgical:
        raise ValueError(f"operation_day is given, but {REASONS[reason].name} stays have no operation")
    mobility = line.word("mobility", [m.name.lower() for m in Mobility]) if line.text("mobility") else ""
    return RecordedStay(
        person=line.whole("person_id", 0, 2**63 - 1),
        age_years=line.whole("age_years", int(age.low), int(age.high)),
        sex=Sex[line.word("sex", ("female", "male")).upper()],
        reason=reason,
        units=units,
        mobility=Mobility[mobility.upper()] if mobility else UNKNOWN,
        operation_day=operation,
        doses=doses,
        died=line.yes("died"),
    )


def _letters(line: Line, column: str, letters: str) -> str:
    text = line.needed(column)
    if set(text) - set(letters) or len(text) > LONGEST_DAYS:
        raise ValueError(f"{column} must be one letter per day, of {', '.join(letters)} (got {text[:40]!r})")
    return text


def write_stays(path: Path, stays: Sequence[RecordedStay]) -> None:
    """Write a stays file that ``load_stays`` reads back."""
    rows = [
        {
            "person_id": stay.person,
            "age_years": stay.age_years,
            "sex": Sex(stay.sex).name.lower(),
            "reason": REASONS[stay.reason].name,
            "units": stay.units,
            "mobility": "" if stay.mobility == UNKNOWN else Mobility(stay.mobility).name.lower(),
            "operation_day": "" if stay.operation_day == UNKNOWN else stay.operation_day,
            "doses": stay.doses,
            "died": "yes" if stay.died else "no",
        }
        for stay in stays
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
