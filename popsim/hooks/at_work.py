"""The interventions of one arm at work: who takes them, who keeps to them today, and what they change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from popsim.clots.care import usual_care
from popsim.hooks.contract import (
    checked_care,
    checked_choice,
    checked_factor,
    checked_fit,
    checked_tags,
    checked_wall,
    made,
)
from popsim.hooks.rules import combined_care
from popsim.hooks.taken import Taken
from popsim.legs.wardrobe import Device

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from popsim.hooks.intervention import Intervention, Params
    from popsim.hooks.registry import PluginRegistry
    from popsim.hooks.views import Today
    from popsim.people.population import Population
    from popsim.randomness import Draws
    from popsim.routines.activities import Activity

    Acting = Mapping[str, NDArray[np.bool_]]


@dataclass(frozen=True)
class Risk:
    """A harm that can happen today.

    Attributes:
        plugin: whose it is.
        event: what it is called.
        rows: on whom the plugin acts today, ascending.
        probability: of the harm today, for each of them.
    """

    plugin: str
    event: str
    rows: NDArray[np.int64]
    probability: NDArray[np.float64]


@dataclass(frozen=True)
class Effects:
    """What the interventions change today.

    Attributes:
        edits: who lives an edited day, bits in order of the arm's editors, ``(N,)``.
        wear: who wears what, bits in order of the arm's devices, ``(N,)``.
        blood: factor on everybody's hazard, ``(N,)``.
        wall: hazard ratio of everybody's legs by injured vein walls, ``(2, N)``; ``None`` where nothing injures any.
        care: what becomes of everybody's clots, ``(N,)`` by names of ``CARE_EFFECTS``.
        acting: on whom each intervention acts today, by name, ``(N,)`` bool.
        risks: harms that can happen to those on whom they act.
        used: items used up today and how much.
    """

    edits: NDArray[np.int64]
    wear: NDArray[np.int64]
    blood: NDArray[np.float64]
    wall: NDArray[np.float64] | None
    care: Mapping[str, NDArray[np.float64]]
    acting: Acting
    risks: Sequence[Risk]
    used: Sequence[tuple[str, float]]


class Interventions:
    """All interventions of one arm.

    Args:
        chosen: parameters by intervention name.
        registry: where to find them.
        people: the population.
        draws: the run's random numbers; each intervention gets its own scope.
        evidence: the constants in force.
        activities: the run's activities by code.
    """

    def __init__(
        self,
        chosen: Mapping[str, Params],
        registry: PluginRegistry,
        people: Population,
        draws: Draws,
        evidence: Mapping[str, float],
        activities: Sequence[Activity],
    ) -> None:
        concentration = evidence["interventions.adherence_concentration"]
        self._taken = [
            Taken(made(plugin, chosen[name], evidence, activities), people, draws, concentration)
            for name, plugin in registry.interventions.items()
            if name in chosen
        ]
        self._people = len(people)
        self._editing = [t for t in self._taken if "day" in t.plugin.writes]
        self._worn = [t for t in self._taken if any(w.startswith("leg.") for w in t.plugin.writes)]
        self._thinning = [t for t in self._taken if "blood" in t.plugin.writes]
        self._injuring = [t for t in self._taken if "wall" in t.plugin.writes]
        self._caring = [t for t in self._taken if any(w.startswith("care.") for w in t.plugin.writes)]
        self._harming = [t for t in self._taken if t.harms]
        self._usual_care = usual_care(len(people))
        self._edits, self._wear = _Bits(len(people)), _Bits(len(people))
        self.editors: list[Intervention] = [t.plugin for t in self._editing]
        self.devices = [device for t in self._worn for device in self._devices(t, activities)]
        self.plugins: list[Intervention] = [t.plugin for t in self._taken]
        self.takers = {t.plugin.name: t.takers for t in self._taken}

    def _devices(self, taken: Taken, activities: Sequence[Activity]) -> Iterator[Device]:
        """What a plugin puts on legs: one device, or one for each of its stages."""
        plugin = taken.plugin
        tags = checked_tags(plugin, taken.call("during"))
        during = np.array([not tags or not tags.isdisjoint(a.tags) for a in activities])
        for stage in range(plugin.stages):
            fit = taken.call("fit", taken.people) if plugin.stages == 1 else taken.call("fit_at", taken.people, stage)
            yield Device(plugin.name, taken.takers, checked_fit(plugin, fit, self._people), during)

    def effects(self, today: Today, alive: NDArray[np.bool_]) -> Effects:
        """What they change today."""
        acting = {t.plugin.name: t.act(today, alive) for t in self._taken}
        return Effects(
            self._edits.of([t.acting for t in self._editing]),
            self._wear.of(list(self._wearing(today))),
            self._blood(today),
            self._wall(today),
            self._care(today),
            acting,
            [risk for t in self._harming for risk in _risks(t, today)],
            list(self._used(today)),
        )

    def _wearing(self, today: Today) -> Iterator[NDArray[np.bool_]]:
        """Who wears each device today, in the order of ``devices``."""
        for taken in self._worn:
            stages, count = taken.plugin.stages, len(taken.rows)
            if stages == 1 or not count:
                yield from [taken.acting] * stages
                continue
            stage = checked_choice(taken.plugin, "stage", taken.ask("stage", today), (count,), stages)
            for k in range(stages):
                wearing = np.zeros(self._people, dtype=np.bool_)
                wearing[taken.rows[stage == k]] = True
                yield wearing

    def _blood(self, today: Today) -> NDArray[np.float64]:
        blood = np.ones(self._people)
        for taken in _reaching(self._thinning):
            blood[taken.rows] *= checked_factor(taken.plugin, taken.ask("blood", today), len(taken.rows))
        return blood

    def _wall(self, today: Today) -> NDArray[np.float64] | None:
        wall: NDArray[np.float64] | None = None
        for taken in _reaching(self._injuring):
            wall = np.ones((2, self._people)) if wall is None else wall
            wall[:, taken.rows] *= checked_wall(taken.plugin, taken.ask("wall", today), len(taken.rows))
        return wall

    def _care(self, today: Today) -> Mapping[str, NDArray[np.float64]]:
        care: Mapping[str, NDArray[np.float64]] = self._usual_care
        for taken in _reaching(self._caring):
            changed = checked_care(taken.plugin, taken.ask("care", today), len(taken.rows))
            care = combined_care(care, changed, taken.rows)
        return care

    def _used(self, today: Today) -> Iterator[tuple[str, float]]:
        for taken in self._taken:
            for cost in taken.plugin.costs:
                count = len(taken.rows) if cost.per == "day" else taken.count * (today.day == 0)
                if count:
                    yield cost.item, cost.quantity * count

    def seconds(self) -> dict[str, float]:
        """Time spent in each plugin's own code so far, by name."""
        return {t.plugin.name: t.seconds for t in self._taken}


