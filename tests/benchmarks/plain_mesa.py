"""The same people, legs and days as plain Mesa agents: one Python object a person, one exponential at a time.

Written from the model's description and not from its kernel, with the standard library's ``exp``. It serves twice: as
the slow oracle of the tests, and as the plain Mesa model that whole runs are timed against.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, expm1
from typing import TYPE_CHECKING, Any, NamedTuple

import mesa

from popsim.clots.recurrence import Recurrence
from popsim.clots.triad import Triad
from popsim.legs.wardrobe import Wardrobe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from popsim.world import World


class Bout(NamedTuple):
    """What one kind of bout does to one leg: targets in mL, mmHg and 0 to 1, rates per minute."""

    volume_ml: float
    pressure_mmhg: float
    volume_rate: float
    pressure_rate: float
    oedema_ml: float
    hypoxia_after_min: float
    activation: float
    activation_rate: float
    walking: bool


class Rates(NamedTuple):
    """Rates per minute that all legs share."""

    activation_fades: float
    oedema: float


@dataclass
class PlainLeg:
    """One leg: what it holds now, and what the day has added up to."""

    volume_ml: float
    pressure_mmhg: float
    activation: float
    oedema_ml: float
    since_walk_min: float
    pooled_ml_min: float = 0.0
    dose_min: float = 0.0

    def live(self, bout: Bout, minutes: float, rates: Rates) -> tuple[float, float, float]:
        """Carry the leg through one bout; returns its integrals of volume, pressure and activation."""
        volume, self.volume_ml = relaxed(self.volume_ml, bout.volume_ml, bout.volume_rate, minutes)
        pressure, self.pressure_mmhg = relaxed(self.pressure_mmhg, bout.pressure_mmhg, bout.pressure_rate, minutes)
        _, self.oedema_ml = relaxed(self.oedema_ml, bout.oedema_ml, rates.oedema, minutes)
        flushed = minutes if bout.walking else min(minutes, max(0.0, bout.hypoxia_after_min - self.since_walk_min))
        fading, self.activation = relaxed(self.activation, 0.0, rates.activation_fades, flushed)
        growing, self.activation = relaxed(self.activation, bout.activation, bout.activation_rate, minutes - flushed)
        self.since_walk_min = 0.0 if bout.walking else self.since_walk_min + minutes
        self.pooled_ml_min += volume
        self.dose_min += fading + growing
        return volume, pressure, fading + growing


def relaxed(start: float, target: float, rate: float, minutes: float) -> tuple[float, float]:
    """Integral over the time, and value at its end, of a state that relaxes toward a target."""
    left = exp(-rate * minutes)
    return target * minutes + (start - target) * (1.0 - left) / rate, target + (start - target) * left


class PlainPerson(mesa.Agent):  # type: ignore[misc]
    """A person with two legs, a week of diaries, and a threshold for each leg's hazard."""

    def __init__(
        self,
        model: PlainTown,
        legs: Sequence[PlainLeg],
        kinds: Sequence[Sequence[Bout]],
        week: Sequence[Sequence[tuple[int, int]]],
        row: int,
        thresholds: Sequence[float],
    ) -> None:
        super().__init__(model)
        self.legs, self.kinds, self.week = legs, kinds, week
        self.row, self.thresholds = row, thresholds
        self.hazard = [0.0, 0.0]
        self.expected = [0.0, 0.0]
        self.clots = 0

    def step(self) -> None:
        """Live one day, and see whether a leg's hazard crosses its threshold."""
        model = self.model
        for side, leg in enumerate(self.legs):
            leg.pooled_ml_min = leg.dose_min = 0.0
            kinds = self.kinds[side]
            for activity, minutes in self.week[model.weekday]:
                leg.live(kinds[model.kind_of[activity]], minutes, model.rates)
            before = self.hazard[side]
            today = model.base_hazard[side][self.row] * (1.0 + model.gain / 1440.0 * leg.dose_min)
            self.hazard[side] = before + today
            self.expected[side] -= expm1(-today)
            self.clots += before < self.thresholds[side] <= self.hazard[side]


class PlainTown(mesa.Model):  # type: ignore[misc]
    """A world without trips, stays and interventions as plain Mesa agents, ready for its first day."""

    def __init__(self, world: World) -> None:
        super().__init__(rng=world.scenario.seed)
        evidence = world.evidence
        self.gain = evidence["clots.stagnation_gain"]
        self.rates = Rates(
            1.0 / evidence["stagnation.activation_off_min"], 1.0 / evidence["stagnation.oedema_time_constant_min"]
        )
        self.kind_of = world.kinds.of_activity.tolist()
        self.days_lived = 0
        self._first_weekday = 0
        self._settle(world)

    @property
    def weekday(self) -> int:
        """Which day of the week, from Monday, is lived next."""
        return (self._first_weekday + self.days_lived) % 7

    def step(self) -> None:
        """Everybody lives one day; coagulability, sites and earlier clots are the model's own."""
        triad, day = self._triad, self.days_lived
        legs = triad.legs * triad.sites.on(day) * self._recurrence.on(day)
        people = self._base * triad.coagulability(day)
        self.base_hazard = (people * legs).tolist()
        self.agents.do("step")
        self.days_lived += 1

    def _settle(self, world: World) -> None:
        bare = Wardrobe(world.people, world.kinds, world.pump, world.evidence).responses
        responses = bare.transpose(0, 3, 1, 2).tolist()
        walking = world.kinds.walking.tolist()
        diaries: dict[int, list[tuple[int, int]]] = {}
        self._base = world.evidence["clots.base_hazard_per_leg_day"]
        self._triad = Triad(world.people, world.episodes, world.draws, world.evidence)
        self._recurrence = Recurrence(world.people, world.draws, world.evidence)
        thresholds = [world.draws.exponential("clots.threshold", world.people.ids, leg=leg).tolist() for leg in (0, 1)]
        for row, sides in enumerate(responses):
            kinds = [[Bout(*kind, walks) for kind, walks in zip(side, walking, strict=True)] for side in sides]
            week = [_diary(world, int(number), diaries) for number in world.week[:, row]]
            legs = [PlainLeg(k[0].volume_ml, k[0].pressure_mmhg, 0.0, 0.0, 360.0) for k in kinds]
            PlainPerson(self, legs, kinds, week, row, [side[row] for side in thresholds])


def _diary(world: World, number: int, known: dict[int, list[tuple[int, int]]]) -> list[tuple[int, int]]:
    if number not in known:
        known[number] = [(int(activity), int(minutes)) for activity, minutes in world.pool.day(number)]
    return known[number]


def warm_up(town: PlainTown) -> None:
    """Live the day before the first, as a run does, and forget what it added up to."""
    town.days_lived = -1
    town.step()
    for person in town.agents:
        person.hazard = [0.0, 0.0]
        person.expected = [0.0, 0.0]
        person.clots = 0


def columns_of(town: PlainTown) -> dict[str, Any]:
    """Both legs of everybody, in order of creation: what they hold, and the last day's pooled volume and dose."""
    people = sorted(town.agents, key=lambda person: person.unique_id)
    names = ("volume_ml", "pressure_mmhg", "activation", "oedema_ml", "since_walk_min", "pooled_ml_min", "dose_min")
    return {name: [[getattr(p.legs[side], name) for p in people] for side in (0, 1)] for name in names}
