"""The interventions of one arm at work: who takes them, who keeps to them today, and what they change."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import betaincinv

from popsim.hooks.contract import blaming, checked_factor, checked_fit, checked_mask, made
from popsim.hooks.views import PeopleView, Today
from popsim.legs.wardrobe import Device

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from popsim.hooks.intervention import Intervention, Params
    from popsim.hooks.registry import PluginRegistry
    from popsim.people.population import Population
    from popsim.randomness import Draws
    from popsim.routines.activities import Activity


@dataclass(frozen=True)
class Effects:
    """What the interventions change today.

    Attributes:
        edits: who lives an edited day, bits in order of the arm's editors, ``(N,)``.
        wear: who wears what, bits in order of the arm's devices, ``(N,)`` uint16.
        blood: factor on everybody's hazard, ``(N,)``.
        acting: on whom each intervention acts today, by name, ``(N,)`` bool.
    """

    edits: NDArray[np.int64]
    wear: NDArray[np.uint16]
    blood: NDArray[np.float64]
    acting: Mapping[str, NDArray[np.bool_]]


class _Taken:
    """One intervention in one population: its takers and their habits."""

    def __init__(self, plugin: Intervention, people: Population, draws: Draws, concentration: float) -> None:
        self.plugin = plugin
        self.seconds = 0.0
        own = self._draws = draws.under(f"plugin/{plugin.name}")
        self._ids = people.ids
        self.people = PeopleView(people, own.under("own"), plugin.reads, plugin.name)
        eligible = checked_mask(plugin, "eligible", self.call("eligible", self.people), len(people))
        self.takers = eligible & (own.uniform("uptake", people.ids) < plugin.params.coverage)
        self._habit = _habits(plugin.params.adherence, own.uniform("adherence", people.ids), concentration)

    def call(self, hook: str, *args: Any) -> Any:
        """Call a method of the plugin; whatever it raises becomes one sentence that names it."""
        began = perf_counter()
        try:
            with blaming(self.plugin.name, hook):
                return getattr(self.plugin, hook)(*args)
        finally:
            self.seconds += perf_counter() - began

    def acting(self, today: Today, alive: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Takers on whom it acts today."""
        acting = self.takers & alive
        where = self.call("acts_today", self.people, today)
        if where is not None:
            acting &= checked_mask(self.plugin, "acts_today", where, len(self.people))
        if self.plugin.params.adherence < 1.0:
            acting = acting & (self._draws.uniform("keeps-to-it", self._ids, day=today.day) < self._habit)
        return np.asarray(acting)


def _habits(mean: float, draw: NDArray[np.float64], concentration: float) -> NDArray[np.float64]:
    """Each person's share of days on which they keep to it: a beta distribution with this mean."""
    if mean in (0.0, 1.0):
        return np.full(len(draw), mean)
    return np.asarray(betaincinv(mean * concentration, (1.0 - mean) * concentration, draw), dtype=np.float64)


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
            _Taken(made(plugin, chosen[name], evidence), people, draws, concentration)
            for name, plugin in registry.interventions.items()
            if name in chosen
        ]
        self._people = len(people)
        self._editing = [t for t in self._taken if "day" in t.plugin.writes]
        self._worn = [t for t in self._taken if any(w.startswith("leg.") for w in t.plugin.writes)]
        self._thinning = [t for t in self._taken if "blood" in t.plugin.writes]
        self.editors: list[Intervention] = [t.plugin for t in self._editing]
        self.devices = [self._device(t, activities) for t in self._worn]
        self.plugins: list[Intervention] = [t.plugin for t in self._taken]
        self.takers = {t.plugin.name: t.takers for t in self._taken}

    def _device(self, taken: _Taken, activities: Sequence[Activity]) -> Device:
        with blaming(taken.plugin.name, "during"):
            tags = frozenset(taken.call("during"))
        during = np.array([not tags or not tags.isdisjoint(a.tags) for a in activities])
        with blaming(taken.plugin.name, "fit"):
            fit = checked_fit(taken.plugin, taken.call("fit", taken.people), self._people)
        return Device(taken.plugin.name, taken.takers, fit, during)

    def effects(self, today: Today, alive: NDArray[np.bool_]) -> Effects:
        """What they change today."""
        acting = {t.plugin.name: t.acting(today, alive) for t in self._taken}
        blood = np.ones(self._people)
        for taken in self._thinning:
            with blaming(taken.plugin.name, "blood"):
                factor = checked_factor(taken.plugin, taken.call("blood", taken.people, today), self._people)
            blood *= np.where(acting[taken.plugin.name], factor, 1.0)
        return Effects(
            _bits(self._editing, acting, self._people, np.dtype(np.int64)),
            _bits(self._worn, acting, self._people, np.dtype(np.uint16)),
            blood,
            acting,
        )

    def seconds(self) -> dict[str, float]:
        """Time spent in each plugin's own code so far, by name."""
        return {t.plugin.name: t.seconds for t in self._taken}


def _bits(
    taken: Sequence[_Taken], acting: Mapping[str, NDArray[np.bool_]], people: int, dtype: np.dtype[Any]
) -> NDArray[Any]:
    bits = np.zeros(people, dtype=dtype)
    for bit, one in enumerate(taken):
        bits |= acting[one.plugin.name].astype(dtype) << dtype.type(bit)
    return bits
