"""What plugins count: amounts of people's days, and clots that an examination finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from popsim.hooks.offer import Offer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from popsim.clots.observation import Clots
    from popsim.hooks.own_table import Lines, OwnTable
    from popsim.hooks.views import PeopleView, Today

NOT_EXAMINED = -1


@dataclass(frozen=True)
class LivedDay:
    """A day that everybody has lived.

    Attributes:
        today: the day as interventions saw it.
        alive: at its beginning, ``(N,)``.
        minutes: minutes of each person in activities with any of the tags given, ``(N,)``.
        longest: minutes of each person's longest unbroken stretch of such activities, ``(N,)``.
        pooled_ml_min: lower-leg blood volume integrated over the day, ``(2, N)``.
        activation_min: endothelial activation integrated over the day, ``(2, N)``.
        expected_clots: probability that a clot formed, ``(2, N)``.
        acting: on whom each intervention acted, by name, ``(N,)``.
    """

    today: Today
    alive: NDArray[np.bool_]
    minutes: Callable[..., NDArray[np.float64]]
    longest: Callable[..., NDArray[np.float64]]
    pooled_ml_min: NDArray[np.float64]
    activation_min: NDArray[np.float64]
    expected_clots: NDArray[np.float64]
    acting: Mapping[str, NDArray[np.bool_]]


@dataclass(frozen=True)
class LivedArm:
    """What became of everybody once all days of an arm were lived.

    Attributes:
        days: of the run.
        death_day: on which each person died, ``(N,)``; a later one than the run has for those who live.
        clots: all that formed.
        row: whose each clot is, ``(C,)``.
    """

    days: int
    death_day: NDArray[np.int64]
    clots: Clots
    row: NDArray[np.int64]


class Outcome(Offer):
    """Base class of outcomes: an amount per person and day, summed by arm, day and age group, or a table of its own.

    A scenario asks for it as ``[outputs.plugins.NAME]``; the store keeps the amount as the measure ``outcome-NAME``
    and the table as ``outcome_NAME``. An outcome may have both.

    Class attributes beside those of ``Offer``:
        unit: of the amount.
        resolution: the amount is kept in whole multiples of this, so that sums are exact in any order.
        table: the outcome's own, if any.
    """

    unit: ClassVar[str]
    resolution: ClassVar[float] = 1e-3
    table: ClassVar[OwnTable | None] = None

    def amount(self, people: PeopleView, day: LivedDay) -> NDArray[np.float64]:
        """The amount of each person on this day, ``(N,)``; only that of the living counts."""
        raise NotImplementedError

    def lines(self, people: PeopleView, day: LivedDay) -> Lines | None:
        """Lines of this day for the outcome's own table; those about the dead are left out."""
        return None

    def lines_at_end(self, people: PeopleView, arm: LivedArm) -> Lines | None:
        """Lines for it once all days are lived; with the column ``day`` where the table is ``by`` day."""
        return None


class DetectionMethod(Offer):
    """Base class of detection methods: an examination that finds clots whether they hurt or not.

    A scenario asks for it as ``[outputs.plugins.NAME]``; the store keeps what it finds, on the day of the examination,
    as the measure ``found-by-NAME``. Finding is a probability, not a draw, which has the same mean and less noise.
    """

    def examined_on(self, people: PeopleView) -> NDArray[np.int64]:
        """Day on which each person is examined, ``(N,)``; ``NOT_EXAMINED`` for never."""
        raise NotImplementedError

    def sees(self, clots: Clots, day: NDArray[np.int64]) -> NDArray[np.float64]:
        """Probability that the examination on that day finds each clot, ``(C,)``; not asked for clots not there."""
        raise NotImplementedError
