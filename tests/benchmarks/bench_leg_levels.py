"""The reduced leg against the resolved one: every one of 30 random legs through every one of 200 random bout sequences.

python -m tests.benchmarks.bench_leg_levels [--legs 30] [--sequences 200] [--workers 2]
"""

from __future__ import annotations

import argparse
import itertools
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from popsim.routines.activities import Regime
from tests.legs.leg_levels import bias, differences, rmse


def main() -> None:
    """Read the command line and print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--legs", type=int, default=30)
    parser.add_argument("--sequences", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    pairs = list(itertools.product(range(options.legs), range(options.sequences)))
    with ProcessPoolExecutor(options.workers) as pool:
        rows = np.concatenate(list(pool.map(differences, pairs, chunksize=8)))
    print(f"{len(pairs)} sequences, {len(rows)} bouts, {rows[:, 2].sum() / 60.0:.0f} hours")
    _tell("all bouts", rows)
    for regime in Regime:
        _tell(regime.name.lower().replace("_", " "), rows[rows[:, 3] == regime])
    worst = max(range(options.legs), key=lambda leg: rmse(rows[rows[:, 4] == leg])[0])
    _tell(f"worst leg ({worst})", rows[rows[:, 4] == worst])


def _tell(name: str, rows: np.ndarray) -> None:
    if len(rows):
        off, mean = rmse(rows), bias(rows)
        print(
            f"{name:18s} RMSE {off[0]:5.2f} mL {off[1]:5.2f} mmHg, bias of means {mean[0]:+.2f} mL {mean[1]:+.2f} mmHg"
        )


if __name__ == "__main__":
    main()
