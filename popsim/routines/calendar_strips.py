"""Strips of minutes: stretches of a life painted minute by minute, then cut into diary days.

A strip is a ``(minutes,)`` uint8 array of activity codes. Times are minutes after 04:00 of the first day.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from popsim.routines.activities import CODES
from popsim.routines.bouts import DAY_STARTS_AT_MIN, MINUTES_PER_DAY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Strip: TypeAlias = NDArray[np.uint8]


def clock_to_minute(hour: float) -> int:
    """Minutes after 04:00 of a clock time, to the quarter hour; hours before 04:00 end the day."""
    return (round(hour * 4) * 15 - DAY_STARTS_AT_MIN) % MINUTES_PER_DAY


def strip(*bouts: tuple[str, float]) -> Strip:
    """Bouts of named activities, minutes rounded, one after the other."""
    empty = np.zeros(0, dtype=np.uint8)
    return np.concatenate([empty, *(np.full(max(round(m), 0), CODES[name], dtype=np.uint8) for name, m in bouts)])


def even_parts(total: int, parts: int) -> list[int]:
    """Split whole minutes into parts that differ by one at most."""
    return [(i + 1) * total // parts - i * total // parts for i in range(parts)]


def paced(minutes: int, cells: int, amounts: Sequence[tuple[str, float]], rest: str) -> Strip:
    """Alternate activities evenly over a time.

    Args:
        minutes: length of the strip.
        cells: how often the sequence repeats.
        amounts: activity names and their total minutes, in the order of one round; cut where they exceed ``minutes``.
        rest: what fills the remaining time, at the start of every round.
    """
    left, totals = minutes, []
    for name, amount in amounts:
        taken = min(round(amount), left)
        left -= taken
        totals.append((name, taken))
    cells = max(1, min(cells, minutes))
    shares = [(name, even_parts(total, cells)) for name, total in [(rest, left), *totals]]
    return strip(*((name, parts[i]) for i in range(cells) for name, parts in shares))


def at_home(start: int, end: int, evidence: Mapping[str, float]) -> Strip:
    """A plain time at home or lodging from ``start`` to ``end``: asleep at night, else sitting, pottering, walking."""
    asleep = nights(start, end, evidence)
    upright, walking = evidence["trips.home_upright_share"], evidence["trips.home_walk_share"]
    painted = np.full(max(end - start, 0), CODES["sleep"], dtype=np.uint8)
    awake = np.flatnonzero(~asleep)
    on_feet = len(awake) * upright
    standing = evidence["trips.home_stand_share"]
    pottering = 1.0 - standing - walking
    amounts = [("stand", standing * on_feet), ("potter", pottering * on_feet), ("walk", walking * on_feet)]
    if len(awake):
        rounds = round(len(awake) / evidence["trips.home_round_min"])
        painted[awake] = paced(len(awake), rounds, amounts, "sit-home")
    return painted


def nights(start: int, end: int, evidence: Mapping[str, float]) -> NDArray[np.bool_]:
    """Which minutes from ``start`` to ``end`` lie between usual bedtime and rising time."""
    bedtime = clock_to_minute(evidence["trips.night_starts_hour"])
    length = (clock_to_minute(evidence["trips.night_ends_hour"]) - bedtime) % MINUTES_PER_DAY
    return np.asarray((np.arange(start, end) - bedtime) % MINUTES_PER_DAY < length)


def longest_run(flags: NDArray[np.bool_]) -> slice:
    """The longest stretch of true values, the first of equals; empty when there is none."""
    edges = np.flatnonzero(np.diff(flags.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    if not len(edges):
        return slice(0, 0)
    start, stop = edges[np.argmax(edges[:, 1] - edges[:, 0])]
    return slice(int(start), int(stop))


def cut_into_days(painted: Strip) -> list[list[tuple[int, int]]]:
    """Cut a strip of whole days into days of ``(activity code, minutes)``."""
    return [_bouts(day) for day in painted.reshape(-1, MINUTES_PER_DAY)]


def _bouts(day: Strip) -> list[tuple[int, int]]:
    edges = [0, *(np.flatnonzero(np.diff(day)) + 1).tolist(), len(day)]
    return [(int(day[start]), end - start) for start, end in pairwise(edges)]
