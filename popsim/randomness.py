"""Randomness as a pure function: ``u(seed, decision, day, person, leg, k)``.

Every draw is named by the decision it serves and by who takes it and when, so it is the same whatever the order of
people, the shard, the worker, the engine, the arm or the set of plugins. The generator is counter-based: a key hashed
once from seed and decision (BLAKE2b), then two rounds of the 64-bit SplitMix finaliser over person and counter.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit
from scipy.special import ndtri

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_ODD = np.uint64(0xD1342543DE82EF95)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S12 = (np.uint64(s) for s in (30, 27, 31, 12))
_DAY_SHIFT, _LEG_SHIFT = np.uint64(24), np.uint64(22)
_TO_UNIT = 2.0**-52


@lru_cache(maxsize=4096)
def stream_key(seed: int, decision: str) -> int:
    """The 64-bit key of one decision under one seed."""
    digest = hashlib.blake2b(f"{seed}\x00{decision}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


@njit(cache=True, inline="always")
def _mix(x: Any) -> Any:
    x = (x ^ (x >> _S30)) * _MIX_1
    x = (x ^ (x >> _S27)) * _MIX_2
    return x ^ (x >> _S31)


@njit(cache=True, inline="always")
def unit_draw(key: Any, person: Any, counter: Any) -> Any:
    """One draw, strictly between 0 and 1, with 52 random bits; ``key`` and ``counter`` are unsigned 64-bit."""
    x = _mix(key ^ (np.uint64(person) * _GOLDEN + _ODD))
    x = _mix(x + counter * _ODD + _GOLDEN)
    return (np.float64(x >> _S12) + 0.5) * _TO_UNIT


@njit(cache=True, nogil=True)
def _fill(key: Any, person: Any, counter: Any, out: Any) -> None:
    for i in range(person.shape[0]):
        out[i] = unit_draw(key, person[i], counter)


@njit(cache=True, nogil=True)
def _fill_each(key: Any, person: Any, leg: Any, k: Any, out: Any) -> bool:
    """Draw for each person's own leg and number; whether all were in range."""
    for i in range(person.shape[0]):
        if not (0 <= leg[i] < 4 and 0 <= k[i] < 1 << 22):
            return False
        out[i] = unit_draw(key, person[i], (np.uint64(leg[i]) << _LEG_SHIFT) | np.uint64(k[i]))
    return True


def _counter(day: int, leg: int, k: int) -> np.uint64:
    if not (0 <= k < 1 << 22 and 0 <= leg < 4 and 0 <= day < 1 << 40):
        raise ValueError(f"a draw needs 0 <= day < 2**40, 0 <= leg < 4 and 0 <= k < 2**22 (got {day}, {leg}, {k})")
    return (np.uint64(day) << _DAY_SHIFT) | (np.uint64(leg) << _LEG_SHIFT) | np.uint64(k)


@dataclass(frozen=True)
class Draws:
    """Named random numbers of one seed. All methods return float64, one value per person id given.

    Args:
        seed: any integer; the same seed gives the same numbers on every machine.
        scope: put in front of every decision's name, so that plugins cannot collide with the core.
    """

    seed: int
    scope: str = ""

    def uniform(
        self, decision: str, person: ArrayLike, *, day: int = 0, leg: int = 0, k: int = 0
    ) -> NDArray[np.float64]:
        """Uniform on the open unit interval, shape ``(N,)`` for ``N`` global person ids."""
        ids = np.ascontiguousarray(np.atleast_1d(person), dtype=np.int64)
        out = np.empty(ids.shape[0], dtype=np.float64)
        _fill(np.uint64(stream_key(self.seed, self.scope + decision)), ids, _counter(day, leg, k), out)
        return out

    def each(
        self, decision: str, person: NDArray[np.int64], leg: NDArray[np.int64], k: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """What ``uniform`` draws, for each person with a leg and a number of its own, ``(N,)``."""
        out = np.empty(person.shape[0], dtype=np.float64)
        if not _fill_each(np.uint64(stream_key(self.seed, self.scope + decision)), person, leg, k, out):
            raise ValueError("a draw needs 0 <= leg < 4 and 0 <= k < 2**22")
        return out

    def normal(
        self, decision: str, person: ArrayLike, *, day: int = 0, leg: int = 0, k: int = 0
    ) -> NDArray[np.float64]:
        """Standard normal by inversion, shape ``(N,)``."""
        return np.asarray(ndtri(self.uniform(decision, person, day=day, leg=leg, k=k)), dtype=np.float64)

    def exponential(
        self, decision: str, person: ArrayLike, *, day: int = 0, leg: int = 0, k: int = 0
    ) -> NDArray[np.float64]:
        """Exponential with mean one, exact for very small values too, shape ``(N,)``."""
        return -np.log1p(-self.uniform(decision, person, day=day, leg=leg, k=k))

    def both_legs(self, decision: str, person: ArrayLike, *, day: int = 0, k: int = 0) -> NDArray[np.float64]:
        """Uniform draws of left and right leg, shape ``(2, N)``."""
        return np.stack([self.uniform(decision, person, day=day, leg=leg, k=k) for leg in (0, 1)])

    def under(self, scope: str) -> Draws:
        """The same seed, with every decision named below ``scope``."""
        return Draws(self.seed, f"{self.scope}{scope}/")
