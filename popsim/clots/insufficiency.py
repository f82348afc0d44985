"""Chronic venous disease in its own course: varicose veins, insufficiency, skin change and ulcers, leg by leg.

Every step comes when a leg's hazard has crossed a threshold that is the same in every arm. Hazards follow the leg's
load, which is the blood that pools in it day and night (it rises with venous pressure in the leg model), its reflux,
its swelling and age. They are added up week by week. New varicose veins leak, and so go back into the pump.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from popsim.clots.events import event_columns
from popsim.clots.kinds import Detection, EventKind
from popsim.clots.known import known_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from popsim.people.population import Population
    from popsim.randomness import Draws

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

DAYS_PER_YEAR, DAYS_PER_WEEK, MINUTES_PER_DAY = 365.25, 7, 1440
VARICES, INSUFFICIENT, SKIN, ULCER = range(4)
STEPS = 4
CEAP_CLASSES = ("c0_c1", "c2", "c3", "c4", "c5", "c6")
"""Clinical classes told apart: none or spider veins, varicose veins, swelling, skin change, healed and open ulcer."""
SYMPTOMS = ("heaviness", "ache", "cramps", "swelling", "restlessness")
_EVENT_OF = {
    VARICES: EventKind.VARICES,
    INSUFFICIENT: EventKind.CHRONIC_INSUFFICIENCY,
    ULCER: EventKind.VENOUS_ULCER,
}


_CLASS_OF_STEP = np.arange(1, STEPS + 2, dtype=np.uint8)[:, None, None]
"""Place in ``CEAP_CLASSES`` of a leg that has taken each step, and of one whose ulcer is open."""


class Load(NamedTuple):
    """What a leg bears, each ``(2, N)``: blood pooled and swelling in mL, means over some days."""

    pooled_ml: Floats
    oedema_ml: Floats


class Insufficiency:
    """Venous disease of everybody's legs.

    Args:
        people: as they are at the start.
        draws: the run's random numbers.
        evidence: the constants in force.

    Attributes:
        reached: which steps each leg has reached, ``(4, 2, N)``.
        open_ulcer: ``(2, N)``.
        events: columns of every step so far.
    """

    def __init__(self, people: Population, draws: Draws, evidence: Mapping[str, float]) -> None:
        self._known = known_of(evidence, "insufficiency")
        self._new_leak = evidence["people.superficial_leak_median_mild"]
        self._people, self._draws = people, draws
        shape = (2, len(people))
        self.reached, self.open_ulcer = self._at_start()
        before = np.zeros(shape, dtype=np.int64)
        self._heals_day = np.where(self.open_ulcer, np.ceil(self._healing(before, self.open_ulcer)), 0.0)
        self._ulcers = self.open_ulcer.astype(np.int64)
        self._left = np.stack(
            [
                np.stack([draws.exponential("insufficiency.step", people.ids, leg=leg, k=step) for leg in (0, 1)])
                for step in range(STEPS)
            ]
        )
        self._sum = Load(np.zeros(shape), np.zeros(shape))
        self._days = 0
        self._week: Load | None = None
        self.events: list[dict[str, NDArray[np.int64]]] = []

    def live(
        self, day: int, pooled_ml_min: Floats, oedema_ml: Floats, legs: Population, alive: Flags
    ) -> Iterator[tuple[int, int, dict[str, float]]]:
        """Add one day; at the end of a week, take the steps that are due.

        Args:
            day: of the run.
            pooled_ml_min: integral of each lower leg's blood over the day, ``(2, N)``.
            oedema_ml: swelling of each leg as the day ends, ``(2, N)``.
            legs: the people as their legs are now.
            alive: ``(N,)``.

        Yields:
            Legs that change, as ``(leg, row, new traits)``.
        """
        pooled, oedema = self._sum
        pooled += pooled_ml_min / MINUTES_PER_DAY
        oedema += oedema_ml
        self._days += 1
        if self._days == DAYS_PER_WEEK:
            self._week = self._mean()
            yield from self._progress(day, legs, alive)
            self._days = 0
            for total in self._sum:
                total[:] = 0.0

    @property
    def load(self) -> Load:
        """What each leg bore in the last week that ended, or so far in the first."""
        return self._week or self._mean()

    def _mean(self) -> Load:
        return Load(*(total / max(self._days, 1) for total in self._sum))

    @property
    def evaluated(self) -> bool:
        """Whether the last day ended a week."""
        return self._days == 0

    def _progress(self, day: int, legs: Population, alive: Flags) -> Iterator[tuple[int, int, dict[str, float]]]:
        """The steps of one week; none comes in the week of the step before it."""
        self.open_ulcer &= self._heals_day > day
        hazard = step_hazards(legs, self.load, self._known)
        hazard *= self._days / DAYS_PER_YEAR
        varices, insufficient, skin, _ = self.reached
        free = np.stack([~varices, ~insufficient, insufficient & ~skin, skin & ~self.open_ulcer]) & alive
        np.subtract(self._left, hazard, out=self._left, where=free)
        due = free & (self._left <= 0.0)
        if not due.any():
            return
        self.reached = self.reached | due
        for step, kind in _EVENT_OF.items():
            leg, row = np.nonzero(due[step])
            if len(row):
                ids = self._people.ids[row]
                self.events.append(event_columns(kind, row, ids, day, leg=leg, detection=Detection.TRUTH))
        self._open_ulcers(day, due[ULCER])
        for leg_, row_ in zip(*(place.tolist() for place in np.nonzero(due[VARICES])), strict=True):
            yield leg_, row_, {"superficial_leak": max(self._new_leak, float(legs["superficial_leak"][leg_, row_]))}

    def _open_ulcers(self, day: int, due: Flags) -> None:
        """New ulcers heal in their time; the next one has a threshold of its own."""
        if not due.any():
            return
        self.open_ulcer |= due
        self._heals_day = np.where(due, day + np.ceil(self._healing(self._ulcers, due)), self._heals_day)
        self._ulcers = self._ulcers + due
        again = self._each("insufficiency.step", self._ulcers + STEPS, due)
        self._left[ULCER] = np.where(due, again, self._left[ULCER])

    def _healing(self, number: NDArray[np.int64], these: Flags) -> Floats:
        """Days until these legs' ulcers with these running numbers heal, ``(2, N)``; none for other legs."""
        return self._each("insufficiency.ulcer-heals", number, these) * self._known["ulcer_heals_mean_days"]

    def _each(self, decision: str, number: NDArray[np.int64], these: Flags) -> Floats:
        """A wait with mean one of each of these legs by its running number, ``(2, N)``; none for other legs."""
        out = np.zeros(number.shape)
        leg, row = np.nonzero(these)
        out[leg, row] = -np.log1p(-self._draws.each(decision, self._people.ids[row], leg, number[leg, row]))
        return out

    def _at_start(self) -> tuple[Flags, Flags]:
        """What legs have before the run: varicose veins leak, strong reflux has done its work."""
        ids, draws, known = self._people.ids, self._draws, self._known
        reflux = total_reflux(self._people)
        chance = reflux**2 / (reflux**2 + known["prevalence_half_reflux"] ** 2)
        insufficient = draws.both_legs("insufficiency.at-start", ids) < chance
        skin = insufficient & (draws.both_legs("insufficiency.skin-at-start", ids) < known["skin_share_at_start"])
        ulcer = skin & (draws.both_legs("insufficiency.ulcer-at-start", ids) < known["ulcer_share_at_start"])
        return np.stack([self._people["superficial_leak"] > 0.0, insufficient, skin, ulcer]), ulcer.copy()

    def ceap(self) -> NDArray[np.int64]:
        """Place of each leg's clinical class in ``CEAP_CLASSES``, ``(2, N)``."""
        reached = np.concatenate([self.reached, self.open_ulcer[None]]).view(np.uint8)
        return np.asarray((reached * _CLASS_OF_STEP).max(axis=0), dtype=np.int64)

    def symptoms(self) -> Flags:
        """Who feels what this week, ``(5, N)`` in the order of ``SYMPTOMS``."""
        known = self._known
        load = np.log(np.maximum(self.load.pooled_ml.mean(axis=0), 1.0) / known["reference_pooled_ml"])
        shift = known["symptom_log_odds_per_class"] * self.ceap().max(axis=0)
        shift = shift + known["symptom_log_odds_per_load"] * known["pooled_exponent"] * load
        share = np.array([known[f"{symptom}_share"] for symptom in SYMPTOMS])[:, None]
        log_odds = np.log(share / (1.0 - share)) + shift
        return np.asarray(self._tolerance < 1.0 / (1.0 + np.exp(-log_odds)))

    @cached_property
    def _tolerance(self) -> Floats:
        """How likely each symptom must be for a person to feel it, ``(5, N)``: the same for life."""
        ids = self._people.ids
        return np.stack([self._draws.uniform("insufficiency.symptom", ids, k=k) for k in range(len(SYMPTOMS))])

    def vcss(self, aching: Flags) -> NDArray[np.int64]:
        """Venous clinical severity score of each leg, 0 to 27, ``(2, N)``; compression therapy is not counted.

        Args:
            aching: who has pain, ``(N,)``.
        """
        ceap = self.ceap()
        varices = self.reached[VARICES].astype(np.int64)
        pain = aching * (1 + (ceap >= 3) + (ceap == 5))
        oedema = np.minimum(np.floor(self.load.oedema_ml / self._known["oedema_per_point_ml"]), 3).astype(np.int64)
        oedema = np.maximum(oedema, ceap >= 2)
        skin = (ceap >= 3) * (3 + (ceap >= 4))
        return np.asarray(pain + varices + oedema + skin + (ceap == 5) * 3)


