"""How much is left of what fades exponentially, by additions and multiplications only."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from popsim.routines.bouts import MINUTES_PER_DAY

_inlined = njit(inline="always", error_model="numpy", fastmath={"nsz"})


@_inlined
def exp_minus(x: Any) -> Any:
    """``exp(-x)`` for ``x >= 0`` with an absolute error below 6e-14; anything beyond 32 counts as 32.

    Taylor polynomial of ``exp(-x / 512)`` followed by nine squarings: additions and multiplications only, so the same
    bits on every processor and one vector lane per leg.
    """
    y = min(x, 32.0) * (-1.0 / 512.0)
    e = 1.0 / 24.0 + y * (1.0 / 120.0)
    e = 1.0 / 6.0 + y * e
    e = 1.0 / 2.0 + y * e
    e = 1.0 + y * e
    e = 1.0 + y * e
    for _ in range(9):
        e = e * e
    return e


@_inlined
def left_after_minutes(rate: float) -> Any:
    """Share left after each whole number of minutes of a day."""
    left = np.empty(MINUTES_PER_DAY + 1)
    for minutes in range(left.shape[0]):
        left[minutes] = exp_minus(minutes * rate)
    return left
