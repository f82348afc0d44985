"""Many clots in few people: onsets drawn out of expected hazard, each standing for a small part of a clot.

Counting sampled events needs millions of person-years for a rate of one in a thousand. Here as many clots as wanted are
drawn where and when hazard says, each followed through its course with the model's own draws, and weighted by what it
stands for. Clots of one person are alternatives that may add up; events and people of an arm are then counted by the
same code as those of a run (``popsim.validation.tallies``). A clot that formed in the last days is followed to its end;
nobody dies of anything else meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from popsim.clots.kinds import EventKind
from popsim.clots.observation import Clots
from popsim.validation.observed import Events, Observed
from popsim.validation.onsets import (
    Hazards,
    evenly,
    expected_onsets,
    follow,
    occupied_days,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from popsim.clots.course import Course
    from popsim.randomness import Draws
    from popsim.validation.recorded import Recorded

    Ints = NDArray[np.int64]

_NAMES = np.array([kind.name.lower() for kind in EventKind])


def weighted_arm(
    recorded: Recorded, evidence: Mapping[str, float], clots: int, draws: Draws, onset_days: range | None = None
) -> Observed:
    """One arm with so many weighted clots.

    Args:
        recorded: the arm.
        evidence: constants in force.
        clots: how many to draw.
        draws: what becomes of them; the same draws make other constants and arms comparable.
        onset_days: when clots form; on any day of the run unless given.
    """
    hazards = Hazards(recorded, evidence)
    days = onset_days or range(recorded.days)
    expected = expected_onsets(hazards.daily_probability(days), occupied_days(evidence, draws))
    place, weight = evenly(expected, clots)
    since, leg, row = np.unravel_index(place, expected.shape)
    day = since + days.start
    events, course = follow(hazards.onsets(day, leg, row), recorded.world.people, evidence, draws)
    return Observed(
        people=recorded.people,
        days=recorded.days,
        clots=_clots(day, course),
        clot_row=row,
        clot_leg=leg,
        clot_weight=np.full(len(row), weight),
        events=_events(events, row, course, recorded),
        last_day=recorded.world.background_death_day,
        world=recorded.world,
    )


def _clots(onset: Ints, course: Course) -> Clots:
    return Clots(
        site=course.site,
        onset_day=onset,
        extension_day=course.extension_day,
        symptoms_day=course.symptoms_day,
        resolved_day=np.minimum(course.resolved_day, course.death_day + 1),
    )


def _events(column: Mapping[str, Ints], row: Ints, course: Course, recorded: Recorded) -> Events:
    """What the clots do, also after the last day, and deaths from other causes until then."""
    clot, day = column["person"], column["day"]
    kept = day <= course.death_day[clot]
    dead = np.flatnonzero(recorded.world.background_death_day < recorded.days)
    return Events(
        row=np.concatenate([row[clot[kept]], dead]),
        day=np.concatenate([day[kept], recorded.world.background_death_day[dead]]),
        kind=np.concatenate([_NAMES[column["kind"][kept]], np.full(len(dead), "death")]),
        clot=np.concatenate([clot[kept], np.full(len(dead), -1)]),
    )