def total_reflux(legs: Population) -> Floats:
    """Reflux of all systems of each leg, ``(2, N)``."""
    return np.asarray(legs["superficial_leak"] + legs["deep_leak"] + legs["perforator_leak"])


def step_hazards(legs: Population, load: Load, known: Mapping[str, float]) -> Floats:
    """Hazards a year of the four steps of legs that are free to take them, ``(4, 2, N)``."""
    reflux, below = total_reflux(legs), legs["deep_leak"] + legs["perforator_leak"]
    age = legs["age_years"].astype(np.float64) - known["reference_age_years"]
    pooled = (load.pooled_ml / known["reference_pooled_ml"]) ** known["pooled_exponent"]
    swollen = 1.0 + known["oedema_weight"] * (load.oedema_ml / known["reference_oedema_ml"] - 1.0)
    old = np.exp(known["insufficiency_per_year_of_age"] * age)
    late = pooled * (1.0 + known["reflux_gain_skin"] * reflux)
    return np.stack(
        [
            known["varices_per_leg_year"]
            * pooled
            * (1.0 + known["reflux_gain_varices"] * below)
            * np.exp(known["varices_per_year_of_age"] * age),
            known["insufficiency_per_leg_year"]
            * pooled
            * swollen
            * old
            * (1.0 + known["reflux_gain_insufficiency"] * reflux),
            known["skin_per_leg_year"] * late,
            known["ulcer_per_leg_year"] * late,
        ]
    )
