"""``popsim run`` from the command line to the results, and what is done with runs afterwards."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING

import pytest
from cli_calls import popsim, popsim_json

from popsim.cli.run import newest_run

if TYPE_CHECKING:
    from click.testing import Result

SCENARIO = """
name = "tiny"
title = "A tiny scenario"
days = 2
[people]
count = 60
[[arms]]
name = "usual"
[[arms]]
name = "breaks"
label = "Walking breaks"
[arms.plugins.walking-breaks]
every_min = 30
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("cli-run")
    (made / "tiny.toml").write_text(SCENARIO, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def first_run(folder: Path) -> Result:
    result = popsim("run", folder / "tiny.toml", "--out", folder / "runs", "--engine", "inline")
    assert result.exit_code == 0, result.stderr
    return result


@pytest.fixture(scope="module")
def run_folder(folder: Path, first_run: Result) -> Path:
    (run,) = (folder / "runs").glob("tiny-*")
    return run


def test_a_run_ends_with_a_table_of_arms_where_the_results_are_and_what_to_do_next(
    first_run: Result, run_folder: Path
) -> None:
    rows = first_run.stdout.splitlines()
    assert [row.split("  ")[0].strip() for row in rows if row.startswith((" usual", " Walking breaks"))] == [
        "usual",
        "Walking breaks",
    ]
    assert "60 people over 2 days in each arm" in first_run.stdout
    assert f"Results: {run_folder / 'results.duckdb'}\n" in first_run.stdout
    assert first_run.stdout.endswith(f"Next:    popsim dashboard --runs {run_folder.parent}\n")


def test_progress_goes_to_standard_error(first_run: Result) -> None:
    lines = first_run.stderr.splitlines()
    assert lines[0] == "240 people-days to live"
    assert any(line.startswith("100 %") for line in lines)
    assert "people-days to live" not in first_run.stdout


def test_json_is_one_object_with_every_arm(folder: Path, run_folder: Path) -> None:
    summary = popsim_json("run", folder / "tiny.toml", "--out", folder / "json", "--people", "30", "--days", "1")
    assert [arm["name"] for arm in summary["arms"]] == ["usual", "breaks"]
    assert (summary["run"]["people"], summary["run"]["days"]) == (30, 1)
    assert Path(summary["database"]).is_file()


def test_quiet_says_only_where_the_results_are(folder: Path) -> None:
    result = popsim("run", folder / "tiny.toml", "--out", folder / "quiet", "--people", "20", "--days", "1", "--quiet")
    assert result.exit_code == 0
    assert Path(result.stdout.strip()).name == "results.duckdb"
    assert result.stderr == ""


def test_two_slices_packed_together_equal_the_whole(folder: Path, run_folder: Path) -> None:
    out = folder / "slices"
    for part in ("1/2", "2/2"):
        result = popsim("run", folder / "tiny.toml", "--out", out, "--shards", part, "--engine", "inline")
        assert result.exit_code == 0, result.stderr
        assert result.stdout.startswith(f"Slice {part[0]} of 2: ")
    packed = popsim_json("pack", *sorted(out.iterdir()), "--out", folder / "joined.duckdb")
    assert packed["database"] == str(folder / "joined.duckdb")
    checked = popsim_json("verify", run_folder, folder / "joined.duckdb")["runs"]
    assert [entry["ok"] for entry in checked] == [True, True]
    assert checked[0]["hash"] == checked[1]["hash"]


def test_an_undamaged_run_is_called_so_and_a_damaged_one_is_told(folder: Path, run_folder: Path) -> None:
    assert popsim("verify", run_folder).stdout.startswith(f"{run_folder} is undamaged, results ")
    copy = folder / "damaged"
    subprocess.run(["cp", "-r", str(run_folder), str(copy)], check=True)
    victim = next((copy / "shards").glob("*.parquet"))
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.write_bytes(content)
    result = popsim("verify", copy)
    assert result.exit_code == 2
    assert victim.name in result.stderr
    told = popsim("verify", copy, "--json")
    assert told.exit_code == 2
    assert json.loads(told.stdout)["runs"][0]["ok"] is False


def test_a_finished_run_resumed_without_its_scenario_stays_as_it_is(folder: Path, run_folder: Path) -> None:
    before = popsim_json("verify", run_folder)["runs"][0]["hash"]
    result = popsim("run", "--resume", run_folder)
    assert result.exit_code == 0, result.stderr
    assert "0 people-days to live" in result.stderr
    assert popsim_json("verify", run_folder)["runs"][0]["hash"] == before


def test_a_run_resumed_with_another_seed_is_refused(run_folder: Path) -> None:
    result = popsim("run", "--resume", run_folder, "--seed", "2")
    assert result.exit_code == 2
    assert "seed" in result.stderr


def test_resuming_what_is_no_run_is_refused(tmp_path: Path) -> None:
    result = popsim("run", "--resume", tmp_path)
    assert result.exit_code == 2
    assert str(tmp_path) in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "which scenario? Give a file or a name"),
        (("nowhere.toml",), "nowhere.toml: expected a file, or the name of a scenario that ships"),
        (("office", "--people", "0"), "--people: expected a whole number from 1 to 100,000,000 (got 0)"),
        (("office", "--days", "40000"), "--days: expected a whole number from 1 to 36,500 (got 40000)"),
        (("office", "--seed", "-1"), "--seed: expected a whole number from 0 to"),
        (("office", "--people", "many"), "'many' is not a valid integer"),
        (("office", "--workers", "0"), "0 is not in the range"),
        (("office", "--engine", "steam"), "'steam' is not one of"),
        (("office", "--shards", "3"), "expected I/N such as 2/4, the second of four slices (got '3')"),
        (("office", "--shards", "3/2"), "expected I/N such as 2/4"),
        (("office", "--shards", "0/2"), "expected I/N such as 2/4"),
        (("office", "--plugins-dir", "/no/such/folder"), "/no/such/folder"),
    ],
)
def test_wrong_options_are_told_and_nothing_is_run(options: tuple[str, ...], words: str, tmp_path: Path) -> None:
    result = popsim("run", *options, "--out", tmp_path / "runs")
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.split())
    assert result.stdout == ""
    assert not (tmp_path / "runs").exists()


