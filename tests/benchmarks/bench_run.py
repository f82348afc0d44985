"""Whole runs, stored and packed, beside a plain Mesa model of the same people.

    python -m tests.benchmarks.bench_run [--people 100000] [--days 28] [--plain 300] [--repeat 3]

Prints figures; asserts nothing. Plain Mesa lives fewer people for fewer days; its speed does not depend on either.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from popsim.hooks import load_plugins
from popsim.runs.running import run
from popsim.runs.scenario import Scenario
from popsim.world import World
from tests.benchmarks.plain_mesa import PlainTown, warm_up

PLAIN_DAYS = 7


class PeakMemory:
    """Largest resident memory of this process and its workers together, sampled every 50 ms."""

    def __init__(self) -> None:
        self.peak_mb = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> PeakMemory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            pids = [os.getpid(), *(child.pid for child in multiprocessing.active_children())]
            self.peak_mb = max(self.peak_mb, sum(resident_mb(pid) for pid in pids if pid))


def resident_mb(pid: int) -> float:
    """Resident memory of one process, 0 when it is gone."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return pages * resource.getpagesize() / 2**20


def spread(values: list[float], digits: int = 2) -> str:
    """Smallest, median and largest."""
    ordered = sorted(values)
    return " / ".join(f"{v:.{digits}f}" for v in (ordered[0], ordered[len(ordered) // 2], ordered[-1]))


class Runs:
    """Figures of whole runs of two arms, from the scenario to the packed file.

    Args:
        people: of each run.
        days: of each run.
        engine: ``inline`` or ``process``.
    """

    def __init__(self, people: int, days: int, engine: str) -> None:
        self._people, self._days, self._engine = people, days, engine
        self.seconds: list[float] = []
        self.micros: list[float] = []
        self.memory: list[float] = []

    def once_more(self) -> float:
        """Run once; CPU time in us per person-day."""
        with tempfile.TemporaryDirectory() as folder, PeakMemory() as watch:
            began, busy = time.perf_counter(), cpu_seconds()
            result = run("office", people=self._people, days=self._days, out=folder, engine=self._engine)
            self.seconds.append(time.perf_counter() - began)
            self.micros.append((cpu_seconds() - busy) / result.person_days * 1e6)
        self.memory.append(watch.peak_mb)
        return self.micros[-1]

    def __str__(self) -> str:
        return (
            f"whole run, {self._people} people x {self._days} days x 2 arms, {self._engine}: "
            f"{spread(self.seconds)} s on the clock, {spread(self.micros)} us of CPU per person-day, "
            f"peak {spread(self.memory, 0)} MB"
        )


def cpu_seconds() -> float:
    """CPU time of this process and of its children that have ended."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def plain_mesa(world: World, days: int) -> float:
    """CPU time of plain Mesa agents living the same days, us per person-day; making them does not count."""
    town = PlainTown(world)
    warm_up(town)
    began = time.process_time()
    for _ in range(days):
        town.step()
    return (time.process_time() - began) / len(world.people) / days * 1e6


def beside_plain_mesa(people: int, days: int, plain: int, repeat: int) -> None:
    """Whole runs and plain Mesa by turns, so that a busy moment of the machine falls on both."""
    world = World.build(Scenario.load("office").with_overrides(people=plain, days=PLAIN_DAYS), load_plugins())
    runs, mesa, ratio = Runs(people, days, "inline"), [], []
    for _ in range(repeat):
        before = plain_mesa(world, PLAIN_DAYS)
        own = runs.once_more()
        mesa.append((before + plain_mesa(world, PLAIN_DAYS)) / 2)
        ratio.append(mesa[-1] / own)
    print(runs)
    print(f"plain Mesa, {plain} people x {PLAIN_DAYS} days: {spread(mesa, 1)} us of CPU per person-day")
    print(f"plain Mesa over a whole run, turn by turn: {spread(ratio, 0)}", flush=True)


def profile(people: int, days: int) -> None:
    """Where the time of an inline run goes, the kernel included."""
    code = (
        "import cProfile, pstats, tempfile\nfrom popsim.runs.running import run\n"
        f"with tempfile.TemporaryDirectory() as d:\n    run('office', people=200, days=2, out=d, engine='inline')\n"
        "    p = cProfile.Profile()\n"
        f"    p.runcall(run, 'office', people={people}, days={days}, out=d, engine='inline')\n"
        "pstats.Stats(p).sort_stats('tottime').print_stats(22)\n"
    )
    print(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


def main() -> None:
    """Read the command line and print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--plain", type=int, default=300)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    print("smallest / median / largest of", options.repeat, "runs, load", os.getloadavg())
    with tempfile.TemporaryDirectory() as folder:
        run("office", people=200, days=2, out=folder, engine="inline")
    workers = Runs(options.people, options.days, "process")
    for _ in range(options.repeat):
        workers.once_more()
    print(workers, flush=True)
    beside_plain_mesa(options.people, options.days, options.plain, options.repeat)
    if options.profile:
        profile(options.people, options.days)


if __name__ == "__main__":
    main()
