"""Derive walking bouts and the rests between them from minute steps of Fitbit users (Furberg et al. 2016, CC BY 4.0).

    python scripts/derive_walking_bouts.py ../shared/data/fitbit

Data: 33 users, 13 April to 13 May 2016, Zenodo record 53894. Writes ``popsim/routines/data/walking_bouts.csv`` (shapes
of the distributions of bout and rest lengths, mean one) and ``steps_by_hour.csv``, and prints the figures of the
evidence registry.

Worn time. A tracker that is not worn counts no steps and looks like sitting. A day is kept if all its hours are there,
at least ``HOURS_WITH_STEPS`` of them hold steps, and it has ``FEWEST_STEPS``. On kept days a rest of more than
``LONGEST_REST_MIN`` between 08:00 and 22:00 is taken as unworn or asleep and left out of rests and of hourly means.

A bout on one's feet is a run of minutes with steps, pauses of up to ``PAUSE_MIN`` (too short to matter to a vein)
included, with at least ``STEPS_OF_A_BOUT`` steps; it is walking at a mean of ``WALK_CADENCE`` steps a minute and more,
pottering below.
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections import defaultdict
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOURS_WITH_STEPS, FEWEST_STEPS, LONGEST_REST_MIN = 10, 500, 120
PAUSE_MIN, STEPS_OF_A_BOUT, WALK_CADENCE = 3, 40, 50.0
DAY_FROM, DAY_TO = 8 * 60, 22 * 60
QUANTILES = (np.arange(40) + 0.5) / 40
OUT = Path(__file__).resolve().parents[1] / "popsim" / "routines" / "data"


def worn_days(path: Path) -> NDArray[np.int64]:
    """Minute steps of days worn long enough, from midnight, ``(D, 1440)``."""
    return np.array([steps for days in worn_days_by_user(path).values() for steps in days])


def worn_days_by_user(path: Path) -> dict[str, list[NDArray[np.int64]]]:
    """Minute steps of each user's days worn long enough, from midnight."""
    hours: dict[tuple[str, str], dict[int, list[int]]] = defaultdict(dict)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            if row[0] == "Id":
                continue
            time = datetime.strptime(row[1], "%m/%d/%Y %I:%M:%S %p")
            hours[row[0], f"{time:%Y-%m-%d}"][time.hour] = [int(v) for v in row[2:]]
    users: dict[str, list[NDArray[np.int64]]] = defaultdict(list)
    for (user, _), day in hours.items():
        steps = np.array([minutes for _, minutes in sorted(day.items())])
        worn = len(day) == 24 and (steps.sum(1) > 0).sum() >= HOURS_WITH_STEPS and steps.sum() >= FEWEST_STEPS
        if worn:
            users[user].append(steps.ravel())
    return users


def days_alike(users: dict[str, list[NDArray[np.int64]]]) -> float:
    """Intraclass correlation between a user's days of minutes on the move, as normal scores (one-way ANOVA)."""
    of = np.repeat(np.arange(len(users)), [len(days) for days in users.values()])
    moving = [sum(b - a for a, b, _ in bouts(day)) for days in users.values() for day in days]
    score = ndtri((rankdata(moving) - 0.5) / len(moving))
    n = np.bincount(of)
    mean = np.bincount(of, score) / n
    within = ((score - mean[of]) ** 2).sum() / (len(of) - len(n))
    between = (n * (mean - score.mean()) ** 2).sum() / (len(n) - 1)
    typical_n = (len(of) - (n**2).sum() / len(of)) / (len(n) - 1)
    person = (between - within) / typical_n
    return float(person / (person + within))


def runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Start and end of every run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def bouts(steps: NDArray[np.int64]) -> list[tuple[int, int, float]]:
    """Bouts on one's feet in a day: start, end (minutes from midnight) and mean steps a minute."""
    joined: list[tuple[int, int]] = []
    for start, end in runs(steps > 0):
        if joined and start - joined[-1][1] <= PAUSE_MIN:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return [(a, b, float(steps[a:b].mean())) for a, b in joined if steps[a:b].sum() >= STEPS_OF_A_BOUT]


