"""Death from other causes, by age and sex, from the US life table of 2019."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from popsim.people.tables import YOUNGEST, people_tables

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

DAYS_PER_YEAR = 365.25


def daily_death_hazard(age_years: ArrayLike, sex: ArrayLike) -> NDArray[np.float64]:
    """Hazard of death a day, constant within a year of age: ``-ln(1 - q) / 365.25``.

    Args:
        age_years: completed or exact years, ``(N,)``; from 18, and from 109 on the hazard stays that of 109.
        sex: 0 female, 1 male, ``(N,)``.

    Returns:
        Deaths per person and day, ``(N,)``. Source: NCHS life tables, US 2019 (``popsim/people/data/life_table.csv``).
    """
    table = _hazard_table()
    row = np.clip(np.atleast_1d(age_years).astype(np.intp) - YOUNGEST, 0, table.shape[1] - 1)
    return np.asarray(table[np.atleast_1d(sex).astype(np.intp), row], dtype=np.float64)


@lru_cache(maxsize=1)
def _hazard_table() -> NDArray[np.float64]:
    return -np.log1p(-people_tables().death_probability) / DAYS_PER_YEAR
