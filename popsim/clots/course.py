"""The first steps of what a clot does: where it starts, whether it grows, hurts, embolises, kills, dissolves.

Everything is drawn at onset from numbers keyed by person, leg and episode, so an arm with fewer clots differs from
its twin only in the clots it lacks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from popsim.clots.kinds import CLOT_SITES, NO_LEG, Detection, EventKind, Site

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from popsim.randomness import Draws

NEVER_DAY = np.int64(2**40)


@dataclass(frozen=True)
class Onsets:
    """New clots of one day.

    Attributes:
        row: row in the population, ``(E,)``.
        person: global person id, ``(E,)``.
        leg: 0 left, 1 right, ``(E,)``.
        episode: counts the clots of that leg from 0, ``(E,)``.
        day: on which they form.
    """

    row: NDArray[np.int64]
    person: NDArray[np.int64]
    leg: NDArray[np.int64]
    episode: NDArray[np.int64]
    day: int


@dataclass(frozen=True)
class Course:
    """What each new clot will do, each array ``(E,)``; days are ``NEVER_DAY`` for what does not happen.

    Attributes:
        site: where it starts, a ``Site``.
        extension_day: a calf clot reaches the popliteal vein or beyond.
        symptoms_day: pain or swelling leads to diagnosis and treatment.
        silent_embolism_day: emboli reach the lung unnoticed.
        embolism_day: a symptomatic pulmonary embolism.
        fatal: that embolism kills.
        resolved_day: the clot no longer occupies its leg.
        proximal_day: it lies in the popliteal vein or above from this day on.
        valves_lost: the valves it lay on leak for good once it is gone.
        scarred: part of the outflow stays blocked once it is gone.
    """

    site: NDArray[np.int64]
    extension_day: NDArray[np.int64]
    symptoms_day: NDArray[np.int64]
    silent_embolism_day: NDArray[np.int64]
    embolism_day: NDArray[np.int64]
    fatal: NDArray[np.bool_]
    resolved_day: NDArray[np.int64]
    proximal_day: NDArray[np.int64]
    valves_lost: NDArray[np.bool_]
    scarred: NDArray[np.bool_]


class _Dice:
    """Draws of these onsets, keyed by person, leg and episode."""

    def __init__(self, onsets: Onsets, draws: Draws) -> None:
        self._onsets, self._draws = onsets, draws

    def uniform(self, decision: str) -> NDArray[np.float64]:
        out = np.empty(len(self._onsets.person))
        for leg, episode in set(zip(self._onsets.leg.tolist(), self._onsets.episode.tolist(), strict=True)):
            these = (self._onsets.leg == leg) & (self._onsets.episode == episode)
            out[these] = self._draws.uniform(f"clots.{decision}", self._onsets.person[these], leg=leg, k=episode)
        return out

    def day(self, decision: str, after: NDArray[np.int64] | int, mean_days: float) -> NDArray[np.int64]:
        """An exponential waiting time in whole days, rounded up, so that nothing follows on the same day."""
        return np.asarray(after + np.ceil(-np.log1p(-self.uniform(decision)) * mean_days), dtype=np.int64)


def draw_course(onsets: Onsets, draws: Draws, evidence: Mapping[str, float]) -> Course:
    """Draw what each new clot will do."""
    known = {name.removeprefix("clots."): value for name, value in evidence.items() if name.startswith("clots.")}
    dice = _Dice(onsets, draws)
    shares = np.cumsum([known[f"site_share_{site.name.lower()}"] for site in CLOT_SITES])
    site = np.minimum(np.searchsorted(shares / shares[-1], dice.uniform("site"), side="right"), len(CLOT_SITES) - 1)

    extends = (site == Site.CALF) & (dice.uniform("extends") < known["extension_probability"])
    extension = np.where(extends, dice.day("extension-day", onsets.day, known["extension_mean_days"]), NEVER_DAY)
    proximal = (site != Site.CALF) | extends
    proximal_from = np.where(extends, extension, onsets.day)

    hurts = dice.uniform("symptoms") < np.where(proximal, known["symptoms_proximal"], known["symptoms_distal"])
    symptoms = np.where(hurts, dice.day("symptoms-day", onsets.day, known["symptoms_mean_days"]), NEVER_DAY)

    silent = proximal & (dice.uniform("silent-embolism") < known["embolism_silent_proximal"])
    silent_day = np.where(
        silent, dice.day("silent-embolism-day", proximal_from, known["embolism_mean_days"]), NEVER_DAY
    )
    embolises = proximal & (dice.uniform("embolism") < known["embolism_symptomatic_proximal"])
    embolism = np.where(embolises, dice.day("embolism-day", proximal_from, known["embolism_mean_days"]), NEVER_DAY)
    prevented = (embolism > symptoms) & (dice.uniform("treatment") < known["treatment_prevents_embolism"])
    embolism = np.where(prevented, NEVER_DAY, embolism)
    symptoms = np.where(symptoms > embolism, NEVER_DAY, symptoms)
    fatal = (embolism < NEVER_DAY) & (dice.uniform("fatal") < known["embolism_fatal"])

    resolved = dice.day("resolved-day", onsets.day, known["resolution_mean_days"])
    for step in (extension, symptoms, silent_day, embolism):
        resolved = np.where(step < NEVER_DAY, np.maximum(resolved, step + 1), resolved)
    valves_lost = proximal & (dice.uniform("valves") < known["valves_lost_proximal"])
    scarred = proximal & (dice.uniform("scar") < known["scarred_proximal"])
    proximal_day = np.where(proximal, proximal_from, NEVER_DAY)
    return Course(site, extension, symptoms, silent_day, embolism, fatal, resolved, proximal_day, valves_lost, scarred)


def course_events(onsets: Onsets, course: Course) -> dict[str, NDArray[np.int64]]:
    """The events of these clots as columns ``row, person, day, leg, site, kind, detection, episode``, by kind."""
    started = np.full(len(onsets.row), onsets.day, dtype=np.int64)
    fatal_day = np.where(course.fatal, course.embolism_day, NEVER_DAY)
    steps = (
        (EventKind.CLOT, started, Detection.TRUTH),
        (EventKind.EXTENSION, course.extension_day, Detection.TRUTH),
        (EventKind.SYMPTOMATIC_DVT, course.symptoms_day, Detection.CLINICAL),
        (EventKind.SILENT_EMBOLISM, course.silent_embolism_day, Detection.TRUTH),
        (EventKind.SYMPTOMATIC_EMBOLISM, course.embolism_day, Detection.CLINICAL),
        (EventKind.FATAL_EMBOLISM, fatal_day, Detection.CLINICAL),
        (EventKind.RESOLVED, course.resolved_day, Detection.TRUTH),
        (EventKind.VALVES_LOST, np.where(course.valves_lost, course.resolved_day, NEVER_DAY), Detection.TRUTH),
    )
    parts = []
    for kind, day, detection in steps:
        happens = day < NEVER_DAY
        lung = kind in (EventKind.SILENT_EMBOLISM, EventKind.SYMPTOMATIC_EMBOLISM, EventKind.FATAL_EMBOLISM)
        leg = np.full(happens.sum(), NO_LEG) if lung else onsets.leg[happens]
        parts.append(
            np.stack(
                [
                    onsets.row[happens],
                    onsets.person[happens],
                    day[happens],
                    leg,
                    course.site[happens],
                    np.full(happens.sum(), kind),
                    np.full(happens.sum(), detection),
                    onsets.episode[happens],
                ]
            )
        )
    columns = np.concatenate(parts, axis=1)
    names = ("row", "person", "day", "leg", "site", "kind", "detection", "episode")
    return dict(zip(names, columns, strict=True))
