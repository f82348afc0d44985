"""A function of whole numbers, given by a table that grows; asked and taught for many numbers at once.

A hash table with open addressing: a number's bits are scattered over the table by a multiplication, and it is looked
for from there on, up to the first place that is free.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

_FREE = -1
_SCATTER = np.uint64(0x9E3779B97F4A7C15)
"""2⁶⁴ over the golden ratio, made odd: multiples of it, neighbours' as well, spread evenly over their highest bits."""
_FIRST_BITS = 10
_PLACES_PER_NUMBER = 2

_compiled = njit(cache=True, nogil=True)


class Lookup:
    """What is known so far."""

    def __init__(self) -> None:
        self._keys, self._values = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        self._table = _free(_FIRST_BITS)

    def of(self, keys: Numbers, otherwise: Numbers | int = 0) -> Numbers:
        """Their values, of any shape; ``otherwise`` for those that are not known."""
        which = self._which(keys)
        if not len(self._values):
            return np.broadcast_to(otherwise, which.shape)
        return np.where(which == _FREE, otherwise, self._values[which])

    def knows(self, keys: Numbers) -> NDArray[np.bool_]:
        """Which of them are known."""
        return np.asarray(self._which(keys) != _FREE)

    def missing(self, keys: Numbers) -> Numbers:
        """Those that are not known, each once, ascending."""
        return np.unique(keys[~self.knows(keys)])

    def learn(self, keys: Numbers, values: Numbers) -> None:
        """Add new ones, each once."""
        self._keys, self._values = np.concatenate([self._keys, keys]), np.concatenate([self._values, values])
        known = len(self._keys)
        if known * _PLACES_PER_NUMBER > len(self._table):
            self._table = _free((known * _PLACES_PER_NUMBER).bit_length())
            _enter(self._table, self._keys, 0)
        else:
            _enter(self._table, self._keys, known - len(keys))

    def items(self) -> tuple[Numbers, Numbers]:
        """All that is known: numbers and their values, in the order they were learnt."""
        return self._keys, self._values

    def _which(self, keys: Numbers) -> Numbers:
        """At what place each of them was learnt."""
        which = np.empty(keys.shape, dtype=np.int64)
        _find(self._table, self._keys, keys.ravel(), which.ravel())
        return which


def _free(bits: int) -> NDArray[np.int32]:
    return np.full(1 << bits, _FREE, dtype=np.int32)


@_compiled
def _place(table: Any, keys: Any, key: Any) -> Any:
    """Where a number is in the table, or the free place where it belongs."""
    last = np.uint64(table.shape[0] - 1)
    place = (np.uint64(key) * _SCATTER) >> np.uint64(32) & last
    while table[place] != _FREE and keys[table[place]] != key:
        place = (place + np.uint64(1)) & last
    return place


@_compiled
def _find(table: Any, keys: Any, asked: Any, which: Any) -> None:
    for i in range(asked.shape[0]):
        which[i] = table[_place(table, keys, asked[i])]


@_compiled
def _enter(table: Any, keys: Any, first: int) -> None:
    """Enter all numbers from the first new one on."""
    for i in range(first, keys.shape[0]):
        table[_place(table, keys, keys[i])] = i
