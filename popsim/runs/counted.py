"""What plugins count in one arm: outcomes of every day, and clots that examinations find."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from popsim.clots.kinds import EventKind
from popsim.clots.observation import Clots
from popsim.hooks import DetectionMethod, LivedDay, Outcome, PeopleView, PluginError
from popsim.hooks.contract import Stopwatch, checked_probability, made
from popsim.outcomes import BATCHES, Measure, batch_of
from popsim.people.population import AGE_GROUPS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from popsim.hooks import PluginRegistry
    from popsim.life import Life
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
        daily: ``(days, age groups, plugins)``, whole multiples of the measures' scales.
        replicates: ``(BATCHES, plugins)``, the same by batch.
        watch: time spent in the plugins' own code.
    """

    def __init__(self, plugins: Sequence[Outcome | DetectionMethod], world: World) -> None:
        people, days = world.people, world.scenario.days
        self._plugins, self._people, self.watch = plugins, len(people), Stopwatch()
        self._views = [PeopleView(people, world.draws.under(f"output/{p.name}/"), p.reads, p.name) for p in plugins]
        self._group = people.age_group.astype(np.int64)
        self._batch = batch_of(world)
        self.daily = np.zeros((days, len(AGE_GROUPS), len(plugins)), dtype=np.int64)
        self.replicates = np.zeros((BATCHES, len(plugins)), dtype=np.int64)

    def day(self, life: Life) -> None:
        """Count the day that was lived last."""
        if not any(isinstance(plugin, Outcome) for plugin in self._plugins):
            return
        day, lived = life.day - 1, _lived(life)
        for code, (plugin, view) in enumerate(zip(self._plugins, self._views, strict=True)):
            if isinstance(plugin, Outcome):
                with self.watch.asking(plugin.name, "amount"):
                    amount = np.asarray(plugin.amount(view, lived), dtype=np.float64)
                if amount.shape != (self._people,) or not np.isfinite(amount).all():
                    raise PluginError(f"plugin {plugin.name}: amount must give a finite number for each person")
                rows = np.flatnonzero(lived.alive)
                self._add(code, np.full(len(rows), day), rows, amount[rows] / plugin.resolution)

    def close(self, life: Life) -> None:
        """Count what examinations find of the clots that formed; call it once the outcomes are closed."""
        for code, (plugin, view) in enumerate(zip(self._plugins, self._views, strict=True)):
            if isinstance(plugin, DetectionMethod):
                with self.watch.asking(plugin.name, "examined_on"):
                    when = np.asarray(plugin.examined_on(view))
                if when.shape != (self._people,) or not np.issubdtype(when.dtype, np.integer):
                    raise PluginError(f"plugin {plugin.name}: examined_on must give a whole number for each person")
                self._find(code, plugin, when, life)

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


def _lived(life: Life) -> LivedDay:
    pool, activities = life.days.pool, life.world.activities

    def minutes(*tags: str) -> NDArray[np.float64]:
        wanted = np.array([not a.tags.isdisjoint(tags) for a in activities], dtype=np.float64)
        diary, place = np.unique(life.diary, return_inverse=True)
        spent = [
            float(wanted[pool.activity[part]] @ pool.minutes[part])
            for part in (slice(int(pool.starts[d]), int(pool.starts[d + 1])) for d in diary)
        ]
        return np.array(spent)[place]

    return LivedDay(
        life.world.today(life.day - 1),
        life.alive,
        minutes,
        life.legs.pooled_ml_min,
        life.legs.dose_min,
        life.clotting.today,
        life.effects.acting,
    )
