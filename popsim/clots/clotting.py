"""When clots form: each leg's hazard adds up until it crosses a threshold drawn once per person, leg and episode.

The thresholds are the same in every arm, so an intervention that lowers hazard can prevent or delay a clot but never
invent one, and arms are compared person by person.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from popsim.clots.aftermath import aftermath
from popsim.clots.course import NEVER_DAY, Course, Onsets, course_events, draw_course
from popsim.clots.dice import Dice
from popsim.clots.events import event_columns
from popsim.clots.firsts import FirstClots
from popsim.clots.hazard import probability
from popsim.clots.kinds import EventKind
from popsim.clots.known import known_of
from popsim.clots.recurrence import Recurrence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from popsim.clots.triad import Circumstances
    from popsim.people.population import Population
    from popsim.randomness import Draws

_NOBODY = np.zeros(0, dtype=np.int64)


class Clotting:
    """Clots of everybody, day by day.

    Attributes:
        today: ``(2, N)``, probability that a clot formed in each leg on the last day.
        expected: ``(2, N)``, sum of these probabilities: the expected number of clots. Its mean is that of the clots
            drawn, also where hazards are so high that a clot early in the day spares the leg the rest of it.
        first: the probability that a person's first clot of the run forms.
        first_rows: people whose first clot of the run formed on the last day.
        events: columns of everything that happens to the clots so far formed, also in days to come.
        recurrence: who had a diagnosed clot, before or during the run, and what that does to the hazard.
    """

    def __init__(self, people: Population, draws: Draws, evidence: Mapping[str, float]) -> None:
        self._people, self._draws, self._known = people, draws, known_of(evidence)
        shape = (2, len(people))
        self._threshold = np.stack([draws.exponential("clots.threshold", people.ids, leg=leg) for leg in (0, 1)])
        self._accumulated = np.zeros(shape)
        self._episode = np.zeros(shape, dtype=np.int64)
        self._occupied: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self._at_risk = np.ones(shape, dtype=bool)
        self._diagnoses: dict[int, list[_Diagnosis]] = defaultdict(list)
        self.expected = np.zeros(shape)
        self.first, self.first_rows = FirstClots(len(people)), _NOBODY
        self.recurrence = Recurrence(people, draws, evidence)
        self.events: list[dict[str, NDArray[np.int64]]] = []

    def advance(
        self, day: int, hazard: NDArray[np.float64], alive: NDArray[np.bool_], today: Circumstances | None = None
    ) -> tuple[Onsets, Course] | None:
        """Add one day's hazard ``(2, N)`` and return the clots that form today, if any.

        Args:
            day: of the run.
            hazard: of each leg, ``(2, N)``.
            alive: ``(N,)``.
            today: what new clots meet; people nobody operated on or cares for unless given.
        """
        self.first.advance(day, hazard, alive, self.recurrence)
        self._begin(day, alive)
        hazard = hazard * (self._at_risk & alive)
        self.today = probability(hazard)
        self.expected += self.today
        self._accumulated += hazard
        crossed = self._accumulated >= self._threshold
        if not crossed.any():
            self.first_rows = _NOBODY
            return None
        legs, rows = np.nonzero(crossed)
        self.first_rows = np.unique(rows[self._episode[:, rows].sum(axis=0) == 0])
        return self._form(day, legs, rows, today)

    def _begin(self, day: int, alive: NDArray[np.bool_]) -> None:
        """Legs freed this morning are at risk again, and clots diagnosed today are known of."""
        for leg, freed in self._occupied.pop(day, ()):
            self._at_risk[leg, freed] = True
        for found in self._diagnoses.pop(day, ()):
            if not alive[found.row]:
                continue
            if self.recurrence.had(found.row):
                self.events.append(found.recurrence(day, int(self._people.ids[found.row])))
            self.recurrence.diagnosed(found.row, found.leg, day, found.treated_until, found.treatment_factor)

    def _form(
        self, day: int, leg: NDArray[np.int64], row: NDArray[np.int64], today: Circumstances | None
    ) -> tuple[Onsets, Course]:
        person, episode = self._people.ids[row], self._episode[leg, row].copy()
        make = Onsets if today is None else today.onsets
        onsets = make(row, person, leg, episode, day)
        course = draw_course(onsets, self._draws, self._known)
        self.events.append(course_events(onsets, course))
        self.events.append(aftermath(onsets, course, self._people, self._draws, self._known))
        self._at_risk[leg, row] = False
        self._accumulated[leg, row] = 0.0
        self._episode[leg, row] += 1
        self._threshold[leg, row] = Dice(person, leg, episode + 1, self._draws).exponential("threshold")
        self._note(onsets, course)
        return onsets, course

    def _note(self, onsets: Onsets, course: Course) -> None:
        """Note the days on which new clots will matter to others."""
        for leg, row, freed in zip(onsets.leg.tolist(), onsets.row.tolist(), course.freed_day.tolist(), strict=True):
            self._occupied[freed].append((leg, row))
        factor = np.broadcast_to(onsets.cared("treatment_factor"), onsets.row.shape)
        for i in np.flatnonzero(course.diagnosed_day < NEVER_DAY).tolist():
            found = int(onsets.row[i]), int(onsets.leg[i]), int(course.treated_until[i]), float(factor[i])
            self._diagnoses[int(course.diagnosed_day[i])].append(_Diagnosis(*found, int(onsets.number[i])))


@dataclass(frozen=True)
class _Diagnosis:
    """A clot that will be diagnosed."""

    row: int
    leg: int
    treated_until: int
    treatment_factor: float
    number: int

    def recurrence(self, day: int, person: int) -> dict[str, NDArray[np.int64]]:
        """The event that this is not the person's first."""
        row, ids = np.array([self.row]), np.array([person])
        return event_columns(EventKind.RECURRENCE, row, ids, day, leg=self.leg, episode=self.number)
