"""A planner looks at results in a real browser: every page, another arm and person; nothing leaves the machine."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from helpers.synthetic_runs import ArmEffect, SyntheticRun, commit, write_run

from popsim.analysis import key_results
from popsim.store import Results
from popsim_dashboard.words import limits, valued

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from playwright.sync_api import Browser, Page

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RUN = SyntheticRun(people=900, days=10, shards=3, traced=5, traced_days=2)
PATIENCE_MS, PATIENCE_S = 20_000, 30.0

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium at /usr/bin/chromium"),
]


@dataclass
class Visit:
    """A page of the browser, what it asked for, and what it complained about."""

    page: Page
    address: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str, heading: str) -> None:
        """Open a page by its address."""
        self.page.goto(f"{self.address}/{path}")
        self.page.get_by_role("heading", name=heading, exact=True, level=1).wait_for(timeout=PATIENCE_MS)

    def sees(self, text: str) -> None:
        """Wait until a text is on the page."""
        self.page.get_by_text(text).first.wait_for(timeout=PATIENCE_MS)

    def picks(self, label: str, option: str) -> None:
        """Choose from a select box."""
        self.page.get_by_role("combobox", name=label).click()
        self.page.get_by_role("option", name=option).click()


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("runs")
    write_run(root, "office", RUN)
    return root


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        assert server.poll() is None, "the dashboard ended before it answered"
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.1)
    pytest.fail("the dashboard did not answer in time")


@contextmanager
def dashboard(runs: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """The dashboard as ``popsim dashboard`` starts it; told to end, it leaves no process of its group behind."""
    port = _free_port()
    start = [sys.executable, "-c", "from popsim.cli.main import main; main()", "dashboard", "--no-browser"]
    command = [*start, "--runs", str(runs), "--port", str(port)]
    silent = subprocess.DEVNULL
    server = subprocess.Popen(command, stdout=silent, stderr=silent, start_new_session=True, env=environment)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address, server)
        yield address
    finally:
        server.terminate()
        ended = server.wait(timeout=10)
    assert ended == 0
    with pytest.raises(ProcessLookupError):
        os.killpg(server.pid, 0)


@pytest.fixture(scope="module")
def served(runs: Path) -> Iterator[str]:
    """The dashboard with what is installed."""
    with dashboard(runs, os.environ) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(served: str, browser: Browser) -> Iterator[Visit]:
    """A fresh page; at its end, no request may have left the machine and no script may have failed."""
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    made = Visit(page, served)
    page.on("request", lambda request: made.requests.append(request.url))
    page.on("websocket", lambda socket_: made.requests.append(socket_.url))
    page.on("pageerror", lambda error: made.complaints.append(str(error)))
    yield made
    page.close()
    own = urlsplit(served).netloc
    foreign = [
        u for u in made.requests if urlsplit(u).scheme not in ("data", "blob", "about") and urlsplit(u).netloc != own
    ]
    assert made.requests
    assert foreign == []
    assert made.complaints == []


def test_the_overview_shows_the_figures_of_the_store(visit: Visit, runs: Path) -> None:
    with Results.open(runs / "office") as results:
        answers = key_results(results)
    visit.go("", RUN.title)
    cards = visit.page.locator(".popsim-card")
    cards.first.wait_for(timeout=PATIENCE_MS)
    assert cards.count() == len(answers)
    for card, answer in zip(cards.all(), answers, strict=True):
        shown = answer.avoided_per_10000 or answer.expected_clots_per_10000
        assert card.locator("h4").inner_text() == answer.label
        assert card.locator(".value").inner_text() == valued(shown)
        assert limits(shown) in card.locator(".note").inner_text()
        assert f"{valued(answer.mean_pooled_ml)} mL" in card.inner_text()
    visit.page.get_by_role("tab", name="Scenario").click()
    visit.sees('name = "office"')


def test_all_pages_are_reached_from_the_sidebar(visit: Visit) -> None:
    visit.go("", RUN.title)
    for link, heading in (
        ("Compare arms", "Compare arms"),
        ("A person's day", "A person's day"),
        ("The leg", "The leg"),
    ):
        visit.page.get_by_role("link", name=link).click()
        visit.page.get_by_role("heading", name=heading, exact=True, level=1).wait_for(timeout=PATIENCE_MS)
    visit.page.locator("iframe").first.wait_for(timeout=PATIENCE_MS)
    assert visit.page.locator('[data-testid="stException"]').count() == 0


def test_charts_are_drawn_with_their_units(visit: Visit) -> None:
    visit.go("compare", "Compare arms")
    visit.sees("All people and days.")
    charts = visit.page.locator('[data-testid="stVegaLiteChart"] canvas, [data-testid="stVegaLiteChart"] svg')
    charts.nth(4).wait_for(timeout=PATIENCE_MS)
    assert charts.count() == 5
    assert all((box := chart.bounding_box()) and box["width"] > 600 and box["height"] > 60 for chart in charts.all())


def test_another_arm_person_and_moment_change_the_legs(visit: Visit, runs: Path) -> None:
    visit.go("person", "A person's day")
    drawing = visit.page.get_by_alt_text(re.compile("Both legs from behind"))
    drawing.wait_for(timeout=PATIENCE_MS)
    before = drawing.get_attribute("alt")
    visit.picks("Arm", "Compression stockings")
    visit.sees("The faint line is the same person")
    visit.picks("Person", "Person of 33 (no. 3)")
    slider = visit.page.get_by_role("slider")
    slider.focus()
    slider.press("Home")
    visit.sees("Asleep in bed")
    with Results.open(runs / "office") as results:
        stored = results.query(
            "SELECT volume_start_ul / 1e3 AS ml FROM trace"
            " WHERE arm = 2 AND person = 3 AND day = 0 AND bout = 0 ORDER BY leg"
        )["ml"].to_pylist()
    for side, millilitres in zip(("Left", "Right"), stored, strict=True):
        visit.page.get_by_alt_text(re.compile(f"{side}: {millilitres:.0f} mL")).wait_for(timeout=PATIENCE_MS)
    assert drawing.get_attribute("alt") != before


def test_the_leg_moves_and_its_valves_leak_when_ill(visit: Visit) -> None:
    visit.go("leg", "The leg")
    visit.sees("The faint line is a healthy bare leg")
    leg = visit.page.frame_locator("iframe").first
    clock = leg.locator("#clock")
    first = clock.inner_text(timeout=PATIENCE_MS)
    visit.page.wait_for_timeout(400)
    assert clock.inner_text() != first
    leg.get_by_role("button", name="Pause").click()
    leg.locator("#time").fill("990")
    assert leg.locator("#valves line[stroke='#D55E00']").count() == 0
    conditions = visit.page.get_by_test_id("stMultiSelect").filter(has=visit.page.get_by_label("Condition"))
    conditions.get_by_role("combobox").click()
    conditions.get_by_role("combobox").press_sequentially("Superficial and deep")
    visit.page.get_by_role("option").first.wait_for(timeout=PATIENCE_MS)
    visit.page.keyboard.press("Enter")
    conditions.get_by_text("Superficial and deep reflux").first.wait_for(timeout=PATIENCE_MS)
    leg.locator("#valves line[stroke='#D55E00']").first.wait_for(timeout=PATIENCE_MS)


@pytest.mark.parametrize(
    ("path", "heading"),
    [("", RUN.title), ("compare", "Compare arms"), ("person", "A person's day"), ("leg", "The leg")],
)
def test_no_page_needs_sideways_scrolling_in_a_narrow_window(visit: Visit, path: str, heading: str) -> None:
    visit.page.set_viewport_size({"width": 900, "height": 1000})
    visit.go(path, heading)
    visit.page.wait_for_timeout(300)
    overflow = visit.page.evaluate(
        "() => { const m = document.querySelector('[data-testid=stMain]'); return m.scrollWidth - m.clientWidth }"
    )
    assert overflow <= 1


def test_what_users_write_is_text_and_fetches_nothing(visit: Visit, runs: Path) -> None:
    title = "A ![picture](http://192.0.2.1/x.png) for $1 or $2, *b* <i>c</i> :red[d] & co."
    arms = (ArmEffect("usual", title), ArmEffect("other", f"Not {title}"))
    write_run(runs, "odd", SyntheticRun(people=200, days=3, shards=1, title=title, arms=arms))
    for path in ("", "compare", "person"):
        visit.go(path, {"": title, "compare": "Compare arms", "person": "A person's day"}[path])
        visit.page.wait_for_timeout(300)
    assert visit.page.locator("img[src*='192.0.2.1']").count() == 0


def test_a_run_that_is_still_going_grows_before_the_eyes(visit: Visit, runs: Path) -> None:
    going = write_run(runs, "going", SyntheticRun(people=900, days=10, shards=3, committed=1, title="Still going"))
    with going.lock():
        visit.go("", "Still going")
        visit.sees("the results of 300 of its 900 people")
        commit(going, RUN_GOING, 1)
        visit.sees("the results of 600 of its 900 people")
        commit(going, RUN_GOING, 2)
    visit.sees("Finished")


RUN_GOING = SyntheticRun(people=900, days=10, shards=3, title="Still going")
