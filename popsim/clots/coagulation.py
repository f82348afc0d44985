"""Coagulability that comes and goes: illness, infections, operations, childbirth, the first months on the pill.

What lasts is in ``hazard.constitution``, with the published mean of pregnancy and pill; their courses here have a mean
of one over the people who are pregnant or take the pill, so nothing is counted twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from popsim.clots.infections import Infections
from popsim.clots.known import known_of
from popsim.routines.calendar import EpisodeKind, Episodes
from popsim.routines.stays import REASONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from popsim.people.population import Population
    from popsim.randomness import Draws

    Floats = NDArray[np.float64]


class ChangingFactor:
    """The product of all time courses that act on a day.

    Args:
        episodes: the population's stays and operations.
        people: number of people.
        evidence: the constants in force.
        population: the people themselves, for infections outside hospital, childbirth and the pill; without them
            nobody has infections and the others stay at their means.
        draws: the run's random numbers: who has an infection when, how long ago a pregnancy or the pill began.
    """

    def __init__(
        self,
        episodes: Episodes,
        people: int,
        evidence: Mapping[str, float],
        *,
        population: Population | None = None,
        draws: Draws | None = None,
    ) -> None:
        self._people = people
        self._known = known_of(evidence)
        acute = np.array([r.acute_illness for r in REASONS])
        operations = episodes.kind == EpisodeKind.OPERATION
        stays = np.isin(episodes.kind, (EpisodeKind.MEDICAL_STAY, EpisodeKind.SURGERY_STAY)) & acute[episodes.reason]
        self._operated = episodes.row[operations]
        self._operation_day = episodes.first_day[operations].astype(np.int64)
        self._ill = episodes.row[stays]
        self._ill_from = episodes.first_day[stays].astype(np.int64)
        self._ill_until = episodes.last_day[stays].astype(np.int64)
        self._hormones: Hormones | None = None
        self._infections: Infections | None = None
        if population is not None and draws is not None:
            self._hormones = Hormones(population, draws, self._known)
            self._infections = Infections(population, draws, self._known)
        self._provoked: tuple[int, Floats] | None = None

    def on(self, day: int) -> Floats:
        """Factor of everybody on one day, ``(N,)``."""
        factor = self.provocation(day).copy()
        if self._hormones is not None:
            self._hormones.multiply(day, factor)
        return factor

    def provocation(self, day: int) -> Floats:
        """The part of it that an operation, an acute illness or an infection brings and that will pass, ``(N,)``.

        Illness in hospital and infection outside do not multiply: the worse of the two counts. Not to be written to;
        the same day may be asked about again at no cost.
        """
        if self._provoked is None or self._provoked[0] != day:
            self._provoked = day, self._provocation(day)
        return self._provoked[1]

    def _provocation(self, day: int) -> Floats:
        factor = np.ones(self._people)
        self._illness(day, factor)
        if self._infections is not None:
            np.maximum(factor, self._infections.on(day), out=factor)
        self._operations(day, factor)
        factor.flags.writeable = False
        return factor

    def _operations(self, day: int, factor: Floats) -> None:
        since = day - self._operation_day
        past = since >= 0
        fading = np.exp(
            -np.maximum(since[past] - self._known["surgery_plateau_days"], 0.0) / self._known["surgery_fade_days"]
        )
        np.multiply.at(factor, self._operated[past], 1.0 + (self._known["ratio_surgery"] - 1.0) * fading)

    def _illness(self, day: int, factor: Floats) -> None:
        begun = day >= self._ill_from
        after = np.maximum(day - self._ill_until[begun], 0)
        excess = (self._known["ratio_acute_illness"] - 1.0) * np.exp(-after / self._known["acute_illness_after_days"])
        np.multiply.at(factor, self._ill[begun], 1.0 + excess)


class Hormones:
    """Courses of pregnancy, childbed and pill, relative to their published means."""

    def __init__(self, people: Population, draws: Draws, known: Mapping[str, float]) -> None:
        self._pregnant, self._pill = np.flatnonzero(people["pregnant"]), np.flatnonzero(people["oral_contraceptive"])
        after = known["puerperium_days"]
        self._birth_day = birth_day(people.ids[self._pregnant], draws, known)
        self._before, self._after = pregnancy_ratios(known)
        self._mean_pregnant, self._after_days = known["ratio_pregnant"], after
        self._started = -draws.exponential("clots.pill-days", people.ids[self._pill]) * known["contraceptive_mean_days"]
        self._settling = known["contraceptive_settling_days"]
        self._pill_settled, self._pill_start = pill_ratios(known)
        self._mean_pill = known["ratio_oral_contraceptive"]

    def multiply(self, day: int, factor: Floats) -> None:
        """Multiply a factor ``(N,)`` by that of a day."""
        since_birth = day - self._birth_day
        ratio = np.where(since_birth < 0, self._before, np.where(since_birth < self._after_days, self._after, 1.0))
        factor[self._pregnant] *= ratio / self._mean_pregnant
        start = (self._pill_start - self._pill_settled) * np.exp(-(day - self._started) / self._settling)
        factor[self._pill] *= (self._pill_settled + start) / self._mean_pill


def birth_day(ids: NDArray[np.int64], draws: Draws, known: Mapping[str, float]) -> Floats:
    """Day on which women give birth who are pregnant or in childbed on day 0; before that day for the latter."""
    before, after = known["pregnancy_known_days"], known["puerperium_days"]
    place = draws.uniform("clots.pregnancy-stage", ids)
    return np.asarray(np.floor(before - place * (before + after)))


def pregnancy_ratios(known: Mapping[str, float]) -> tuple[float, float]:
    """Ratios before and after birth whose mean over the days that count is the published one of both together."""
    before, after = known["pregnancy_known_days"], known["puerperium_days"]
    relative = known["puerperium_to_pregnancy"]
    ratio = known["ratio_pregnant"] * (before + after) / (before + after * relative)
    return ratio, ratio * relative


def pill_ratios(known: Mapping[str, float]) -> tuple[float, float]:
    """Ratios long after and at the start whose mean over the women who take the pill is the published one."""
    weight = known["contraceptive_settling_days"] / (
        known["contraceptive_settling_days"] + known["contraceptive_mean_days"]
    )
    start = known["contraceptive_start_ratio"]
    return (known["ratio_oral_contraceptive"] - weight * start) / (1.0 - weight), start
