"""Calling ``popsim`` in this process, as its script does."""

from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner, Result

from popsim.cli.main import cli


def popsim(*args: object) -> Result:
    """The result of ``popsim ARGS``."""
    return CliRunner().invoke(cli, [str(arg) for arg in args], prog_name="popsim")


def popsim_json(*args: object) -> Any:
    """What ``popsim ARGS --json`` prints, which must succeed."""
    result = popsim(*args, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)
