"""What plugins count in one arm: outcomes of every day, and clots that examinations find."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from popsim.clots.kinds import EventKind
from popsim.clots.observation import Clots
from popsim.hooks import DetectionMethod, LivedArm, LivedDay, Outcome, PeopleView, PluginError
from popsim.hooks.contract import Stopwatch, checked_probability, made
from popsim.outcomes import BATCHES, Measure, batch_of
from popsim.people.population import AGE_GROUPS
from popsim.runs.own_tables import OwnRows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from popsim.hooks import PluginRegistry
    from popsim.life import Life
    from popsim.routines.bouts import DiaryPool
    from popsim.runs.scenario import Scenario
    from popsim.world import World

NEVER_DAY = np.iinfo(np.int64).max
_FOUND_RESOLUTION = 1e-9


def outputs_of(scenario: Scenario, registry: PluginRegistry) -> list[Outcome | DetectionMethod]:
    """The outcomes and detection methods that a scenario asks for, in order of name."""
    evidence = registry.evidence().override(scenario.evidence)
    activities = registry.activities_of(scenario.used_names)
    params = scenario.output_params(registry)
    return [made(registry.outputs[name], settings, evidence, activities) for name, settings in params.items()]


def measured(plugins: Sequence[Outcome | DetectionMethod]) -> list[Outcome | DetectionMethod]:
    """Those of them that have a measure; the others only keep a table of their own."""
    return [p for p in plugins if not isinstance(p, Outcome) or type(p).amount is not Outcome.amount]


def measure_of(plugin: Outcome | DetectionMethod) -> Measure:
    """Under what name and in what unit the store keeps what a plugin counts."""
    if isinstance(plugin, Outcome):
        return Measure(f"outcome-{plugin.name}", plugin.resolution, plugin.unit, plugin.label)
    return Measure(f"found-by-{plugin.name}", _FOUND_RESOLUTION, "1", f"Clots found: {plugin.label}")


class Counted:
    """What plugins count of the people of one world in one arm.

    Args:
        plugins: outcomes and detection methods.
        world: the people and the length of the run.

    Attributes:
        daily: ``(days, age groups, measures)``, whole multiples of the measures' scales.
        replicates: ``(BATCHES, measures)``, the same by batch.
        watch: time spent in the plugins' own code.
    """

    def __init__(self, plugins: Sequence[Outcome | DetectionMethod], world: World) -> None:
        people, days = world.people, world.scenario.days
        self._people, self.watch = len(people), Stopwatch()
        self._counting = [(plugin, _view(plugin, world)) for plugin in measured(plugins)]
        self._group = people.age_group.astype(np.int64)
        self._batch = batch_of(world)
        self.daily = np.zeros((days, len(AGE_GROUPS), len(self._counting)), dtype=np.int64)
        self.replicates = np.zeros((BATCHES, len(self._counting)), dtype=np.int64)
        filled = {"age_group": self._group, "person": people.ids, "batch": self._batch}
        self._own = [
            (plugin, _view(plugin, world), OwnRows(plugin, filled, len(world.activities)))
            for plugin in plugins
            if isinstance(plugin, Outcome) and plugin.table is not None
        ]

    def day(self, life: Life) -> None:
        """Count the day that was lived last."""
        if not self._own and not any(isinstance(plugin, Outcome) for plugin, _ in self._counting):
            return
        day, lived = life.day - 1, _lived(life)
        for outcome, view, own in self._own:
            with self.watch.asking(outcome.name, "lines"):
                lines = outcome.lines(view, lived)
            own.add("lines", lines, lived.alive, day)
        for code, (plugin, view) in enumerate(self._counting):
            if isinstance(plugin, Outcome):
                with self.watch.asking(plugin.name, "amount"):
                    amount = np.asarray(plugin.amount(view, lived), dtype=np.float64)
                if amount.shape != (self._people,) or not np.isfinite(amount).all():
                    raise PluginError(f"plugin {plugin.name}: amount must give a finite number for each person")
                rows = np.flatnonzero(lived.alive)
                self._add(code, np.full(len(rows), day), rows, amount[rows] / plugin.resolution)

    def close(self, life: Life) -> None:
        """Count what examinations find of the clots that formed; call it once the outcomes are closed."""
        for code, (plugin, view) in enumerate(self._counting):
            if isinstance(plugin, DetectionMethod):
                with self.watch.asking(plugin.name, "examined_on"):
                    when = np.asarray(plugin.examined_on(view))
                if when.shape != (self._people,) or not np.issubdtype(when.dtype, np.integer):
                    raise PluginError(f"plugin {plugin.name}: examined_on must give a whole number for each person")
                self._find(code, plugin, when, life)
        if self._own:
            self._end(life)

    def tables(self) -> dict[str, dict[str, NDArray[np.int64]]]:
        """The outcomes' own tables."""
        return {own.name: own.columns() for _, _, own in self._own}

    def _end(self, life: Life) -> None:
        row, clots = clots_of(life.outcomes.events)
        arm = LivedArm(len(self.daily), life.death_day, clots, row)
        for plugin, view, own in self._own:
            with self.watch.asking(plugin.name, "lines_at_end"):
                lines = plugin.lines_at_end(view, arm)
            own.add("lines_at_end", lines, np.ones(self._people, dtype=bool), None)

    def _find(self, code: int, plugin: DetectionMethod, when: NDArray[Any], life: Life) -> None:
        row, clots = clots_of(life.outcomes.events)
        day = when[row].astype(np.int64)
        seen = clots.present(day) & (day >= 0) & (day < len(self.daily)) & (day <= life.death_day[row])
        row, clots, day = row[seen], clots.take(seen), day[seen]
        with self.watch.asking(plugin.name, "sees"):
            given = plugin.sees(clots, day)
        found = checked_probability(plugin, "sees", "a clot", given, len(row))
        self._add(code, day, row, found / _FOUND_RESOLUTION)

    def _add(self, code: int, day: NDArray[np.int64], row: NDArray[np.int64], amount: NDArray[np.float64]) -> None:
        whole = np.rint(amount).astype(np.int64)
        np.add.at(self.daily[:, :, code], (day, self._group[row]), whole)
        np.add.at(self.replicates[:, code], self._batch[row], whole)


