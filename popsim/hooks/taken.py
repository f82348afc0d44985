"""One intervention in one population: its takers, their habits, and calls of its author's code."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import betaincinv

from popsim.hooks.contract import blamed, checked_harms, checked_mask, checked_probability
from popsim.hooks.views import PeopleView, PluginError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from popsim.hooks.intervention import ByPerson, Intervention
    from popsim.hooks.views import Today
    from popsim.people.population import Population
    from popsim.randomness import Draws


class Taken:
    """An intervention that some of these people take.

    Args:
        plugin: the intervention with its settings.
        people: the population.
        draws: the run's random numbers.
        concentration: how much takers differ in adherence, the sum of the beta distribution's parameters.

    Attributes:
        people: what the plugin may see of them.
        takers: who takes it, ``(N,)``.
        count: how many they are.
        harms: what can go wrong on each day it acts.
        acting: on whom it acts today, ``(N,)``; the same array as the day before where nothing changed.
        rows: their rows, ascending.
        seconds: time spent in the plugin's own code so far.
    """

    def __init__(self, plugin: Intervention, people: Population, draws: Draws, concentration: float) -> None:
        self.plugin = plugin
        self.seconds = 0.0
        own = self._draws = draws.under(f"plugin/{plugin.name}")
        self.people = PeopleView(people, own.under("own"), plugin.reads, plugin.name)
        eligible = checked_mask(plugin, "eligible", self.call("eligible", self.people), len(people))
        self.takers = eligible & (own.uniform("uptake", people.ids) < plugin.params.coverage)
        self.harms = checked_harms(plugin)
        self._taking = np.flatnonzero(self.takers)
        self.count = len(self._taking)
        self._ids = people.ids[self._taking]
        self._habit = _habits(plugin.params.adherence, own.uniform("adherence", self._ids), concentration)
        self.acting, self.rows = self.takers, self._taking
        self._asked: tuple[PeopleView, Today] | None = None

    def call(self, hook: str, *args: Any) -> Any:
        """Call a method of the plugin; whatever it raises becomes one sentence that names it."""
        return self._timed(hook, getattr(self.plugin, hook), *args)

    def ask(self, hook: str, today: Today) -> Any:
        """Call a method of the plugin for those on whom it acts today, and for nobody else."""
        return self.call(hook, *self._those_reached(today))

    def probability(self, event: str, given: ByPerson, today: Today) -> NDArray[np.float64]:
        """How likely a harm is for each of those on whom it acts today, ``(n,)``."""
        found = self._timed("harms", given, *self._those_reached(today))
        return checked_probability(self.plugin, "harms", event, found, len(self.rows))

    def _those_reached(self, today: Today) -> tuple[PeopleView, Today]:
        if self._asked is None:
            everybody = len(self.rows) == len(self.people)
            self._asked = (self.people, today) if everybody else (self.people.only(self.rows), today.only(self.rows))
        return self._asked

    def _timed(self, hook: str, method: Any, *args: Any) -> Any:
        began = perf_counter()
        try:
            return method(*args)
        except PluginError:
            raise
        except (Exception, SystemExit) as cause:  # a stranger's code may raise anything; the run must say whose it was
            raise blamed(self.plugin.name, hook, cause) from cause
        finally:
            self.seconds += perf_counter() - began

    def act(self, today: Today, alive: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Find out on which takers it acts today; the plugin is not asked where nobody takes it."""
        self._asked = None
        acting = self._reached(today, alive) if self.count else self.takers
        if not np.array_equal(acting, self.acting):
            self.acting, self.rows = acting, np.flatnonzero(acting)
        return self.acting

    def _reached(self, today: Today, alive: NDArray[np.bool_]) -> NDArray[np.bool_]:
        acting = self.takers & alive
        where = self.call("acts_today", self.people, today)
        if where is not None:
            acting &= checked_mask(self.plugin, "acts_today", where, len(self.people))
        if self.plugin.params.adherence < 1.0:
            acting[self._taking] &= self._draws.uniform("keeps-to-it", self._ids, day=today.day) < self._habit
        return acting


def _habits(mean: float, draw: NDArray[np.float64], concentration: float) -> NDArray[np.float64]:
    """Each person's share of days on which they keep to it: a beta distribution with this mean."""
    if mean in (0.0, 1.0):
        return np.full(len(draw), mean)
    return np.asarray(betaincinv(mean * concentration, (1.0 - mean) * concentration, draw), dtype=np.float64)
