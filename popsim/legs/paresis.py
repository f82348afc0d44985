"""Legs that a stroke paralyses: from the day of admission on, one calf of most patients hardly contracts any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from popsim.routines.calendar import EpisodeKind
from popsim.routines.reasons import REASONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from popsim.people.population import Population
    from popsim.randomness import Draws
    from popsim.routines.calendar import Episodes

_PARALYSING = [code for code, reason in enumerate(REASONS) if reason.paresis]


class Paresis:
    """Legs to be paralysed, by day. Nobody recovers within a run, and a second stroke strikes the same side.

    Args:
        people: the population.
        episodes: its stays; those whose reason comes with paresis count.
        draws: the run's random numbers; they choose who is paralysed, and which leg.
        evidence: the constants in force.
    """

    def __init__(self, people: Population, episodes: Episodes, draws: Draws, evidence: Mapping[str, float]) -> None:
        strokes = (episodes.kind == EpisodeKind.MEDICAL_STAY) & np.isin(episodes.reason, _PARALYSING)
        row, ids = episodes.row[strokes], people.ids[episodes.row[strokes]]
        weak = draws.uniform("legs.paresis", ids) < evidence["stays.paresis_share"]
        leg = (draws.uniform("legs.paresis-side", ids) < 1 / 2).astype(np.int64)
        self._day, self._row, self._leg = episodes.first_day[strokes][weak], row[weak], leg[weak]
        self._strength = evidence["legs.condition_paralysis_calf_strength"]

    def due(self, day: int) -> Iterator[tuple[int, int, dict[str, float]]]:
        """Legs that are paralysed this morning, as ``(leg, row, new traits)``."""
        for place in np.flatnonzero(self._day == day).tolist():
            yield int(self._leg[place]), int(self._row[place]), {"calf_strength": self._strength}
