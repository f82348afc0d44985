"""Trips and stays as plugins make them: some days in place of ordinary ones, once, for a share of the people."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from popsim.hooks.offer import Offer
from popsim.routines.calendar import EpisodeKind
from popsim.routines.stays import Mobility

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from popsim.hooks.offer import Bout
    from popsim.hooks.views import PeopleView


class Episode(Offer):
    """Base class of trips and stays, such as a coach tour or a fortnight of bed rest.

    A scenario names it in ``[[episodes]]`` with ``kind = "NAME"``, a share of the people and the first day; it holds in
    every arm. What would overlap with a trip or stay of somebody's, or with an earlier episode, does not happen.

    Class attributes beside those of ``Offer``:
        kind: what it is to coagulation and to ``Today``: ``JOURNEY``, ``FLIGHT``, ``MEDICAL_STAY`` or ``SURGERY_STAY``.
        reason: why in hospital, a name of ``popsim.routines.stays.REASONS``; ``journey`` for trips.
        mobility: how far one gets on the ward.
        recovery_days: how many of its last days are spent at home after the stay.
        plans: how many courses it can take.
    """

    kind: ClassVar[EpisodeKind] = EpisodeKind.JOURNEY
    reason: ClassVar[str] = "journey"
    mobility: ClassVar[Mobility] = Mobility.WALKING
    recovery_days: ClassVar[int] = 0
    plans: ClassVar[int] = 1

    def eligible(self, people: PeopleView) -> NDArray[np.bool_]:
        """To whom it could happen, ``(N,)``; everybody unless overridden."""
        return np.ones(len(people), dtype=bool)

    def plan(self, people: PeopleView) -> NDArray[np.int64]:
        """Which course it would take for each, 0 to ``plans - 1``, ``(N,)``."""
        return np.zeros(len(people), dtype=np.int64)

    def days(self, plan: int) -> Sequence[Sequence[Bout]]:
        """Its days in order when it takes this course, each 1440 minutes from 04:00."""
        raise NotImplementedError