def test_a_scenario_with_an_unknown_plugin_does_not_run(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text(SCENARIO.replace("walking-breaks]", "walking-brakes]"), encoding="utf-8")
    result = popsim("run", path, "--out", tmp_path / "runs")
    assert result.exit_code == 2
    assert result.stderr == (
        f"{path}:12: arms.plugins.walking-brakes: no such plugin is installed; did you mean 'walking-breaks'?\n"
    )


def test_a_run_stopped_by_ctrl_c_says_how_to_go_on_and_goes_on(folder: Path) -> None:
    out = folder / "stopped"
    program = "from popsim.cli.main import main; main()"
    options = ["--people", "60000", "--days", "60", "--engine", "inline", "--out", str(out)]
    with subprocess.Popen(
        [sys.executable, "-c", program, "run", str(folder / "tiny.toml"), *options],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as process:
        deadline = monotonic() + 60
        while not list(out.glob("tiny-*/shards/*.json")) and monotonic() < deadline and process.poll() is None:
            sleep(0.1)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    (run,) = out.glob("tiny-*")
    assert process.returncode == 130, stderr
    assert stdout == ""
    assert stderr.endswith(f"stopped; go on with popsim run --resume {run}\n")
    assert "Traceback" not in stderr
    assert popsim_json("verify", run)["runs"][0]["ok"]


def test_the_newest_run_is_the_one_that_was_begun(tmp_path: Path) -> None:
    assert newest_run(tmp_path, since=0) is None
    for name, age in (("old", 1_000), ("new", 2_000), ("middle", 1_500)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").touch()
        os.utime(tmp_path / name / "run.json", (age, age))
    assert newest_run(tmp_path, since=1_900) == tmp_path / "new"
    assert newest_run(tmp_path, since=3_000) is None
