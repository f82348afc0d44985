"""The Mesa model: people and their two legs living one day per step. The only module that knows Mesa.

The truth is in columns; agents are its face. A ``Person`` is a flyweight made when somebody asks for it, and
``model.agents`` answers from columns where it can, so a million people cost no more than their columns. Stock Mesa
tools work on it: ``DataCollector``, ``AgentSet`` calls, and subclasses of ``Person`` with a ``step`` of their own for
a few special people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, WeakValueDictionary

import mesa
import numpy as np
from mesa.agent import AgentSet

from popsim.errors import PopsimError, did_you_mean
from popsim.hooks import PluginRegistry, load_plugins
from popsim.legs import kernel
from popsim.life import Life
from popsim.people.population import COLUMNS, LEFT, RIGHT
from popsim.routines.bouts import MINUTES_PER_DAY, DiaryPool
from popsim.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from popsim.legs.living import Legs
    from popsim.outcomes import Outcomes
    from popsim.runs.scenario import Scenario


class Community(mesa.Model):
    """A population as a Mesa model; each ``step`` is one day.

    Args:
        scenario: a checked scenario.
        arm: name of the arm that is lived; the first unless given.
        registry: the plugins; all that are installed unless given.
        rows: which of the scenario's people; all unless given.
        world: an already built world, instead of the above.
        harms: names of harm events of all arms of a run, where several are compared.
        beside: the same world's community of another arm, which takes each step first (see ``Life``).
    """

    def __init__(
        self,
        scenario: Scenario | None = None,
        *,
        arm: str | None = None,
        registry: PluginRegistry | None = None,
        rows: slice = slice(None),
        world: World | None = None,
        harms: Sequence[str] | None = None,
        beside: Community | None = None,
    ) -> None:
        if world is None:
            if scenario is None:
                raise PopsimError("a community needs a scenario or a world")
            world = World.build(scenario, load_plugins() if registry is None else registry, rows)
        super().__init__(rng=world.scenario.seed)
        self.world = world
        arm = world.scenario.arms[0].name if arm is None else arm
        self.life: Life = Life(world, arm, harms, None if beside is None else beside.life)
        self._persons: WeakValueDictionary[int, Person] = WeakValueDictionary()
        self._special: dict[int, Person] = {}

    def step(self) -> None:
        """Everybody lives one day; then special people take their own step."""
        self.life.live_day()
        for person in self._special.values():
            person.step()
        self.running = self.life.day < self.world.scenario.days

    def close(self) -> Outcomes:
        """Count what is still to come within the run and return the outcomes."""
        return self.life.close()

    def release(self) -> None:
        """Let go of all columns at once; Mesa's models hold on to themselves until Python looks for such circles."""
        del self.life, self.world

    @property
    def day(self) -> int:
        """Days lived so far."""
        return self.life.day

    @property
    def agents(self) -> Everybody:
        """All people, as a Mesa agent set answered from columns."""
        return Everybody(self, np.arange(len(self.world.people)))

    @agents.setter
    def agents(self, agents: Any) -> None:
        raise AttributeError("the people of a community are its columns; set those instead")

    @property
    def agents_by_type(self) -> dict[type, AgentSet]:
        """People by class: ``Person``, and the classes of special people."""
        special: dict[type, list[int]] = {}
        for row, person in self._special.items():
            special.setdefault(type(person), []).append(row)
        ordinary = np.setdiff1d(np.arange(len(self.world.people)), list(self._special))
        return {Person: Everybody(self, ordinary)} | {
            kind: Everybody(self, np.array(sorted(rows))) for kind, rows in special.items()
        }

    @property
    def agent_types(self) -> list[type]:
        """The classes of people."""
        return list(self.agents_by_type)

    def person(self, row: int) -> Person:
        """The person in this row of the columns; the same object as long as somebody holds it."""
        known = self._special.get(row) or self._persons.get(row)
        if known is None:
            known = self._persons[row] = Person(self, row)
        return known

    def adopt(self, kind: type[Person], row: int) -> Person:
        """Let the person in this row be a special one, whose ``step`` runs after every day."""
        self._special[row] = kind(self, row)
        return self._special[row]


