"""Fit the resolved leg to the clinic's published ranges: ``python scripts/fit_leg.py [--rounds 8] [--workers 2]``.

SciPy's trust-region least squares over the logarithms of the free constants. A quantity costs nothing while it lies in
the inner part of its published range; a weak pull holds each constant near where it began. The result is written into
popsim/evidence/data/legs.toml.
"""

from __future__ import annotations

import argparse
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import least_squares

from popsim.evidence.registry import Evidence
from popsim.legs.clinic_ensemble import FREE
from popsim.legs.clinic_targets import measure, targets

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FILE = Path(__file__).resolve().parents[1] / "popsim" / "evidence" / "data" / "legs.toml"
SOURCE = "Fitted by scripts/fit_leg.py to popsim/legs/data/targets.csv, starting from an exploratory six-node leg"
INNER = 0.85
PULL = 0.06
FARTHEST = 1.1
STEP = 0.02


def residuals(log_factors: Floats) -> Floats:
    """Distance of every target beyond the inner part of its range, then the pull toward the start."""
    shipped = Evidence.load()
    measured = measure(shipped.override({n: shipped[n] * f for n, f in zip(FREE, np.exp(log_factors), strict=True)}))
    beyond = []
    for t in targets():
        middle, half = 0.5 * (t.low + t.high), 0.5 * (t.high - t.low)
        off = (measured[t.group, t.quantity] - middle) / (INNER * half)
        beyond.append(np.sign(off) * max(abs(off) - 1.0, 0.0))
    return np.concatenate([beyond, PULL * log_factors])


def jacobian(pool: ProcessPoolExecutor) -> object:
    """One-sided differences, one process per column."""

    def columns(x: Floats) -> Floats:
        points = [x, *(x + STEP * unit for unit in np.eye(len(x)))]
        first, *others = pool.map(residuals, points)
        sys.stderr.write(f"cost {0.5 * float(first @ first):.4f}\n")
        return np.stack([(other - first) / STEP for other in others], axis=1)

    return columns


def write(values: dict[str, float]) -> None:
    """Replace value, grade and source of these constants in the evidence file."""
    text = FILE.read_text(encoding="utf-8")
    for name, value in values.items():
        head = rf"(\[{name.removeprefix('legs.')}\]\n)"
        table = re.compile(head + r"value = [^\n]+\n(unit = [^\n]+\n)grade[^\n]+\nsource[^\n]+\n")
        new = f'\\g<1>value = {value:.4g}\n\\g<2>grade = "model"\nsource = "{SOURCE}"\n'
        text, count = table.subn(new, text)
        if count != 1:
            raise SystemExit(f"{name} not found in {FILE}")
    FILE.write_text(text, encoding="utf-8")


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with ProcessPoolExecutor(options.workers) as pool:
        found = least_squares(
            residuals,
            np.zeros(len(FREE)),
            jac=jacobian(pool),
            bounds=(-FARTHEST, FARTHEST),
            max_nfev=options.rounds,
            x_scale=0.3,
        )
    shipped = Evidence.load()
    values = {n: shipped[n] * float(f) for n, f in zip(FREE, np.exp(found.x), strict=True)}
    for name, value in values.items():
        sys.stdout.write(f"{name:45s}{shipped[name]:10.4g} -> {value:10.4g}\n")
    write(values)


if __name__ == "__main__":
    main()
