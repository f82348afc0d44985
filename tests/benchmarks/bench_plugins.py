"""What the interventions that ship add to a run: the same people with all of them and without any, by turns.

    python -m tests.benchmarks.bench_plugins [--people 5000] [--days 28] [--repeat 5] [--profile ARM]
    python -m tests.benchmarks.bench_plugins --command [--people 20000] [--days 28] [--repeat 5]

Prints figures; asserts nothing. Runs take turns, each in a process of its own, so that nothing is left in memory and a
busy moment of the machine falls on all of them alike. Without ``--command`` it is CPU time, and the time it takes
Python to start and to compile is left out: a small run of the same arm goes before. With it, it is the time that
``popsim run`` takes from start to end, as its user waits for it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from popsim.hooks import load_plugins

_CHILD = """
import cProfile, json, pstats, sys, tempfile, time
from pathlib import Path
from popsim.hooks import load_plugins
from popsim.runs.running import run
from popsim.runs.scenario import Scenario

people, days, profiled, memory, text = int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:]
if memory == "anew":
    from functools import partial
    import popsim.life
    popsim.life.Legs = partial(popsim.life.Legs, reuse=False)
scenario = Scenario.from_text(text, None, load_plugins())
with tempfile.TemporaryDirectory() as folder:
    run(scenario, people=100, days=3, seed=5, out=folder, engine="inline")
    profile = cProfile.Profile()
    began = time.process_time()
    if profiled == "yes":
        profile.enable()
    result = run(scenario, people=people, days=days, out=folder, engine="inline")
    profile.disable()
    seconds = time.process_time() - began
    record = json.loads(next(result.path.glob("shards/*.json")).read_text())
    plugins = sorted(record["record"]["plugin_seconds"].items(), key=lambda item: -item[1])
    from popsim.store import logical_hash
    digest = logical_hash(result.database)
if profiled == "yes":
    pstats.Stats(profile).sort_stats("tottime").print_stats(40)
print(json.dumps([seconds / result.person_days * 1e6, plugins, digest]))
"""

_SCENARIO = """
name = "library"
title = "Everything that ships, at once"
days = 28
[people]
count = 5000
[[trips]]
mode = "flight"
hours = 10
between = [0, 20]
share = 0.1
[[stays]]
reason = "medical"
between = [0, 20]
share = 0.05
[[stays]]
reason = "hip-replacement"
between = [0, 20]
share = 0.02
[outputs]
trace_people = 0
[[arms]]
name = "tried"
"""

BARE = "without any"
_ALONE = {"POPSIM_PLUGINS": ""}
"""What ships, and nobody else's."""
_ARMS = {
    BARE: (0.0, 1.0, "remembering"),
    "without any, every day lived anew": (0.0, 1.0, "anew"),
    "all of them, uptake 1": (1.0, 1.0, "remembering"),
    "all of them, uptake 0.5": (0.5, 1.0, "remembering"),
    "all of them, uptake 0.5, adherence 0.7": (0.5, 0.7, "remembering"),
}
"""Uptake, adherence, and whether days lived before are remembered: what interventions add is more beside a bare model
that hardly lives any day, though they add no more."""
_COMMAND_ARMS = ("all of them, uptake 1", "all of them, uptake 0.5")


def _shipped() -> list[str]:
    registry = load_plugins()
    return [name for name in registry.interventions if registry.provider(name).distribution == "popsim"]


def _scenario(arm: str) -> str:
    """Everything that ships at once, or nothing, as a scenario file."""
    uptake, adherence, _ = _ARMS[arm]
    chosen = _shipped() if uptake else []
    plugins = (f"[arms.plugins.{n}]\ncoverage = {uptake}\nadherence = {adherence}\n" for n in chosen)
    return _SCENARIO + "".join(plugins)


def measured(people: int, days: int, arm: str, *, profiled: bool = False) -> tuple[float, list[tuple[str, float]], str]:
    """CPU time of one run in us per person-day, the interventions' own seconds, and the results' hash."""
    environment = os.environ | _ALONE | {"NUMBA_NUM_THREADS": "1"}
    settings = str(people), str(days), "yes" if profiled else "no", _ARMS[arm][2], _scenario(arm)
    child = [sys.executable, "-c", _CHILD, *settings]
    printed = subprocess.run(child, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
    *table, last = printed.strip().splitlines()
    print("\n".join(table), end="\n" * bool(table))
    micros, plugins, digest = json.loads(last)
    return micros, plugins, digest


def report(people: int, days: int, repeat: int) -> None:
    """All arms by turns, then smallest, median and largest of each, and what they add to the bare model."""
    micros: dict[str, list[float]] = {arm: [] for arm in _ARMS}
    kept = {}
    for _ in range(repeat):
        for arm, values in micros.items():
            value, *kept[arm] = measured(people, days, arm)
            values.append(value)
    bare = statistics.median(micros[BARE])
    print(f"{people} people x {days} days, smallest / median / largest of {repeat} runs, us of CPU per person-day")
    for arm, values in micros.items():
        middle = statistics.median(values)
        shown = f"{min(values):.2f} / {middle:.2f} / {max(values):.2f}"
        print(f"  {arm}: {shown}, {(middle - bare) / bare:+.0%} of the bare model, results {kept[arm][1][:12]}")
    print(f"{len(_shipped())} interventions; own code of those that take longest at uptake 1, s in one shard:")
    print("  " + ", ".join(f"{name} {seconds:.3f}" for name, seconds in kept["all of them, uptake 1"][0][:8]))


def report_command(people: int, days: int, repeat: int) -> None:
    """How long the command takes, bare and with everything by turns, and what the plugins add, turn by turn."""
    seconds: dict[str, list[float]] = {arm: [] for arm in (BARE, *_COMMAND_ARMS)}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(repeat + 1):
            for number, (arm, values) in enumerate(seconds.items()):
                scenario, out = Path(folder, f"{number}.toml"), Path(folder, f"{turn}-{number}")
                scenario.write_text(_scenario(arm), encoding="utf-8")
                run = [sys.executable, "-m", "popsim", "run", str(scenario), "--people", str(people)]
                run += ["--days", str(days), "--out", str(out)]
                began = perf_counter()
                subprocess.run(run, env=os.environ | _ALONE, capture_output=True, check=True)
                values.append(perf_counter() - began)
                shutil.rmtree(out)
    print(f"popsim run, {people} people x {days} days, smallest / median / largest of {repeat} turns after a first")
    for arm, (_, *values) in seconds.items():
        added = [value / bare - 1 for value, bare in zip(values, seconds[BARE][1:], strict=True)]
        shown, more = (
            " / ".join(f"{v:{form}}" for v in (min(each), statistics.median(each), max(each)))
            for each, form in ((values, ".2f"), (added, "+.0%"))
        )
        print(f"  {arm}: {shown} s; added {more}")


def main() -> None:
    """Read the command line and print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=5_000)
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--profile", choices=list(_ARMS), help="where the time of one run goes, instead of the report")
    parser.add_argument("--command", action="store_true", help="the whole command's time instead of CPU time")
    options = parser.parse_args()
    if options.command:
        report_command(options.people, options.days, options.repeat)
    elif options.profile:
        measured(options.people, options.days, options.profile, profiled=True)
    else:
        report(options.people, options.days, options.repeat)


if __name__ == "__main__":
    main()
