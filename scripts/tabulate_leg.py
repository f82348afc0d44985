"""Rebuild the reduced leg from the microscope: ``python scripts/tabulate_leg.py [--legs 4500] [--workers 2]``."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # each network is learnt by a process of its own; their matrices are small

import numpy as np

from popsim.evidence.registry import Evidence
from popsim.legs.reduced import AXES, NEUTRAL, STILL, TABLE, ReducedLeg, Table
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


def report(name: str, table: Table, legs: Floats, responses: Floats, washouts: Floats) -> None:
    """Print root mean square and largest differences from the microscope."""
    traits = {n: np.stack([c, c]) for n, c in zip(("calf_strength", *AXES[1:]), legs.T, strict=True)}
    leg = ReducedLeg(table)
    given, renewed = leg.response(traits)[:, 0], leg.washout(traits)[:, 0]
    given[..., 2:], renewed[..., 0] = np.log(given[..., 2:]), np.log(renewed[..., 0])
    sys.stdout.write(f"{name} ({len(legs)}): RMSE and largest error in mL, mmHg, logarithms of both rates\n")
    for regime in Regime:
        sys.stdout.write(f"  {regime.name.lower():17s}{_errors(given[:, regime] - responses[:, regime])}\n")
    sys.stdout.write("and in the logarithm of the blood's residence, the share that a squeeze renews\n")
    for place, regime in enumerate(STILL):
        sys.stdout.write(f"  {regime.name.lower():17s}{_errors(renewed[:, place] - washouts[:, place])}\n")


def _errors(off: Floats) -> str:
    pairs = zip(np.sqrt(np.mean(off**2, axis=0)), np.abs(off).max(axis=0), strict=True)
    return "  ".join(f"{rmse:.3f} {most:.2f}" for rmse, most in pairs)


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
    responses, washouts = rehearse(legs, evidence, options.workers, progress)
    kept = np.arange(len(legs)) % HELD_OUT != 0
    few = peculiarities(legs) <= FEW
    weight = np.where(few, COMMON, 1.0)[kept]
    taught = (legs[kept], responses[kept], washouts[kept], weight)
    table = learn_table(*taught, evidence.room("legs"), options.rounds, options.workers)
    table.save(options.out)
    for name, those in (("held-out legs", ~kept), ("of these, those most people have", ~kept & few)):
        report(name, table, legs[those], responses[those], washouts[those])
    sys.stdout.write(f"wrote {options.out} after {time.monotonic() - began:.0f} s\n")


if __name__ == "__main__":
    main()
