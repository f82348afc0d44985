"""Derive how long hospital stays last: ``stays_drg.csv`` and the spread ``stays.log_length_sd``.

Sources (beside the repository, in ``../shared/data``):

- ``msdrg_fy2008``: geometric mean length of stay by MS-DRG, CMS inpatient prospective payment system, fiscal year 2008;
- ``mimic3_demo``: the MIMIC-III Clinical Database Demo 1.4 (Johnson, Pollard, Mark; PhysioNet 2019,
  doi:10.13026/C2HM2Q; ODbL), of which one number leaves: the spread of the logarithm of length over the geometric mean
  of the same diagnosis group.

Run ``python scripts/derive_stays.py`` to print the spread and rewrite the table.
"""

from __future__ import annotations

import csv
import math
from datetime import datetime
from pathlib import Path
from statistics import quantiles

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT.parent / "shared" / "data"
TABLE = ROOT / "popsim" / "routines" / "data" / "stays_drg.csv"

MEDICAL_RUNS = ((190, 6), (291, 3), (377, 3), (602, 2), (637, 3), (682, 3), (689, 2), (871, 2))
"""First codes and numbers of groups: lung disease and pneumonia, heart failure, gastrointestinal bleeding, cellulitis,
diabetes, kidney failure, urinary infection, sepsis."""

MIXES: dict[str, dict[str, float]] = {
    "hip-replacement": {"469": 1, "470": 9},
    "knee-replacement": {"469": 1, "470": 9},
    "stroke": {"064": 1, "065": 1, "066": 1},
    "trauma": {"480": 1, "481": 1, "482": 1, "492": 1, "493": 1, "494": 1, "956": 1, "957": 1, "958": 1, "959": 1},
    "cancer-surgery": dict.fromkeys(
        ("163", "164", "165", "332", "333", "334", "736", "737", "738", "739", "740", "741"), 1
    ),
    "general-surgery": dict.fromkeys(
        ("329", "330", "331", "335", "336", "337", "338", "339", "340", "341", "342", "343", "353", "354", "355"), 1
    ),
    "emergency-surgery": dict.fromkeys(("329", "330", "335", "336", "338", "339", "853", "854", "855"), 1),
    "surgery": dict.fromkeys(
        ("028", "029", "030", "237", "238", "252", "253", "254", "329", "330", "331", "459", "460", "742", "743"), 1
    ),
    "medical": {f"{code:03d}": 1 for first, count in MEDICAL_RUNS for code in range(first, first + count)},
}
"""Which groups stand for a reason, and their weights. Weights are assumed: the source has no counts of discharges."""


def main() -> None:
    """Rewrite the table and print the spread."""
    lengths = geometric_means()
    with TABLE.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["reason", "ms_drg", "weight", "geometric_mean_los_days"])
        writer.writerows(rows(lengths))
    spread, count = log_length_sd(lengths)
    print(f"stays.log_length_sd = {spread:.2f} ({count} stays)")


def geometric_means() -> dict[str, tuple[str, float]]:
    """Type (``MED`` or ``SURG``) and geometric mean length in days by MS-DRG, but for those without one (``*``)."""
    with (SOURCES / "msdrg_fy2008" / "msdrg_fy2008.csv").open(encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    return {
        row["ms_drg"]: (row["type"], float(row["geometric_mean_los_days"]))
        for row in table
        if row["geometric_mean_los_days"] != "*" and float(row["geometric_mean_los_days"]) > 0
    }


def rows(lengths: dict[str, tuple[str, float]]) -> list[tuple[str, str, str, str]]:
    """The shipped table: the mixes first, then every other group with weight 0, reachable by its code only."""
    mixed = [(reason, code, w, lengths[code][1]) for reason, mix in MIXES.items() for code, w in mix.items()]
    named = {code for _, code, _, _ in mixed}
    rest = [
        ("surgery" if kind == "SURG" else "medical", code, 0.0, length)
        for code, (kind, length) in sorted(lengths.items())
        if code not in named
    ]
    return [(reason, code, f"{weight:g}", f"{length:g}") for reason, code, weight, length in mixed + rest]


def log_length_sd(lengths: dict[str, tuple[str, float]]) -> tuple[float, int]:
    """Spread of log(length / geometric mean of the same group), and the number of stays behind it.

    Interquartile range over 1.349, which is the standard deviation of a normal distribution: deaths within hours in
    intensive care would otherwise stand for ward stays.
    """
    folder = SOURCES / "mimic3_demo"
    with (folder / "DRGCODES.csv").open(encoding="utf-8") as file:
        codes = {r["hadm_id"]: r["drg_code"].zfill(3) for r in csv.DictReader(file) if r["drg_type"] == "MS"}
    with (folder / "ADMISSIONS.csv").open(encoding="utf-8") as file:
        stays = [(r["hadm_id"], _days(r["admittime"], r["dischtime"])) for r in csv.DictReader(file)]
    ratios = [math.log(days / lengths[codes[stay]][1]) for stay, days in stays if codes.get(stay, "") in lengths]
    low, _, high = quantiles(ratios, n=4)
    return (high - low) / 1.349, len(ratios)


def _days(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() / 86400


if __name__ == "__main__":
    main()
