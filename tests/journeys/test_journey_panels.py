"""A panel that ships and one of a package that was just made, installed, and seen in a real browser."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import test_journey_dashboard as journey
from test_journey_dashboard import browser, pytestmark, runs, visit  # noqa: F401  fixtures and the browser's mark

from popsim.kit import new_plugin

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PANEL = '''

def _blocks(results):
    yield Words("Those who take the stairs.")
    arms = results.query("SELECT name, label FROM arm ORDER BY id").to_pylist()
    yield Rows(("short name", "people's name"), [(arm["name"], arm["label"]) for arm in arms])


@hookimpl
def popsim_panels():
    """Offer the page."""
    return [Panel("stair-club", "The stair club", _blocks, icon="stairs")]
'''


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a new package with a page of its own is installed."""
    package = new_plugin("stair-club", tmp_path_factory.mktemp("author"))
    module = package / "src" / "stair_club" / "__init__.py"
    text = module.read_text(encoding="utf-8")
    first_import = text.index("from popsim.hooks import")
    text = f"{text[:first_import]}from popsim.hooks import Panel, Rows, Words\n{text[first_import:]}{_PANEL}"
    module.write_text(text, encoding="utf-8")
    target = tmp_path_factory.mktemp("installed")
    flags = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "install", *flags, "--target", str(target), str(package)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


@pytest.fixture(scope="module")
def served(runs: Path, installed: Path) -> Iterator[str]:  # noqa: F811  the journey's runs
    """The dashboard in an environment that has the new package."""
    more = os.pathsep.join(filter(None, [str(installed), os.environ.get("PYTHONPATH", "")]))
    with journey.dashboard(runs, os.environ | {"PYTHONPATH": more}) as address:
        yield address


def test_a_panel_that_ships_is_a_page_of_the_dashboard(visit: journey.Visit) -> None:  # noqa: F811
    visit.go("", journey.RUN.title)
    visit.page.get_by_role("link", name="Cost and harm of a clot avoided").click()
    visit.sees("What it takes to avoid one clot")
    visit.page.locator('[data-testid="stVegaLiteChart"]').first.wait_for(timeout=journey.PATIENCE_MS)
    assert visit.page.locator('[data-testid="stException"]').count() == 0


def test_a_panel_of_a_package_just_made_is_a_page_of_the_dashboard(visit: journey.Visit) -> None:  # noqa: F811
    visit.go("", journey.RUN.title)
    visit.page.get_by_role("link", name="The stair club").click()
    visit.page.wait_for_url("**/stair-club")
    visit.sees("Those who take the stairs.")
    visit.page.locator('[data-testid="stDataFrame"], [data-testid="stTable"]').first.wait_for(
        timeout=journey.PATIENCE_MS
    )
    assert visit.page.locator('[data-testid="stException"]').count() == 0
