"""The kernel alone: nanoseconds per person-day and per bout and leg, with every day lived anew.

python -m tests.benchmarks.bench_kernel [--people 8192] [--days 28] [--repeat 5]
"""

from __future__ import annotations

import argparse
import os
import time

import numpy as np

from popsim.hooks import load_plugins
from popsim.legs.living import Legs
from popsim.legs.wardrobe import Wardrobe
from popsim.runs.scenario import Scenario
from popsim.world import World
from tests.benchmarks.bench_run import spread


def main() -> None:
    """Read the command line and print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=8192)
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    scenario = Scenario.load("office").with_overrides(people=options.people, days=options.days)
    world = World.build(scenario, load_plugins())
    wardrobe = Wardrobe(world.people, world.kinds, world.pump, world.evidence)
    bare, alive = np.zeros(options.people, dtype=np.uint16), np.ones(options.people, dtype=bool)
    bouts = float(np.diff(world.pool.starts)[world.week].mean())
    print("CPU time, smallest / median / largest of", options.repeat, "runs; load", os.getloadavg())
    print(f"{options.people} people, {options.days} days, {bouts:.1f} bouts a day")
    for reuse in (False, True):
        person_day = []
        for _ in range(options.repeat + 1):
            legs = Legs(world.people, wardrobe, world.evidence, len(world.activities), reuse=reuse)
            began = time.process_time()
            for day in range(options.days):
                legs.live(world.pool, world.diary(day), bare, alive)
            person_day.append((time.process_time() - began) / options.people / options.days * 1e9)
        timed = person_day[1:]
        what = "repeated weeks taken over" if reuse else "every day lived anew"
        print(f"{what}: {spread(timed, 0)} ns per person-day, ", end="")
        print(f"{spread([t / bouts / 2 for t in timed])} ns per bout and leg")


if __name__ == "__main__":
    main()
