"""Risk scores: points per person from columns and from why they are in hospital."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from popsim.routines.stays import REASONS, Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from popsim.hooks.views import PeopleView, Today

    Holds = Callable[[PeopleView, Today], NDArray[np.bool_]]


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
    holds: Holds | None = None


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


def _any_of(flags: Iterable[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """Where one of them holds; two at a time, which spares a copy of them all."""
    return reduce(np.logical_or, flags)


def flagged(*columns: str) -> Holds:
    """Whoever has one of these traits."""
    return lambda people, _: _any_of(people[column] for column in columns)


def aged(from_years: int, until_years: int = 200) -> Holds:
    """Whoever is of these ages, both included."""
    return lambda people, _: (people["age_years"] >= from_years) & (people["age_years"] <= until_years)


def admitted(which: Callable[[Reason], bool]) -> Holds:
    """Inpatients whose reason for the stay is such."""
    of_reason = np.array([which(reason) for reason in REASONS])
    return lambda _, today: today.in_hospital & of_reason[today.reason]


def in_hospital_with(*columns: str) -> Holds:
    """Inpatients who have one of these traits."""
    return lambda people, today: today.in_hospital & _any_of(people[column] for column in columns)


def come_with(*columns: str) -> Holds:
    """Inpatients who came unplanned, for or with one of these illnesses."""
    planned = np.array([reason.planned for reason in REASONS])
    with_it = in_hospital_with(*columns)
    return lambda people, today: with_it(people, today) & ~planned[today.reason]


def kept_in_bed(from_day: int = 0) -> Holds:
    """Inpatients from this day after admission on who do not walk freely."""
    return lambda _, today: today.in_hospital & ~today.walks_freely & (today.stay_day >= from_day)


def either(*holds: Holds) -> Holds:
    """Whoever one of these holds for."""
    return lambda people, today: _any_of(one(people, today) for one in holds)


def both(*holds: Holds) -> Holds:
    """Whoever all of these hold for."""
    return lambda people, today: reduce(np.logical_and, (one(people, today) for one in holds))