def clots_of(events: dict[str, NDArray[np.int64]]) -> tuple[NDArray[np.int64], Clots]:
    """The clots behind some events, and the row of each clot's person."""
    kind = events["kind"]
    key = (events["row"] * 2 + np.minimum(events["leg"], 1)) << 20 | events["episode"]
    formed = np.flatnonzero(kind == EventKind.CLOT)
    formed = formed[np.argsort(key[formed], kind="stable")]
    known = key[formed]

    def day_of(of_kind: EventKind) -> NDArray[np.int64]:
        these = np.flatnonzero((kind == of_kind) & np.isin(key, known))
        day = np.full(len(known), NEVER_DAY)
        day[np.searchsorted(known, key[these])] = events["day"][these]
        return day

    later = (day_of(k) for k in (EventKind.EXTENSION, EventKind.SYMPTOMATIC_DVT, EventKind.RESOLVED))
    return events["row"][formed], Clots(events["site"][formed], events["day"][formed], *later)


def _view(plugin: Outcome | DetectionMethod, world: World) -> PeopleView:
    return PeopleView(world.people, world.draws.under(f"output/{plugin.name}/"), plugin.reads, plugin.name)


class _Days:
    """The days that somebody lived, each once."""

    def __init__(self, pool: DiaryPool, diary: NDArray[np.int32]) -> None:
        days, self._place = np.unique(diary, return_inverse=True)
        first, length = pool.starts[days].astype(np.int64), np.diff(pool.starts)[days].astype(np.int64)
        self._begins = np.cumsum(length) - length
        bouts = np.repeat(first - self._begins, length) + np.arange(length.sum())
        self._activity, self._minutes = pool.activity[bouts], pool.minutes[bouts].astype(np.float64)

    def minutes(self, wanted: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Everybody's time in some activities, ``(N,)``."""
        spent = np.where(wanted[self._activity], self._minutes, 0.0)
        return np.asarray(np.add.reduceat(spent, self._begins)[self._place])

    def longest(self, wanted: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Everybody's longest stretch of them without a break, ``(N,)``."""
        inside = wanted[self._activity]
        turns = np.ones(len(inside), dtype=bool)
        turns[1:] = inside[1:] != inside[:-1]
        turns[self._begins] = True
        stretch = np.flatnonzero(turns)
        spent = np.add.reduceat(np.where(inside, self._minutes, 0.0), stretch)
        return np.asarray(np.maximum.reduceat(spent, np.searchsorted(stretch, self._begins))[self._place])


def _lived(life: Life) -> LivedDay:
    activities, days = life.world.activities, _Days(life.days.pool, life.diary)

    def tagged(tags: Sequence[str]) -> NDArray[np.bool_]:
        return np.array([not a.tags.isdisjoint(tags) for a in activities])

    return LivedDay(
        life.world.today(life.day - 1),
        life.alive,
        lambda *tags: days.minutes(tagged(tags)),
        lambda *tags: days.longest(tagged(tags)),
        life.legs.pooled_ml_min,
        life.legs.dose_min,
        life.clotting.today,
        life.effects.acting,
    )
