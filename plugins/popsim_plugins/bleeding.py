"""Bleeding by person: what drugs against clots share about who bleeds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from popsim.hooks import PeopleView, Today, hookimpl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

SCORE = "improve-bleeding"
HIGH_SCORE = 7
WEAK_KIDNEYS_ML_MIN = 30
EVIDENCE = ("bleeding.ratio_high_score", "bleeding.ratio_low_score", "bleeding.ratio_weak_kidneys")
HIT_EVIDENCE = (
    "bleeding.platelets_lost_from_day",
    "bleeding.platelets_lost_until_day",
    "bleeding.platelets_ratio_lost_before",
)


def bleeding_of_each(
    daily: float, evidence: Mapping[str, float], *, cleared_by_kidneys: bool = False
) -> Callable[[PeopleView, Today], NDArray[np.float64]]:
    """A day's probability of bleeding for each person, from that of the average patient.

    Patients of 7 points or more on the IMPROVE score bleed more often, the others less; who clears a drug through
    kidneys that filter less than 30 mL/min, more often again. The plugin must read ``gfr_ml_min``.

    Args:
        daily: probability of the average patient.
        evidence: the constants in force.
        cleared_by_kidneys: whether weak kidneys let the drug build up.
    """
    high, low, weak = (evidence[name] for name in EVIDENCE)

    def probability(people: PeopleView, today: Today) -> NDArray[np.float64]:
        ratio = np.where(today.score(SCORE) >= HIGH_SCORE, high, low)
        if cleared_by_kidneys:
            ratio = ratio * np.where(people["gfr_ml_min"] < WEAK_KIDNEYS_ML_MIN, weak, 1.0)
        return np.minimum(daily * ratio, 1.0)

    return probability


def platelets_lost_by_each(
    daily: float, evidence: Mapping[str, float]
) -> Callable[[PeopleView, Today], NDArray[np.float64]]:
    """A day's probability of losing platelets to heparin for each inpatient, who has heparin from admission on.

    Antibodies need days to form and are rare after two weeks; who lost platelets before loses them more often. The
    plugin must read ``past_hit``.

    Args:
        daily: probability of the average patient, spread over the two weeks.
        evidence: the constants in force.
    """
    first, last, again = (evidence[name] for name in HIT_EVIDENCE)

    def probability(people: PeopleView, today: Today) -> NDArray[np.float64]:
        day = today.stay_day + 1
        at_risk = today.in_hospital & (day >= first) & (day <= last)
        likely = daily * last / (last - first + 1) * np.where(people["past_hit"], again, 1.0)
        return np.where(at_risk, np.minimum(likely, 1.0), 0.0)

    return probability


@hookimpl
def popsim_evidence() -> Iterable[Path]:
    """Who bleeds how much more."""
    return [Path(__file__).with_suffix(".toml")]
