"""Reading what a hospital recorded: admissions, transfers, diagnoses, procedures and drugs as CSV files."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from popsim.errors import InputError
from popsim.people.population import COLUMNS
from popsim.routines.diagnosis_codes import SYSTEMS, condition_names, conditions_of
from popsim.routines.reasons import REASONS, Mobility
from popsim.routines.sheets import Line, Problems, read_sheet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from pathlib import Path

UNITS = ("ward", "icu", "operating-room", "emergency")
DRUGS = (
    "enoxaparin",
    "dalteparin",
    "heparin",
    "fondaparinux",
    "rivaroxaban",
    "apixaban",
    "edoxaban",
    "dabigatran",
    "warfarin",
    "argatroban",
    "bivalirudin",
    "lepirudin",
)
PURPOSES = ("prophylaxis", "treatment", "flush")
SHEETS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "admissions": (
        ("stay_id", "person_id", "admitted", "discharged", "age_years", "sex"),
        ("planned", "reason", "mobility", "died"),
    ),
    "transfers": (("stay_id", "start", "end", "unit"), ()),
    "diagnoses": (("stay_id", "system", "code"), ()),
    "procedures": (("stay_id", "system", "code"), ("time",)),
    "drugs": (("stay_id", "drug", "purpose", "start", "end"), ()),
}
"""Tables by name, with their required and optional columns; only the admissions must be there."""


@dataclass(frozen=True)
class Span:
    """A time in a unit or on a drug: ``what`` from ``start`` to ``end``."""

    what: str
    start: datetime
    end: datetime


@dataclass
class Record:
    """What is recorded about one stay.

    Attributes:
        stay: id as the files give it.
        person: id as the files give it; one person can have several stays.
        admitted: date and time.
        discharged: date and time.
        age_years: at admission.
        sex: ``female`` or ``male``.
        planned: whether the admission was planned.
        reason: as the file says, empty where it is to be told from the codes.
        mobility: how far the patient got, empty where unknown.
        died: in hospital.
        units: where the patient was; other times on the ward.
        drugs: anticoagulants by purpose.
        conditions: what the codes tell, of diagnoses and procedures.
        first: what the first diagnosis listed tells.
        operated: when the first major operation was, where the file says when.
    """

    stay: str
    person: str
    admitted: datetime
    discharged: datetime
    age_years: int
    sex: str
    planned: bool
    reason: str
    mobility: str
    died: bool
    units: list[Span] = field(default_factory=list)
    drugs: list[Span] = field(default_factory=list)
    conditions: set[str] = field(default_factory=set)
    first: frozenset[str] | None = None
    operated: datetime | None = None


MAJOR = frozenset({"major_operation", "hip_replacement", "knee_replacement", "fracture_operation"})
"""What procedures tell that is a major operation."""


@dataclass
class Reading:
    """Records in the making.

    Attributes:
        records: by stay id.
        problems: what is wrong so far.
        codes: how many codes were read, and how many of them tell something.
        refused: ids of stays whose admission is wrong; what else is said of them is passed over.
    """

    records: dict[str, Record] = field(default_factory=dict)
    problems: Problems = field(default_factory=Problems)
    codes: list[int] = field(default_factory=lambda: [0, 0])
    refused: set[str] = field(default_factory=set)


def find_sheets(paths: Iterable[Path]) -> dict[str, Path]:
    """The tables in these folders and files, by name.

    Raises:
        InputError: a file that is no table of stays, one that comes twice, or no admissions.
    """
    found: dict[str, Path] = {}
    for path in paths:
        files = [path / f"{name}.csv" for name in SHEETS] if path.is_dir() else [path]
        for file in files:
            if file.stem not in SHEETS:
                raise InputError(f"expected a file named {', '.join(f'{name}.csv' for name in SHEETS)}", path=file)
            if path.is_dir() and not file.is_file():
                continue
            if file.stem in found:
                raise InputError(f"{file.stem}.csv is given twice (also {found[file.stem]})", path=file)
            found[file.stem] = file
    if "admissions" not in found:
        raise InputError("no admissions.csv among the files given")
    return found


def read_records(paths: Iterable[Path]) -> Reading:
    """Read and check all tables.

    Raises:
        InputError: with the first twenty problems by file and line.
    """
    reading = Reading()
    sheets = find_sheets(paths)
    takers: dict[str, Callable[[Reading, Line], None]] = {
        "admissions": _admission,
        "transfers": _transfer,
        "diagnoses": _diagnosis,
        "procedures": _procedure,
        "drugs": _drug,
    }
    for name, take in takers.items():
        for line in read_sheet(sheets[name], *SHEETS[name]) if name in sheets else ():
            try:
                if line.text("stay_id") not in reading.refused:
                    take(reading, line)
            except ValueError as error:
                if name == "admissions":
                    reading.refused.add(line.text("stay_id"))
                reading.problems.add(line.path, line.number, str(error))
    if not reading.records and not reading.problems.found:
        raise InputError("expected at least one stay below the line of column names", path=sheets["admissions"])
    reading.problems.check()
    _check_stays_apart(reading, sheets["admissions"])
    return reading


def _admission(reading: Reading, line: Line) -> None:
    stay = line.needed("stay_id")
    if stay in reading.records:
        raise ValueError(f"stay {stay} is already on another line")
    column = COLUMNS["age_years"]
    record = Record(
        stay=stay,
        person=line.needed("person_id"),
        admitted=line.moment("admitted"),
        discharged=line.moment("discharged"),
        age_years=line.whole("age_years", int(column.low), int(column.high)),
        sex=line.word("sex", ("female", "male")),
        planned=line.yes("planned"),
        reason=line.word("reason", [r.name for r in REASONS[1:]]) if line.text("reason") else "",
        mobility=line.word("mobility", [m.name.lower() for m in Mobility]) if line.text("mobility") else "",
        died=line.yes("died"),
    )
    if record.discharged <= record.admitted:
        raise ValueError(f"stay {stay} is discharged before or when it is admitted")
    reading.records[stay] = record


def _known(reading: Reading, line: Line) -> Record:
    stay = line.needed("stay_id")
    if stay not in reading.records:
        raise ValueError(f"stay {stay} is not among the admissions")
    return reading.records[stay]


def _span(record: Record, line: Line, what: str) -> Span:
    span = Span(what, line.moment("start"), line.moment("end"))
    if span.end < span.start:
        raise ValueError(f"ends ({line.text('end')}) before it starts ({line.text('start')})")
    if span.start < record.admitted or span.end > record.discharged:
        raise ValueError(
            f"lies outside stay {record.stay}, which is from {record.admitted:%Y-%m-%d %H:%M:%S} "
            f"to {record.discharged:%Y-%m-%d %H:%M:%S}"
        )
    return span


def _transfer(reading: Reading, line: Line) -> None:
    record = _known(reading, line)
    span = _span(record, line, line.word("unit", UNITS))
    for other in record.units:
        if span.start < other.end and other.start < span.end:
            raise ValueError(f"stay {record.stay} is in two units at once, {other.what} and {span.what}")
    record.units.append(span)


def _drug(reading: Reading, line: Line) -> None:
    record = _known(reading, line)
    line.word("drug", DRUGS)
    record.drugs.append(_span(record, line, line.word("purpose", PURPOSES)))


def _told(reading: Reading, line: Line, kind: str) -> frozenset[str]:
    system = line.word("system", SYSTEMS)
    if system == "name":
        told = frozenset({line.word("code", condition_names(kind))})
    else:
        told = conditions_of(system, kind, line.needed("code"))
    reading.codes[0] += 1
    reading.codes[1] += bool(told)
    return told


def _diagnosis(reading: Reading, line: Line) -> None:
    record, told = _known(reading, line), _told(reading, line, "diagnosis")
    if "pregnant" in told and record.sex == "male":
        raise ValueError(f"stay {record.stay} has a code of pregnancy ({line.text('code')}), but is a man's")
    record.first = told if record.first is None else record.first
    record.conditions |= told


def _procedure(reading: Reading, line: Line) -> None:
    record, told = _known(reading, line), _told(reading, line, "procedure")
    when = line.moment("time") if line.text("time") else None
    if when is not None and not record.admitted <= when <= record.discharged:
        raise ValueError(f"is not during stay {record.stay}")
    if when is not None and told & MAJOR:
        record.operated = min(record.operated or when, when)
    record.conditions |= told


def _check_stays_apart(reading: Reading, path: Path) -> None:
    """Nobody is in hospital twice at a time."""
    by_person: dict[str, list[Record]] = defaultdict(list)
    for record in reading.records.values():
        by_person[record.person].append(record)
    for person, records in by_person.items():
        for earlier, later in pairwise(sorted(records, key=lambda r: r.admitted)):
            if later.admitted < earlier.discharged:
                raise InputError(f"stays {earlier.stay} and {later.stay} of person {person} overlap", path=path)
