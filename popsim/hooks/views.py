"""What a plugin may see: the columns it declared, its own paired draws, and today."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from popsim.errors import PopsimError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from popsim.people.population import Population
    from popsim.randomness import Draws


class PluginError(PopsimError):
    """A plugin broke its contract; the sentence names it, the hook and what it did."""


class PeopleView:
    """Read-only columns of a population, limited to those a plugin declared in ``reads``.

    Args:
        people: the population.
        draws: random numbers in the plugin's own scope.
        reads: names the plugin declared; ``bmi`` is computed from height and weight.
        owner: the plugin's name, for errors.
    """

    def __init__(self, people: Population, draws: Draws, reads: frozenset[str], owner: str) -> None:
        self._people, self._draws, self._reads, self._owner = people, draws, reads, owner

    def __len__(self) -> int:
        return len(self._people)

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in self._reads:
            raise PluginError(f"plugin {self._owner} reads column {name!r} without declaring it in reads")
        if name == "bmi":
            return self._people.bmi
        if name not in self._people:
            raise PluginError(
                f"plugin {self._owner} reads column {name!r}, which does not exist{did_you_mean(name, self._people)}"
            )
        values = self._people[name].view()
        values.flags.writeable = False
        return values

    def draw(self, decision: str, *, day: int = 0, leg: int = 0, k: int = 0) -> NDArray[np.float64]:
        """Uniform numbers of this plugin's decision, one per person, the same in every arm, ``(N,)``."""
        return self._draws.uniform(decision, self._people.ids, day=day, leg=leg, k=k)


@dataclass(frozen=True)
class Today:
    """The day as plugins see it; every array is ``(N,)`` and read-only.

    Attributes:
        day: days since the start, from 0.
        in_hospital: spends at least part of today in hospital.
        stay_day: days since admission, -1 outside hospital.
        stay_length: length of the stay in days, 0 outside hospital.
        reason: index into ``popsim.routines.stays.REASONS``, -1 outside hospital.
        walks_freely: an inpatient who walks as much as at home.
        in_icu: spends at least part of today in intensive care.
        days_since_discharge: a large number for people who were not in hospital.
        on_flight: flies today.
        given_prophylaxis: a recorded stay says that today anticoagulants were given to prevent clots.
        given_treatment: a recorded stay says that today they were given to treat something.
        scores: computes a risk score by name.
    """

    day: int
    in_hospital: NDArray[np.bool_]
    stay_day: NDArray[np.int32]
    stay_length: NDArray[np.int32]
    reason: NDArray[np.int16]
    walks_freely: NDArray[np.bool_]
    in_icu: NDArray[np.bool_]
    days_since_discharge: NDArray[np.int32]
    on_flight: NDArray[np.bool_]
    given_prophylaxis: NDArray[np.bool_]
    given_treatment: NDArray[np.bool_]
    scores: Callable[[str, Today], NDArray[np.float64]] = field(repr=False)
    _points: dict[str, NDArray[np.float64]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Nobody may write to a day that all arms share."""
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def score(self, name: str) -> NDArray[np.float64]:
        """Points of a risk score for everybody today; an unknown name raises ``PluginError``.

        Computed once, whoever asks, and therefore read-only.
        """
        if name not in self._points:
            points = self.scores(name, self).view()
            points.flags.writeable = False
            self._points[name] = points
        return self._points[name]
