"""Clots that stand for parts of clots: those of one leg are alternatives, those of two legs have nothing to do with it.

A leg has one clot at a time, so of two weighted clots of a leg both can happen only if the first is gone when the
second forms; their chances add up otherwise. Legs are independent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_PLACES = 3
"""Left leg, right leg, neither."""

_SPAN = np.int64(1 << 24)
_TINY = 1e-12


@dataclass(frozen=True)
class Alternatives:
    """Events sorted by person, then day, each array ``(K,)``.

    Attributes:
        row: person.
        leg: 0 left, 1 right, 2 where the event belongs to no clot.
        onset: day on which its clot formed.
        gone: day from which its clot is gone.
    """

    row: Ints
    leg: Ints
    onset: Ints
    gone: Ints


def any_of_alternatives(row: Ints, leg: Ints, chance: Floats, people: int) -> Floats:
    """Probability that at least one of each person's clots happens, ``(people,)``."""
    sums = np.bincount(row * _PLACES + leg, chance, people * _PLACES).reshape(people, _PLACES)
    return np.asarray(1.0 - np.prod(1.0 - np.minimum(sums, 1.0), axis=1))


def spared_by_alternatives(events: Alternatives, chance: Floats) -> Floats:
    """Chance that none of a person's earlier events happened, given that this one does, ``(K,)``.

    In the other leg none may have happened. The own leg was free, so only events of clots that were gone by then are
    possible.
    """
    spared = np.ones(len(chance))
    for leg in range(_PLACES):
        before = np.minimum(_sum_before(events.row, np.where(events.leg == leg, chance, 0.0)), 1.0)
        own = events.leg == leg
        gone = np.minimum(_gone_before(events, chance), before)
        free = np.maximum(1.0 - (before - gone), _TINY)
        spared *= np.where(own, np.maximum(1.0 - gone / free, 0.0), 1.0 - before)
    return np.asarray(spared)


def _sum_before(row: Ints, chance: Floats) -> Floats:
    """Sum over the same person's earlier events, ``(K,)``."""
    before = np.cumsum(chance) - chance
    starts = np.concatenate([[True], row[1:] != row[:-1]])[: len(row)]
    first = np.maximum.accumulate(np.where(starts, np.arange(len(row)), 0))
    return np.asarray(before - before[first])


def _gone_before(events: Alternatives, chance: Floats) -> Floats:
    """Sum over events of clots of the same leg that were gone when this event's clot formed, ``(K,)``."""
    own = (events.row * _PLACES + events.leg) * _SPAN
    key = own + np.minimum(events.gone, _SPAN - 1)
    order = np.argsort(key, kind="stable")
    upto = np.concatenate([[0.0], np.cumsum(chance[order])])
    first = np.searchsorted(key[order], own)
    return np.asarray(upto[np.searchsorted(key[order], own + events.onset, side="right")] - upto[first])
