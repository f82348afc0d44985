"""Tools for ``edit_day``: breaks in sitting, and one activity replaced by a cycle of others, minute for minute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from popsim.routines.activities import ACTIVITIES
from popsim.routines.bouts import DAY_STARTS_AT_MIN, MINUTES_PER_DAY

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from popsim.hooks.offer import Bout
    from popsim.routines.activities import Activity


def minute_of_day(hour: float) -> int:
    """Minutes after 04:00 of a clock time, 0 to 1439; hours before 04:00 end the day."""
    return (round(hour * 60) - DAY_STARTS_AT_MIN) % MINUTES_PER_DAY


def with_breaks(
    day: Iterable[Bout],
    doing: str,
    *,
    every_min: int,
    break_min: int,
    during: Collection[str],
    activities: Mapping[str, Activity] = ACTIVITIES,
) -> list[Bout]:
    """Interrupt sitting that has lasted ``every_min`` minutes by ``break_min`` minutes of something else.

    The break takes the place of the sitting that would have followed. Sitting counts across neighbouring seated
    activities, but only awake ones with a tag in ``during`` are interrupted; seated exercise counts as a break.
    An intervention gives its ``activities``, so that those of plugins are known too.
    """
    edited: list[Bout] = []
    seated = 0
    for name, minutes in day:
        tags = activities[name].tags
        if "seated" not in tags or "exercise" in tags:
            edited.append((name, minutes))
            seated = 0
        elif "asleep" in tags or tags.isdisjoint(during):
            edited.append((name, minutes))
            seated += minutes
        else:
            seated = interrupted(edited, (name, minutes), (doing, break_min), every_min, seated)
    return edited


def interrupted(edited: list[Bout], bout: Bout, pause: Bout, every_min: int, seated: int) -> int:
    """Append one seated bout in pieces with pauses; returns the minutes sat since the last pause."""
    name, minutes = bout
    while minutes > 0:
        sit = min(minutes, every_min - min(seated, every_min))
        rest = min(minutes - sit, pause[1])
        edited += [piece for piece in ((name, sit), (pause[0], rest)) if piece[1]]
        seated = 0 if rest else seated + sit
        minutes -= sit + rest
    return seated


def alternated(
    day: Iterable[Bout], name: str, cycle: Sequence[Bout], *, from_min: int = 0, until_min: int = MINUTES_PER_DAY
) -> list[Bout]:
    """Replace an activity by a cycle of bouts that runs on over all its bouts between two times of day.

    Args:
        day: the bouts.
        name: the activity that is replaced.
        cycle: what replaces it, over and over; may contain the activity itself.
        from_min: first minute after 04:00.
        until_min: minute after 04:00 from which nothing more is replaced.
    """
    edited: list[Bout] = []
    clock = done = 0
    for activity, minutes in day:
        if activity == name and clock < until_min and clock + minutes > from_min:
            before, after = max(from_min - clock, 0), max(clock + minutes - until_min, 0)
            replaced = minutes - before - after
            edited += [(name, before), *_turns(cycle, done, replaced), (name, after)]
            done += replaced
        else:
            edited.append((activity, minutes))
        clock += minutes
    return [bout for bout in edited if bout[1] > 0]


def _turns(cycle: Sequence[Bout], done: int, minutes: int) -> Iterator[Bout]:
    """So many minutes of the cycle, of which ``done`` have passed before."""
    skip = done % sum(length for _, length in cycle)
    while minutes > 0:
        for name, length in cycle:
            taken = min(max(length - skip, 0), minutes)
            skip, minutes = max(skip - length, 0), minutes - taken
            yield name, taken
