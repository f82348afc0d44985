"""Kidneys, illnesses and circumstances that risk scores and bleeding look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from popsim.people.population import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from popsim.people.making import Making

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]


def gfr_ml_min(people: Making) -> Floats:
    """Filtration of the kidneys, normal around a mean that falls with age."""
    years = people["age_years"].astype(np.float64) - people.value("gfr_full_until_years")
    mean = people.value("gfr_young_ml_min") - people.value("gfr_loss_ml_min_per_year") * np.maximum(years, 0.0)
    scores = people.draws.normal("people.gfr_ml_min", people.ids)
    column = COLUMNS["gfr_ml_min"]
    return np.clip(mean + people.value("gfr_spread_ml_min") * scores, column.low, column.high)


def of_some(name: str) -> Callable[[Making], Flags]:
    """A trait that a share of the people has, by age where the evidence says so; each drawn by itself."""

    def make(people: Making) -> Flags:
        return people.chance(name, people.share(name))

    return make
