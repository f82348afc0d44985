"""Write the MIMIC-III Clinical Database Demo as the tables that ``popsim import-stays`` reads.

Source: MIMIC-III Clinical Database Demo 1.4 (Johnson, Pollard, Mark; PhysioNet 2019, doi:10.13026/C2HM2Q), licence
ODbL 1.0; what this script writes is a derived database under the same licence. Run it, with the folder of the demo's
CSV files, as ``python scripts/mimic_stays.py DEMO_FOLDER OUT_FOLDER``.

What is done on the way:

- ages over 89, which the source hides, become 90, and 17 becomes 18, popsim's youngest;
- planned means ``ELECTIVE``;
- units begin and end with the stay where the source differs by minutes; intensive care is any named care unit;
- where a death is recorded as the discharge before the admission, or a stay ends when it begins, it lasts one minute;
- heparin under the skin, enoxaparin up to 40 mg and fondaparinux up to 2.5 mg count as prophylaxis; flushes, locks
  and dialysis as flush; everything else that keeps blood from clotting as treatment. Days of prescription are whole.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

Rows = list[list[str]]
YOUNGEST, OLDEST = 18, 90
PREVENTIVE_MG = {"enoxaparin": 40.0, "fondaparinux": 2.5}
NOT_INTO_PEOPLE = ("DWELL", "LOCK", "HD", "DLPICC")
NAMES = ("enoxaparin", "dalteparin", "heparin", "fondaparinux", "warfarin", "argatroban", "bivalirudin", "lepirudin")


def main(source: Path, out: Path) -> None:
    """Write all tables."""
    out.mkdir(parents=True, exist_ok=True)
    times = {row["hadm_id"]: stay_times(row) for row in read(source, "ADMISSIONS")}
    write(
        out,
        "admissions",
        "stay_id,person_id,admitted,discharged,age_years,sex,planned,died",
        admissions(source, times),
    )
    write(out, "transfers", "stay_id,start,end,unit", transfers(source, times))
    write(out, "diagnoses", "stay_id,system,code", codes(source, "DIAGNOSES_ICD"))
    write(out, "procedures", "stay_id,system,code", codes(source, "PROCEDURES_ICD"))
    write(out, "drugs", "stay_id,drug,purpose,start,end", drugs(source, times))


def read(source: Path, table: str) -> list[dict[str, str]]:
    """Rows of one table of the source."""
    with (source / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def write(out: Path, name: str, header: str, rows: Rows) -> None:
    """Write one table."""
    with (out / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerows([header.split(","), *rows])


def stay_times(row: dict[str, str]) -> tuple[datetime, datetime]:
    """Admission and discharge."""
    admitted, discharged = (datetime.fromisoformat(row[name]) for name in ("admittime", "dischtime"))
    return admitted, max(discharged, admitted + timedelta(minutes=1))


def admissions(source: Path, times: dict[str, tuple[datetime, datetime]]) -> Rows:
    """One line per stay, with age at admission."""
    people = {row["subject_id"]: row for row in read(source, "PATIENTS")}
    rows = []
    for row in read(source, "ADMISSIONS"):
        person, (admitted, discharged) = people[row["subject_id"]], times[row["hadm_id"]]
        born = datetime.fromisoformat(person["dob"])
        age = admitted.year - born.year - ((admitted.month, admitted.day) < (born.month, born.day))
        sex = {"F": "female", "M": "male"}[person["gender"]]
        planned, died = row["admission_type"] == "ELECTIVE", row["hospital_expire_flag"] == "1"
        rows.append(
            [
                row["hadm_id"],
                row["subject_id"],
                str(admitted),
                str(discharged),
                str(max(YOUNGEST, min(age, OLDEST))),
                sex,
                "yes" if planned else "no",
                "yes" if died else "no",
            ]
        )
    return rows


def transfers(source: Path, times: dict[str, tuple[datetime, datetime]]) -> Rows:
    """Times on wards and in intensive care, in order, none overlapping the one before."""
    by_stay: dict[str, list[tuple[datetime, datetime, str]]] = defaultdict(list)
    for row in read(source, "TRANSFERS"):
        if row["eventtype"] != "discharge" and row["outtime"]:
            unit = "icu" if row["curr_careunit"] else "ward"
            by_stay[row["hadm_id"]].append((*(datetime.fromisoformat(row[n]) for n in ("intime", "outtime")), unit))
    rows = []
    for stay, spans in by_stay.items():
        free_from, until = times[stay]
        for start, end, unit in sorted(spans):
            inside = max(start, free_from), min(end, until)
            if inside[0] < inside[1]:
                rows.append([stay, str(inside[0]), str(inside[1]), unit])
                free_from = inside[1]
    return rows


def codes(source: Path, table: str) -> Rows:
    """ICD-9-CM codes in the order of the source."""
    rows = sorted(read(source, table), key=lambda row: (row["hadm_id"], int(row["seq_num"] or 0)))
    return [[row["hadm_id"], "icd9", row["icd9_code"]] for row in rows if row["icd9_code"]]


def drugs(source: Path, times: dict[str, tuple[datetime, datetime]]) -> Rows:
    """Prescriptions of anticoagulants, within the stay."""
    rows = []
    for row in read(source, "PRESCRIPTIONS"):
        words = f"{row['drug']} {row['prod_strength']}".lower()
        name = next((name for name in NAMES if name in words), None)
        if name is None or not row["startdate"]:
            continue
        start = datetime.fromisoformat(row["startdate"])
        end = datetime.fromisoformat(row["enddate"] or row["startdate"]) + timedelta(days=1)
        admitted, discharged = times[row["hadm_id"]]
        inside = max(start, admitted), min(end, discharged)
        if inside[0] < inside[1]:
            rows.append([row["hadm_id"], name, purpose(name, words, row), str(inside[0]), str(inside[1])])
    return rows


def purpose(name: str, words: str, row: dict[str, str]) -> str:
    """Why an anticoagulant was given, as far as dose and route tell."""
    if any(word in words for word in ("flush", "crrt", "dialysis")) or row["route"] in NOT_INTO_PEOPLE:
        return "flush"
    if name == "heparin":
        return "prophylaxis" if row["route"] == "SC" else "treatment"
    dose = re.fullmatch(r"[\d.]+", row["dose_val_rx"])
    return "prophylaxis" if dose and float(dose[0]) <= PREVENTIVE_MG.get(name, 0.0) else "treatment"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
