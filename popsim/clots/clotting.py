"""When clots form: each leg's hazard adds up until it crosses a threshold drawn once per person, leg and episode.

The thresholds are the same in every arm, so an intervention that lowers hazard can prevent or delay a clot but never
invent one, and arms are compared person by person.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from popsim.clots.course import NEVER_DAY, Course, Onsets, course_events, draw_course

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from popsim.people.population import Population
    from popsim.randomness import Draws


class Clotting:
    """Clots of everybody, day by day.

    Attributes:
        today: ``(2, N)``, probability that a clot formed in each leg on the last day.
        expected: ``(2, N)``, sum of these probabilities: the expected number of clots. Its mean is that of the clots
            drawn, also where hazards are so high that a clot early in the day spares the leg the rest of it.
        events: columns of everything that happens to the clots so far formed, also in days to come.
        recurrence: ``(N,)``, factor on the hazard of people who had a diagnosed clot during the run.
    """

    def __init__(self, people: Population, draws: Draws, evidence: Mapping[str, float]) -> None:
        self._people, self._draws, self._evidence = people, draws, evidence
        shape = (2, len(people))
        self._threshold = np.stack([draws.exponential("clots.threshold", people.ids, leg=leg) for leg in (0, 1)])
        self._accumulated = np.zeros(shape)
        self._episode = np.zeros(shape, dtype=np.int64)
        self._occupied: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self._at_risk = np.ones(shape, dtype=bool)
        self._diagnosed: dict[int, list[int]] = defaultdict(list)
        self.expected = np.zeros(shape)
        self.recurrence = np.ones(len(people))
        self.events: list[dict[str, NDArray[np.int64]]] = []

    def advance(self, day: int, hazard: NDArray[np.float64], alive: NDArray[np.bool_]) -> tuple[Onsets, Course] | None:
        """Add one day's hazard ``(2, N)`` and return the clots that form today, if any."""
        for leg, freed in self._occupied.pop(day, ()):
            self._at_risk[leg, freed] = True
        for diagnosed in self._diagnosed.pop(day, ()):
            if not self._people["prior_vte"][diagnosed]:
                self.recurrence[diagnosed] = self._evidence["clots.ratio_prior_vte"]
        hazard = hazard * (self._at_risk & alive)
        self.today = -np.expm1(-hazard)
        self.expected += self.today
        self._accumulated += hazard
        legs, rows = np.nonzero(self._accumulated >= self._threshold)
        return self._form(day, legs, rows) if len(rows) else None

    def _form(self, day: int, leg: NDArray[np.int64], row: NDArray[np.int64]) -> tuple[Onsets, Course]:
        onsets = Onsets(row, self._people.ids[row], leg, self._episode[leg, row].copy(), day)
        course = draw_course(onsets, self._draws, self._evidence)
        self.events.append(course_events(onsets, course))
        self._at_risk[leg, row] = False
        self._accumulated[leg, row] = 0.0
        self._episode[leg, row] += 1
        for i in range(len(row)):
            self._threshold[leg[i], row[i]] = self._draws.exponential(
                "clots.threshold", onsets.person[i], leg=int(leg[i]), k=int(onsets.episode[i]) + 1
            )[0]
            self._occupied[int(course.resolved_day[i])].append((int(leg[i]), int(row[i])))
            diagnosed = min(int(course.symptoms_day[i]), int(course.embolism_day[i]))
            if diagnosed < NEVER_DAY:
                self._diagnosed[diagnosed + 1].append(int(row[i]))
        return onsets, course
