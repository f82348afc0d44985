"""What clots do to the leg they lie in: they block its outflow, and may leave it scarred and without valves.

This is how a clot goes back into the pump: a leg with lost valves or a blocked outflow pools more for good. What a leg
was like without its clots is kept, so that a limit reached for a while takes nothing away afterwards.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from popsim.clots.dice import NEVER_DAY
from popsim.people.population import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from popsim.clots.course import Course, Onsets
    from popsim.people.population import Population


@dataclass(frozen=True)
class _Change:
    leg: int
    row: int
    blocked: int
    scarred: int
    deep_leak: float


@dataclass
class _Leg:
    """A leg that had clots: what it was like before them, and what they have done so far."""

    outflow_resistance: float
    deep_leak: float
    blocked: int = 0
    scarred: int = 0
    leaks: float = 0.0


class Damage:
    """Changes of legs to come, by day.

    Args:
        evidence: the constants in force.
    """

    def __init__(self, evidence: Mapping[str, float]) -> None:
        self._evidence = evidence
        self._due: dict[int, list[_Change]] = defaultdict(list)
        self._legs: dict[tuple[int, int], _Leg] = {}

    def note(self, onsets: Onsets, course: Course) -> None:
        """Note what new clots will do to their legs."""
        for i in np.flatnonzero(course.proximal_day < NEVER_DAY).tolist():
            begins, ends = int(course.proximal_day[i]), int(course.freed_day[i])
            leg, row = int(onsets.leg[i]), int(onsets.row[i])
            leak = self._evidence["clots.valves_lost_deep_leak"] if course.valves_lost[i] else 0.0
            self._due[begins + 1].append(_Change(leg, row, 1, 0, 0.0))
            self._due[max(ends, begins + 2)].append(_Change(leg, row, -1, int(course.scarred[i]), leak))

    def due(self, day: int, people: Population) -> Iterator[tuple[int, int, dict[str, float]]]:
        """Legs that change this morning, as ``(leg, row, new traits)``, from what they were without their clots."""
        for change in self._due.pop(day, ()):
            place = change.leg, change.row
            if place not in self._legs:
                outflow, leak = float(people["outflow_resistance"][place]), float(people["deep_leak"][place])
                self._legs[place] = _Leg(outflow, leak)
            leg = self._legs[place]
            leg.blocked += change.blocked
            leg.scarred += change.scarred
            leg.leaks += change.deep_leak
            yield *place, self._traits(leg)

    def _traits(self, leg: _Leg) -> dict[str, float]:
        """What a leg is like now; a clot in a scarred leg blocks what was left."""
        blocked = self._evidence["clots.obstruction_factor"] if leg.blocked > 0 else 1.0
        outflow = leg.outflow_resistance * self._evidence["clots.scar_factor"] ** leg.scarred * blocked
        return {
            "outflow_resistance": _within("outflow_resistance", outflow),
            "deep_leak": _within("deep_leak", leg.deep_leak + leg.leaks),
        }


def _within(column: str, value: float) -> float:
    return float(min(max(value, COLUMNS[column].low), COLUMNS[column].high))