def shape(lengths: list[int]) -> NDArray[np.float64]:
    """Quantiles of lengths over their mean, rescaled to mean one; ties of whole minutes are spread evenly."""
    values = np.sort(np.array(lengths, dtype=float))
    before, through = np.searchsorted(values, values), np.searchsorted(values, values, "right")
    spread = values - 0.5 + (np.arange(len(values)) - before) / (through - before)
    table = np.quantile(spread, QUANTILES)
    return np.asarray(table / table.mean())


def hourly(days: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean steps by clock hour over hours worn, ``(24,)``."""
    worn = np.ones(days.shape, dtype=bool)
    for day, flags in zip(days, worn, strict=True):
        for start, end in runs(day == 0):
            if end - start > LONGEST_REST_MIN and start >= DAY_FROM and end <= DAY_TO:
                flags[start:end] = False
    by_hour = days.reshape(len(days), 24, 60)
    return np.asarray((by_hour.sum((0, 2)) / worn.reshape(by_hour.shape).sum((0, 2))) * 60.0)


def main() -> None:
    """Derive everything, write the tables and print the registry's figures."""
    users = worn_days_by_user(Path(sys.argv[1]) / "minuteStepsWide_merged.csv.gz")
    print(f"days alike: {days_alike(users)}")
    days = np.array([steps for of_user in users.values() for steps in of_user])
    each = [bouts(day) for day in days]
    rests = [
        after[0] - before[1]
        for day in each
        for before, after in pairwise(day)
        if DAY_FROM <= before[1] < DAY_TO and after[0] - before[1] <= LONGEST_REST_MIN
    ]
    walks = [(b - a, c) for day in each for a, b, c in day if c >= WALK_CADENCE]
    potters = [(b - a, c) for day in each for a, b, c in day if c < WALK_CADENCE]
    columns = [shape(rests), shape([n for n, _ in potters]), shape([n for n, _ in walks])]
    with (OUT / "walking_bouts.csv").open("w", encoding="utf-8") as file:
        file.write("quantile,rest,potter,walk\n")
        file.writelines(f"{q:.4f},{a:.4f},{b:.4f},{c:.4f}\n" for q, a, b, c in zip(QUANTILES, *columns, strict=True))
    with (OUT / "steps_by_hour.csv").open("w", encoding="utf-8") as file:
        file.write("hour,steps\n")
        file.writelines(f"{hour},{steps:.1f}\n" for hour, steps in enumerate(hourly(days)))
    report(days, each, rests, walks, potters)


def report(
    days: NDArray[np.int64],
    each: list[list[tuple[int, int, float]]],
    rests: list[int],
    walks: list[tuple[int, float]],
    potters: list[tuple[int, float]],
) -> None:
    """Print the figures the evidence registry quotes."""
    night = sum(1 for day in each for a, _, _ in day if 60 <= a < 300) / (len(days) * 4)
    for name, value in {
        "days": len(days),
        "steps a day": days.sum(1).mean(),
        "bouts a day": np.mean([len(day) for day in each]),
        "bouts a day, 10th and 90th percentile": np.percentile([len(day) for day in each], [10, 90]),
        "rest mean min": np.mean(rests),
        "walk bouts a day": len(walks) / len(days),
        "walk mean min": np.mean([n for n, _ in walks]),
        "walk cadence": sum(n * c for n, c in walks) / sum(n for n, _ in walks),
        "walk minutes a day": sum(n for n, _ in walks) / len(days),
        "potter bouts a day": len(potters) / len(days),
        "potter mean min": np.mean([n for n, _ in potters]),
        "potter cadence": sum(n * c for n, c in potters) / sum(n for n, _ in potters),
        "potter minutes a day": sum(n for n, _ in potters) / len(days),
        "night rises an hour, 01-05": night,
        "share of rest time in rests over 60 min": sum(r for r in rests if r > 60) / sum(rests),
    }.items():
        print(f"{name}: {value}")


if __name__ == "__main__":
    main()
