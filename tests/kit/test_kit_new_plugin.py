"""From nothing to a plugin that is installed, tested, run and looked at: the whole way of an author."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from popsim.analysis import arm_report
from popsim.errors import InputError
from popsim.hooks import load_plugins
from popsim.kit import check_plugin, new_plugin
from popsim.runs.running import run
from popsim.runs.scenario import Scenario
from popsim.store import Results

if TYPE_CHECKING:
    from pathlib import Path

POPSIM = "from popsim.cli.main import main; main()"
TIMEOUT_S = 400


def call(*command: object, place: Path, path: Path | None = None) -> str:
    """What a command prints, run in a folder, with another folder of installed packages."""
    more = os.pathsep.join(filter(None, [str(path) if path else "", os.environ.get("PYTHONPATH", "")]))
    done = subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=place,
        env=os.environ | {"PYTHONPATH": more},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """A new package, as the command leaves it."""
    folder = tmp_path_factory.mktemp("author")
    told = call("-c", POPSIM, "plugin", "new", "stair-days", place=folder)
    assert "popsim plugin check stair-days" in told
    return folder / "stair-days"


@pytest.fixture(scope="module")
def installed(package, tmp_path_factory):
    """Where the package is installed."""
    target = tmp_path_factory.mktemp("installed")
    flags = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    call("-m", "pip", "install", *flags, "--target", target, package, place=package.parent)
    return target


@pytest.mark.slow
def test_the_package_passes_its_own_tests(package):
    call("-m", "pytest", "-q", "-p", "no:cacheprovider", place=package)


@pytest.mark.slow
def test_installed_it_is_discovered_and_passes_every_check(package, installed, tmp_path):
    listed = json.loads(call("-c", POPSIM, "plugins", "--json", place=tmp_path, path=installed))
    (info,) = [plugin for plugin in listed["plugins"] if plugin["name"] == "stair-days"]
    assert info["state"] == "ok"
    assert info["version"] == "0.1.0"
    assert info["distribution"] == "popsim-stair-days"
    assert info["hooks"] == ["popsim_evidence", "popsim_interventions", "popsim_scenarios"]
    told = json.loads(call("-c", POPSIM, "plugin", "check", "stair-days", "--json", place=tmp_path, path=installed))
    assert told["ok"], told
    assert {"loads", "zero effect", "another process", "claims"} <= {check["name"] for check in told["checks"]}


def test_its_scenario_runs_and_shows_in_the_dashboards_data(package, installed, tmp_path):
    flags = ["--people", "150", "--days", "4", "--engine", "inline", "--quiet"]
    told = call("-c", POPSIM, "run", "stair-days-trial", *flags, "--out", "runs", place=tmp_path, path=installed)
    with Results.open(tmp_path / told.strip()) as results:
        report = arm_report(results)
        (used,) = results.provenance["plugins"]
    assert [arm["label"] for arm in report["arms"]] == ["As usual", "Stair days"]
    assert report["arms"][1]["avoided_per_10000"] > 0
    assert report["arms"][1]["costs"]["items"]["leaflet"]["quantity"] > 100
    assert (used["name"], used["distribution"]) == ("stair-days", "popsim-stair-days")


def test_the_same_plugin_as_a_single_file(package, tmp_path):
    """And not yet installed, by the folder of its package; with the same results."""
    source = package / "src" / "stair_days"
    (tmp_path / "scenarios").mkdir()
    for name in ("stair_days.toml", "scenarios/stair-days-trial.toml"):
        (tmp_path / name).write_text((source / name).read_text(encoding="utf-8"), encoding="utf-8")
    text = (source / "__init__.py").read_text(encoding="utf-8")
    (tmp_path / "stair_days.py").write_text(text, encoding="utf-8")
    assert check_plugin(tmp_path / "stair_days.py", quick=True).ok
    pooled = []
    for place in (tmp_path, package):
        scenario = Scenario.load("stair-days-trial", load_plugins(place))
        done = run(scenario, people=80, days=3, out=tmp_path / "runs", engine="inline", plugins_dir=place)
        pooled.append([arm["mean_pooled_ml"] for arm in done.summary()["arms"]])
    assert pooled[0] == pooled[1]
    assert pooled[0][1] < pooled[0][0]


@pytest.mark.parametrize("name", ["Stair Days", "3-days", "", "../x"])
def test_a_name_that_cannot_be_one_is_refused(name, tmp_path):
    with pytest.raises(InputError, match="expected a name"):
        new_plugin(name, tmp_path)


def test_what_is_there_is_not_overwritten(tmp_path):
    new_plugin("stair-days", tmp_path)
    with pytest.raises(InputError, match="is there already"):
        new_plugin("stair-days", tmp_path)
