"""Death from other causes, which competes with clots: one threshold per person, the same in every arm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from popsim.clots.dice import NEVER_DAY
from popsim.people.mortality import daily_death_hazard

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from popsim.people.population import Population
    from popsim.randomness import Draws

_DAYS_PER_YEAR = 365


def background_death_day(people: Population, draws: Draws, days: int) -> NDArray[np.int64]:
    """Day of death from other causes, ``(N,)``; ``NEVER_DAY`` beyond the given number of days.

    The life table's hazard adds up, a year of age at a time, until it crosses an exponential threshold.
    """
    remaining = draws.exponential("mortality.background", people.ids)
    death = np.full(len(people), NEVER_DAY)
    age = people["age_years"].astype(np.int64)
    for start in range(0, days, _DAYS_PER_YEAR):
        hazard = daily_death_hazard(age + start // _DAYS_PER_YEAR, people["sex"])
        dies = (death == NEVER_DAY) & (remaining < hazard * _DAYS_PER_YEAR)
        death[dies] = start + np.floor(remaining[dies] / hazard[dies]).astype(np.int64)
        remaining = remaining - hazard * _DAYS_PER_YEAR
    return np.where(death < days, death, NEVER_DAY)
