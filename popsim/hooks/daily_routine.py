"""Ordinary days as plugins make them: who lives another week than the diaries say, and its kinds of days."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from popsim.hooks.offer import Offer, Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from popsim.hooks.offer import Bout
    from popsim.hooks.views import PeopleView

ORDINARY = 0
"""In a week: a day as the diaries have it."""


class RoutineParams(Settings):
    """Settings every routine has."""

    share: float = Field(1.0, ge=0, le=1, description="Share of eligible people who live so")


class DailyRoutine(Offer):
    """Base class of routines: some people's ordinary weeks, such as those of night-shift workers.

    A scenario names it as ``[routine.plugins.NAME]``; it holds in every arm. Who lives by several lives by the first in
    order of name. Days of trips and stays go before ordinary ones.

    Class attributes beside those of ``Offer``:
        kinds: names of its kinds of days; the first is number 1 in ``week``.
    """

    kinds: ClassVar[tuple[str, ...]]
    Params: ClassVar[type[Settings]] = RoutineParams

    def eligible(self, people: PeopleView) -> NDArray[np.bool_]:
        """Who could live so, ``(N,)``; everybody unless overridden."""
        return np.ones(len(people), dtype=bool)

    def week(self, people: PeopleView) -> NDArray[np.int64]:
        """Number of the kind of day each would live from Monday to Sunday, ``(7, N)``; 0 for an ordinary one."""
        raise NotImplementedError

    def day(self, kind: str, ordinary: Sequence[Bout]) -> Sequence[Bout]:
        """A day of one of its kinds, 1440 minutes from 04:00, in place of an ordinary one. A pure function of both."""
        raise NotImplementedError
