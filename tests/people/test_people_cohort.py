"""Cohort files: what is in them is kept, what is left out is synthesised, what is wrong is named with its line."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from popsim.errors import InputError
from popsim.evidence.registry import Evidence
from popsim.people import COLUMNS, Cohort, Population, Sex, Where, Work, load_cohort, synthesise
from popsim.people import cohort as cohort_module
from popsim.people.cohort_columns import COHORT_COLUMNS, columns_markdown
from popsim.people.population import EVENTS
from popsim.randomness import Draws

EVIDENCE, DRAWS = Evidence.load(), Draws(21)
MANUAL = Path(__file__).resolve().parents[2] / "docs" / "people.md"
PEOPLE = "person_id,age_years,sex\n"


def load(tmp_path: Path, content: str | bytes) -> Cohort:
    path = tmp_path / "cohort.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return load_cohort(path, DRAWS, EVIDENCE)


def written(people: Population) -> str:
    """A cohort file with every column."""
    columns = {
        h: people.ids if h == "person_id" else people[c.column.name] if c.leg is None else people[c.column.name][c.leg]
        for h, c in COHORT_COLUMNS.items()
    }
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(columns)
    rows.writerows(zip(*(v.tolist() for v in columns.values()), strict=True))
    return text.getvalue()


def test_people_written_with_every_column_come_back_as_they_were(tmp_path: Path) -> None:
    people = synthesise(Draws(3), np.arange(5, 500, 7), EVIDENCE)
    cohort = load(tmp_path, written(people))
    np.testing.assert_array_equal(cohort.ids, people.ids)
    for name in COLUMNS:
        np.testing.assert_array_equal(cohort[name], people[name])
        assert cohort[name].dtype == COLUMNS[name].dtype
    assert cohort.synthesised_columns == cohort.default_columns == ()


def test_columns_left_out_are_synthesised_and_listed(tmp_path: Path) -> None:
    cohort = load(tmp_path, PEOPLE + "7,30,female\n3,80,male\n")
    assert list(cohort) == list(COLUMNS)
    assert cohort.ids.tolist() == [7, 3]
    assert cohort["age_years"].tolist() == [30, 80]
    assert set(cohort.default_columns) == {"perforator_leak", *EVENTS}
    drawn = [c.name for c in COLUMNS.values() if c.default is None and c.name not in {"age_years", "sex"}]
    assert cohort.synthesised_columns == tuple(drawn)


def test_synthesised_columns_hang_on_id_not_on_order_or_company(tmp_path: Path) -> None:
    one = load(tmp_path, PEOPLE + "7,30,female\n3,80,male\n")
    two = load(tmp_path, PEOPLE + "3,80,male\n9,50,male\n7,30,female\n").take(np.array([2, 0]))
    for name in COLUMNS:
        np.testing.assert_array_equal(one[name], two[name])


def test_what_is_synthesised_depends_on_age_and_sex(tmp_path: Path) -> None:
    rows = "".join(f"{i},{25 if i % 2 else 85},{'male' if i % 4 < 2 else 'female'}\n" for i in range(4000))
    cohort = load(tmp_path, PEOPLE + rows)
    old, male = cohort["age_years"] == 85, cohort["sex"] == Sex.MALE
    assert cohort["heart_failure"][old].mean() > 5 * cohort["heart_failure"][~old].mean()
    assert cohort["height_cm"][male].mean() > 8 + cohort["height_cm"][~male].mean()
    assert np.mean(cohort["work"][old] == Work.NONE) > 0.85
    assert not np.any(cohort["pregnant"] & male)


def test_a_height_drawn_for_a_known_weight_fits_it(tmp_path: Path) -> None:
    """With weight given, heights come out correlated with it as in people made whole, and so does body mass."""
    made = synthesise(Draws(1), np.arange(40_000), EVIDENCE, Where(sex="male", age=(40, 49)))
    lines = [
        f"{i},{a},male,{w!r}" for i, a, w in zip(made.ids, made["age_years"], made["weight_kg"].tolist(), strict=True)
    ]
    cohort = load(tmp_path, PEOPLE.strip() + ",weight_kg\n" + "\n".join(lines) + "\n")
    correlation = [np.corrcoef(p["height_cm"], p["weight_kg"])[0, 1] for p in (made, cohort)]
    assert correlation[0] == pytest.approx(correlation[1], abs=0.03)
    np.testing.assert_allclose(
        np.quantile(cohort.bmi, [0.1, 0.5, 0.9]), np.quantile(made.bmi, [0.1, 0.5, 0.9]), rtol=0.02
    )


def test_a_weight_drawn_for_a_known_height_grows_with_it(tmp_path: Path) -> None:
    lines = "".join(f"{i},40,female,{150 if i % 2 else 180}\n" for i in range(4000))
    cohort = load(tmp_path, PEOPLE.strip() + ",height_cm\n" + lines)
    tall = cohort["height_cm"] == 180
    assert cohort["weight_kg"][tall].mean() > 15 + cohort["weight_kg"][~tall].mean()


def test_known_varices_decide_who_has_strong_deep_reflux(tmp_path: Path) -> None:
    lines = "".join(f"{i},60,female,{0.3 if i % 2 else 0},0\n" for i in range(8000))
    cohort = load(tmp_path, PEOPLE.strip() + ",left_superficial_leak,right_superficial_leak\n" + lines)
    varices = cohort["superficial_leak"][0] > 0
    deep = np.any(cohort["deep_leak"] > 0.2, axis=0)
    assert deep[varices].mean() > 1.8 * deep[~varices].mean()


@pytest.mark.parametrize(
    "content",
    [
        PEOPLE + "1,40,male\n2,50,female\n",
        "\ufeff" + PEOPLE + "1,40,male\n2,50,female\n",
        PEOPLE.replace("\n", "\r\n") + "1,40,male\r\n2,50,female\r\n",
        '"person_id","age_years","sex"\n"1","40","male"\n"2","50","female"\n',
        PEOPLE + "1,40,1\n2,50,0\n",
        PEOPLE + "1,40.0,Male\n2,50,FEMALE",
        " person_id , age_years,sex\n 1, 40 , male \n\n2,50,female\n\n",
        "sex,person_id,age_years\nmale,1,40\nfemale,2,50\n",
        PEOPLE + "+1,4e1,male\n2,50,female\n",
    ],
)
def test_harmless_ways_of_writing_a_file_are_read_alike(tmp_path: Path, content: str) -> None:
    cohort = load(tmp_path, content)
    assert cohort.ids.tolist() == [1, 2]
    assert cohort["age_years"].tolist() == [40, 50]
    assert cohort["sex"].tolist() == [Sex.MALE, Sex.FEMALE]


@pytest.mark.parametrize("words", [("true", "false"), ("1", "0"), ("yes", "no"), ("Yes", "NO"), ("TRUE", "False")])
def test_flags_may_be_written_in_several_ways(tmp_path: Path, words: tuple[str, str]) -> None:
    cohort = load(tmp_path, f"person_id,age_years,sex,smoker\n1,40,male,{words[0]}\n2,40,male,{words[1]}\n")
    assert cohort["smoker"].tolist() == [True, False]


def test_work_may_be_named_or_coded(tmp_path: Path) -> None:
    cohort = load(tmp_path, "person_id,age_years,sex,work\n1,40,male,Desk\n2,40,male,4\n")
    assert cohort["work"].tolist() == [Work.DESK, Work.DRIVING]


def test_the_largest_ids_keep_every_digit(tmp_path: Path) -> None:
    cohort = load(tmp_path, PEOPLE + f"{2**63 - 1},40,male\n{2**53 + 1},40,male\n")
    assert cohort.ids.tolist() == [2**63 - 1, 2**53 + 1]


BAD_FILES: dict[str, tuple[str | bytes, str]] = {
    "empty file": ("", "cohort.csv:1: expected a first line with column names such as person_id,age_years,sex"),
    "blank first line": ("\n1,40,male\n", ":1: expected a first line with column names"),
    "nobody": (PEOPLE, ":2: expected at least one person"),
    "semicolons": ("person_id;age_years;sex\n1;40;male\n", ":1: expected commas between columns (got semicolons)"),
    "tabs": ("person_id\tage_years\tsex\n", ":1: expected commas between columns (got tabs)"),
    "unknown column": (PEOPLE.strip() + ",heigth_cm\n", "unknown column 'heigth_cm'; did you mean 'height_cm'?"),
    "short name": ("person_id,age,sex\n", "unknown column 'age'; did you mean 'age_years'?"),
    "nothing like it": (PEOPLE.strip() + ",zzz\n", "cohort.csv:1: unknown column 'zzz'"),
    "repeated column": ("person_id,age_years,sex,sex\n", ":1: column 'sex' appears 2 times"),
    "missing column": ("person_id,age_years\n1,40\n", ":1: required column 'sex' is missing"),
    "one leg": (PEOPLE.strip() + ",left_deep_leak\n", "column 'left_deep_leak' needs 'right_deep_leak' beside it"),
    "too few cells": (PEOPLE + "1,40\n", ":2: expected 3 cells (got 2)"),
    "too many cells": (PEOPLE + "1,40,male\n2,40,male,1\n", ":3: expected 3 cells (got 4)"),
    "empty cell": (PEOPLE + "1,,male\n", ":2: age_years: expected a whole number from 18 to 110 y (got an empty cell)"),
    "blank cell": (PEOPLE + "1,40,  \n", ":2: sex: expected female, male or their code, 0 to 1 (got an empty cell)"),
    "word for age": (
        PEOPLE + "1,forty,male\n",
        ":2: age_years: expected a whole number from 18 to 110 y (got 'forty')",
    ),
    "half a year": (PEOPLE + "1,40.5,male\n", ":2: age_years: expected a whole number from 18 to 110 y (got '40.5')"),
    "child": (
        PEOPLE + "1,40,male\n\n2,17,male\n",
        ":4: age_years: expected a whole number from 18 to 110 y (got '17')",
    ),
    "not a number": (PEOPLE + "1,nan,male\n", ":2: age_years: expected a whole number"),
    "infinite": (PEOPLE.strip() + ",weight_kg\n1,40,male,inf\n", ":2: weight_kg: expected a number from 30 to 300 kg"),
    "letter for sex": (PEOPLE + "1,40,M\n", ":2: sex: expected female, male or their code, 0 to 1 (got 'M')"),
    "negative id": (PEOPLE + "-1,40,male\n", ":2: person_id: expected a whole number, 0 or greater (got '-1')"),
    "broken id": (PEOPLE + "1.5,40,male\n", ":2: person_id: expected a whole number, 0 or greater (got '1.5')"),
    "hexadecimal id": (PEOPLE + "0x1F,40,male\n", ":2: person_id: expected a whole number, 0 or greater (got '0x1F')"),
    "huge id": (PEOPLE + f"{2**63},40,male\n", ":2: person_id: expected a whole number, 0 or greater"),
    "repeated id": (
        PEOPLE + "1,40,male\n2,41,male\n1,42,female\n",
        ":4: person_id: expected an id of its own (got 1, already on line 2)",
    ),
    "metres": (PEOPLE.strip() + ",height_cm\n1,40,male,1.80\n", ":2: height_cm: expected a number from 120 to 230 cm"),
    "decimal comma": (PEOPLE.strip() + ',height_cm\n1,40,male,"172,5"\n', "(got '172,5')"),
    "flag": (PEOPLE.strip() + ",smoker\n1,40,male,maybe\n", ":2: smoker: expected true, false, yes, no, 1 or 0"),
    "job": (PEOPLE.strip() + ",work\n1,40,male,office\n", "work: expected none, desk, standing, active, driving or"),
    "pregnant man": (PEOPLE.strip() + ",pregnant\n1,40,male,yes\n", ":2: pregnant: expected false where sex is male"),
    "Latin-1": (PEOPLE.encode() + b"1,40,male\n2,40,m\xe9le\n", ":3: expected UTF-8 text"),
    "UTF-16": (PEOPLE.encode("utf-16"), ":1: expected UTF-8 text"),
    "old Mac": ("person_id,age_years,sex\r1,40,male\r", ":1: expected a line of column names"),
    "endless cell": (PEOPLE + "1,40," + "x" * 200_000 + "\n", ":2: expected comma-separated values"),
    "binary": (b"\x00\x01\x02\n", ":1: unknown column"),
}


@pytest.mark.parametrize("name", list(BAD_FILES))
def test_a_bad_file_is_refused_with_line_expectation_and_finding(tmp_path: Path, name: str) -> None:
    content, message = BAD_FILES[name]
    with pytest.raises(InputError) as caught:
        load(tmp_path, content)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path}/cohort.csv:")


def test_problems_are_listed_together_up_to_twenty(tmp_path: Path) -> None:
    with pytest.raises(InputError) as few:
        load(tmp_path, PEOPLE + "1,4,x\n2,40,male\n3,400,male\n")
    lines = str(few.value).splitlines()
    assert lines[0].endswith("cohort.csv: 3 problems:")
    assert [line.split(":")[1] for line in lines[1:]] == ["2", "2", "4"]
    with pytest.raises(InputError) as many:
        load(tmp_path, PEOPLE + "".join(f"{i},40,x\n" for i in range(30)))
    assert len(str(many.value).splitlines()) == 21
    assert "20 problems; there may be more" in str(many.value)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nobody\.csv: cannot read this cohort file"):
        load_cohort(tmp_path / "nobody.csv", DRAWS, EVIDENCE)
    with pytest.raises(InputError, match="cannot read this cohort file"):
        load_cohort(tmp_path, DRAWS, EVIDENCE)


CELL = st.sampled_from(
    [
        "1",
        "40",
        "55.0",
        "1e2",
        "+7",
        "",
        " 30",
        "nan",
        "0x20",
        "male",
        "FEMALE",
        "yes",
        "x",
        '"18"',
        "1_8",
        "-0",
        "0",
        "99",
    ]
)


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(st.tuples(CELL, CELL, CELL, CELL), min_size=1, max_size=4))
def test_the_fast_reader_never_accepts_what_the_careful_reader_refuses(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]
) -> None:
    path = tmp_path_factory.mktemp("cohort") / "c.csv"
    headers = ["person_id", "age_years", "sex", "smoker"]
    path.write_text("\n".join(",".join(r) for r in [tuple(headers), *rows]) + "\n")
    fast = cohort_module._read_fast(path, headers)
    if fast is not None:
        careful = cohort_module._read_line_by_line(path, headers)
        for header in headers:
            np.testing.assert_array_equal(fast[header], careful[header])


def test_plain_files_take_the_fast_reader(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text(written(synthesise(Draws(3), np.arange(20), EVIDENCE)))
    assert cohort_module._read_fast(path, list(COHORT_COLUMNS)) is not None


def manual_block(start: str, end: str) -> str:
    return MANUAL.read_text(encoding="utf-8").split(start, 1)[1].split(end, 1)[0].strip()


def test_the_manual_lists_the_columns_as_they_are() -> None:
    assert manual_block("<!-- cohort columns: begin -->", "<!-- cohort columns: end -->") == columns_markdown()


def test_the_manuals_cohort_can_be_loaded(tmp_path: Path) -> None:
    cohort = load(tmp_path, manual_block("<!-- example: cohort -->\n```csv\n", "```") + "\n")
    assert cohort["calf_strength"].tolist() == [[0.8, 1.0], [0.8, 0.6]]
    assert cohort["work"].tolist() == [Work.NONE, Work.DRIVING]


def test_the_manuals_program_runs(capsys: pytest.CaptureFixture[str]) -> None:
    exec(manual_block("<!-- example: synthesise -->\n```python\n", "```"), {})
    assert "share" in capsys.readouterr().out
