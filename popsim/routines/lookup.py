"""A function of whole numbers, given by a table that grows; asked and taught for many numbers at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]


class Lookup:
    """What is known so far, kept in order of the numbers."""

    def __init__(self) -> None:
        self._keys, self._values = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)

    def holds(self, keys: Numbers) -> NDArray[np.bool_]:
        """Which of these are known."""
        if not len(self._keys):
            return np.zeros(len(keys), dtype=bool)
        return np.asarray(self._keys[self._place(keys)] == keys)

    def of(self, keys: Numbers) -> Numbers:
        """Their values; anything for those that are not known."""
        return self._values[self._place(keys)] if len(self._keys) else keys

    def missing(self, keys: Numbers) -> Numbers:
        """Those that are not known, each once, ascending."""
        return np.unique(keys[~self.holds(keys)])

    def learn(self, keys: Numbers, values: Numbers) -> None:
        """Add new ones, ascending."""
        place = np.searchsorted(self._keys, keys)
        self._keys, self._values = np.insert(self._keys, place, keys), np.insert(self._values, place, values)

    def items(self) -> tuple[Numbers, Numbers]:
        """All that is known: numbers, ascending, and their values."""
        return self._keys, self._values

    def _place(self, keys: Numbers) -> Numbers:
        return np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