class Person(mesa.Agent):
    """One person: a window on the columns.

    Traits read as attributes (``person.age_years``); legs are ``left_leg`` and ``right_leg``.
    """

    def __init__(self, model: Community, row: int) -> None:
        self.model = model
        self.row = row
        self.unique_id = int(model.world.people.ids[row])
        self.pos = None

    def __getattr__(self, name: str) -> Any:
        column = COLUMNS.get(name)
        if column is None or column.per != "person":
            raise AttributeError(f"a person has no {name!r}")
        return self.model.world.people[name][self.row].item()

    @property
    def left_leg(self) -> Leg:
        """The left leg."""
        return Leg(self.model, self.row, LEFT)

    @property
    def right_leg(self) -> Leg:
        """The right leg."""
        return Leg(self.model, self.row, RIGHT)

    @property
    def alive(self) -> bool:
        """Whether the person lived through the last day."""
        return bool(self.model.life.death_day[self.row] >= self.model.day)

    @property
    def today(self) -> list[tuple[str, int]]:
        """The coming day's bouts without interventions: activity names and minutes from 04:00."""
        world = self.model.world
        own = self.model.life.planned.get(self.model.day, {}).get(self.row)
        pool = world.pool if own is None else self.model.life.days.pool
        index = int(world.diary(self.model.day)[self.row]) if own is None else own
        return [(world.activities[activity].name, minutes) for activity, minutes in pool.day(index)]

    def plan(self, bouts: Iterable[tuple[str, int]]) -> None:
        """Live these bouts on the coming day instead of the usual ones; minutes must sum to 1440."""
        codes = {a.name: code for code, a in enumerate(self.model.world.activities)}
        day = []
        for name, minutes in bouts:
            if name not in codes:
                raise PopsimError(f"no activity {name!r}{did_you_mean(name, codes)}")
            if minutes < 0 or int(minutes) != minutes:
                raise PopsimError(f"a planned day needs whole minutes (got {minutes} of {name})")
            day.append((codes[name], int(minutes)))
        if sum(minutes for _, minutes in day) != MINUTES_PER_DAY:
            raise PopsimError(f"a planned day needs {MINUTES_PER_DAY} minutes (got {sum(m for _, m in day)})")
        days = self.model.life.days
        days.pool = days.pool.joined(DiaryPool.from_days([day]))
        self.model.life.planned.setdefault(self.model.day, {})[self.row] = len(days.pool) - 1

    def step(self) -> None:
        """Nothing by itself: ordinary people live in columns. Subclasses do what is special about them."""


class Leg:
    """One leg of one person: traits read as attributes, the pump as ``pump``."""

    def __init__(self, model: Community, row: int, side: int) -> None:
        self._model, self._row, self._side = model, row, side

    def __getattr__(self, name: str) -> float:
        column = COLUMNS.get(name)
        if column is None or column.per != "leg":
            raise AttributeError(f"a leg has no {name!r}")
        return float(self._model.life.legs.people[name][self._side, self._row])

    @property
    def pump(self) -> Pump:
        """The venous pump with what it holds."""
        return Pump(self._model.life.legs, self._side, self._row)

    @property
    def expected_clots(self) -> float:
        """Expected number of clots so far: daily probabilities added up."""
        return float(self._model.life.clotting.expected[self._side, self._row])


class Pump:
    """The state of one leg's venous pump at 04:00 of the coming day, also when days have passed since it was asked for.

    Args:
        legs: everybody's.
        side: left or right.
        row: whose.
    """

    def __init__(self, legs: Legs, side: int, row: int) -> None:
        self._legs, self._side, self._row = legs, side, row

    @property
    def _state(self) -> NDArray[np.float64]:
        return self._legs.state[:, self._side, self._row]

    @property
    def pooled_ml(self) -> float:
        """Blood held in the veins of the lower leg, mL."""
        return float(self._state[kernel.VOLUME])

    @property
    def pressure_mmhg(self) -> float:
        """Venous pressure at the ankle, mmHg."""
        return float(self._state[kernel.PRESSURE])

    @property
    def activation(self) -> float:
        """Endothelial activation of the valve pockets, 0 to 1."""
        return float(self._state[kernel.ACTIVATION])

    @property
    def oedema_ml(self) -> float:
        """Swelling of the lower leg, mL."""
        return float(self._state[kernel.OEDEMA])


