"""Commands that tell what there is: scenarios, plugins, evidence, schema, and the check of a scenario."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from cli_calls import popsim, popsim_json

from popsim.evidence import GRADES, Evidence
from popsim.runs.scenario import Scenario
from popsim.runs.shipped import shipped_scenarios

if TYPE_CHECKING:
    from pathlib import Path

BROKEN = "import no_such_module_anywhere\n"
WORKING = """
from pydantic import Field
from popsim.hooks import Intervention, Params, hookimpl


class StiltsParams(Params):
    height_cm: float = Field(30.0, ge=5, le=200, description="Height of the stilts, cm")


class Stilts(Intervention):
    name = "stilts"
    label = "Stilts"
    Params = StiltsParams


@hookimpl
def popsim_interventions():
    return [Stilts]
"""


@pytest.fixture
def plugins_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("POPSIM_PLUGINS", "")
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "stilts.py").write_text(WORKING, encoding="utf-8")
    (folder / "cracked.py").write_text(BROKEN, encoding="utf-8")
    return str(folder)


def test_scenarios_are_listed_with_their_size() -> None:
    listed = popsim("scenarios").stdout
    for name in shipped_scenarios():
        scenario = Scenario.load(name)
        (line,) = [row for row in listed.splitlines() if row.strip().startswith(name + " ")]
        assert scenario.title in line
        assert f"{scenario.people.count:,}" in line
    assert "popsim run office" in listed
    assert {entry["name"] for entry in popsim_json("scenarios")["scenarios"]} >= {*shipped_scenarios(), "screened-ward"}


def test_a_scenario_can_be_printed_and_used_as_a_beginning(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(popsim("scenarios", "ward").stdout, encoding="utf-8")
    assert Scenario.load(mine).sha256 == Scenario.load("ward").sha256


def test_a_scenario_that_does_not_ship_cannot_be_printed() -> None:
    result = popsim("scenarios", "wards")
    assert result.exit_code == 2
    assert result.stderr.endswith("did you mean 'ward'?\n")


def test_a_good_scenario_is_called_fine(plugins_dir: str) -> None:
    result = popsim("validate-scenario", "office")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "office is fine: 10,000 people, 28 days, 2 arms (usual, walking-breaks)\n"
    assert popsim_json("validate-scenario", "office") == {"scenario": "office", "valid": True, "problems": []}


def test_all_problems_are_told_those_of_plugins_too(plugins_dir: str, tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text(
        'name = "s"\ntitle = "S"\ndays = 0\n[people]\ncount = 5\n[[arms]]\nname = "a"\n'
        "[arms.plugins.stilts]\nheight_cm = 3\n[arms.plugins.cracked]\n[arms.plugins.stilt]\n",
        encoding="utf-8",
    )
    expected = [
        f"{path}:3: days: expected a whole number from 1 to 36,500 (got 0)",
        f"{path}:9: arms.plugins.stilts.height_cm: expected a number from 5 to 200 (got 3)",
        f"{path}:10: arms.plugins.cracked: this plugin is broken: ",
        f"{path}:11: arms.plugins.stilt: no such plugin is installed; did you mean 'stilts'?",
    ]
    result = popsim("validate-scenario", str(path), "--plugins-dir", plugins_dir)
    assert result.exit_code == 2
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert [line[: len(words)] for line, words in zip(lines, expected, strict=True)] == expected
    assert "no_such_module_anywhere" in lines[2]

    told = popsim("validate-scenario", str(path), "--plugins-dir", plugins_dir, "--json")
    assert told.exit_code == 2
    problems = json.loads(told.stdout)["problems"]
    assert [(p["line"], p["key"]) for p in problems] == [
        (3, "days"),
        (9, "arms.plugins.stilts.height_cm"),
        (10, "arms.plugins.cracked"),
        (11, "arms.plugins.stilt"),
    ]


def test_plugins_are_listed_with_state_and_parameters(plugins_dir: str) -> None:
    listed = popsim("plugins", "--plugins-dir", plugins_dir).stdout
    assert "Height of the stilts, cm" in listed
    assert "a number from 5 to 200" in listed
    assert "broken: " in listed
    by_name = {p["name"]: p for p in popsim_json("plugins", "--plugins-dir", plugins_dir)["plugins"]}
    assert by_name["stilts"]["state"] == "ok"
    assert by_name["stilts"]["hooks"] == ["popsim_interventions"]
    assert "height_cm" in by_name["stilts"]["parameters"]["stilts"]["properties"]
    assert by_name["cracked"]["state"] == "broken"
    assert "no_such_module_anywhere" in by_name["cracked"]["problem"]
    assert {"compression-stockings", "lmwh", "walking-breaks"} <= set(by_name)


def test_a_folder_of_plugins_that_is_not_there_is_told() -> None:
    result = popsim("plugins", "--plugins-dir", "/no/such/folder")
    assert result.exit_code == 2
    assert "/no/such/folder" in result.stderr


def test_evidence_is_listed_with_unit_grade_and_source(plugins_dir: str) -> None:
    constants = popsim_json("evidence")["constants"]
    assert {c["name"] for c in constants} >= set(Evidence.load())
    assert all(c["unit"] and c["source"] and c["meaning"] and c["grade"] in GRADES for c in constants)
    listed = popsim("evidence", "people.bmi_").stdout
    assert "people.bmi_least" in listed
    assert "2 constants" in listed


@pytest.mark.parametrize("grade", GRADES)
def test_evidence_can_be_chosen_by_grade(grade: str) -> None:
    chosen = popsim_json("evidence", "--grade", grade)["constants"]
    assert {c["grade"] for c in chosen} <= {grade}
    assert {c["name"] for c in chosen} >= {c.name for c in Evidence.load().constants() if c.grade == grade}


def test_the_schema_holds_the_parameters_of_plugins(plugins_dir: str) -> None:
    schema = json.loads(popsim("schema", "--plugins-dir", plugins_dir).stdout)
    assert "stilts" in schema["$defs"]["Arm"]["properties"]["plugins"]["properties"]
    assert (
        "| `height_cm` | a number from 5 to 200 |"
        in popsim("schema", "--markdown", "--plugins-dir", plugins_dir).stdout
    )
