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
        rows: who is seen; everybody unless given.
    """

    def __init__(
        self,
        people: Population,
        draws: Draws,
        reads: frozenset[str],
        owner: str,
        rows: NDArray[np.int64] | None = None,
    ) -> None:
        self._people, self._draws, self._reads, self._owner = people, draws, reads, owner
        self._rows = rows
        self._traits: dict[tuple[str, int, int], NDArray[np.float64]] = {}

    def __len__(self) -> int:
        return len(self._people) if self._rows is None else len(self._rows)

    def only(self, rows: NDArray[np.int64]) -> PeopleView:
        """The people at these rows, with the same columns and the same draws."""
        return PeopleView(self._people, self._draws, self._reads, self._owner, _among(self._rows, rows))

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in self._reads:
            raise PluginError(f"plugin {self._owner} reads column {name!r} without declaring it in reads")
        if name != "bmi" and name not in self._people:
            raise PluginError(
                f"plugin {self._owner} reads column {name!r}, which does not exist{did_you_mean(name, self._people)}"
            )
        column = self._people.bmi if name == "bmi" else self._people[name]
        values = column.view() if self._rows is None else column[..., self._rows]
        values.flags.writeable = False
        return values

    def draw(self, decision: str, *, day: int = 0, leg: int = 0, k: int = 0) -> NDArray[np.float64]:
        """Uniform numbers of this plugin's decision, one per person, the same in every arm, ``(N,)``.

        Without a day they are a trait of the person, and drawn once.
        """
        if day:
            return self._drawn(decision, day, leg, k)
        trait = decision, leg, k
        if trait not in self._traits:
            self._traits[trait] = self._drawn(decision, 0, leg, k)
        return self._traits[trait].copy()

    def _drawn(self, decision: str, day: int, leg: int, k: int) -> NDArray[np.float64]:
        ids = self._people.ids if self._rows is None else self._people.ids[self._rows]
        return self._draws.uniform(decision, ids, day=day, leg=leg, k=k)


def _among(rows: NDArray[np.int64] | None, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows of everybody, of some chosen among those at some rows already."""
    return chosen if rows is None else rows[chosen]


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
        rows: of whom it tells, if not of everybody.
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
    rows: NDArray[np.int64] | None = field(default=None, repr=False)
    _points: dict[str, NDArray[np.float64]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Nobody may write to a day that all arms share."""
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def only(self, rows: NDArray[np.int64]) -> Today:
        """The same day for the people at these rows."""
        return _Part.of(self, rows)

    def score(self, name: str) -> NDArray[np.float64]:
        """Points of a risk score for everybody today; an unknown name raises ``PluginError``.

        Computed once, whoever asks, and therefore read-only.
        """
        if name not in self._points:
            points = self._points_of(name)
            points.flags.writeable = False
            self._points[name] = points
        return self._points[name]

    def _points_of(self, name: str) -> NDArray[np.float64]:
        return self.scores(name, self).view()


class _Part(Today):
    """The day of some people: what nobody asks for is not looked up, and scores are those of everybody."""

    _whole: tuple[Today, NDArray[np.int64]] | None = None

    @classmethod
    def of(cls, whole: Today, rows: NDArray[np.int64]) -> _Part:
        part = object.__new__(cls)
        vars(part).update(_whole=(whole, rows), _points={}, rows=_among(whole.rows, rows))
        return part

    def __getattr__(self, name: str) -> Any:
        if self._whole is None:
            raise AttributeError(name)
        whole, rows = self._whole
        value = getattr(whole, name)
        if isinstance(value, np.ndarray):
            value = value[rows]
            value.flags.writeable = False
        vars(self)[name] = value
        return value

    def _points_of(self, name: str) -> NDArray[np.float64]:
        if self._whole is None:  # replaced by a day that differs
            return super()._points_of(name)
        whole, rows = self._whole
        return whole.score(name)[rows]
