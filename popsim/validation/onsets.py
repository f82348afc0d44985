"""When clots form, as expected numbers: hazards from recorded doses, legs that are free to clot, onsets drawn evenly.

This file is the one place that asks ``popsim.clots`` for hazards and for the course of a clot.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from popsim.clots.aftermath import aftermath
from popsim.clots.course import Course, Onsets, course_events, draw_course
from popsim.clots.events import joined
from popsim.clots.hazard import probability
from popsim.clots.recurrence import Recurrence
from popsim.clots.triad import Triad

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from popsim.people.population import Population
    from popsim.randomness import Draws
    from popsim.validation.recorded import Recorded

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_STEPS = 12
"""Into how many equal shares the time that a clot occupies its leg is cut."""

_PILOT_CLOTS = 2_000
_HARDLY = 0.01
"""Below this mean number of clots of the legs that clot, second ones are left out of account: at most half of that."""


class Hazards:
    """Hazards of the legs of a recorded arm under some constants, and what clots that form there meet.

    Args:
        recorded: the arm.
        evidence: the constants in force.
    """

    def __init__(self, recorded: Recorded, evidence: Mapping[str, float]) -> None:
        world = recorded.world
        self._recorded, self._evidence = recorded, evidence
        self._triad = Triad(world.people, world.episodes, world.draws, evidence)
        self._earlier = Recurrence(world.people, world.draws, evidence)
        self._ones = np.ones(recorded.people)

    def daily_probability(self, days: range) -> Floats:
        """Probability that a clot forms in a leg that has none on these days of the run, ``(D, 2, N)``."""
        dose, death = self._recorded.dose_min, self._recorded.world.background_death_day
        hazard = np.empty((len(days), *dose.shape[1:]))
        for place, day in enumerate(days):
            blood, dose_min = self._blood(day) * (death >= day), dose[day].astype(np.float64)
            hazard[place] = self._triad.hazard(day, dose_min, blood, self._earlier.on(day), self._wall(day))
        return probability(hazard)

    def onsets(self, day: Ints, leg: Ints, row: Ints) -> Onsets:
        """New clots with what they meet, by rising day, ``(C,)``; their places are their ``person``."""
        parts = []
        starts = np.flatnonzero(np.concatenate([[True], day[1:] != day[:-1]]))
        for first, end in pairwise([*starts.tolist(), len(day)]):
            today, here = int(day[first]), slice(first, end)
            care = None if self._recorded.care is None else self._recorded.care[today]
            meets = self._triad.circumstances(today, self._blood(today), care, self._wall(today))
            parts.append(meets.onsets(row[here], row[here], leg[here], np.zeros(end - first, np.int64), today))
        return _joined(parts, day, row)

    def _blood(self, day: int) -> Floats:
        blood = self._recorded.blood
        return self._ones if blood is None else blood[day].astype(np.float64)

    def _wall(self, day: int) -> Floats | None:
        wall = self._recorded.wall
        return None if wall is None else wall[day].astype(np.float64)


def _joined(parts: Sequence[Onsets], day: Ints, row: Ints) -> Onsets:
    """The clots of several days as one."""
    place = np.arange(len(day), dtype=np.int64)
    care = [part.care for part in parts if part.care is not None]
    return Onsets(
        row,
        place,
        np.concatenate([part.leg for part in parts]),
        np.zeros(len(day), dtype=np.int64),
        day,
        site_weights=_all([part.site_weights for part in parts]),
        provoked=_all([part.provoked for part in parts]),
        growth_factor=_all([part.growth_factor for part in parts]),
        care={name: np.concatenate([one[name] for one in care]) for name in care[0]} if care else None,
    )


def _all(parts: Sequence[Floats | None]) -> Floats | None:
    known = [part for part in parts if part is not None]
    return np.concatenate(known) if known else None


def expected_onsets(probability: Floats, occupied_days: Ints) -> Floats:
    """Expected new clots of each leg by day, ``(days, 2, N)``: a leg with a clot cannot get another until it is gone.

    Args:
        probability: that a free leg clots, ``(days, 2, N)``.
        occupied_days: days from onset until a clot is gone, equally likely ones, ``(J,)``.
    """
    days, total = len(probability), probability.sum(axis=0)
    if (total**2).sum() < _HARDLY * total.sum():
        return probability
    flat = np.ascontiguousarray(probability.reshape(days, -1))
    out = _renewal(flat, occupied_days[occupied_days < days], len(occupied_days))
    return np.asarray(out.reshape(probability.shape))


@njit(cache=True)
def _renewal(probability: Any, gone_after: Any, shares: Any) -> Any:
    """Leg by leg, as what one leg goes through fits the processor's memory."""
    days, legs = probability.shape
    out = np.empty((days, legs))
    back = np.empty(days)
    for leg in range(legs):
        free = 1.0
        back[:] = 0.0
        for day in range(days):
            free += back[day]
            new = probability[day, leg] * free
            free -= new
            out[day, leg] = new
            for after in gone_after:
                if day + after >= days:
                    break
                back[day + after] += new / shares
    return out


def occupied_days(evidence: Mapping[str, float], draws: Draws) -> Ints:
    """Equally likely numbers of days for which a clot occupies its leg, ``(12,)``."""
    ids, none = np.arange(_PILOT_CLOTS, dtype=np.int64), np.zeros(_PILOT_CLOTS, dtype=np.int64)
    course = draw_course(Onsets(ids, ids, none, none, 0), draws, evidence)
    middle = (np.arange(_STEPS) + 0.5) / _STEPS
    return np.asarray(np.quantile(course.freed_day, middle, method="nearest"), dtype=np.int64)


def evenly(expected: Floats, clots: int) -> tuple[Ints, float]:
    """Draw so many onsets out of expected ones, evenly spaced in their sum.

    Returns:
        Places in ``expected`` flattened, ``(clots,)``, and the expected number of clots that each stands for.
    """
    sums = np.cumsum(expected.ravel())
    total = float(sums[-1])
    if not total > 0:
        return np.zeros(0, dtype=np.int64), 0.0
    marks = (np.arange(clots) + 0.5) / clots * total
    return np.minimum(np.searchsorted(sums, marks, side="right"), len(sums) - 1), total / clots


def follow(
    onsets: Onsets, people: Population, evidence: Mapping[str, float], draws: Draws
) -> tuple[dict[str, Ints], Course]:
    """Events of new clots, also those of later months, and their course."""
    course = draw_course(onsets, draws, evidence)
    return joined([course_events(onsets, course), aftermath(onsets, course, people, draws, evidence)]), course
