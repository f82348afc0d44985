"""What care changes of a clot that has formed: filters, and how long and how strongly a diagnosed clot is treated.

Interventions bring these as one number per person and day. Several that act on the same person are combined as each
effect says. A clot's course is drawn on the day it forms, with the care of that day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


@dataclass(frozen=True)
class CareEffect:
    """One thing that care can change.

    Attributes:
        low: smallest value accepted.
        high: largest value accepted.
        neutral: what people have on whom nothing acts.
        unit: ``1`` for pure numbers.
        combine: how several that act on one person make one number.
        meaning: one sentence.
    """

    low: float
    high: float
    neutral: float
    unit: str
    combine: Literal["multiply", "max"]
    meaning: str


CARE_EFFECTS: Mapping[str, CareEffect] = {
    "embolism_factor": CareEffect(
        0.0, 1.0, 1.0, "1", "multiply", "Factor on the probability that a clot sends emboli to the lung, as of a filter"
    ),
    "treatment_days": CareEffect(
        0.0, 10_000.0, 0.0, "d", "max", "Days a diagnosed clot is treated, if longer than clots.treatment_days"
    ),
    "treatment_factor": CareEffect(
        0.0, 10.0, 1.0, "1", "multiply", "Factor on the share of events that treatment of a diagnosed clot prevents"
    ),
}


def usual_care(people: int) -> dict[str, NDArray[np.float64]]:
    """Everybody's care when nothing acts on it, one array ``(N,)`` by name."""
    return {name: np.full(people, effect.neutral) for name, effect in CARE_EFFECTS.items()}
