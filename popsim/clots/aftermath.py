"""What follows the diagnosis of a clot in months: the post-thrombotic leg, and platelets lost to heparin.

The syndrome's severity is a score on Villalta's scale two years on: where the clot lay, whether the leg had one before,
what it left of outflow and valves, weight, age and sex, and a person's own part. Five points make it mild, ten
moderate, fifteen severe. Only diagnosed thromboses count; what silent clots do to a leg is in ``insufficiency``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from popsim.clots.dice import NEVER_DAY, Dice
from popsim.clots.events import event_columns, joined
from popsim.clots.kinds import EventKind, Site
from popsim.clots.known import known_of
from popsim.people.population import Population, Sex

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from popsim.clots.course import Course, Onsets
    from popsim.randomness import Draws

SEVERITIES = {
    "mild": EventKind.POST_THROMBOTIC_MILD,
    "moderate": EventKind.POST_THROMBOTIC_MODERATE,
    "severe": EventKind.POST_THROMBOTIC_SEVERE,
}


def aftermath(
    onsets: Onsets, course: Course, people: Population, draws: Draws, evidence: Mapping[str, float]
) -> dict[str, NDArray[np.int64]]:
    """Events that follow the diagnosis of these clots, as columns (see ``events``)."""
    if not (course.diagnosed_day < NEVER_DAY).any():
        return event_columns(EventKind.TREATMENT_THROMBOCYTOPENIA, onsets.row, onsets.person, NEVER_DAY)
    known = known_of(evidence)
    dice = Dice(onsets.person, onsets.leg, onsets.episode, draws)
    score = villalta(onsets, course, people, dice, known)
    delay = known["post_thrombotic_first_days"] + dice.day("post-thrombotic-day", 0, known["post_thrombotic_mean_days"])
    latest = known["post_thrombotic_last_days"]
    day = course.symptoms_day + np.minimum(delay, latest).astype(np.int64)
    kind = np.full(len(score), -1)
    for severity, code in SEVERITIES.items():
        kind = np.where(score >= known[f"villalta_{severity}"], code, kind)
    happens = (course.symptoms_day < NEVER_DAY) & (kind >= 0)
    clot = {"leg": onsets.leg, "site": course.site, "episode": onsets.number}
    syndrome = event_columns(kind, onsets.row, onsets.person, np.where(happens, day, NEVER_DAY), **clot)
    lost_day = _platelets_lost(course, dice, known)
    lost = event_columns(
        EventKind.TREATMENT_THROMBOCYTOPENIA, onsets.row, onsets.person, lost_day, episode=onsets.number
    )
    return joined([syndrome, lost])


def villalta(
    onsets: Onsets, course: Course, people: Population, dice: Dice, known: Mapping[str, float]
) -> NDArray[np.float64]:
    """Score of each clot's leg two years on, were it diagnosed, ``(E,)``."""
    traits = ("weight_kg", "height_cm", "age_years", "sex")
    patients = Population(people.ids[onsets.row], {name: people[name][onsets.row] for name in traits})
    high = (course.site == Site.FEMORAL) | (course.site == Site.ILIAC)
    score = known["villalta_base"] + known["villalta_sd"] * ndtri(dice.uniform("villalta"))
    score = score + known["villalta_femoral_iliac"] * high + known["villalta_earlier_clot"] * (onsets.episode > 0)
    score += known["villalta_valves_lost"] * course.valves_lost + known["villalta_scarred"] * course.scarred
    score += known["villalta_per_bmi"] * (patients.bmi - known["bmi_reference"])
    score += known["villalta_per_year"] * (patients["age_years"] - known["age_reference_years"])
    return np.asarray(score + known["villalta_female"] * (patients["sex"] == Sex.FEMALE))


def _platelets_lost(course: Course, dice: Dice, known: Mapping[str, float]) -> NDArray[np.int64]:
    """Day on which a treated patient loses platelets to heparin, in the second week of treatment."""
    first, last = known["thrombocytopenia_first_day"], known["thrombocytopenia_last_day"]
    happens = (course.diagnosed_day < NEVER_DAY) & (dice.uniform("platelets") < known["thrombocytopenia_on_treatment"])
    after = np.floor(first + dice.uniform("platelets-day") * (last - first + 1.0)).astype(np.int64)
    return np.where(happens, course.diagnosed_day + after, NEVER_DAY)
