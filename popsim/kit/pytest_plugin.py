"""The checks of a plugin as a pytest fixture: ``pytest_plugins = ["popsim.kit.pytest_plugin"]`` in ``conftest.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from popsim.kit.checking import check_plugin

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def popsim_plugin() -> Callable[..., None]:
    """A function that checks a plugin, by path or name, and fails with one line for each thing that does not hold."""

    def check(target: str | Path, *, quick: bool = False) -> None:
        report = check_plugin(target, quick=quick)
        if not report.ok:
            pytest.fail("\n".join(f"{c.name}: {c.sentence}" for c in report.failed), pytrace=False)

    return check
