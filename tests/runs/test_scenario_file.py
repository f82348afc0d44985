"""What a scenario file says is what a scenario holds."""

from __future__ import annotations

import hashlib
import pickle
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from popsim.hooks import PluginRegistry, load_plugins
from popsim.people.population import COLUMNS
from popsim.routines.trips import Trip
from popsim.runs.scenario import Arm, People, Scenario
from popsim.runs.scenario_columns import fixed_columns
from popsim.runs.scenario_errors import ScenarioError
from popsim.runs.shipped import shipped_scenarios

if TYPE_CHECKING:
    from pathlib import Path

SMALLEST = 'name = "x"\ntitle = "X"\ndays = 7\n[people]\ncount = 10\n'
EVERYTHING = """
name = "all-keys_1"
title = "Everything"
description = "Every key once"
days = 30
seed = 7
start_weekday = "friday"
[people]
count = 1_000
source = "cohort.csv"
where = { age = [20, 64], sex = "female", work = ["desk", "driving"] }
set = { smoker = true, sex = "male", work = "standing", weight_kg = 70, deep_leak = 0.5 }
[routine]
source = "sub/days.csv"
diaries_per_group = 20
[[trips]]
mode = "flight"
hours = 8
between = [1, 5]
[[stays]]
reason = "surgery"
day = 3
[[arms]]
name = "usual"
[[arms]]
name = "treated"
label = "Treated"
[arms.plugins.something]
dose = 3
[outputs]
trace_people = 0
trace_days = 1
person_sample = 2
[evidence]
"people.bmi_least" = 14
"""


def test_only_name_title_days_and_count_are_needed() -> None:
    scenario = Scenario.from_text(SMALLEST)
    assert (scenario.seed, scenario.start_weekday, scenario.people.source) == (1, "monday", "us-adults")
    assert (scenario.trips, scenario.stays, dict(scenario.evidence)) == ((), (), {})
    assert (scenario.outputs.trace_people, scenario.outputs.trace_days, scenario.outputs.person_sample) == (
        200,
        7,
        1000,
    )
    assert scenario.routine.diaries_per_group == 120
    assert scenario.people_file is None
    assert scenario.diaries_file is None


def test_without_arms_there_is_one_that_changes_nothing() -> None:
    (arm,) = Scenario.from_text(SMALLEST).arms
    assert (arm.name, dict(arm.plugins)) == ("usual", {})


def test_every_key_arrives(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "days.csv").touch()
    (tmp_path / "cohort.csv").touch()
    scenario = Scenario.from_text(EVERYTHING, tmp_path / "all.toml")
    assert scenario.people.where.age == (20, 64)
    assert scenario.people.set == {"smoker": 1, "sex": 1, "work": 2, "weight_kg": 70, "deep_leak": 0.5}
    assert scenario.trips[0].between == (1, 5)
    assert scenario.stays[0].reason == "surgery"
    assert [arm.title for arm in scenario.arms] == ["usual", "Treated"]
    assert scenario.arms[1].plugins == {"something": {"dose": 3}}
    assert scenario.evidence == {"people.bmi_least": 14.0}
    assert scenario.people_file == tmp_path / "cohort.csv"
    assert scenario.diaries_file == tmp_path / "sub" / "days.csv"


def test_a_scenario_keeps_its_text_and_its_hash(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text(SMALLEST + "# a comment counts\n", encoding="utf-8")
    scenario = Scenario.load(str(path))
    assert scenario.text == path.read_text(encoding="utf-8")
    assert scenario.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (scenario.path, scenario.folder) == (path, tmp_path)


def test_overrides_change_only_what_they_name() -> None:
    scenario = Scenario.from_text(SMALLEST)
    other = scenario.with_overrides(people=3, days=2, seed=9)
    assert (other.people.count, other.days, other.seed) == (3, 2, 9)
    assert other.text == scenario.text
    assert other.with_overrides(people=10, days=7, seed=1) == scenario
    assert scenario.with_overrides() == scenario
    assert scenario.people.count == 10


def test_overrides_obey_the_same_limits_and_all_are_told() -> None:
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_text(SMALLEST).with_overrides(people=0, days=36_501, seed=-1)
    assert str(caught.value).splitlines() == [
        "--people: expected a whole number from 1 to 100,000,000 (got 0)",
        "--days: expected a whole number from 1 to 36,500 (got 36501)",
        "--seed: expected a whole number from 0 to 9,223,372,036,854,775,807 (got -1)",
    ]


def test_a_scenario_cannot_be_changed() -> None:
    scenario = Scenario.from_text(SMALLEST)
    with pytest.raises(ValidationError, match="frozen"):
        scenario.days = 8  # type: ignore[misc]


def test_scenarios_and_their_errors_travel_between_processes() -> None:
    scenario = Scenario.from_text(SMALLEST)
    again = pickle.loads(pickle.dumps(scenario))
    assert again == scenario
    assert again.sha256 == scenario.sha256
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_text("days = 0\n", "s.toml")
    copied = pickle.loads(pickle.dumps(caught.value))
    assert str(copied) == str(caught.value)
    assert len(copied.problems) == len(caught.value.problems) == 4


def test_an_arm_that_names_a_plugin_loads_without_plugins_and_is_refused_when_checked() -> None:
    scenario = Scenario.from_text(SMALLEST + "[[arms]]\nname = 'a'\n[arms.plugins.stilts]\n", "s.toml")
    with pytest.raises(ScenarioError, match=r"^s\.toml:8: arms\.plugins\.stilts: no such plugin is installed"):
        scenario.check(PluginRegistry())


def test_a_scenario_made_in_python_is_checked_and_told_apart_too() -> None:
    arm = Arm(name="a", plugins={"stilts": {}})
    scenario = Scenario(name="x", title="X", days=7, people=People(count=10), arms=(arm,))
    with pytest.raises(ScenarioError, match=r"^arms\.plugins\.stilts: no such plugin is installed"):
        scenario.check(PluginRegistry())
    other = Scenario(name="x", title="X", days=7, people=People(count=10), trips=(Trip(mode="car", hours=4, day=1),))
    assert scenario.sha256 != other.sha256


@pytest.mark.parametrize("name", shipped_scenarios())
def test_what_ships_fits_the_plugins_that_ship(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POPSIM_PLUGINS", "")
    scenario = Scenario.load(name)
    chosen = scenario.check(load_plugins())
    assert scenario.name == name
    assert list(chosen) == [arm.name for arm in scenario.arms]
    assert len(scenario.arms) > 1
    assert scenario.description


def test_checked_parameters_hold_what_the_file_says_and_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POPSIM_PLUGINS", "")
    params = Scenario.load("office").check(load_plugins())["walking-breaks"]["walking-breaks"]
    assert (params.model_dump()["every_min"], params.coverage, params.adherence) == (30, 0.8, 0.7)


@pytest.mark.parametrize("column", [c for c in COLUMNS.values() if c.dtype != "bool" and c.name not in ("sex", "work")])
def test_fixed_traits_obey_the_limits_of_their_column(column: object) -> None:
    name, low, high = column.name, column.low, column.high  # type: ignore[attr-defined]
    assert fixed_columns({name: low}) == {name: low}
    assert fixed_columns({name: high}) == {name: high}
    for beyond in (low - 1, high + 1):
        with pytest.raises(ValidationError):
            fixed_columns({name: beyond})
