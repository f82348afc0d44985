"""The small population tables that ship with popsim: pyramid, body size, habits, work and mortality.

Every table is indexed by sex (0 female, 1 male) and single year of age from 18; ages above the last row use that row.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

YOUNGEST, OLDEST = 18, 100
"""Ages of synthetic people in years; the oldest row stands for everyone of that age and over."""

AGES = np.arange(YOUNGEST, OLDEST + 1)
N_AGES = len(AGES)
Z_LOW, Z_STEP, N_KNOTS = -2.5, 0.5, 11
"""Normal scores at which quantiles are tabulated: from -2.5 to 2.5 in steps of one half."""

_SEX = {"female": 0, "male": 1}


@dataclass(frozen=True)
class PeopleTables:
    """Shares, counts and quantiles by sex and age.

    Attributes:
        people: head counts, ``(2, ages)``.
        smoker: share of current smokers, ``(2, ages)``.
        pregnant: share of pregnant women, ``(2, ages)``.
        work: shares of each ``Work``, ``(2, ages, 5)``.
        death_probability: probability of dying within a year, ``(2, ages up to 109)``.
        height_cm: quantiles at the normal-score knots, ``(2, ages, knots)``.
        bmi: the same for body mass index in kg/m².
        weight_kg: the same for body weight.
        height_bmi: correlation of the normal scores of height and body mass index, ``(2,)``.
        height_weight: the same for height and weight.
    """

    people: Floats
    smoker: Floats
    pregnant: Floats
    work: Floats
    death_probability: Floats
    height_cm: Floats
    bmi: Floats
    weight_kg: Floats
    height_bmi: Floats
    height_weight: Floats


@lru_cache(maxsize=1)
def people_tables() -> PeopleTables:
    """Read the shipped tables once."""
    body = _read("body.csv")
    habits, correlation = _read("habits.csv"), _read("body_correlation.csv")
    return PeopleTables(
        people=_by_sex(_read("pyramid.csv"), "people"),
        smoker=_by_sex(habits, "smoker"),
        pregnant=_by_sex(habits, "pregnant"),
        work=_normalised(np.stack([_by_sex(_read("work.csv"), w) for w in _WORKS], axis=-1)),
        death_probability=_by_sex(_read("life_table.csv"), "death_probability"),
        height_cm=_quantiles(body, "height_cm"),
        bmi=_quantiles(body, "bmi"),
        weight_kg=_quantiles(body, "weight_kg"),
        height_bmi=_by_sex(correlation, "height_bmi")[:, 0],
        height_weight=_by_sex(correlation, "height_weight")[:, 0],
    )


_WORKS = ("none", "desk", "standing", "active", "driving")


def cells(age_years: ArrayLike, sex: ArrayLike) -> NDArray[np.intp]:
    """Flat index into a ``(2, ages)`` table for each person; ages outside the table use its nearest row."""
    age = np.clip(np.asarray(age_years, dtype=np.intp), YOUNGEST, OLDEST) - YOUNGEST
    return np.asarray(np.asarray(sex, dtype=np.intp) * N_AGES + age, dtype=np.intp)


def quantile(table: Floats, cell: NDArray[np.intp], z: Floats) -> Floats:
    """Value at normal score ``z`` in each person's row of a quantile table.

    Linear in the score between knots and beyond the outermost ones, so a normal quantity keeps normal tails.

    Args:
        table: ``(2, ages, knots)``.
        cell: from ``cells``, ``(N,)``.
        z: standard normal scores, ``(N,)``.
    """
    position = (z - Z_LOW) / Z_STEP
    knot = np.clip(position.astype(np.intp), 0, N_KNOTS - 2)
    flat, first = table.reshape(-1), cell * N_KNOTS + knot
    low = flat[first]
    return np.asarray(low + (position - knot) * (flat[first + 1] - low))


def normal_score(table: Floats, cell: NDArray[np.intp], values: Floats) -> Floats:
    """The normal score at which each person's row of a quantile table has the given value: undoes ``quantile``."""
    rows = table.reshape(-1, N_KNOTS)
    knot = np.zeros(len(values), dtype=np.intp)
    for inner in range(1, N_KNOTS - 1):
        knot += values >= rows[cell, inner]
    low = rows[cell, knot]
    return np.asarray(Z_LOW + Z_STEP * (knot + (values - low) / (rows[cell, knot + 1] - low)))


def _read(name: str) -> list[dict[str, str]]:
    text = files("popsim.people").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


def _by_sex(rows: Sequence[dict[str, str]], column: str) -> Floats:
    return np.array([[float(r[column]) for r in rows if r["sex"] == sex] for sex in _SEX])


def _normalised(shares: Floats) -> Floats:
    return np.asarray(shares / shares.sum(axis=-1, keepdims=True))


def _quantiles(rows: Sequence[dict[str, Any]], quantity: str) -> Floats:
    of_quantity = [r for r in rows if r["quantity"] == quantity]
    return np.stack([_over_ages([r for r in of_quantity if r["sex"] == sex]) for sex in _SEX])


def _over_ages(rows: Sequence[dict[str, str]]) -> Floats:
    """Interpolate one sex's quantiles between the knots of age; ``(ages, knots)``."""
    ages = [float(r["age"]) for r in rows]
    scores = [name for name in rows[0] if name.startswith("z")]
    return np.stack([np.interp(AGES, ages, [float(r[z]) for r in rows]) for z in scores], axis=-1)
