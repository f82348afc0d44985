"""One scenario under several sets of constants: paired, stored with the values used, shown beside chance."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from popsim.cli.main import cli
from popsim.runs.draws import by_arm, run_draws, with_draws
from popsim.runs.running import run
from popsim.store import RunFolder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from popsim.runs.scenario import Scenario

BASE = "clots.base_hazard_per_leg_day"
SETS = [{BASE: 1e-6}, {BASE: 2e-6}]
TEXT = """
name = "two"
title = "Two arms"
days = 2
routine = { diaries_per_group = 8 }
[people]
count = 60
[outputs]
trace_people = 0
[[arms]]
name = "usual"
[[arms]]
name = "stockings"
plugins = { compression-stockings = {} }
"""


def test_every_set_is_a_run_of_its_own_with_the_values_used(
    tmp_path: Path, small_scenario: Callable[..., Scenario]
) -> None:
    scenario = small_scenario(people=80, days=3)
    drawn = run_draws(scenario, SETS, tmp_path)
    expected = drawn["arms"]["usual"]["expected_clots_per_10000"]
    assert expected[1] == pytest.approx(2 * expected[0], rel=0.05)
    assert drawn["arms"]["usual"]["mean_pooled_ml"][0] == drawn["arms"]["usual"]["mean_pooled_ml"][1]
    assert json.loads((tmp_path / "draws.json").read_text(encoding="utf-8")) == drawn
    for number, values in enumerate(SETS, start=1):
        (folder,) = (path.parent for path in (tmp_path / "draws" / f"{number:03d}").glob("*/run.json"))
        stored = {p["name"]: p["value"] for p in RunFolder.open(folder).provenance["parameters"]}
        assert stored[BASE] == values[BASE]


def test_sets_that_are_there_are_not_lived_again(tmp_path: Path, small_scenario: Callable[..., Scenario]) -> None:
    scenario = small_scenario(people=40, days=2)
    first = run_draws(scenario, SETS, tmp_path)
    again = run_draws(scenario, SETS, tmp_path)
    assert again == first
    assert len(list(tmp_path.glob("draws/*/*/run.json"))) == len(SETS)


def test_what_a_scenario_sets_itself_stays_set(tmp_path: Path, small_scenario: Callable[..., Scenario]) -> None:
    scenario = small_scenario(people=40, days=2, more=f'\n[evidence]\n"{BASE}" = 3e-6\n')
    arms = run_draws(scenario, SETS, tmp_path)["arms"]
    first, second = arms["usual"]["expected_clots_per_10000"]
    assert first == second


def test_intervals_span_the_sets(tmp_path: Path) -> None:
    summaries = [
        {"arms": [{"name": "a", "label": "A", "x": v, "x_low": v, "y": None, "harms": {}}]} for v in (1.0, 2.0, 3.0)
    ]
    arms = by_arm(summaries)
    assert arms == {"a": {"x": [1.0, 2.0, 3.0], "x_low": [1.0, 2.0, 3.0], "y": [None, None, None]}}
    shown = with_draws({"run": {"id": "r"}, "arms": [{"name": "a", "x": 2.0}]}, {"sets": [{}, {}, {}], "arms": arms})
    assert shown["run"] == {"id": "r", "draws": 3}
    assert shown["arms"][0]["parameters"] == {"x": pytest.approx([1.05, 2.95])}


def test_people_see_what_is_unknown_of_the_model(tmp_path: Path) -> None:
    path = tmp_path / "two.toml"
    path.write_text(TEXT, encoding="utf-8")
    done = CliRunner().invoke(cli, ["run", str(path), "--draws", "2", "--out", str(tmp_path / "runs")])
    assert done.exit_code == 0, done.output
    assert "95 % of 2 sets of constants" in done.output
    assert len(list((tmp_path / "runs").glob("*/draws/*/*/run.json"))) == 2


def test_slices_cannot_be_drawn() -> None:
    done = CliRunner().invoke(cli, ["run", "office", "--draws", "2", "--shards", "1/2"])
    assert done.exit_code == 2
    assert "--draws needs all people" in done.output


def test_draws_of_a_finished_run_are_plain_runs(tmp_path: Path, small_scenario: Callable[..., Scenario]) -> None:
    scenario = small_scenario(people=40, days=2)
    plain = run(scenario.model_copy(update={"evidence": SETS[0]}), out=tmp_path / "plain").summary()
    drawn = run_draws(scenario, SETS[:1], tmp_path)
    assert drawn["arms"]["usual"]["expected_clots_per_10000"][0] == plain["arms"][0]["expected_clots_per_10000"]
