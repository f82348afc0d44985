"""The Padua prediction score for venous thromboembolism in medical inpatients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from popsim.hooks import PeopleView, RiskScore, Today, hookimpl
from popsim.routines.stays import REASONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

_REDUCED_MOBILITY_DAYS = 3


def padua_points(people: PeopleView, today: Today) -> NDArray[np.float64]:
    """Points of everybody today, ``(N,)``.

    Reduced mobility (bed rest for at least three days) is taken from a stay of that length in which the patient is
    not walking freely; acute infection counts for the reason ``medical``, infarction or stroke for ``stroke``.
    """
    reason = today.reason
    surgical = np.array([r.surgical for r in REASONS])[reason] & today.in_hospital
    stroke = np.array([r.paresis for r in REASONS])[reason] & today.in_hospital
    infection = np.array([r.name == "medical" for r in REASONS])[reason] & today.in_hospital
    reduced_mobility = today.in_hospital & ~today.walks_freely & (today.stay_length >= _REDUCED_MOBILITY_DAYS)
    points = (
        3.0 * people["active_cancer"]
        + 3.0 * people["prior_vte"]
        + 3.0 * reduced_mobility
        + 3.0 * (people["factor_v_leiden"] | people["prothrombin_g20210a"])
        + 2.0 * surgical
        + 1.0 * (people["age_years"] >= 70)
        + 1.0 * people["heart_failure"]
        + 1.0 * stroke
        + 1.0 * infection
        + 1.0 * (people["bmi"] >= 30)
        + 1.0 * (people["oral_contraceptive"] | people["hormone_therapy"])
    )
    return np.asarray(points, dtype=np.float64)


PADUA = RiskScore(
    name="padua",
    label="Padua prediction score",
    reads=frozenset(
        {
            "active_cancer",
            "prior_vte",
            "factor_v_leiden",
            "prothrombin_g20210a",
            "age_years",
            "heart_failure",
            "bmi",
            "oral_contraceptive",
            "hormone_therapy",
        }
    ),
    source="Barbar S et al, J Thromb Haemost 2010;8:2450-7",
    points=padua_points,
)


@hookimpl
def popsim_risk_scores() -> Iterable[RiskScore]:
    """Offer the Padua score."""
    return [PADUA]
