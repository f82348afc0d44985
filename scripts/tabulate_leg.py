"""Rebuild the reduced leg from the microscope: ``python scripts/tabulate_leg.py [--legs 4500] [--workers 2]``."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from popsim.evidence.registry import Evidence
from popsim.legs.reduced import AXES, NEUTRAL, TABLE, ReducedLeg, Table
from popsim.legs.regression import learn_table
from popsim.legs.tabulate import rehearse, sample_legs
from popsim.routines.activities import Regime

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DATA = Path(__file__).resolve().parents[1] / "popsim" / "legs" / "data"
HELD_OUT = 10
"""Every tenth leg is kept from the learning to tell how well it went."""
COMMON, FEW = 3.0, 1
"""Legs with at most so many peculiarities are most people's, and weigh more."""


def peculiarities(legs: Floats) -> Floats:
    """In how many traits but strength each leg differs from a healthy bare one, ``(n,)``."""
    neutral = np.array([NEUTRAL[name] for name in AXES[1:]])
    return np.asarray((legs[:, 1:] != neutral).sum(axis=1))


def report(name: str, table: Table, legs: Floats, answers: Floats) -> None:
    """Print root mean square and largest differences from the microscope."""
    traits = {n: np.stack([c, c]) for n, c in zip(("calf_strength", *AXES[1:]), legs.T, strict=True)}
    given = ReducedLeg(table).response(traits)[:, 0]
    given[..., 2:] = np.log(given[..., 2:])
    off = given - answers
    sys.stdout.write(f"{name} ({len(legs)}): mL, mmHg, log rates; RMSE, largest\n")
    for regime in Regime:
        rmse, most = np.sqrt(np.mean(off[:, regime] ** 2, axis=0)), np.abs(off[:, regime]).max(axis=0)
        cells = "  ".join(f"{a:.2f} {b:.1f}" for a, b in zip(rmse, most, strict=True))
        sys.stdout.write(f"  {regime.name.lower():17s}{cells}\n")


def main() -> None:
    """Ask the microscope, learn, write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--legs", type=int, default=4500)
    parser.add_argument("--rounds", type=int, default=3000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=DATA / TABLE)
    options = parser.parse_args()
    began = time.monotonic()

    def progress(done: int) -> None:
        if done % 250 == 0:
            sys.stderr.write(f"{done} legs, {time.monotonic() - began:.0f} s\n")

    evidence = Evidence.load()
    legs = sample_legs(options.legs)
    answers = rehearse(legs, evidence, options.workers, progress)
    kept = np.arange(len(legs)) % HELD_OUT != 0
    few = peculiarities(legs) <= FEW
    weight = np.where(few, COMMON, 1.0)[kept]
    table = learn_table(legs[kept], answers[kept], weight, evidence.room("legs"), options.rounds)
    table.save(options.out)
    report("held-out legs", table, legs[~kept], answers[~kept])
    report("of these, those most people have", table, legs[~kept & few], answers[~kept & few])
    sys.stdout.write(f"wrote {options.out} after {time.monotonic() - began:.0f} s\n")


if __name__ == "__main__":
    main()
