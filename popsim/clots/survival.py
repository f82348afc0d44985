"""Survival without a clot, from events: who is followed how long, and the Kaplan-Meier curve of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from popsim.clots.kinds import EventKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

DEATHS = (EventKind.DEATH, EventKind.FATAL_EMBOLISM, EventKind.FATAL_BLEEDING)
DIAGNOSED = (EventKind.SYMPTOMATIC_DVT, EventKind.SYMPTOMATIC_EMBOLISM)


@dataclass(frozen=True)
class FollowUp:
    """How long each person was followed, and why no longer.

    Attributes:
        days: lived from the start until the event, death or the end of the run, ``(N,)``, at least one.
        observed: whether the event ended it, ``(N,)``; death and the run's end censor.
    """

    days: NDArray[np.int64]
    observed: NDArray[np.bool_]

    @classmethod
    def until(
        cls, events: Mapping[str, NDArray[np.int64]], people: int, days: int, kinds: Sequence[EventKind]
    ) -> FollowUp:
        """Follow everybody until the first event of these kinds.

        Args:
            events: columns ``row``, ``day`` and ``kind`` of one arm, as ``Outcomes.close`` leaves them.
            people: how many there are.
            days: length of the run.
            kinds: what counts, as ``DIAGNOSED`` or ``(EventKind.CLOT,)``.
        """
        first, died = np.full(people, days), np.full(people, days)
        for day, which in ((first, kinds), (died, DEATHS)):
            these = np.isin(events["kind"], which)
            np.minimum.at(day, events["row"][these], events["day"][these])
        observed = (first < days) & (first <= died)
        return cls(np.minimum(np.where(observed, first, np.minimum(died, days - 1)) + 1, days), observed)

    def kaplan_meier(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Days on which anything was observed, and the share that has survived each of them."""
        from scipy.stats import CensoredData, ecdf  # noqa: PLC0415  takes long to import

        survival = ecdf(CensoredData(self.days[self.observed], right=self.days[~self.observed])).sf
        return np.asarray(survival.quantiles), np.asarray(survival.probabilities)
