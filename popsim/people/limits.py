"""Which values the constants of this room may take when a scenario overrides them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from popsim.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

_LIMITS = (
    (("_share", "_correlation", "calf_strength_least"), 0.0, 1.0),
    (("_odds_ratio", "_ratio"), 1e-3, 1e3),
    (("_sd",), 0.0, 5.0),
    (("calf_strength_45_years", "calf_strength_82_years"), 1e-3, 1.0 - 1e-3),
    (("_age_sd_years", "_median"), 1e-3, math.inf),
    (("_until_years",), 0.0, 44.0),
)
"""Endings or middles of names with the lowest and highest value accepted; the last match counts."""

_OWN = {"ankle_range_full_until_years": (0.0, 110.0), "pregnancy_with_puerperium_ratio": (0.0, 2.0)}


def check_constants(values: Mapping[str, float]) -> None:
    """Refuse constants with which no population can be made.

    Args:
        values: the evidence of this room, names without ``people.``.

    Raises:
        InputError: for the first value out of its limits.
    """
    for name, value in values.items():
        low, high = limits(name)
        if not low <= value <= high:
            raise InputError(f"expected a number from {low:g} to {high:g} (got {value:g})", key=f"people.{name}")


def limits(name: str) -> tuple[float, float]:
    """Lowest and highest value a constant may take; a name no rule knows is not restricted."""
    if name in _OWN:
        return _OWN[name]
    found = [(low, high) for parts, low, high in _LIMITS if any(part in name for part in parts)]
    return found[-1] if found else (-math.inf, math.inf)
