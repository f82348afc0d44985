"""What clots do to the leg they lie in: they block its outflow, and may leave it scarred and without valves.

This is how a clot goes back into the pump: a leg with lost valves or a blocked outflow pools more for good.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from popsim.clots.course import NEVER_DAY
from popsim.people.population import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from popsim.clots.course import Course, Onsets
    from popsim.people.population import Population


@dataclass(frozen=True)
class _Change:
    leg: int
    row: int
    outflow_factor: float
    deep_leak: float


class Damage:
    """Changes of legs to come, by day.

    Args:
        evidence: the constants in force.
    """

    def __init__(self, evidence: Mapping[str, float]) -> None:
        self._evidence = evidence
        self._due: dict[int, list[_Change]] = defaultdict(list)

    def note(self, onsets: Onsets, course: Course) -> None:
        """Note what new clots will do to their legs."""
        blocked = self._evidence["clots.obstruction_factor"]
        for i in range(len(onsets.row)):
            begins, ends = int(course.proximal_day[i]), int(course.resolved_day[i])
            if begins == NEVER_DAY:
                continue
            leg, row = int(onsets.leg[i]), int(onsets.row[i])
            scar = self._evidence["clots.scar_factor"] if course.scarred[i] else 1.0
            leak = self._evidence["clots.valves_lost_deep_leak"] if course.valves_lost[i] else 0.0
            self._due[begins + 1].append(_Change(leg, row, blocked, 0.0))
            self._due[max(ends, begins + 2)].append(_Change(leg, row, scar / blocked, leak))

    def due(self, day: int, people: Population) -> Iterator[tuple[int, int, dict[str, float]]]:
        """Legs that change this morning, as ``(leg, row, new traits)``, from what they are like now."""
        for change in self._due.pop(day, ()):
            outflow = people["outflow_resistance"][change.leg, change.row] * change.outflow_factor
            leak = people["deep_leak"][change.leg, change.row] + change.deep_leak
            yield (
                change.leg,
                change.row,
                {"outflow_resistance": _within("outflow_resistance", outflow), "deep_leak": _within("deep_leak", leak)},
            )


def _within(column: str, value: float) -> float:
    return float(min(max(value, COLUMNS[column].low), COLUMNS[column].high))
