"""What is seen: the same clot is counted or not by who looks, how, and on which day.

Published rates differ ten- to a hundredfold between venography of everybody and waiting for symptoms, so every result
names its detection. Looking is a probability here, not a draw: a clot that is there on the day of an examination counts
with the sensitivity of that examination, which has the same mean as drawing and less noise.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from popsim.clots.kinds import Site

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

TRUTH, CLINICAL = "truth", "clinical"
SCREENING = ("venography", "whole_leg_ultrasound", "proximal_ultrasound")
"""Examinations of everybody on given days, whether a leg hurts or not."""

METHODS = (TRUTH, *SCREENING, CLINICAL)


@dataclass(frozen=True)
class Clots:
    """Clots that formed, as far as an examination could see them, each array ``(C,)``; ``NEVER_DAY`` for never.

    Attributes:
        site: where it started, a ``Site``.
        onset_day: on which it formed.
        extension_day: on which a calf clot reached the popliteal vein.
        symptoms_day: on which it was diagnosed because it hurt.
        resolved_day: from which it is gone.
    """

    site: NDArray[np.int64]
    onset_day: NDArray[np.int64]
    extension_day: NDArray[np.int64]
    symptoms_day: NDArray[np.int64]
    resolved_day: NDArray[np.int64]

    def take(self, which: NDArray[Any]) -> Clots:
        """These clots, by mask or place."""
        return Clots(*(getattr(self, field.name)[which] for field in fields(self)))

    def proximal(self, day: NDArray[np.int64] | int) -> NDArray[np.bool_]:
        """Whether each reaches the popliteal vein or above on a day."""
        return np.asarray((self.site != Site.CALF) | (self.extension_day <= day))

    def present(self, day: NDArray[np.int64] | int) -> NDArray[np.bool_]:
        """Whether each lies in its leg on a day."""
        return np.asarray((self.onset_day <= day) & (day < self.resolved_day))

    def symptomatic(self, day: NDArray[np.int64] | int) -> NDArray[np.bool_]:
        """Whether each has been diagnosed for its symptoms by a day."""
        return np.asarray(self.symptoms_day <= day)


class Observation:
    """Who looks how well.

    Args:
        evidence: the constants in force; those named ``observation.*`` are used.
    """

    def __init__(self, evidence: Mapping[str, float]) -> None:
        self._known = {
            name.removeprefix("observation."): value
            for name, value in evidence.items()
            if name.startswith("observation.")
        }

    def sensitivity(
        self, method: str, proximal: NDArray[np.bool_], symptomatic: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        """Probability that a clot that is there is counted, by method, level and symptoms, each ``(C,)``.

        Everything counts in truth; clinically, what was diagnosed for its symptoms; ultrasound of the proximal veins
        alone sees no calf clot.
        """
        if method == TRUTH:
            return np.ones(len(proximal))
        if method == CLINICAL:
            return np.asarray(symptomatic, dtype=np.float64)
        if method == "venography":
            return np.where(proximal, self._known["venography_proximal"], self._known["venography_distal"])
        above = self._ultrasound("proximal", symptomatic)
        below = self._ultrasound("distal", symptomatic) if method == "whole_leg_ultrasound" else np.zeros(len(above))
        return np.where(proximal, above, below)

    def found(self, method: str, clots: Clots, day: NDArray[np.int64] | int) -> NDArray[np.float64]:
        """Probability that an examination on a day counts each clot, ``(C,)``; not one that is not there."""
        seen = self.sensitivity(method, clots.proximal(day), clots.symptomatic(day))
        return np.asarray(np.where(clots.present(day), seen, 0.0))

    def false_positive(self, method: str) -> float:
        """Probability that a leg without a clot is called thrombosed; none where findings count as the truth."""
        return 1.0 - self._known["ultrasound_specificity"] if method.endswith("ultrasound") else 0.0

    def _ultrasound(self, level: str, symptomatic: NDArray[np.bool_]) -> NDArray[np.float64]:
        with_symptoms, without = (
            self._known[f"ultrasound_{level}_{state}"] for state in ("symptomatic", "asymptomatic")
        )
        return np.where(symptomatic, with_symptoms, without)
