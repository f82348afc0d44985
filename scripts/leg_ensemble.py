"""Draw parameter vectors around the shipped one, keep those that meet the targets, and write what they say.

``python scripts/leg_ensemble.py [--draws 300] [--spread 0.06] [--workers 2]`` writes popsim/legs/data/ensemble.csv and
docs/legs/sensitivity.md. ``popsim leg targets --markdown docs/legs/targets.md`` writes the table of targets from it.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from popsim.evidence.registry import Evidence
from popsim.legs.clinic_ensemble import FILE, FREE, Ensemble, accepted, moved, sensitivity
from popsim.legs.clinic_targets import Measured, measure, targets
from popsim.randomness import Draws

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ROOT = Path(__file__).resolve().parents[1]
SEED = 20


def measure_member(factors: Floats) -> Measured:
    """All targets' quantities of one vector."""
    return measure(moved(factors, Evidence.load()))


def draw(count: int, spread: float) -> Floats:
    """Log-normal factors, ``(count, len(FREE))``; the first vector is the shipped one."""
    draws, ids = Draws(SEED), np.arange(count)
    scores = np.stack([draws.normal(f"ensemble.{name}", ids) for name in FREE], axis=1)
    scores[0] = 0.0
    return np.asarray(np.exp(spread * scores))


def sensitivity_page(factors: Floats, measured: Floats, draws: int, kept: int, spread: float) -> str:
    """Markdown: the three constants that matter most for every target's quantity."""
    rho = sensitivity(factors, measured)
    lines = [
        "# Which constants matter",
        "",
        f"{draws} parameter vectors, every free constant drawn log-normally around the shipped value with a spread of "
        f"{100 * spread:.0f} %; {kept} met the healthy leg's targets and all but a few of the others: the ensemble.",
        "Spearman's rank correlation between constant and result over all draws; the three largest of "
        f"{len(FREE)} constants.",
        "",
        "| group | quantity | first | second | third |",
        "|---|---|---|---|---|",
    ]
    for column, t in enumerate(targets()):
        top = np.argsort(-np.abs(rho[:, column]))[:3]
        cells = [f"{FREE[i].removeprefix('legs.')} {rho[i, column]:+.2f}" for i in top]
        lines.append(f"| {t.group} | {t.quantity} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Draw, measure, keep, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=300)
    parser.add_argument("--spread", type=float, default=0.06)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    factors = draw(options.draws, options.spread)
    with ProcessPoolExecutor(options.workers) as pool:
        results = list(pool.map(measure_member, factors, chunksize=4))
    values = np.array([[r[t.group, t.quantity] for t in targets()] for r in results])
    keep = np.array([accepted(r) for r in results])
    Ensemble(factors[keep], values[keep]).save(ROOT / "popsim" / "legs" / "data" / FILE)
    page = sensitivity_page(factors, values, options.draws, int(keep.sum()), options.spread)
    (ROOT / "docs" / "legs" / "sensitivity.md").write_text(page, encoding="utf-8")
    sys.stdout.write(f"kept {keep.sum()} of {len(keep)}\n")


if __name__ == "__main__":
    main()
