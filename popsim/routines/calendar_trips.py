"""Who makes which journey when, drawn for all people at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from popsim.errors import InputError
from popsim.routines.bouts import MINUTES_PER_DAY
from popsim.routines.calendar import EpisodeKind
from popsim.routines.trips_days import JourneyOptions, journey_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from popsim.randomness import Draws
    from popsim.routines.calendar_plan import Plan
    from popsim.routines.trips import Trip

OUT, BACK = 0, 1


class _Ways:
    """All ways of making a trip as arrays: when each begins and ends, and its diaries in the pool."""

    def __init__(self, trip: Trip, number: int, plan: Plan) -> None:
        self.trip, self.number = trip, number
        self.options: JourneyOptions = journey_options(trip, plan.evidence)
        journeys = self.options.journeys
        self.first = np.array([journey.first_offset for journey in journeys], dtype=np.int32)
        self.count = np.array([len(journey.days) for journey in journeys], dtype=np.int32)
        self.diary = np.full((len(journeys), int(self.count.max())), -1, dtype=np.int32)
        for i, journey in enumerate(journeys):
            self.diary[i, : len(journey.days)] = [plan.diary(day) for day in journey.days]


def plan_trips(trips: Sequence[Trip], plan: Plan) -> None:
    """Add journeys to the plan, in the order of the scenario's list."""
    for number, trip in enumerate(trips):
        ways = _Ways(trip, number, plan)
        _check_return(ways)
        rows, departure = plan.who_and_when(trip, "trips", number)
        gone, left = _travel(ways, plan, rows, departure, OUT)
        if trip.return_after_days is not None:
            back = left + np.int32(trip.return_after_days)
            within = back < plan.days
            _travel(ways, plan, gone[within], back[within], BACK)


def _check_return(ways: _Ways) -> None:
    """No way back may begin before the way out ends, whatever departure times are drawn."""
    wished = ways.trip.return_after_days
    needed = int((ways.first + ways.count - 1).max()) - int(ways.first.min()) + 1
    if wished is not None and wished < needed:
        hours = ways.options.minutes / 60
        raise InputError(
            f"must be at least {needed}, because the way out takes {hours:g} hours (got {wished})",
            key=f"trips[{ways.number}].return_after_days",
        )


def _travel(
    ways: _Ways, plan: Plan, rows: NDArray[np.int64], departure: NDArray[np.int32], direction: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Send people on their way where their days are free; return who went, and the days of departure."""
    way = _choose(ways, plan, rows, direction)
    first = departure + ways.first[way]
    last = first + ways.count[way] - np.int32(1)
    free = plan.free(rows, first, last)
    if not free.all():
        rows, departure, way, first, last = rows[free], departure[free], way[free], first[free], last[free]
    plan.claim(rows, first, last)
    for offset in range(ways.diary.shape[1]):
        travelling = ways.count[way] > offset
        plan.override(first[travelling] + np.int32(offset), rows[travelling], ways.diary[way[travelling], offset])
    kind = EpisodeKind.FLIGHT if ways.trip.mode == "flight" else EpisodeKind.JOURNEY
    plan.note(rows, first, last, kind=kind, length_days=ways.options.minutes / MINUTES_PER_DAY)
    return rows, departure


def _choose(ways: _Ways, plan: Plan, rows: NDArray[np.int64], direction: int) -> NDArray[np.int64]:
    """Draw departure time, seat and restlessness of each person; restlessness is the same both ways."""
    hours, seats, kinds = ways.options.shape
    ids, k = plan.ids[rows], 2 * ways.number + direction
    hour = _pick(plan.draws, "trips.hour", ids, k, np.full(hours, 1 / hours))
    seat = _pick(plan.draws, "trips.seat", ids, k, np.asarray(ways.options.weights))
    kind = _pick(plan.draws, "trips.restlessness", ids, 2 * ways.number, np.full(kinds, 1 / kinds))
    return (hour * seats + seat) * kinds + kind


def _pick(
    draws: Draws, decision: str, ids: NDArray[np.int64], k: int, weights: NDArray[np.float64]
) -> NDArray[np.int64]:
    if len(weights) == 1:
        return np.zeros(len(ids), dtype=np.int64)
    bounds = np.cumsum(weights)[:-1]
    return np.searchsorted(bounds, draws.uniform(decision, ids, k=k), side="right")