def _reaching(taken: Sequence[Taken]) -> Iterator[Taken]:
    """Those that act on anybody today."""
    return (one for one in taken if len(one.rows))


def _risks(taken: Taken, today: Today) -> Iterator[Risk]:
    """What can happen today to the people on whom a plugin acts."""
    for harm in taken.harms if len(taken.rows) else ():
        given = harm.daily_probability
        likely = taken.probability(harm.event, given, today) if callable(given) else np.full(len(taken.rows), given)
        yield Risk(taken.plugin.name, harm.event, taken.rows, likely)


class _Bits:
    """A bit for each of several masks, as one number for everybody; masks that did not change are not looked at again.

    Args:
        people: how many there are.
    """

    def __init__(self, people: int) -> None:
        self._bits = np.zeros(people, dtype=np.int64)
        self._masks: list[NDArray[np.bool_]] = []

    def of(self, masks: Sequence[NDArray[np.bool_]]) -> NDArray[np.int64]:
        """The numbers, ``(N,)``; not to be written to."""
        known = self._masks or [np.zeros(len(self._bits), dtype=np.bool_)] * len(masks)
        changed = [(bit, old ^ new) for bit, (old, new) in enumerate(zip(known, masks, strict=True)) if old is not new]
        if changed:
            self._bits = self._bits.copy()
            for bit, flipped in changed:
                self._bits ^= flipped.astype(np.int64) << bit
            self._masks = list(masks)
        return self._bits
