"""What a hospital recorded becomes stays and people; what is wrong with it is told by file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from popsim.errors import InputError
from popsim.evidence.registry import Evidence
from popsim.people import load_cohort
from popsim.randomness import Draws
from popsim.routines.diagnosis_codes import condition_names, conditions_of
from popsim.routines.reasons import REASONS, Mobility
from popsim.routines.stays_import import COHORT_FLAGS, Imported, import_stays, write_imported
from popsim.routines.stays_recorded import load_stays
from popsim.routines.stays_sheets import SHEETS

EVIDENCE = Evidence.load()
ADMISSIONS = "stay_id,person_id,admitted,discharged,age_years,sex,planned,mobility,died\n"
STAY = "a,p,2024-05-01 13:00,2024-05-05 11:00,70,female,no,,no\n"


def imported(folder: Path, admissions: str = STAY, **tables: str) -> Imported:
    """Import tables written without their first lines."""
    headers = {
        "transfers": "stay_id,start,end,unit\n",
        "diagnoses": "stay_id,system,code\n",
        "procedures": "stay_id,system,code,time\n",
        "drugs": "stay_id,drug,purpose,start,end\n",
    }
    (folder / "admissions.csv").write_text(ADMISSIONS + admissions, encoding="utf-8")
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(headers[name] + text, encoding="utf-8")
    return import_stays([folder], EVIDENCE)


def reason(told: Imported) -> str:
    return REASONS[told.stays[0].reason].name


def test_nights_are_counted_at_four_in_the_morning(tmp_path: Path) -> None:
    lines = (
        "a,p,2024-05-01 13:00,2024-05-05 11:00,70,female,no,,no\n"
        "b,q,2024-05-01 03:00,2024-05-01 20:00,70,female,no,,no\n"
        "c,r,2024-05-01 13:00,2024-05-02 03:00,70,female,no,,yes\n"
    )
    told = imported(tmp_path, lines)
    assert [stay.units for stay in told.stays] == ["WWWW", "W", "W"]
    assert [stay.died for stay in told.stays] == [False, False, True]


def test_units_are_those_in_which_the_night_ends(tmp_path: Path) -> None:
    transfers = (
        "a,2024-05-01 20:00,2024-05-03 03:00,icu\n"
        "a,2024-05-03 03:00,2024-05-04 02:00,ward\n"
        "a,2024-05-04 02:00,2024-05-04 10:00,icu\n"
    )
    assert imported(tmp_path, transfers=transfers).stays[0].units == "IWIW"


def test_doses_are_kept_by_day_and_treatment_counts_before_prophylaxis(tmp_path: Path) -> None:
    drugs = (
        "a,heparin,prophylaxis,2024-05-01 18:00,2024-05-03 18:00\n"
        "a,heparin,treatment,2024-05-03 08:00,2024-05-03 12:00\n"
        "a,heparin,flush,2024-05-04 08:00,2024-05-04 12:00\n"
    )
    assert imported(tmp_path, drugs=drugs).stays[0].doses == "PPT-"


@pytest.mark.parametrize(
    ("planned", "diagnoses", "procedures", "expected"),
    [
        ("no", "", "", "medical"),
        ("no", "a,icd9,434.91\na,icd9,428.0\n", "", "stroke"),
        ("no", "a,icd9,428.0\na,icd9,434.91\n", "", "medical"),
        ("yes", "", "a,icd9,81.51,\n", "hip-replacement"),
        ("yes", "", "a,icd9,81.54,\n", "knee-replacement"),
        ("yes", "", "a,icd9,45.73,\n", "surgery"),
        ("no", "", "a,icd9,45.73,\n", "emergency-surgery"),
        ("yes", "a,icd9,153.3\n", "a,icd9,45.73,\n", "cancer-surgery"),
        ("no", "a,icd9,820.21\n", "a,icd9,79.35,\n", "trauma"),
        ("no", "a,icd10,S72.0\n", "a,name,fracture_operation,\n", "trauma"),
        ("no", "", "a,icd9,38.93,\n", "medical"),
        ("no", "", "a,icd9,45.13,\n", "medical"),
    ],
)
def test_reasons_follow_from_codes(
    tmp_path: Path, planned: str, diagnoses: str, procedures: str, expected: str
) -> None:
    told = imported(tmp_path, STAY.replace(",no,,", f",{planned},,"), diagnoses=diagnoses, procedures=procedures)
    assert reason(told) == expected


def test_the_day_of_an_operation_is_kept(tmp_path: Path) -> None:
    told = imported(tmp_path, procedures="a,icd9,45.73,2024-05-03 09:00\na,icd9,38.93,2024-05-01 20:00\n")
    assert told.stays[0].operation_day == 2
    rooms = imported(
        tmp_path, procedures="a,icd9,45.73,\n", transfers="a,2024-05-02 09:00,2024-05-02 11:00,operating-room\n"
    )
    assert rooms.stays[0].operation_day == 1


@pytest.mark.parametrize(
    ("system", "code", "conditions"),
    [
        ("icd9", "428.21", {"heart_failure"}),
        ("icd9", "42821", {"heart_failure"}),
        ("icd9", "V12.51", {"prior_vte"}),
        ("icd9", "174.9", {"active_cancer"}),
        ("icd9", "173.3", set()),
        ("icd9", "038.9", {"sepsis"}),
        ("icd9", "486", {"pneumonia"}),
        ("icd9", "585.4", {"kidney_stage_4", "kidney_chronic"}),
        ("icd9", "250.00", set()),
        ("icd10", "I50.9", {"heart_failure"}),
        ("icd10", "C44.3", set()),
        ("icd10", "J18.9", {"pneumonia"}),
        ("icd10", "I26.9", {"new_clot"}),
        ("icd10", "N18.4", {"kidney_stage_4", "kidney_chronic"}),
    ],
)
def test_codes_tell_conditions(system: str, code: str, conditions: set[str]) -> None:
    assert conditions_of(system, "diagnosis", code) == conditions


def test_every_condition_of_the_people_can_be_told_by_some_code() -> None:
    told = set(condition_names("diagnosis")) | set(condition_names("procedure"))
    assert set(COHORT_FLAGS) - told == {"operated_last_month"}


def test_kidneys_are_as_bad_as_the_worst_code(tmp_path: Path) -> None:
    told = imported(tmp_path, diagnoses="a,icd9,585.3\na,icd9,585.6\n")
    assert told.patients[0].gfr_ml_min == EVIDENCE["stays.import_gfr_kidney_stage_5_ml_min"]
    (tmp_path / "diagnoses.csv").unlink()
    assert imported(tmp_path).patients[0].gfr_ml_min == EVIDENCE["stays.import_gfr_kidney_healthy_ml_min"]


def test_beside_a_major_operation_a_minor_one_does_not_count(tmp_path: Path) -> None:
    minor = imported(tmp_path, procedures="a,icd9,86.22,\n")
    both = imported(tmp_path, procedures="a,icd9,86.22,\na,icd9,45.73,\n")
    assert [told.patients[0].flags["minor_operation"] for told in (minor, both)] == [True, False]


def test_an_operation_in_the_month_before_is_remembered(tmp_path: Path) -> None:
    lines = (
        STAY
        + "b,p,2024-05-20 13:00,2024-05-22 11:00,70,female,no,,no\n"
        + "c,p,2024-07-20 13:00,2024-07-22 11:00,70,female,no,,no\n"
        + "d,q,2024-05-20 13:00,2024-05-22 11:00,70,female,no,,no\n"
    )
    told = imported(tmp_path, lines, procedures="a,icd9,45.73,\n")
    assert [p.flags["operated_last_month"] for p in told.patients] == [False, True, False, False]


def test_what_is_written_is_a_stays_file_and_a_cohort(tmp_path: Path) -> None:
    lines = STAY.replace(",no,,no", ",no,limited,no") + "b,q,2024-05-01 13:00,2024-05-03 11:00,44,male,yes,,no\n"
    told = imported(tmp_path, lines, diagnoses="a,icd9,428.0\nb,icd9,995.91\n")
    write_imported(tmp_path / "out", told)
    assert load_stays(tmp_path / "out" / "stays.csv").stays == told.stays
    assert told.stays[0].mobility == Mobility.LIMITED
    cohort = load_cohort(tmp_path / "out" / "people.csv", Draws(1), EVIDENCE)
    assert cohort.ids.tolist() == [1, 2]
    assert cohort["heart_failure"].tolist() == [True, False]
    assert cohort["sepsis"].tolist() == [False, True]
    assert "height_cm" in cohort.synthesised_columns


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"admissions": STAY.replace("13:00", "1 pm")}, "admissions.csv:2: admitted must be a date and time such as"),
        ({"admissions": STAY.replace("05-05", "04-05")}, "stay a is discharged before or when it is admitted"),
        ({"admissions": STAY.replace("70", "seventy")}, "age_years must be a whole number from 18 to 110"),
        ({"admissions": STAY + STAY}, "admissions.csv:3: stay a is already on another line"),
        (
            {"admissions": STAY + "b,p,2024-05-02 13:00,2024-05-06 11:00,70,female,no,,no\n"},
            "stays a and b of person p overlap",
        ),
        ({"admissions": ""}, "expected at least one stay"),
        ({"transfers": "z,2024-05-01 20:00,2024-05-03 03:00,icu\n"}, "transfers.csv:2: stay z is not among"),
        ({"transfers": "a,2024-05-01 20:00,2024-05-03 03:00,ICUU\n"}, "did you mean 'icu'"),
        ({"transfers": "a,2024-04-01 20:00,2024-05-03 03:00,icu\n"}, "lies outside stay a"),
        (
            {"transfers": "a,2024-05-01 20:00,2024-05-03 03:00,icu\na,2024-05-02 20:00,2024-05-03 05:00,ward\n"},
            "transfers.csv:3: stay a is in two units at once, icu and ward",
        ),
        ({"diagnoses": "a,icd9,heart\n"}, "expected an ICD-9-CM diagnosis such as 428.0 or V12.51 (got 'heart')"),
        ({"diagnoses": "a,icd11,5A11\n"}, "system must be one of icd9, icd10, name"),
        ({"diagnoses": "a,name,heart_failur\n"}, "did you mean 'heart_failure'"),
        ({"procedures": "a,icd10,0DTJ,\n"}, "procedure codes of icd10 are not known"),
        ({"procedures": "a,icd9,45.73,2024-06-03 09:00\n"}, "is not during stay a"),
        ({"drugs": "a,heparine,prophylaxis,2024-05-01 18:00,2024-05-03 18:00\n"}, "did you mean 'heparin'"),
        ({"drugs": "a,heparin,fun,2024-05-01 18:00,2024-05-03 18:00\n"}, "purpose must be one of prophylaxis"),
    ],
)
def test_what_is_wrong_is_told_by_file_and_line(tmp_path: Path, tables: dict[str, str], said: str) -> None:
    with pytest.raises(InputError) as error:
        imported(tmp_path, **tables)
    assert said in str(error.value)


def test_all_problems_are_told_at_once_and_each_only_once(tmp_path: Path) -> None:
    lines = STAY.replace("70", "7") + "b,q,2024-05-01 13:00,2024-05-03 11:00,44,male,yes,,no\n"
    with pytest.raises(InputError) as error:
        imported(tmp_path, lines, diagnoses="a,icd9,428.0\nb,icd9,x\nb,icd9,y\n")
    assert "3 problems" in str(error.value)
    assert "not among the admissions" not in str(error.value)


def test_files_can_be_given_one_by_one_but_must_be_known(tmp_path: Path) -> None:
    imported(tmp_path)
    assert len(import_stays([tmp_path / "admissions.csv"], EVIDENCE).stays) == 1
    empty = tmp_path / "empty"
    empty.mkdir()
    (tmp_path / "notes.csv").write_text("a\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"expected a file named admissions\.csv"):
        import_stays([tmp_path / "admissions.csv", tmp_path / "notes.csv"], EVIDENCE)
    with pytest.raises(InputError, match=r"no admissions\.csv"):
        import_stays([empty], EVIDENCE)


def test_the_manual_names_every_table_column_and_condition() -> None:
    page = (Path(__file__).parents[2] / "docs" / "trips-and-stays.md").read_text(encoding="utf-8")
    columns = {column for required, optional in SHEETS.values() for column in (*required, *optional)}
    conditions = {*condition_names("diagnosis"), *condition_names("procedure")}
    assert {name for name in columns | conditions if f"`{name}`" not in page} == set()
    assert all(f"`{name}.csv`" in page for name in SHEETS)
