"""Counts and shares that describe a population on one screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from popsim.people.population import AGE_GROUPS, COLUMNS, LEFT, RIGHT, Sex, Work

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from popsim.people.population import Population

OBESE_BMI, SEVERELY_OBESE_BMI = 30.0, 35.0


def population_summary(people: Population) -> dict[str, Any]:
    """Describe people in plain numbers, ready for JSON.

    Returns:
        ``people`` (head count), then per topic a table of ``count`` and ``share``: ``sex``, ``age_group``, ``work``,
        ``traits`` (every flag) and ``bmi``; ``age_years``, ``height_cm``, ``weight_kg``, ``fidget_factor`` with mean,
        5 %, 50 % and 95 % quantiles; ``legs`` with the same per leg column and ``reflux`` in either leg. A topic whose
        columns are missing is left out; of an empty population only the head count is given.
    """
    summary: dict[str, Any] = {"people": len(people)}
    if len(people) == 0:
        return summary
    if "sex" in people:
        summary["sex"] = _tally(people["sex"], {s.value: s.name.lower() for s in Sex})
    if "age_years" in people:
        summary["age_group"] = _tally(people.age_group, {i: label for i, (_, label) in enumerate(AGE_GROUPS)})
    if "work" in people:
        summary["work"] = _tally(people["work"], {w.value: w.name.lower() for w in Work})
    return summary | _bodies(people) | _traits(people) | _legs(people)


def _bodies(people: Population) -> dict[str, Any]:
    numeric = ("age_years", "height_cm", "weight_kg", "fidget_factor")
    found: dict[str, Any] = {name: _spread(people[name]) for name in numeric if name in people}
    if "height_cm" in people and "weight_kg" in people:
        found["bmi"] = _spread(people.bmi) | {
            "obese": _count(people.bmi >= OBESE_BMI),
            "severely_obese": _count(people.bmi >= SEVERELY_OBESE_BMI),
        }
    return found


def _traits(people: Population) -> dict[str, Any]:
    flags = [c.name for c in COLUMNS.values() if c.dtype == "bool" and c.name in people]
    return {"traits": {name: _count(people[name]) for name in flags}}


def _legs(people: Population) -> dict[str, Any]:
    of_legs = [c.name for c in COLUMNS.values() if c.per == "leg" and c.name in people]
    legs = {name: {"left": _spread(people[name][LEFT]), "right": _spread(people[name][RIGHT])} for name in of_legs}
    leaks = [name for name in ("superficial_leak", "deep_leak") if name in people]
    return {"legs": legs, "reflux": {name: _count(np.any(people[name] > 0.0, axis=0)) for name in leaks}}


def _tally(codes: NDArray[Any], labels: dict[int, str]) -> dict[str, dict[str, float]]:
    return {label: _count(codes == code) for code, label in labels.items()}


def _count(mask: NDArray[np.bool_]) -> dict[str, float]:
    return {"count": int(np.count_nonzero(mask)), "share": float(np.mean(mask))}


def _spread(values: NDArray[Any]) -> dict[str, float]:
    low, middle, high = np.quantile(values, (0.05, 0.5, 0.95))
    return {"mean": float(np.mean(values)), "q05": float(low), "median": float(middle), "q95": float(high)}