class Everybody(AgentSet):
    """People as a Mesa agent set, given by rows; persons are made only for calls that need each of them."""

    def __init__(self, model: Community, rows: NDArray[np.int64]) -> None:
        self.model, self.rows = model, rows
        self.random = model.random
        self._held: list[Person] | None = None

    @property
    def _agents(self) -> WeakKeyDictionary[Person, None]:
        if self._held is None:
            self._held = [self.model.person(int(row)) for row in self.rows]
        return WeakKeyDictionary(dict.fromkeys(self._held))

    def _update(self, agents: Iterable[Person]) -> Everybody:
        self._held = list(agents)
        self.rows = np.array([person.row for person in self._held], dtype=np.int64)
        return self

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Person]:
        return (self.model.person(int(row)) for row in self.rows)

    def __contains__(self, agent: object) -> bool:
        return isinstance(agent, Person) and agent.model is self.model and bool(np.any(self.rows == agent.row))

    def __getitem__(self, item: int | slice) -> Any:
        if isinstance(item, slice):
            return [self.model.person(int(row)) for row in self.rows[item]]
        return self.model.person(int(self.rows[item]))

    def __copy__(self) -> Everybody:
        return Everybody(self.model, self.rows)

    def to_list(self) -> list[Person]:
        """The people as objects."""
        return list(self)

    def column(self, name: str) -> NDArray[Any]:
        """A trait of everybody in the set, ``(n,)``."""
        return np.asarray(self.model.world.people[name][..., self.rows])

    def select(
        self,
        filter_func: Callable[[Person], bool] | NDArray[np.bool_] | None = None,
        at_most: float = float("inf"),
        inplace: bool = False,
        agent_type: type | None = None,
    ) -> Everybody:
        """People who satisfy a condition, given as Mesa's function of a person or, much faster, as a mask ``(n,)``."""
        rows = self.rows
        if isinstance(filter_func, np.ndarray):
            rows = rows[filter_func]
        elif filter_func is not None:
            rows = np.array([row for row in rows if filter_func(self.model.person(int(row)))], dtype=np.int64)
        if agent_type is not None:
            rows = np.array(
                [row for row in rows if isinstance(self.model.person(int(row)), agent_type)], dtype=np.int64
            )
        if isinstance(at_most, float) and at_most <= 1.0:
            at_most = int(len(self) * at_most)
        return self._with(rows[: int(min(at_most, len(rows)))], inplace)

    def shuffle(self, inplace: bool = False) -> Everybody:
        """The same people in a random order."""
        rows = self.rows.tolist()
        self.random.shuffle(rows)
        return self._with(np.array(rows, dtype=np.int64), inplace)

    def sort(self, key: Callable[[Person], Any] | str, ascending: bool = False, inplace: bool = False) -> Everybody:
        """The same people ordered by an attribute or a function of a person."""
        values = [key(person) for person in self] if callable(key) else self.get(key)
        order = sorted(range(len(values)), key=values.__getitem__, reverse=not ascending)
        return self._with(self.rows[order], inplace)

    def groupby(self, by: Callable[[Person], Any] | str, result_type: str = "agentset") -> Any:
        """People grouped by an attribute or a function of a person, as agent sets or lists."""
        groups: dict[Any, list[int]] = {}
        values = [by(person) for person in self] if callable(by) else self.get(by)
        for value, row in zip(values, self.rows.tolist(), strict=True):
            groups.setdefault(value, []).append(row)
        sets = {value: Everybody(self.model, np.array(rows)) for value, rows in groups.items()}
        groups_of_mesa = type(AgentSet([], self.random).groupby(id))  # its module differs between versions of Mesa
        return groups_of_mesa(sets if result_type == "agentset" else {value: list(s) for value, s in sets.items()})

    def _with(self, rows: NDArray[np.int64], inplace: bool) -> Everybody:
        """These people: this set changed, or another."""
        if not inplace:
            return Everybody(self.model, rows)
        self.rows, self._held = rows, None
        return self

    def get(self, attr_names: str | list[str], *args: Any, **kwargs: Any) -> list[Any]:
        """Attributes of everybody; traits come from columns without making a person."""
        column = COLUMNS.get(attr_names) if isinstance(attr_names, str) else None
        if column is not None and column.per == "person":
            return list(self.column(column.name).tolist())
        return list(super().get(attr_names, *args, **kwargs))
