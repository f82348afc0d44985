"""Bleeding of everybody, with and without treatment of a clot; what drugs against clots add is a harm of each drug.

Like clots, bleeds come when a person's hazard has crossed a threshold that is the same in every arm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from popsim.clots.dice import NEVER_DAY, Dice
from popsim.clots.events import event_columns, joined
from popsim.clots.hazard import probability
from popsim.clots.kinds import NO_LEG, EventKind
from popsim.clots.known import known_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from popsim.people.population import Population
    from popsim.randomness import Draws

DAYS_PER_YEAR = 365.25
RISKS = ("active_cancer", "recent_bleeding", "low_platelets", "gastroduodenal_ulcer", "liver_failure")
MAJOR, RELEVANT = 0, 1
_NOBODY = np.zeros(0, dtype=np.int64)


class Bleeding:
    """Major and clinically relevant bleeding, day by day.

    Attributes:
        today: ``(N,)``, probability that each person had a major bleeding on the last day.
        events: columns of every bleeding so far.
    """

    def __init__(self, people: Population, draws: Draws, evidence: Mapping[str, float]) -> None:
        self._known = known_of(evidence)
        self._ids, self._draws = people.ids, draws
        hazard = bleeding_hazard(people, self._known)
        self._hazard = np.stack([hazard, hazard * self._known["bleeding_relevant_to_major"]])
        self._left = np.stack([draws.exponential("clots.bleeding", people.ids, leg=kind) for kind in (MAJOR, RELEVANT)])
        self._episode = np.zeros(self._hazard.shape, dtype=np.int64)
        self.today = np.zeros(len(people))
        self.events: list[dict[str, NDArray[np.int64]]] = []

    def advance(self, day: int, alive: NDArray[np.bool_], treated: NDArray[np.int64]) -> NDArray[np.int64]:
        """Live one day and return the rows of those who bleed to death.

        Args:
            day: of the run.
            alive: ``(N,)``.
            treated: rows of the people whose clot is being treated.
        """
        hazard = self._hazard * alive
        hazard[:, treated] *= self._known["bleeding_ratio_treated"]
        self.today = probability(hazard[MAJOR])
        self._left -= hazard
        crossed = self._left <= 0.0
        return self._bleed(day, *np.nonzero(crossed)) if crossed.any() else _NOBODY

    def _bleed(self, day: int, kind: NDArray[np.int64], row: NDArray[np.int64]) -> NDArray[np.int64]:
        person, episode = self._ids[row], self._episode[kind, row]
        dice = Dice(person, kind, episode, self._draws)
        major = kind == MAJOR
        inside = major & (dice.uniform("bleeding-inside") < self._known["bleeding_intracranial_share"])
        fatality = np.where(inside, self._known["bleeding_fatal_intracranial"], self._known["bleeding_fatal_elsewhere"])
        fatal = major & (dice.uniform("bleeding-fatal") < fatality)
        named = np.where(major, EventKind.MAJOR_BLEEDING, EventKind.RELEVANT_BLEEDING)
        parts = [event_columns(named, row, person, day, leg=NO_LEG)]
        for code, those in ((EventKind.INTRACRANIAL_BLEEDING, inside), (EventKind.FATAL_BLEEDING, fatal)):
            parts.append(event_columns(code, row, person, np.where(those, day, NEVER_DAY)))
        self.events.append(joined(parts))
        self._episode[kind, row] += 1
        self._left[kind, row] = Dice(person, kind, episode + 1, self._draws).exponential("bleeding")
        return np.asarray(row[fatal])


def bleeding_hazard(people: Population, known: Mapping[str, float]) -> NDArray[np.float64]:
    """Hazard of major bleeding a day of people whose clots nobody treats, ``(N,)``."""
    age = people["age_years"] - known["bleeding_reference_years"]
    log_factor = known["bleeding_per_year_of_age"] * age
    for name in RISKS:
        log_factor = log_factor + np.log(known[f"bleeding_ratio_{name}"]) * people[name]
    weak_kidneys = people["gfr_ml_min"] < known["bleeding_low_gfr_ml_min"]
    log_factor = log_factor + np.log(known["bleeding_ratio_low_gfr"]) * weak_kidneys
    return np.asarray(known["bleeding_major_per_year"] / DAYS_PER_YEAR * np.exp(log_factor))
