"""What the interventions that ship add to a run: CPU time with all of them, beside the same people without any.

    python -m tests.benchmarks.bench_plugins [--people 5000] [--days 28] [--repeat 5] [--profile ARM]

Prints figures; asserts nothing. Runs take turns, each in a process of its own, so that nothing is left in memory and a
busy moment of the machine falls on all of them alike. The time it takes Python to start and to compile is left out: a
small run of the same arm goes before.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys

_CHILD = """
import cProfile, json, pstats, sys, tempfile, time
from pathlib import Path
from popsim.hooks import load_plugins
from popsim.runs.running import run
from popsim.runs.scenario import Scenario

people, days, uptake, adherence, profiled = int(sys.argv[1]), int(sys.argv[2]), *map(float, sys.argv[3:5]), sys.argv[5]
if sys.argv[6] == "anew":
    from functools import partial
    import popsim.life
    popsim.life.Legs = partial(popsim.life.Legs, reuse=False)
TEXT = '''
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
'''
registry = load_plugins()
names = [name for name in registry.interventions if registry.provider(name).distribution == "popsim"]
if uptake:
    TEXT += "".join(f"[arms.plugins.{n}]\\ncoverage = {uptake}\\nadherence = {adherence}\\n" for n in names)
scenario = Scenario.from_text(TEXT, None, registry)
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
print(json.dumps([seconds / result.person_days * 1e6, len(names), plugins, digest]))
"""

BARE = "without any"
_ARMS = {
    BARE: (0.0, 1.0, "remembering"),
    "without any, every day lived anew": (0.0, 1.0, "anew"),
    "all of them, uptake 1": (1.0, 1.0, "remembering"),
    "all of them, uptake 0.5": (0.5, 1.0, "remembering"),
    "all of them, uptake 0.5, adherence 0.7": (0.5, 0.7, "remembering"),
}
"""Uptake, adherence, and whether days lived before are remembered: what interventions add is more beside a bare model
that hardly lives any day, though they add no more."""


def measured(
    people: int, days: int, arm: str, *, profiled: bool = False
) -> tuple[float, int, list[tuple[str, float]], str]:
    """CPU time of one run in us per person-day, how many interventions ship, their own seconds, the results' hash."""
    uptake, adherence, memory = _ARMS[arm]
    settings = [str(value) for value in (people, days, uptake, adherence, "yes" if profiled else "no", memory)]
    environment = os.environ | {"POPSIM_PLUGINS": "", "NUMBA_NUM_THREADS": "1"}
    child = [sys.executable, "-c", _CHILD, *settings]
    printed = subprocess.run(child, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
    *table, last = printed.strip().splitlines()
    print("\n".join(table), end="\n" * bool(table))
    micros, names, plugins, digest = json.loads(last)
    return micros, names, plugins, digest


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
        print(f"  {arm}: {shown}, {(middle - bare) / bare:+.0%} of the bare model, results {kept[arm][2][:12]}")
    print(f"{kept[BARE][0]} interventions; own code of those that take longest at uptake 1, s in one shard:")
    print("  " + ", ".join(f"{name} {seconds:.3f}" for name, seconds in kept["all of them, uptake 1"][1][:8]))


def main() -> None:
    """Read the command line and print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=5_000)
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--profile", choices=list(_ARMS), help="where the time of one run goes, instead of the report")
    options = parser.parse_args()
    if options.profile:
        measured(options.people, options.days, options.profile, profiled=True)
    else:
        report(options.people, options.days, options.repeat)


if __name__ == "__main__":
    main()
