"""A watch sees what a plugin's code does, and does not blame it for what happens to come in between."""

from __future__ import annotations

import gc
import time
from pathlib import Path

from popsim.kit.guards import CLOCK, Watch

HERE = Path(__file__).parent


def test_a_clock_that_is_read_by_whoever_clears_up_memory_is_not_blamed_on_the_code_that_runs() -> None:
    read: list[float] = []

    def on_clearing_up(phase: str, info: dict[str, int]) -> None:
        read.append(time.perf_counter())

    gc.callbacks.append(on_clearing_up)
    try:
        with (watch := Watch(HERE)).watching():
            gc.collect()
    finally:
        gc.callbacks.remove(on_clearing_up)
    assert read, "memory was not cleared up at all"
    assert not watch.seen


def test_a_clock_that_the_code_reads_through_another_function_is_seen() -> None:
    with (watch := Watch(HERE)).watching():
        sorted([1, 2], key=lambda _: time.perf_counter())
    assert CLOCK in watch.seen
