"""Who travels and who falls ill, when and how: a scenario's trips and stays as everybody's calendar."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from popsim.routines.calendar_plan import Plan
from popsim.routines.calendar_stays import plan_stays
from popsim.routines.calendar_trips import plan_trips

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from popsim.people.population import Population
    from popsim.randomness import Draws
    from popsim.routines.bouts import DiaryPool
    from popsim.routines.calendar import Calendar, Episodes
    from popsim.routines.stays import Stay
    from popsim.routines.trips import Trip


def plan_calendar(
    trips: Sequence[Trip],
    stays: Sequence[Stay],
    people: Population,
    days: int,
    draws: Draws,
    evidence: Mapping[str, float],
    folder: Path | None = None,
    more: Callable[[Plan], None] | None = None,
) -> tuple[DiaryPool, Calendar, Episodes]:
    """Draw who travels and who falls ill, when and how.

    Stays come before trips and the earlier listed before the later: what would overlap with days already taken does not
    happen (of a trip whose way back overlaps, the way out does). A stay takes its days in hospital and of recovery.

    Args:
        trips: as the scenario lists them.
        stays: as the scenario lists them.
        people: any slice of the population; a person's plans hang on the person's id only.
        days: length of the run; only days from 0 to ``days - 1`` enter the calendar.
        draws: random numbers of the run.
        evidence: the constants in force (rooms ``trips`` and ``stays``).
        folder: where files of recorded stays are; the working directory when left out.
        more: adds what comes after stays and trips.

    Returns:
        The pool of diaries, which depends on trips, stays and evidence only; the calendar; and the episodes.

    Raises:
        InputError: when a trip or stay can only begin after the run, a way back would begin before the way out ends,
            or a file of stays is wrong.
    """
    plan = Plan(people, days, draws, evidence)
    plan_stays(stays, plan, folder or Path())
    plan_trips(trips, plan)
    if more is not None:
        more(plan)
    return plan.finish()
