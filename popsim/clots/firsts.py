"""When the first clot of a run forms in a person: a probability that hardly depends on the dice.

Expected clots follow what happened: a clot occupies its leg and, once diagnosed, raises or lowers what comes. The
probability that a person's first clot has formed by a day does not. It is one minus the exponential of minus the hazard
of both legs up to then, taken as if none had formed yet. What a clot did to its leg's pump is left in, which matters
only to people who have had their first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from popsim.clots.hazard import probability

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from popsim.clots.recurrence import Recurrence


class FirstClots:
    """Who has had a first clot, as a probability.

    Args:
        people: number of people.

    Attributes:
        free: probability that none has formed so far, ``(N,)``.
        today: probability that the first clot of the run formed on the last day, ``(N,)``.
    """

    def __init__(self, people: int) -> None:
        self.free = np.ones(people)
        self.today = np.zeros(people)

    def advance(self, day: int, hazard: NDArray[np.float64], alive: NDArray[np.bool_], recurrence: Recurrence) -> None:
        """Add a day's hazard ``(2, N)``, that of legs with a clot included."""
        whole = hazard.sum(axis=0)
        rows, brought = recurrence.news(day)
        if len(rows):
            own = np.divide(hazard[:, rows], brought, out=np.zeros_like(brought), where=brought > 0.0)
            whole[rows] = own.sum(axis=0)
        whole *= alive
        self.today = self.free * probability(whole)
        self.free -= self.today
