"""A plugin that is wrong is found out by the check it fails, in one sentence, and harms nobody else."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner
from faulty_plugins import FAULTY, write_faulty, write_two_writers

from popsim.cli.main import cli
from popsim.errors import PopsimError
from popsim.hooks import load_plugins
from popsim.kit import check_plugin
from popsim.runs.scenario import Scenario

AT_LOADING = [name for name, (_, check, _) in FAULTY.items() if check == "loads"]


@pytest.mark.parametrize("name", FAULTY)
def test_a_faulty_plugin_fails_the_check_that_is_about_its_fault(name, tmp_path):
    _, check, said = FAULTY[name]
    report = check_plugin(write_faulty(tmp_path, name) / f"{name.replace('-', '_')}.py", quick=True)
    assert not report.ok
    failed = {one.name: one.sentence for one in report.failed}
    assert check in failed, failed
    assert said in failed[check]
    assert all("\n" not in sentence for sentence in failed.values())


def test_a_sound_plugin_passes_and_says_so(tmp_path):
    from faulty_plugins import HEAD, TAIL

    path = tmp_path / "sound.py"
    claim = "class Mine(Sound):\n    claims = (Claim('expected_clots', 'down', 0.3),)\n"
    halved = "    def blood(self, people, today):\n        return 0.5\n"
    path.write_text(HEAD.format(name="sound") + claim + halved + TAIL, encoding="utf-8")
    report = check_plugin(path, quick=True)
    assert report.ok, report.failed
    assert len(report.checks) == 15


def test_two_writers_of_a_column_that_does_not_combine_are_refused_before_the_run(small_text, tmp_path):
    registry = load_plugins(write_two_writers(tmp_path))
    arms = "[arms.plugins.both]\n[arms.plugins.alone]\n"
    with pytest.raises(PopsimError, match="alone must be alone in writing blood, which both writes too"):
        Scenario.from_text(small_text(arms=arms), registry=registry)
    Scenario.from_text(small_text(arms="[arms.plugins.alone]\n"), registry=registry)


def test_what_is_neither_a_file_nor_installed_is_said_so():
    (check,) = check_plugin("no-such-plugin").checks
    assert "no installed plugin 'no-such-plugin'" in check.sentence


COMMANDS = (
    ["scenarios", "--json"],
    ["plugins", "--json"],
    ["plugins"],
    ["evidence", "--json"],
    ["schema"],
    ["schema", "--markdown"],
    ["validate-scenario", "office"],
)


def test_every_command_works_beside_all_of_them(tmp_path):
    folder = str(write_faulty(tmp_path / "plugins"))
    for arguments in COMMANDS:
        known = "--plugins-dir" in CliRunner().invoke(cli, [arguments[0], "--help"]).stdout
        result = CliRunner().invoke(cli, [*arguments, *(["--plugins-dir", folder] if known else [])])
        assert result.exit_code == 0, (arguments, result.stderr)
    told = CliRunner().invoke(cli, ["plugins", "--json", "--plugins-dir", folder])
    states = {p["name"]: p["state"] for p in json.loads(told.stdout)["plugins"]}
    assert {name for name, state in states.items() if state == "broken"} == set(AT_LOADING)


@pytest.mark.slow
def test_a_run_beside_all_of_them_is_the_run_without_them(tmp_path):
    from popsim.store import logical_hash

    folder = write_faulty(tmp_path / "plugins")
    program = "from popsim.cli.main import main; main()"
    for place, more in (("beside", ["--plugins-dir", str(folder)]), ("alone", [])):
        command = [sys.executable, "-c", program, "run", "office", "--people", "60", "--days", "3", "--quiet",
                   "--engine", "inline", "--out", str(tmp_path / place), *more]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr
    beside, alone = (next((tmp_path / place).glob("*/results.duckdb")) for place in ("beside", "alone"))
    assert logical_hash(beside) == logical_hash(alone)


def test_the_command_tells_each_check_on_a_line_and_fails_when_one_does(tmp_path):
    path = str(write_faulty(tmp_path, "not-a-number") / "not_a_number.py")
    result = CliRunner().invoke(cli, ["plugin", "check", path, "--quick"])
    assert result.exit_code == 1
    assert "ok      loads: " in result.stdout
    assert "FAILED  runs: plugin not-a-number: blood returned" in result.stdout
    told = json.loads(CliRunner().invoke(cli, ["plugin", "check", path, "--quick", "--json"]).stdout)
    assert told["ok"] is False
    assert {"name", "ok", "sentence"} == set(told["checks"][0])
