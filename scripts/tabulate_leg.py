"""Rebuild the reduced leg's table from the microscope: ``python scripts/tabulate_leg.py [--coarse] [--workers 2]``."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from popsim.evidence.registry import Evidence
from popsim.legs import tabulate
from popsim.legs.reduced import TABLE

DATA = Path(__file__).resolve().parents[1] / "popsim" / "legs" / "data"


def main() -> None:
    """Compute and write the table; about a quarter of an hour on two cores for the fine grid."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--coarse", action="store_true", help="a small grid, in a minute")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    axes = tabulate.COARSE if options.coarse else tabulate.FINE
    began = time.monotonic()

    def progress(done: int) -> None:
        if done % 256 == 0:
            sys.stderr.write(f"{done} legs, {time.monotonic() - began:.0f} s\n")

    table = tabulate.tabulate(axes, Evidence.load(), options.workers, progress)
    table.save(DATA / TABLE)
    sys.stdout.write(f"wrote {DATA / TABLE}: {len(table.values)} legs\n")


if __name__ == "__main__":
    main()
