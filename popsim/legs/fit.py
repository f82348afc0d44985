"""What devices and conditions change about a leg, and how several on one leg combine.

A fit maps effect names to values, scalars or ``(2, N)``. ``LEG_EFFECTS`` declares for every effect its neutral value,
its permitted range and the rule by which effects of several sources combine; the rules are commutative and
associative, so the order in which interventions are listed never matters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Rule = Callable[[NDArray[np.float64], NDArray[np.float64]], Any]


@dataclass(frozen=True)
class LegEffect:
    """One way in which something worn or done changes a leg.

    Attributes:
        name: the effect, also the column name after ``leg.`` in a plugin's declaration.
        unit: ``1`` for factors.
        neutral: the value that changes nothing.
        low: smallest value accepted.
        high: largest value accepted.
        rule: combines the values of two sources.
        meaning: one sentence.
    """

    name: str
    unit: str
    neutral: float
    low: float
    high: float
    rule: Rule
    meaning: str


LEG_EFFECTS: dict[str, LegEffect] = {
    e.name: e
    for e in (
        LegEffect(
            "compression_mmhg", "mmHg", 0, 0, 120, np.maximum, "External pressure at the ankle; the higher one acts"
        ),
        LegEffect("bursts_per_min", "1/min", 0, 0, 120, np.add, "Additional movement bursts that flush valve pockets"),
        LegEffect(
            "pocket_time_factor", "1", 1, 0.05, 20, np.multiply, "Factor on the time until valve pockets are hypoxic"
        ),
        LegEffect("calf_strength_factor", "1", 1, 0, 3, np.multiply, "Factor on the calf's contraction"),
        LegEffect("ankle_range_factor", "1", 1, 0, 5, np.multiply, "Factor on the ankle's range of motion"),
        LegEffect("superficial_leak_factor", "1", 1, 0, 10, np.multiply, "Factor on superficial reflux"),
        LegEffect("deep_leak_factor", "1", 1, 0, 10, np.multiply, "Factor on deep reflux"),
        LegEffect("outflow_resistance_factor", "1", 1, 0.1, 50, np.multiply, "Factor on the outflow resistance"),
        LegEffect("calibre_factor", "1", 1, 0.1, 10, np.multiply, "Factor on the width of the veins below the thigh"),
        LegEffect("stiffness_factor", "1", 1, 0.1, 10, np.multiply, "Factor on the stiffness of the veins"),
        LegEffect("pump_rate_factor", "1", 1, 0.1, 10, np.multiply, "Factor on contractions a minute while active"),
    )
}

Fit = Mapping[str, ArrayLike]


def combine_fits(worn: Iterable[tuple[Fit, NDArray[np.int64]]], people: int) -> dict[str, NDArray[np.float64]]:
    """All effects of what several people wear, each by its own rule.

    Args:
        worn: fits and the rows of those who wear them, ``(n,)``; a fit's values are for all of them or ``(2, n)``.
        people: how many there are.

    Returns:
        The effects that any fit has on the legs of everybody, ``(2, people)`` by name.
    """
    combined: dict[str, NDArray[np.float64]] = {}
    for fit, rows in worn:
        for name, value in fit.items() if len(rows) else ():
            one = LEG_EFFECTS[name]
            if name not in combined:
                combined[name] = np.full((2, people), float(one.neutral))
            all_ = combined[name]
            all_[:, rows] = one.rule(all_[:, rows], np.asarray(value, dtype=np.float64))
    return combined


def effect(fit: Fit, name: str) -> NDArray[np.float64]:
    """The fit's value of one effect, or the value that changes nothing."""
    return np.asarray(fit.get(name, LEG_EFFECTS[name].neutral), dtype=np.float64)
