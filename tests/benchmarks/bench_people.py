"""Making people: how long a million takes, and what they weigh.

python -m tests.benchmarks.bench_people [--people 1000000] [--repeat 3]
"""

from __future__ import annotations

import argparse
import os
import time

import numpy as np

from popsim.evidence import Evidence
from popsim.people import synthesise
from popsim.randomness import Draws
from tests.benchmarks.bench_run import resident_mb, spread


def main() -> None:
    """Read the command line and print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    evidence = Evidence.load()
    synthesise(Draws(1), np.arange(1000), evidence)
    before, seconds = resident_mb(os.getpid()), []
    print("CPU time, smallest / median / largest of", options.repeat, "runs; load", os.getloadavg())
    for _ in range(options.repeat):
        began = time.process_time()
        people = synthesise(Draws(1), np.arange(options.people), evidence)
        seconds.append(time.process_time() - began)
    weight = sum(people[name].nbytes for name in people) + people.ids.nbytes
    print(f"{options.people} people: {spread(seconds)} s, {weight / options.people:.0f} bytes a person, ", end="")
    print(f"resident {resident_mb(os.getpid()) - before:.0f} MB more")


if __name__ == "__main__":
    main()
