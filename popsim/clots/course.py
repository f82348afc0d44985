"""What a clot does: where it starts, whether it grows, hurts, embolises, kills, dissolves, and what treatment changes.

Everything is drawn at onset from numbers keyed by person, leg and episode, so an arm with fewer clots differs from
its twin only in the clots it lacks. The steps follow one another as in a patient: a calf clot lyses within days, grows
into the thigh or stays; what hurts is diagnosed and treated; treatment stops most of what would have come while it
lasts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from popsim.clots.care import CARE_EFFECTS
from popsim.clots.dice import NEVER_DAY, Dice
from popsim.clots.events import event_columns
from popsim.clots.kinds import CLOT_SITES, NO_LEG, Detection, EventKind, Site
from popsim.clots.known import known_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from popsim.randomness import Draws

    Days = NDArray[np.int64]
    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["NEVER_DAY", "Course", "Onsets", "course_events", "draw_course"]

_LUNG = (EventKind.SILENT_EMBOLISM, EventKind.SYMPTOMATIC_EMBOLISM, EventKind.FATAL_EMBOLISM)


@dataclass(frozen=True)
class Onsets:
    """New clots.

    Attributes:
        row: row in the population, ``(E,)``.
        person: global person id, ``(E,)``.
        leg: 0 left, 1 right, ``(E,)``.
        episode: counts the clots of that leg from 0, ``(E,)``.
        day: on which they form, one for all or ``(E,)``.
        site_weights: how likely each starts at each of ``CLOT_SITES``, ``(E, 4)``, on any scale; those of a leg that
            nothing injured unless given.
        provoked: share of the day's hazard owed to an illness or operation that will pass, ``(E,)``; none unless given.
        growth_factor: factor of drugs taken that day, and of an injured vein wall, on a calf clot's growth, ``(E,)``;
            one unless given.
        care: what is done about a clot, by the names of ``CARE_EFFECTS``, each ``(E,)``; as usual unless given.
    """

    row: NDArray[np.int64]
    person: NDArray[np.int64]
    leg: NDArray[np.int64]
    episode: NDArray[np.int64]
    day: NDArray[np.int64] | int
    site_weights: NDArray[np.float64] | None = None
    provoked: NDArray[np.float64] | None = None
    growth_factor: NDArray[np.float64] | None = None
    care: Mapping[str, NDArray[np.float64]] | None = None

    @property
    def number(self) -> Days:
        """Number of each clot within its person, the same in every arm: even in the left leg, odd in the right."""
        return np.asarray(2 * self.episode + self.leg, dtype=np.int64)

    def cared(self, effect: str) -> Floats | float:
        """One effect of care on each clot."""
        return CARE_EFFECTS[effect].neutral if self.care is None else self.care[effect]


@dataclass(frozen=True)
class Course:
    """What each new clot will do, each array ``(E,)``; days are ``NEVER_DAY`` for what does not happen.

    Attributes:
        site: where it starts, a ``Site``.
        extension_day: a calf clot reaches the popliteal vein or beyond.
        symptoms_day: pain or swelling leads to diagnosis and treatment.
        silent_embolism_day: emboli reach the lung unnoticed.
        embolism_day: a pulmonary embolism that hurts or kills.
        sudden: that embolism kills before anybody can tell.
        fatal: that embolism kills, at once or within a month.
        death_day: of that embolism, or of what came with a diagnosed thrombosis.
        diagnosed_day: symptoms of leg or lung lead to diagnosis and treatment.
        treated_until: treatment of a diagnosed clot ends before this day.
        resolved_day: nothing of it is to be seen any more.
        freed_day: blood flows past what is left: the leg can clot anew, and scars and valves are as they will be.
        proximal_day: it lies in the popliteal vein or above from this day on.
        valves_lost: the valves it lay on leak for good.
        scarred: part of the outflow stays blocked.
    """

    site: NDArray[np.int64]
    extension_day: NDArray[np.int64]
    symptoms_day: NDArray[np.int64]
    silent_embolism_day: NDArray[np.int64]
    embolism_day: NDArray[np.int64]
    sudden: NDArray[np.bool_]
    fatal: NDArray[np.bool_]
    death_day: NDArray[np.int64]
    diagnosed_day: NDArray[np.int64]
    treated_until: NDArray[np.int64]
    resolved_day: NDArray[np.int64]
    freed_day: NDArray[np.int64]
    proximal_day: NDArray[np.int64]
    valves_lost: NDArray[np.bool_]
    scarred: NDArray[np.bool_]


def draw_course(onsets: Onsets, draws: Draws, evidence: Mapping[str, float]) -> Course:
    """Draw what each new clot will do."""
    known = known_of(evidence)
    dice = Dice(onsets.person, onsets.leg, onsets.episode, draws)
    return _Drawing(onsets, dice, known).course()


class _Drawing:
    """The steps of these clots, one after another."""

    def __init__(self, onsets: Onsets, dice: Dice, known: Mapping[str, float]) -> None:
        self._onsets, self._dice, self._known = onsets, dice, known
        self._obeys = dice.uniform("treatment")
        longest = np.maximum(known["treatment_days"], onsets.cared("treatment_days"))
        self._treatment_days = np.asarray(np.rint(longest), dtype=np.int64)

    def course(self) -> Course:
        """All steps."""
        site = self._site()
        lysed, extension = self._growth(site)
        symptoms, extension = self._symptoms(site, lysed, extension)
        proximal_day = np.where(site == Site.CALF, extension, self._onsets.day)
        embolism, sudden, fatal = self._embolism(proximal_day, symptoms)
        symptoms = np.where(symptoms > embolism, NEVER_DAY, symptoms)
        diagnosed = np.minimum(symptoms, np.where(sudden, NEVER_DAY, embolism))
        silent = self._silent_embolism(lysed, proximal_day, diagnosed)
        steps = (extension, symptoms, silent, embolism)
        freed, resolved = self._dissolving(lysed, proximal_day, steps)
        proximal = proximal_day < NEVER_DAY
        return Course(
            site=site,
            extension_day=extension,
            symptoms_day=symptoms,
            silent_embolism_day=silent,
            embolism_day=embolism,
            sudden=sudden,
            fatal=fatal,
            death_day=self._death(symptoms, embolism, sudden, fatal),
            diagnosed_day=diagnosed,
            treated_until=np.where(diagnosed < NEVER_DAY, diagnosed + self._treatment_days, NEVER_DAY),
            resolved_day=resolved,
            freed_day=freed,
            proximal_day=proximal_day,
            valves_lost=proximal & (self._dice.uniform("valves") < self._known["valves_lost_proximal"]),
            scarred=proximal & (self._dice.uniform("scar") < self._known["scarred_proximal"]),
        )

    def _site(self) -> Days:
        """Where each clot starts, by its weights."""
        weights = self._onsets.site_weights
        if weights is None:
            weights = np.array([[self._known[f"site_share_{site.name.lower()}"] for site in CLOT_SITES]])
        upto = np.cumsum(weights, axis=1)
        drawn = self._dice.uniform("site") * upto[:, -1]
        return np.asarray(np.minimum(np.sum(drawn[:, None] >= upto, axis=1), len(CLOT_SITES) - 1))

    def _growth(self, site: Days) -> tuple[Flags, Days]:
        """Which calf clots lyse within days, and when others reach the popliteal vein if nobody treats them."""
        calf, fate = site == Site.CALF, self._dice.uniform("extends")
        low, high = self._known["extension_probability"], self._known["extension_probability_provoked"]
        provoked = 0.0 if self._onsets.provoked is None else self._onsets.provoked
        slowed = 1.0 if self._onsets.growth_factor is None else self._onsets.growth_factor
        extends = calf & (fate < (low + (high - low) * provoked) * slowed)
        lysed = calf & ~extends & (fate > 1.0 - self._known["lysis_early_share"])
        day = self._dice.day("extension-day", self._onsets.day, self._known["extension_mean_days"])
        return lysed, np.where(extends, day, NEVER_DAY)

    def _symptoms(self, site: Days, lysed: Flags, extension: Days) -> tuple[Days, Days]:
        """When leg symptoms lead to diagnosis, and extension as treatment leaves it.

        A calf clot hurts rarely. One that grows may hurt after it has grown, as proximal clots do, from then on.
        """
        hurts, mean = self._dice.uniform("symptoms"), self._known["symptoms_mean_days"]
        below = (site == Site.CALF) & ~lysed & (hurts < self._known["symptoms_distal"])
        below_day = np.where(below, self._dice.day("symptoms-day", self._onsets.day, mean), NEVER_DAY)
        before = below_day < extension
        stopped = before & self._prevented(extension, below_day, "treatment_prevents_extension")
        above_from = np.where(site == Site.CALF, extension, self._onsets.day)
        above = (above_from < NEVER_DAY) & (hurts < self._known["symptoms_proximal"])
        above_day = np.where(above, self._dice.day("symptoms-day", above_from, mean), NEVER_DAY)
        return np.where(before, below_day, above_day), np.where(stopped, NEVER_DAY, extension)

    def _embolism(self, proximal_day: Days, symptoms: Days) -> tuple[Days, Flags, Flags]:
        """Embolisms that hurt or kill: when, which at once, and which at all."""
        chance = self._known["embolism_symptomatic_proximal"] * self._onsets.cared("embolism_factor")
        embolises = (proximal_day < NEVER_DAY) & (self._dice.uniform("embolism") < chance)
        day = np.where(
            embolises, self._dice.day("embolism-day", proximal_day, self._known["embolism_mean_days"]), NEVER_DAY
        )
        day = np.where(self._prevented(day, symptoms, "treatment_prevents_embolism"), NEVER_DAY, day)
        fate, at_once = self._dice.uniform("fatal"), self._known["embolism_sudden_death"]
        happens = day < NEVER_DAY
        fatal = happens & (fate < at_once + (1.0 - at_once) * self._known["embolism_fatal"])
        return day, happens & (fate < at_once), fatal

    def _silent_embolism(self, lysed: Flags, proximal_day: Days, diagnosed: Days) -> Days:
        """Emboli nobody notices, soon after the clot has formed or grown; few from the calf, none once treated."""
        tends, factor = self._dice.uniform("silent-embolism"), self._onsets.cared("embolism_factor")
        below = tends < self._known["embolism_silent_distal"] * factor
        above = (proximal_day < NEVER_DAY) & (tends < self._known["embolism_silent_proximal"] * factor)
        start = np.where(below, self._onsets.day, proximal_day)
        happens = (below | above) & ~lysed
        day = self._dice.day("silent-embolism-day", start, self._known["embolism_silent_mean_days"])
        day = np.where(happens, day, NEVER_DAY)
        return np.where(self._prevented(day, diagnosed, "treatment_prevents_embolism"), NEVER_DAY, day)

    def _prevented(self, step: Days, diagnosed: Days, efficacy: str) -> Flags:
        """Whether treatment prevents a step that would come between its start and its end."""
        treated = (step > diagnosed) & (step <= diagnosed + self._treatment_days) & (step < NEVER_DAY)
        works = np.minimum(self._known[efficacy] * self._onsets.cared("treatment_factor"), 1.0)
        return np.asarray(treated & (self._obeys < works))

    def _dissolving(self, lysed: Flags, proximal_day: Days, steps: tuple[Days, ...]) -> tuple[Days, Days]:
        """When the leg is free to clot anew, and when nothing is to be seen; never before the last step but one day.

        What is left of a clot in a proximal vein shows long after blood flows past it again.
        """
        onset, known = self._onsets.day, self._known
        proximal = proximal_day < NEVER_DAY
        soon = onset + np.ceil(self._dice.uniform("lysis-day") * known["lysis_early_days"]).astype(np.int64)
        start = np.where(proximal, proximal_day, onset)
        mean = np.where(proximal, known["resolution_proximal_mean_days"], known["resolution_calf_mean_days"])
        resolved = np.where(lysed, soon, self._dice.day("resolved-day", start, mean))
        freed = self._dice.day("freed-day", start, known["recanalisation_mean_days"])
        freed = np.where(proximal, np.minimum(freed, resolved), resolved)
        for step in steps:
            after = np.where(step < NEVER_DAY, step + 1, onset)
            freed, resolved = np.maximum(freed, after), np.maximum(resolved, after)
        return freed, resolved

    def _death(self, symptoms: Days, embolism: Days, sudden: Flags, fatal: Flags) -> Days:
        """Death on the day of a sudden embolism, or within a month of a diagnosis."""
        month = int(self._known["fatality_days"])
        delay = np.minimum(self._dice.day("death-day", 0, self._known["fatality_mean_days"]), month)
        by_embolism = np.where(fatal, np.where(sudden, embolism, embolism + delay), NEVER_DAY)
        ill = (
            ~fatal & (symptoms < NEVER_DAY) & (self._dice.uniform("thrombosis-death") < self._known["thrombosis_death"])
        )
        return np.minimum(by_embolism, np.where(ill, symptoms + delay, NEVER_DAY))


def course_events(onsets: Onsets, course: Course) -> dict[str, NDArray[np.int64]]:
    """The events of these clots as columns ``row, person, day, leg, site, kind, detection, episode``, by kind.

    ``episode`` numbers the clots of a person, so that an embolism, which names no leg, tells which clot sent it.
    A sudden death by embolism is found at autopsy: it is a fatal embolism, and no symptomatic one before it.
    """
    never, truth, clinical = NEVER_DAY, Detection.TRUTH, Detection.CLINICAL
    started = np.full(len(onsets.row), onsets.day, dtype=np.int64)
    noticed = np.where(course.sudden, never, course.embolism_day)
    steps = (
        (EventKind.CLOT, started, truth),
        (EventKind.EXTENSION, course.extension_day, truth),
        (EventKind.SYMPTOMATIC_DVT, course.symptoms_day, clinical),
        (EventKind.SILENT_EMBOLISM, course.silent_embolism_day, truth),
        (EventKind.SYMPTOMATIC_EMBOLISM, noticed, clinical),
        (EventKind.FATAL_EMBOLISM, np.where(course.sudden, course.death_day, never), Detection.AUTOPSY),
        (EventKind.FATAL_EMBOLISM, np.where(course.fatal & ~course.sudden, course.death_day, never), clinical),
        (EventKind.THROMBOSIS_DEATH, np.where(course.fatal, never, course.death_day), clinical),
        (EventKind.RESOLVED, course.resolved_day, truth),
        (EventKind.VALVES_LOST, np.where(course.valves_lost, course.freed_day, never), truth),
    )
    kinds, days, detections = (np.array(column) for column in zip(*steps, strict=True))
    in_lung = np.array([kind in _LUNG for kind, _, _ in steps])
    step, clot = np.nonzero(days < never)
    return event_columns(
        kinds[step],
        onsets.row[clot],
        onsets.person[clot],
        days[step, clot],
        leg=np.where(in_lung[step], NO_LEG, onsets.leg[clot]),
        site=course.site[clot],
        detection=detections[step],
        episode=onsets.number[clot],
    )
