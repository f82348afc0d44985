"""The command line as a whole: help, names, errors and exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest
from cli_calls import popsim

from popsim import __version__
from popsim.cli.main import COMMANDS, cli
from popsim.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = ("numpy", "numba", "scipy", "mesa", "duckdb", "streamlit", "pyarrow", "altair", "pydantic", "rich", "pandas")


def popsim_process(*args: str, **extra: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "popsim", *args]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **extra)  # type: ignore[call-overload,no-any-return]


def test_help_lists_every_command() -> None:
    result = popsim("--help")
    assert result.exit_code == 0
    for name, entry in COMMANDS.items():
        assert name in result.stdout
        assert entry.summary in result.stdout
    assert popsim("-h").stdout == result.stdout


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys\nfrom popsim.cli.main import cli\n"
        "try: cli.main(['--help'], prog_name='popsim')\nexcept SystemExit: pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in ("leg", "import-diaries")])
def test_the_summary_in_the_list_is_the_beginning_of_the_commands_own_help(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.name == name
    assert command.help
    result = popsim(name, "--help")
    assert result.exit_code == 0
    assert f"Usage: popsim {name}" in result.stdout


def test_version() -> None:
    assert popsim("--version").stdout == f"popsim {__version__}\n"


def test_a_misspelt_command_gets_the_closest() -> None:
    result = popsim("scenaros")
    assert result.exit_code == 2
    assert result.stderr.endswith("Error: no such command 'scenaros'; did you mean 'scenarios'?\n")


def test_a_misspelt_option_gets_the_closest() -> None:
    result = popsim("run", "office", "--peopel", "3")
    assert result.exit_code == 2
    assert "'--people'" in result.stderr


@pytest.mark.parametrize(
    ("raised", "code", "words"),
    [
        (
            InputError("expected a day (got a night)", path="a.csv", line=3, key="day"),
            2,
            "a.csv:3: day: expected a day",
        ),
        (PermissionError(13, "Permission denied", "/locked"), 2, "/locked: Permission denied\n"),
        (OSError(28, "No space left on device"), 2, "No space left on device\n"),
        (KeyboardInterrupt(), 130, "stopped\n"),
        (
            ZeroDivisionError("division by zero"),
            1,
            "popsim failed: ZeroDivisionError: division by zero\nThis is a fault",
        ),
    ],
    ids=["bad input", "locked file", "full disk", "Ctrl-C", "a fault of ours"],
)
def test_every_end_has_its_exit_code_and_no_traceback(
    raised: BaseException, code: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise raised

    monkeypatch.setattr("popsim.cli.scenarios._shipped", lambda *_: fail())
    result = popsim("scenarios")
    assert result.exit_code == code
    assert result.stdout == ""
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_a_fault_leaves_a_file_to_report(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("popsim.cli.scenarios._shipped", lambda *_: {}["nothing"])
    result = popsim("scenarios")
    (report,) = tmp_path.glob("popsim-fault-*.txt")
    assert str(report) in result.stderr
    text = report.read_text(encoding="utf-8")
    assert text.startswith(f"popsim {__version__}, Python ")
    assert "KeyError: 'nothing'" in text


def test_a_reader_that_goes_away_is_no_error() -> None:
    program = "from popsim.cli.main import main; main()"
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as gone:
        done = subprocess.run(
            [sys.executable, "-c", program, "scenarios", "--json"],
            stdout=gone,
            stderr=subprocess.PIPE,
            timeout=120,
            check=False,
        )
    assert done.returncode == 141
    assert done.stderr == b""


def test_a_terminal_that_shows_plain_letters_only_gets_a_plain_table() -> None:
    done = popsim_process("scenarios", env=os.environ | {"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0
    assert done.stdout.isascii()


def test_the_script_reports_bad_input_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text("days = 7\ntitle = three\n", encoding="utf-8")
    done = popsim_process("run", "s.toml", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("s.toml:2: expected valid TOML (got a value that is no number")
    assert done.stderr.count("\n") == 1


def test_json_stays_json_with_odd_file_names(tmp_path: Path) -> None:
    done = popsim_process("validate-scenario", "--json", "no\u2028such\tfile", cwd=tmp_path)
    assert done.returncode == 2
    assert json.loads(done.stdout)["scenario"] == "no\u2028such\tfile"
