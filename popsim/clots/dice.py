"""Draws for episodes: keyed by person, leg and episode, so that nothing else changes what a clot does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from popsim.randomness import Draws

NEVER_DAY = np.int64(2**40)
"""The day of what does not happen."""


class Dice:
    """Draws of these episodes.

    Args:
        person: global ids, ``(E,)``.
        leg: of each, ``(E,)``.
        episode: number within the leg, ``(E,)``.
        draws: the run's random numbers.
    """

    def __init__(
        self, person: NDArray[np.int64], leg: NDArray[np.int64], episode: NDArray[np.int64], draws: Draws
    ) -> None:
        self._whose = person, leg, episode
        self._draws = draws

    def uniform(self, decision: str) -> NDArray[np.float64]:
        """One number of each episode, strictly between 0 and 1, ``(E,)``."""
        return self._draws.each(f"clots.{decision}", *self._whose)

    def exponential(self, decision: str) -> NDArray[np.float64]:
        """One number of each episode with mean one, ``(E,)``."""
        return np.asarray(-np.log1p(-self.uniform(decision)))

    def day(
        self, decision: str, after: NDArray[np.int64] | int, mean_days: NDArray[np.float64] | float
    ) -> NDArray[np.int64]:
        """An exponential waiting time in whole days, rounded up, so that nothing follows on the same day."""
        waits = np.ceil(self.exponential(decision) * mean_days).astype(np.int64)
        return np.asarray(np.minimum(after, NEVER_DAY) + waits, dtype=np.int64)
