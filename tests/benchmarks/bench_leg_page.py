"""The dashboard page "The leg" in a real browser: seconds from a reader's change to the page that shows it.

python -m tests.benchmarks.bench_leg_page [--rounds 3]
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # as pytest does for the tests' helpers

from tests.journeys.test_journey_dashboard import ARGUMENTS, CHROMIUM, dashboard

_SHOWN = "[data-testid=stApp][data-test-script-state=notRunning]"
_PATIENCE_MS = 60_000
_WATCH = """() => {
    const state = "data-test-script-state";
    window.answered = [];
    new MutationObserver(changed => {
        const done = changed.some(one => one.target.getAttribute(state) === "notRunning");
        if (done) window.answered.push(performance.now());
    }).observe(document.body, { attributes: true, attributeFilter: [state], subtree: true });
}"""


def changes(page: Page) -> dict[str, Callable[[], Locator]]:
    """What a reader may change, again and again: each gets ready and tells what to click, or which slider to press."""

    def option_of(label: str) -> Locator:
        page.get_by_label(label).click()
        return page.get_by_role("option").first

    return {
        "cadence": lambda: page.get_by_role("slider"),
        "sitting": lambda: page.get_by_text("Sitting", exact=True).first,
        "standing": lambda: page.get_by_text("Standing", exact=True).first,
        "condition": lambda: option_of("Condition"),
        "device": lambda: option_of("Worn or used"),
    }


def seconds(page: Page, name: str, ready: Callable[[], Locator]) -> float:
    """From the change until nothing on the page is being worked out any more."""
    there = ready()
    began = page.evaluate("performance.now()")
    if name == "cadence":
        there.press("ArrowRight")
    else:
        there.click()
    page.wait_for_function(f"window.answered.some(at => at > {began})", timeout=_PATIENCE_MS)
    answered = page.evaluate(f"window.answered.filter(at => at > {began})[0]")
    page.wait_for_selector(_SHOWN, timeout=_PATIENCE_MS)
    return float(answered - began) / 1e3


def main() -> None:
    """Print the figures."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as runs, dashboard(Path(runs), os.environ) as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        took: dict[str, list[float]] = {}
        for _ in range(rounds):
            page = browser.new_page(viewport={"width": 1300, "height": 1500})
            began = time.perf_counter()
            page.goto(f"{address}/leg")
            page.get_by_role("slider").wait_for(timeout=_PATIENCE_MS)
            page.wait_for_selector(_SHOWN, timeout=_PATIENCE_MS)
            took.setdefault("first sight", []).append(time.perf_counter() - began)
            page.evaluate(_WATCH)
            for name, ready in changes(page).items():
                took.setdefault(name, []).append(seconds(page, name, ready))
            page.close()
        for name, all_ in took.items():
            print(f"{name:12s} {statistics.median(all_):.2f} s   ({min(all_):.2f} to {max(all_):.2f})")
        browser.close()


if __name__ == "__main__":
    main()
