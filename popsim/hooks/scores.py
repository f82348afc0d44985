"""Risk scores: points per person from columns and from why they are in hospital."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from popsim.routines.stays import REASONS, Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from popsim.hooks.views import PeopleView, Today


@dataclass(frozen=True)
class ScoreItem:
    """One item of a point score.

    Attributes:
        label: as published.
        points: it adds.
        basis: which columns or stays it is read from, or why it is taken as absent.
        holds: for whom it holds today, ``(N,)`` bool; ``None`` where it is taken as absent.
    """

    label: str
    points: float
    basis: str
    holds: Callable[[PeopleView, Today], NDArray[np.bool_]] | None = None


@dataclass(frozen=True)
class RiskScore:
    """A published point score.

    Attributes:
        name: stable id, such as ``padua``.
        label: for people.
        reads: person columns it uses.
        source: citation of items and points.
        points: computes the points of everybody today, ``(N,)``.
        items: the published items and what stands for each, where the score lists them.
    """

    name: str
    label: str
    reads: frozenset[str]
    source: str
    points: Callable[[PeopleView, Today], NDArray[np.float64]]
    items: tuple[ScoreItem, ...] = ()


def added_points(items: Sequence[ScoreItem]) -> Callable[[PeopleView, Today], NDArray[np.float64]]:
    """The sum over items as a function of people and day."""
    present = [(item.points, item.holds) for item in items if item.holds is not None]

    def points(people: PeopleView, today: Today) -> NDArray[np.float64]:
        total = np.zeros(len(people))
        for value, holds in present:
            total += value * holds(people, today)
        return total

    return points


def admitted_for(today: Today, which: Callable[[Reason], bool]) -> NDArray[np.bool_]:
    """Inpatients whose reason for the stay is such, ``(N,)``."""
    return np.asarray(today.in_hospital & np.array([which(reason) for reason in REASONS])[today.reason])
