"""The first look costs nothing: heavy libraries are imported where they are used, not on the way to the help."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {
    "numpy",
    "numba",
    "scipy",
    "mesa",
    "duckdb",
    "streamlit",
    "pyarrow",
    "altair",
    "pandas",
    "networkx",
    "pydantic",
}
_REPORT = "import json, sys; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
_COMMAND = """
import sys
from popsim.cli.main import main
sys.argv = ["popsim", {arguments}]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
print()
"""


def _loaded(script: str) -> set[str]:
    done = subprocess.run([sys.executable, "-c", script + "\n" + _REPORT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_importing_popsim_imports_nothing_heavy() -> None:
    assert not _loaded("import popsim") & HEAVY


@pytest.mark.parametrize("arguments", ["--help", "--version"])
def test_asking_for_help_imports_nothing_heavy(arguments: str) -> None:
    assert not _loaded(_COMMAND.format(arguments=repr(arguments))) & (HEAVY | {"rich"})


@pytest.mark.parametrize(
    "command",
    ["run", "scenarios", "validate-scenario", "schema", "plugins", "evidence", "dashboard", "pack", "verify", "leg"],
)
def test_the_help_of_a_command_imports_no_engine(command: str) -> None:
    assert not _loaded(_COMMAND.format(arguments=f"{command!r}, '--help'")) & (HEAVY - {"pydantic"})
