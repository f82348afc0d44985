"""Risk scores: points per person from columns and from why they are in hospital."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from popsim.hooks.views import PeopleView, Today


@dataclass(frozen=True)
class RiskScore:
    """A published point score.

    Attributes:
        name: stable id, such as ``padua``.
        label: for people.
        reads: person columns it uses.
        source: citation of items and points.
        points: computes the points of everybody today, ``(N,)``.
    """

    name: str
    label: str
    reads: frozenset[str]
    source: str
    points: Callable[[PeopleView, Today], NDArray[np.float64]]
