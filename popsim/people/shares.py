"""Shares of people with a trait by sex and age, drawn through the published share of a reference population."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from popsim.people.population import ILLNESSES, Sex
from popsim.people.tables import AGES, OLDEST, YOUNGEST, people_tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

REFERENCE_AGE = 50.0
CONTRACEPTIVE_AGES = (18, 49)


@dataclass(frozen=True)
class Reference:
    """The published share a curve has to reproduce.

    Attributes:
        share: of the people of this sex and these ages.
        ages: lowest and highest age, both included.
        sex: one sex, or ``None`` for both together.
    """

    share: float
    ages: tuple[int, int]
    sex: Sex | None = None

    def weights(self) -> Floats:
        """Head counts of the reference population, ``(2, ages)``, zero elsewhere."""
        low, high = self.ages
        inside = ((low <= AGES) & (high >= AGES)) & np.array([[self.sex in (None, s)] for s in Sex])
        return np.asarray(people_tables().people * inside)


@lru_cache(maxsize=256)
def rising_share(
    reference: Reference, odds_ratio_per_decade: float, steady_from: float, odds_ratio_male: float = 1.0
) -> Floats:
    """Logistic curve in age whose mean over the reference population is the published share.

    Args:
        reference: the published share and whom it describes.
        odds_ratio_per_decade: odds at an age relative to ten years younger.
        steady_from: age in years from which the share no longer changes.
        odds_ratio_male: odds of a man relative to a woman of the same age.

    Returns:
        Share by sex and age, ``(2, ages)``, remembered from shard to shard and therefore not to be written to.
    """
    decades = (np.minimum(AGES, steady_from) - REFERENCE_AGE) / 10.0
    slope = np.log(odds_ratio_per_decade) * decades + np.log(odds_ratio_male) * np.array([[0.0], [1.0]])
    share = _logistic_through(reference, np.broadcast_to(slope, (2, len(AGES))))
    share.flags.writeable = False
    return share


def shaped_share(reference: Reference, shape: Floats) -> Floats:
    """A share proportional to ``shape`` ``(2, ages)`` whose mean over the reference population is the published one."""
    weights = reference.weights()
    return np.asarray(np.minimum(shape * (reference.share * weights.sum() / np.sum(weights * shape)), 1.0))


def trait_shares(values: Mapping[str, float]) -> dict[str, Floats]:
    """Shares by sex and age of every trait that depends on them.

    Args:
        values: the evidence of this room, names without ``people.``.

    Returns:
        Trait to ``(2, ages)``. Latent traits (``varices``, ``insufficiency``, ``deep_reflux``) stand beside columns.
    """
    tables = people_tables()
    return {
        "smoker": tables.smoker,
        "pregnant": np.minimum(tables.pregnant * values["pregnancy_with_puerperium_ratio"], 1.0),
        "oral_contraceptive": _contraceptive(values),
        "hormone_therapy": _hormone_therapy(values, "hormone_therapy"),
        "transdermal_hormones": _hormone_therapy(values, "transdermal_hormones"),
        "active_cancer": _of_adults(values, "cancer", 18),
        "heart_failure": _of_adults(values, "heart_failure", 20, values["heart_failure_odds_ratio_male"]),
        "prior_vte": _of_adults(values, "prior_vte", 18),
        "obstetric_history": values["obstetric_history_share_women"] * _women(YOUNGEST, OLDEST),
        **{trait: _of_adults(values, trait, YOUNGEST) for trait in ILLNESSES if trait != "obstetric_history"},
    } | {trait: _by_sex(values, trait) for trait in ("varices", "insufficiency", "deep_reflux")}


def _of_adults(values: Mapping[str, float], trait: str, youngest: int, odds_ratio_male: float = 1.0) -> Floats:
    """A trait whose share is known of all adults from ``youngest`` on, the same at all ages unless said otherwise."""
    reference = Reference(values[f"{trait}_share"], (youngest, OLDEST))
    ratio = values.get(f"{trait}_odds_ratio_per_decade", 1.0)
    return rising_share(reference, ratio, values["prevalence_steady_from_years"], odds_ratio_male)


def _by_sex(values: Mapping[str, float], trait: str) -> Floats:
    """A trait whose share at 18-64 is published for women and men apart."""
    ratio, steady = values[f"{trait}_odds_ratio_per_decade"], values["prevalence_steady_from_years"]
    women = rising_share(Reference(values[f"{trait}_share_women_18_64"], (18, 64), Sex.FEMALE), ratio, steady)
    men = rising_share(Reference(values[f"{trait}_share_men_18_64"], (18, 64), Sex.MALE), ratio, steady)
    return np.stack([women[Sex.FEMALE], men[Sex.MALE]])


def _contraceptive(values: Mapping[str, float]) -> Floats:
    low, high = CONTRACEPTIVE_AGES
    reference = Reference(values["contraceptive_share_women_18_49"], CONTRACEPTIVE_AGES, Sex.FEMALE)
    share = rising_share(reference, values["contraceptive_odds_ratio_per_decade"], steady_from=high)
    return share * _women(low, high)


def _hormone_therapy(values: Mapping[str, float], way: str) -> Floats:
    """Both ways of taking them have the same pattern of ages."""
    distance = (AGES - values["hormone_therapy_peak_age_years"]) / values["hormone_therapy_age_sd_years"]
    reference = Reference(values[f"{way}_share_women_40_plus"], (40, OLDEST), Sex.FEMALE)
    return shaped_share(reference, np.exp(-0.5 * distance**2) * _women(40, OLDEST))


def _women(low: int, high: int) -> Floats:
    return np.asarray(np.array([[1.0], [0.0]]) * ((low <= AGES) & (high >= AGES)))


def _logistic_through(reference: Reference, slope: Floats) -> Floats:
    """Find by bisection the intercept at which the weighted mean is the reference share."""
    weights = reference.weights() / reference.weights().sum()
    low, high = -40.0, 40.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        if np.sum(weights * _logistic(middle + slope)) < reference.share:
            low = middle
        else:
            high = middle
    return _logistic(0.5 * (low + high) + slope)


def _logistic(x: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-x)))
