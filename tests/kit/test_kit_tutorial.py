"""The tutorial, line by line: its files are written and its commands run, in order, in an empty folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "tutorial.md").read_text(encoding="utf-8")
STEPS = re.findall(
    r"<!-- file: (?P<file>\S+) -->\n```\w+\n(?P<text>.*?)```|```console\n(?P<commands>.*?)```", PAGE, flags=re.DOTALL
)
PIP = """#!/bin/sh
command=$1; shift
if [ $command = install ]; then set -- --target "$TUTORIAL_TARGET" "$@"; fi
exec "{python}" -m pip $command --quiet --no-deps --no-build-isolation --no-index --disable-pip-version-check "$@"
"""
POPSIM = '#!/bin/sh\nexec "{python}" -c "from popsim.cli.main import main; main()" "$@"\n'
PYTHON = '#!/bin/sh\nexec "{python}" "$@"\n'


@pytest.fixture
def shell(tmp_path):
    """Run a command line in an empty folder, where pip installs beside it and needs no network."""
    home, tools, target = (tmp_path / name for name in ("home", "tools", "target"))
    for folder in (home, tools, target):
        folder.mkdir()
    for name, text in (("pip", PIP), ("popsim", POPSIM), ("python", PYTHON)):
        (tools / name).write_text(text.format(python=sys.executable), encoding="utf-8")
        (tools / name).chmod(0o755)
    paths = os.pathsep.join(filter(None, [str(target), os.environ.get("PYTHONPATH", "")]))
    env = os.environ | {
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": paths,
        "TUTORIAL_TARGET": str(target),
        "PYTHONDONTWRITEBYTECODE": "1",
    }

    def run(line: str) -> str:
        asked = {"shell": True, "cwd": home, "env": env, "capture_output": True, "text": True, "timeout": 300}
        done = subprocess.run(line, check=False, **asked)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    return home, run


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="the commands are those of a POSIX shell")
def test_every_file_can_be_written_and_every_command_run(shell):
    home, run = shell
    told = {}
    for file, text, commands in STEPS:
        if file:
            assert (home / file).exists(), f"{file} is changed, so it must be there"
            (home / file).write_text(text, encoding="utf-8")
        for line in commands.splitlines():
            assert line.startswith("$ ")
            told[line[2:]] = run(line[2:])
    assert len(told) >= 9
    assert "16 of 16 checks passed" in told["popsim plugin check stair-days"]
    assert "stair-days" in told["popsim plugins"]
    report = told["popsim run stair-days-trial --people 500 --days 7 --out runs"]
    assert "Fall " in report
    assert "Of it in plugins: stair-days " in report
    assert "people for one clot avoided" in told["popsim nnt runs/stair-days-trial-*"]
    assert [path.name for path in (home / "dist").iterdir()] == ["popsim_stair_days-0.1.0-py3-none-any.whl"]


def test_the_page_has_files_and_commands():
    assert sum(1 for file, _, _ in STEPS if file) >= 4
    assert sum(commands.count("$ ") for _, _, commands in STEPS) >= 9
