"""Synthetic people: each one a pure function of seed, id and condition, column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from popsim.people import body, illnesses, leg_traits, risks
from popsim.people.limits import check_constants
from popsim.people.making import Making
from popsim.people.population import COLUMNS, ILLNESSES, Population
from popsim.people.where import Where, matching

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from popsim.evidence.registry import Evidence
    from popsim.randomness import Draws

RECIPE: dict[str, Callable[[Making], NDArray[Any]]] = {
    "sex": body.sex,
    "age_years": body.age_years,
    "work": body.work,
    "height_cm": body.height_cm,
    "weight_kg": body.weight_kg,
    "smoker": risks.smoker,
    "non_o_blood": risks.non_o_blood,
    "factor_v_leiden": risks.factor_v_leiden,
    "prothrombin_g20210a": risks.prothrombin_g20210a,
    "pregnant": risks.pregnant,
    "oral_contraceptive": risks.oral_contraceptive,
    "hormone_therapy": risks.hormone_therapy,
    "transdermal_hormones": risks.transdermal_hormones,
    "active_cancer": risks.active_cancer,
    "chemotherapy": risks.chemotherapy,
    "heart_failure": risks.heart_failure,
    "prior_vte": risks.prior_vte,
    "fidget_factor": risks.fidget_factor,
    "gfr_ml_min": illnesses.gfr_ml_min,
    **{name: illnesses.of_some(name) for name in ILLNESSES},
    "family_history_vte": risks.family_history_vte,
    "calf_strength": leg_traits.calf_strength,
    "ankle_range": leg_traits.ankle_range,
    "varices": leg_traits.varices,
    "insufficiency": leg_traits.insufficiency,
    "deep_reflux": leg_traits.deep_reflux,
    "superficial_leak": leg_traits.superficial_leak,
    "deep_leak": leg_traits.deep_leak,
    "outflow_resistance": leg_traits.outflow_resistance,
    "pocket_factor": leg_traits.pocket_factor,
}
"""How each column and latent trait is made from those above it; columns with a default are not drawn."""


def synthesise(draws: Draws, ids: NDArray[np.int64], evidence: Evidence, where: Where | None = None) -> Population:
    """Make people like those of the United States in 2024, with every column of ``COLUMNS``.

    Person ``i`` depends on the seed, ``i`` and ``where`` only, so any slice of ids gives the same people as the whole.

    Args:
        draws: the run's draws.
        ids: global person ids, ``(N,)``.
        evidence: constants in force; those named ``people.*`` are used.
        where: an exact condition on age, sex and work; the distributions are truncated, nobody is rejected.

    Raises:
        InputError: when nobody in the population can match ``where``, or a constant makes no sense.
    """
    return complete(draws, np.asarray(ids, dtype=np.int64), evidence, {}, where)


def complete(
    draws: Draws,
    ids: NDArray[np.int64],
    evidence: Evidence,
    given: Mapping[str, NDArray[Any]],
    where: Where | None = None,
) -> Population:
    """Draw the columns that are not given, each conditional on those it depends on.

    Args:
        draws: the run's draws.
        ids: global person ids, ``(N,)``.
        evidence: constants in force.
        given: columns that are known; kept as they are.
        where: condition on the columns of age, sex and work that are drawn.
    """
    check_constants(evidence.room("people"))
    people = Making(ids, draws, evidence, matching(where), dict(given))
    for name, make in RECIPE.items():
        if name not in people.columns:
            people.columns[name] = make(people)
    return Population(ids, {c.name: _column(people, c.name) for c in COLUMNS.values()})


def _column(people: Making, name: str) -> NDArray[Any]:
    column = COLUMNS[name]
    if name in people.columns:
        return people[name].astype(column.dtype, copy=False)
    shape = (len(people.ids),) if column.per == "person" else (2, len(people.ids))
    return np.full(shape, column.default, dtype=column.dtype)
