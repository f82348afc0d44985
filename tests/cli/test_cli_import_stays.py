"""``popsim import-stays``: from a hospital's tables to a scenario that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cli_calls import popsim, popsim_json

if TYPE_CHECKING:
    from pathlib import Path

ADMISSIONS = """\
stay_id,person_id,admitted,discharged,age_years,sex,planned
a,p,2024-05-01 13:00,2024-05-05 11:00,70,female,no
b,q,2024-06-01 13:00,2024-06-03 11:00,44,male,yes
"""


@pytest.fixture
def records(tmp_path: Path) -> Path:
    folder = tmp_path / "records"
    folder.mkdir()
    (folder / "admissions.csv").write_text(ADMISSIONS, encoding="utf-8")
    (folder / "diagnoses.csv").write_text("stay_id,system,code\na,icd9,038.9\na,icd9,V12.51\n", encoding="utf-8")
    (folder / "drugs.csv").write_text(
        "stay_id,drug,purpose,start,end\na,enoxaparin,prophylaxis,2024-05-01 18:00,2024-05-04 18:00\n", encoding="utf-8"
    )
    return folder


def test_it_says_what_is_in_the_records(records: Path) -> None:
    told = popsim_json("import-stays", records)
    assert (told["stays"], told["people"], told["nights"], told["given_prophylaxis"]) == (2, 2, 6, 1)
    assert told["reasons"] == {"medical": 2}
    assert (told["codes"], told["codes_telling"]) == (2, 2)
    assert "2 stays of 2 people, 6 nights" in popsim("import-stays", records).stdout


def test_what_it_writes_runs(records: Path, tmp_path: Path) -> None:
    out = tmp_path / "study"
    result = popsim("import-stays", records, "--out", out, "--policy", "padua >= 4")
    assert result.exit_code == 0, result.stderr
    assert sorted(p.name for p in out.iterdir()) == ["people.csv", "replay.toml", "stays.csv"]
    ran = popsim_json("run", out / "replay.toml", "--days", 5, "--out", tmp_path / "runs", "--engine", "inline")
    assert (ran["run"]["people"], ran["run"]["days"]) == (2, 5)
    assert [arm["name"] for arm in ran["arms"]] == ["usual", "as-treated", "rule-1"]


def test_a_replay_counts_every_stay_once(records: Path) -> None:
    rules = ("everyone", "nobody", "padua >= 4")
    told = popsim_json("import-stays", records, *(part for rule in rules for part in ("--policy", rule)))["replay"]
    assert [row["rule"] for row in told] == list(rules)
    for row in told:
        assert row["given_by_both"] + row["only_by_policy"] + row["only_in_fact"] + row["by_neither"] == 2
    assert [row["only_by_policy"] + row["given_by_both"] for row in told] == [2, 0, 1]


def test_a_wrong_rule_and_a_wrong_line_are_told(records: Path) -> None:
    result = popsim("import-stays", records, "--policy", "padua = 4")
    assert result.exit_code == 2
    assert "padua = 4" in result.stderr
    (records / "diagnoses.csv").write_text("stay_id,system,code\nz,icd9,038.9\n", encoding="utf-8")
    result = popsim("import-stays", records)
    assert result.exit_code == 2
    assert "diagnoses.csv:2: stay z is not among the admissions" in result.stderr
