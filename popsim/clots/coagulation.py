"""Coagulability and wall injury that come and go: illness, operations, injured veins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from popsim.routines.calendar import EpisodeKind, Episodes
from popsim.routines.stays import REASONS, Site

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


class ChangingFactor:
    """The product of all time courses that act on a day.

    Args:
        episodes: the population's stays and operations.
        people: number of people.
        evidence: the constants in force.
    """

    def __init__(self, episodes: Episodes, people: int, evidence: Mapping[str, float]) -> None:
        self._people = people
        self._known = {
            name.removeprefix("clots."): value for name, value in evidence.items() if name.startswith("clots.")
        }
        acute = np.array([r.acute_illness for r in REASONS])
        operations = episodes.kind == EpisodeKind.OPERATION
        stays = np.isin(episodes.kind, (EpisodeKind.MEDICAL_STAY, EpisodeKind.SURGERY_STAY)) & acute[episodes.reason]
        self._operated = episodes.row[operations]
        self._operation_day = episodes.first_day[operations].astype(np.int64)
        self._wall = self._wall_ratios()[np.array([r.site for r in REASONS])[episodes.reason[operations]]]
        self._ill = episodes.row[stays]
        self._ill_from = episodes.first_day[stays].astype(np.int64)
        self._ill_until = episodes.last_day[stays].astype(np.int64)

    def _wall_ratios(self) -> NDArray[np.float64]:
        ratios = {Site.NONE: 1.0} | {
            site: self._known[f"wall_injury_{site.name.lower()}"] for site in Site if site is not Site.NONE
        }
        return np.array([ratios[site] for site in sorted(ratios)])

    def on(self, day: int) -> NDArray[np.float64]:
        """Factor of everybody on one day, ``(N,)``."""
        factor = np.ones(self._people)
        self._operations(day, factor)
        self._illness(day, factor)
        return factor

    def _operations(self, day: int, factor: NDArray[np.float64]) -> None:
        since = day - self._operation_day
        past = since >= 0
        fading = np.exp(
            -np.maximum(since[past] - self._known["surgery_plateau_days"], 0.0) / self._known["surgery_fade_days"]
        )
        ratio = 1.0 + (self._known["ratio_surgery"] - 1.0) * fading
        wall = np.where(since[past] < self._known["wall_injury_days"], self._wall[past], 1.0)
        np.multiply.at(factor, self._operated[past], ratio * wall)

    def _illness(self, day: int, factor: NDArray[np.float64]) -> None:
        begun = day >= self._ill_from
        after = np.maximum(day - self._ill_until[begun], 0)
        excess = (self._known["ratio_acute_illness"] - 1.0) * np.exp(-after / self._known["acute_illness_after_days"])
        np.multiply.at(factor, self._ill[begun], 1.0 + excess)
