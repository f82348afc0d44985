"""A plugin that fails in the middle of a run stops it with a sentence that says whose fault it was, where and when."""

from __future__ import annotations

import textwrap

import pytest

from popsim.errors import PopsimError
from popsim.hooks import PluginError
from popsim.runs.running import run
from popsim.runs.scenario import Scenario
from popsim.store import RunFolder

FAILING = """
from popsim.hooks import Harm, Intervention, hookimpl

class Failing(Intervention):
    name = "failing"
    label = "Fails on the third day"
    writes = frozenset({{"blood", "day"}})

    {method}

@hookimpl
def popsim_interventions():
    return [Failing]
"""
ARM = '[[arms]]\nname = "tried"\n[arms.plugins.failing]\n'
BLOOD = """
    def blood(self, people, today):
        if today.day == 2:
            raise ZeroDivisionError("no days\\nleft")
        return 1.0
"""
DAY = """
    def edit_day(self, day):
        return day[:-1]
"""


def failing(folder, method):
    folder.mkdir(exist_ok=True)
    text = FAILING.format(method=textwrap.dedent(method).strip().replace("\n", "\n    "))
    (folder / "failing.py").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def scenario(small_text):
    return Scenario.from_text(small_text(people=90, days=4, arms=ARM))


@pytest.mark.parametrize("engine", ["inline", "process"])
def test_the_sentence_names_plugin_hook_arm_day_people_seed_and_how_to_repeat_it(scenario, tmp_path, engine):
    with pytest.raises(PluginError) as caught:
        run(scenario, out=tmp_path, engine=engine, workers=2, shards=3, plugins_dir=failing(tmp_path / "p", BLOOD))
    said = str(caught.value)
    assert said.startswith("plugin failing: blood raised ZeroDivisionError: no days left")
    assert "arm tried, day 2, people " in said
    assert f"seed {scenario.seed}" in said
    assert "repeat with: popsim run " in said
    assert "\n" not in said


def test_the_run_is_left_failed_and_unlocked_with_the_reason(scenario, tmp_path):
    with pytest.raises(PluginError):
        run(scenario, out=tmp_path / "runs", engine="inline", plugins_dir=failing(tmp_path / "p", BLOOD))
    (path,) = (tmp_path / "runs").iterdir()
    folder = RunFolder.open(path)
    assert folder.status["state"] == "failed"
    assert "plugin failing" in folder.status["problem"]
    assert not folder.locked
    assert folder.committed() == []


def test_a_mended_plugin_is_another_plugin_and_needs_a_new_run(scenario, tmp_path):
    plugins = failing(tmp_path / "p", BLOOD)
    with pytest.raises(PluginError):
        run(scenario, out=tmp_path / "runs", engine="inline", plugins_dir=plugins)
    (path,) = (tmp_path / "runs").iterdir()
    failing(plugins, "def blood(self, people, today): return 1.0")
    with pytest.raises(PopsimError, match=r"cannot resume .*plugin 'failing' changed"):
        run(scenario, resume=path, engine="inline", plugins_dir=plugins)


def test_a_day_that_does_not_add_up_stops_the_run(scenario, tmp_path):
    with pytest.raises(PluginError, match=r"plugin failing: edit_day returned a day of .* minutes, expected 1440"):
        run(scenario, out=tmp_path, engine="inline", plugins_dir=failing(tmp_path / "p", DAY))


def test_a_scenario_that_names_a_broken_plugin_refuses_to_run(scenario, tmp_path):
    plugins = failing(tmp_path / "p", "raise RuntimeError('half written')")
    with pytest.raises(PopsimError, match="half written"):
        run(scenario, out=tmp_path / "runs", engine="inline", plugins_dir=plugins)
    assert not (tmp_path / "runs").exists()


def test_a_scenario_that_names_no_such_plugin_refuses_to_run(small_text, tmp_path):
    text = small_text(people=20, days=2, arms="[arms.plugins.walking-brakes]\n")
    with pytest.raises(PopsimError, match="did you mean 'walking-breaks'"):
        run(Scenario.from_text(text), out=tmp_path / "runs", engine="inline")
    assert not (tmp_path / "runs").exists()


def test_a_plugin_whose_harms_fail_stops_the_run_before_it_begins(scenario, tmp_path):
    plugins = failing(tmp_path / "p", "def harms(self): return [Harm('bruise', 7.0)]")
    with pytest.raises(PluginError, match=r"plugin failing: harms gave bruise the probability 7\.0"):
        run(scenario, out=tmp_path / "runs", engine="inline", plugins_dir=plugins)
