"""The hazard of a new clot per leg: Virchow's triad, one factor each, every multiplier used once.

``hazard = base · stagnation · coagulability(t) · wall injury(t)`` where stagnation is ``1 + gain · X`` with the
activation X of the leg's slow chain. A published ratio is what a factor does through the pump times a residual constant
here; ``scripts/measure_pathways.py`` measures the former. An earlier clot is in ``recurrence``, since what it does
changes with time; sites and their injuries are in ``sites``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from popsim.clots.known import known_of
from popsim.people.population import Population, Sex
from popsim.routines.bouts import MINUTES_PER_DAY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_FLAGS = (
    "factor_v_leiden",
    "prothrombin_g20210a",
    "non_o_blood",
    "oral_contraceptive",
    "hormone_therapy",
    "transdermal_hormones",
    "pregnant",
    "smoker",
    "heart_failure",
    "family_history_vte",
)


def constitution(people: Population, evidence: Mapping[str, float]) -> NDArray[np.float64]:
    """Factor of everything about a person that does not change within a run, ``(N,)``."""
    known = known_of(evidence)
    age = np.minimum(people["age_years"], known["age_ceiling_years"]) - known["age_reference_years"]
    heavier = np.clip(people.bmi, known["bmi_reference"], known["bmi_ceiling"]) - known["bmi_reference"]
    log_factor = known["age_per_year"] * age + known["ratio_bmi_per_unit"] * heavier
    male = people["sex"] == Sex.MALE
    above = people["height_cm"] - np.where(male, known["height_reference_men_cm"], known["height_reference_women_cm"])
    per_10_cm = np.where(male, known["ratio_height_men_per_10cm"], known["ratio_height_women_per_10cm"])
    log_factor += np.log(per_10_cm) * above / 10.0
    for flag in _FLAGS:
        log_factor += np.log(known[f"ratio_{flag}"]) * people[flag]
    both = people["factor_v_leiden"] & people["oral_contraceptive"]
    alone = known["ratio_factor_v_leiden"] * known["ratio_oral_contraceptive"]
    log_factor += np.log(known["ratio_factor_v_leiden_with_contraceptive"] / alone) * both
    return np.asarray(np.exp(log_factor) * _cancer(people, known), dtype=np.float64)


def _cancer(people: Population, known: Mapping[str, float]) -> NDArray[np.float64]:
    """Factor of active cancer, larger on chemotherapy, ``(N,)``."""
    ratio = np.where(people["chemotherapy"], known["ratio_chemotherapy"], known["ratio_active_cancer"])
    return np.where(people["active_cancer"], ratio, 1.0)


def age_lost(people: Population, evidence: Mapping[str, float]) -> NDArray[np.float64]:
    """Log of what takes back part of age's effect where all hazard is owed to a passing illness, ``(N,)``."""
    known = known_of(evidence)
    age = np.minimum(people["age_years"], known["age_ceiling_years"]) - known["age_reference_years"]
    return np.asarray(-known["age_provoked_damping"] * known["age_per_year"] * age, dtype=np.float64)


def leg_constitution(people: Population, evidence: Mapping[str, float]) -> NDArray[np.float64]:
    """Factor of what lasts in one leg, ``(2, N)``: varicose veins, relative to the mean leg.

    It is a residual ratio: the published one divided by what reflux does through the pump. A paralysed leg has none, as
    its pump accounts for the published ratio.
    """
    known = known_of(evidence)
    ratio, share = known["ratio_varicose_veins"], known["varicose_veins_share"]
    return np.asarray(np.where(people["superficial_leak"] > 0.0, ratio, 1.0) / (1.0 + share * (ratio - 1.0)))


def daily_hazard(
    constitution_factor: NDArray[np.float64],
    changing_factor: NDArray[np.float64],
    dose_min: NDArray[np.float64],
    evidence: Mapping[str, float],
    *,
    leg_factor: NDArray[np.float64] | float = 1.0,
) -> NDArray[np.float64]:
    """Hazard of each leg over one day, summed over its sites, ``(2, N)``.

    Args:
        constitution_factor: of the person, ``(N,)``.
        changing_factor: of the person on that day, ``(N,)``.
        dose_min: the day's stagnation dose, ``(2, N)``.
        evidence: the constants in force.
        leg_factor: what belongs to one leg: sites and their injuries, an earlier clot; ``(2, N)``.
    """
    known = known_of(evidence)
    hazard = np.multiply(known["stagnation_gain"] / MINUTES_PER_DAY, dose_min, dtype=np.float64)
    hazard += 1.0
    hazard *= known["base_hazard_per_leg_day"] * constitution_factor * changing_factor * leg_factor
    return hazard


def probability(hazard: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability that something of this hazard happens, exact for very small ones too."""
    out = np.negative(hazard)
    np.expm1(out, out=out)
    return np.negative(out, out=out)
