"""One arm of a run: everybody's days, one at a time. ``Life.live_day`` is the whole way of one simulated day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from popsim.clots.bleeding import Bleeding
from popsim.clots.clotting import Clotting
from popsim.clots.damage import Damage
from popsim.clots.insufficiency import CEAP_CLASSES, SYMPTOMS, Insufficiency
from popsim.hooks.at_work import Effects, Interventions, Risk
from popsim.hooks.contract import checked_harms
from popsim.hooks.edits import EditedDays
from popsim.legs import kernel
from popsim.legs.living import Legs
from popsim.legs.paresis import Paresis
from popsim.legs.wardrobe import Wardrobe
from popsim.outcomes import SITE_MEASURES, Outcomes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from popsim.world import World

WARM_UP_DAYS = 1


class Life:
    """The people of one world living through one arm.

    Args:
        world: people, routines, trips, stays.
        arm: name of the arm.
        harms: names of the harm events of all arms; those of this arm unless given.
        beside: the same people about to live another arm, each day of it before this one's; whom this arm leaves
            alone is given that day instead of living it again.

    Attributes:
        day: the day to come, from 0.
        alive: ``(N,)``.
        effects: what interventions changed on the last day.
        diary: day that each person lived last, into ``days.pool``, ``(N,)``.
        legs: volume, pressure and stagnation of everybody's legs.
        triad: hazards of a new clot.
        clotting: accumulated hazard and clots.
        bleeding: of everybody, and of those whose clot is treated.
        damage: what clots will do to their legs.
        paresis: what strokes will do to them.
        veins: chronic venous disease of everybody's legs.
        outcomes: what is counted.
    """

    def __init__(self, world: World, arm: str, harms: Sequence[str] | None = None, beside: Life | None = None) -> None:
        self.world, self.arm = world, arm
        people = world.people
        self.interventions = Interventions(
            world.chosen[arm], world.registry, people, world.draws, world.evidence, world.activities
        )
        self.days = EditedDays(world.pool, self.interventions.editors, world.activities, world.ordinary)
        self.legs = self._legs(beside)
        self.triad = world.triad
        self.clotting = Clotting(people, world.draws, world.evidence)
        self.bleeding = Bleeding(people, world.draws, world.evidence)
        self.damage = Damage(world.evidence)
        self.paresis = Paresis(people, world.episodes, world.draws, world.evidence)
        self.veins = Insufficiency(people, world.draws, world.evidence)
        self.outcomes = Outcomes(world, harm_names([self]) if harms is None else harms)
        self.death_day = world.background_death_day.copy()
        self.alive = np.ones(len(people), dtype=bool)
        self.day = 0
        self.planned: dict[int, dict[int, int]] = {}
        self._watched = np.zeros(0, dtype=np.int64)
        self._watched_until = 0
        self.records: list[NDArray[np.float64]] = []
        self._warm_up()

    def _legs(self, beside: Life | None) -> Legs:
        world, devices = self.world, self.interventions.devices
        like = None if beside is None else beside._wardrobe
        self._wardrobe: Wardrobe = Wardrobe(world.people, world.kinds, world.pump, world.evidence, devices, like)
        legs = Legs(world.people, self._wardrobe, world.evidence, len(world.activities))
        if beside is not None:
            legs.follow(beside.legs, len(world.pool))
        return legs

    def _warm_up(self) -> None:
        """An ordinary day before the first, so that nobody starts with untouched veins."""
        bare = np.zeros(len(self.world.people), dtype=np.uint16)
        for day in range(-WARM_UP_DAYS, 0):
            self.legs.live(self.days.pool, self.world.diary(day), bare, self.alive)

    def live_day(self) -> None:
        """Everybody lives one day, and what it did to them is counted."""
        day = self.day
        self.alive = self.death_day >= day
        for leg, row, traits in (*self.paresis.due(day), *self.damage.due(day, self.legs.people)):
            self.legs.change(leg, row, traits)
        today = self.world.today(day)
        effects = self.effects = self.interventions.effects(today, self.alive)
        diary = self.diary = self._plan(day, effects)
        if day < self._watched_until:
            self.records.append(self.legs.trace(self.days.pool, diary, effects.wear, self.alive, self._watched))
        self.legs.live(self.days.pool, diary, effects.wear, self.alive)
        self._clot(day, effects)
        legs = self.legs
        for leg, row, traits in self.veins.live(
            day, legs.pooled_ml_min, legs.state[kernel.OEDEMA], legs.people, self.alive
        ):
            legs.change(leg, row, traits)
        self._count(day, effects)
        self.day += 1

    def _clot(self, day: int, effects: Effects) -> None:
        """Add the day's hazard; clots that form begin their course."""
        earlier = self.clotting.recurrence.on(day)
        hazard = self.triad.hazard(day, self.legs.dose_min, effects.blood, earlier, effects.wall)
        meets = self.triad.circumstances(day, effects.blood, effects.care, effects.wall)
        clots = self.clotting.advance(day, hazard, self.alive, meets)
        if clots is not None:
            onsets, course = clots
            self.damage.note(onsets, course)
            np.minimum.at(self.death_day, onsets.row, course.death_day)
        bled_to_death = self.bleeding.advance(day, self.alive, self.clotting.recurrence.treated(day))
        self.death_day[bled_to_death] = np.minimum(self.death_day[bled_to_death], day)

    def watch(self, rows: NDArray[np.int64], days: int) -> None:
        """Keep every bout of the people in these rows during the first days, one entry of ``records`` a day."""
        self._watched, self._watched_until = rows, days if len(rows) else 0

    def _plan(self, day: int, effects: Effects) -> NDArray[np.int32]:
        """The diary each person lives on a day, into ``days.pool``, ``(N,)``."""
        diary = self.days.lived(self.world.diary(day), effects.edits)
        for row, own in self.planned.pop(day, {}).items():
            diary[row] = own
        return diary

    def plugin_seconds(self) -> dict[str, float]:
        """Time spent in each plugin's own code so far, by name."""
        edits = self.days.seconds
        return {name: spent + edits.get(name, 0.0) for name, spent in self.interventions.seconds().items()}

    def close(self) -> Outcomes:
        """Count what the clots still did within the run, and return the outcomes."""
        if self.day:
            self._examine(self.day - 1)
        events = [*self.clotting.events, *self.bleeding.events, *self.veins.events]
        self.outcomes.close(events, self.death_day)
        return self.outcomes

    def _examine(self, day: int) -> None:
        """Class and severity of everybody's worse leg on the last day."""
        worse, alive = self.veins.ceap().max(axis=0), self.alive
        for code, name in enumerate(CEAP_CLASSES):
            self.outcomes.count(f"ceap_{name}", day, alive & (worse == code))
        aching = self.veins.symptoms()[SYMPTOMS.index("ache")]
        self.outcomes.count("vcss", day, np.where(alive, self.veins.vcss(aching).max(axis=0), 0))

    def _count_symptoms(self, day: int) -> None:
        for name, felt in zip(SYMPTOMS, self.veins.symptoms(), strict=True):
            self.outcomes.count(f"weeks_of_{name}", day, felt & self.alive)

    def _count(self, day: int, effects: Effects) -> None:
        outcomes, alive = self.outcomes, self.alive
        outcomes.count("people", day, alive)
        outcomes.measure("expected_clots", day, self.clotting.today.sum(axis=0))
        outcomes.measure("expected_first_clots", day, self.clotting.first.today)
        outcomes.count_rows("first_clots", day, self.clotting.first_rows)
        by_site = self.triad.sites.split(day, self.clotting.today, effects.wall)
        for name, expected in zip(SITE_MEASURES, by_site, strict=True):
            outcomes.measure(name, day, expected)
        outcomes.measure("expected_major_bleeding", day, self.bleeding.today)
        outcomes.measure("pooled_ml_min", day, self.legs.pooled_ml_min.sum(axis=0))
        outcomes.measure("activation_min", day, self.legs.dose_min.sum(axis=0))
        outcomes.pooled(day, self.legs.tally)
        if self.veins.evaluated:
            self._count_symptoms(day)
        for risk in effects.risks:
            self._harm(day, risk)
        for item, quantity in effects.used:
            outcomes.use(item, quantity)

    def _harm(self, day: int, risk: Risk) -> None:
        ids = self.world.people.ids
        draw = self.world.draws.uniform(f"plugin/{risk.plugin}/harm/{risk.event}", ids[risk.rows], day=day)
        self.outcomes.measure(f"expected-{risk.event}", day, risk.probability, risk.rows)
        harmed = risk.rows[draw < risk.probability]
        if len(harmed):
            self.outcomes.harm(risk.event, day, harmed)


def harm_names(lives: Sequence[Life]) -> list[str]:
    """Names of the harm events that any of these lives' interventions can cause, sorted."""
    plugins = [plugin for life in lives for plugin in life.interventions.plugins]
    return sorted({harm.event for plugin in plugins for harm in checked_harms(plugin)})
