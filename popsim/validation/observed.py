"""A finished run as an epidemiologist would record it: people with their follow-up, clots with their course, events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from popsim.clots.course import NEVER_DAY, Onsets, course_events, draw_course
from popsim.clots.kinds import NO_LEG, EventKind
from popsim.clots.observation import Clots
from popsim.routines.calendar import HOSPITAL_KINDS, EpisodeKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from popsim.randomness import Draws
    from popsim.store.results import Results
    from popsim.validation.case import Window
    from popsim.world import World

    Ints = NDArray[np.int64]

BLOCKS = 100
"""People are dealt into so many blocks by their place in the run; leaving out one at a time gives the interval."""

_EVENTS = """
SELECT e.person, e.day, e.leg, e.site, e.episode, k.name AS kind
FROM event e JOIN event_kind k ON k.id = e.kind JOIN arm a ON a.id = e.arm
WHERE a.name = $arm ORDER BY e.person, e.day, e.leg, e.episode, e.kind
"""
_EPISODES = 1 << 16
_DAYS_APART = np.int64(1 << 20)
_ANCHORS = {
    "admission": (HOSPITAL_KINDS, "first_day"),
    "discharge": (HOSPITAL_KINDS, "last_day"),
    "operation": ((EpisodeKind.OPERATION,), "first_day"),
    "exposure": ((EpisodeKind.FLIGHT, EpisodeKind.JOURNEY), "first_day"),
}


@dataclass(frozen=True)
class Events:
    """What happened in one arm, each array ``(E,)``.

    Attributes:
        row: place of the person in the run.
        day: of the run.
        kind: name of the kind of event.
        clot: place among the clots, -1 where the event belongs to none.
    """

    row: Ints
    day: Ints
    kind: NDArray[np.str_]
    clot: Ints


@dataclass(frozen=True)
class Observed:
    """One arm of one run.

    Attributes:
        people: how many there are.
        days: length of the run.
        clots: all that formed.
        clot_row: person of each clot, ``(C,)``.
        clot_leg: 0 left, 1 right, ``(C,)``.
        clot_weight: what part of a clot each stands for, ``(C,)``; 1 for those that were sampled.
        events: everything that happened.
        last_day: last day each person was alive in the run, ``(N,)``.
        world: traits, trips and stays; ``None`` where the case asks for none.
    """

    people: int
    days: int
    clots: Clots
    clot_row: Ints
    clot_leg: Ints
    clot_weight: NDArray[np.float64]
    events: Events
    last_day: Ints
    world: World | None

    def weight(self, clot: Ints) -> NDArray[np.float64]:
        """What part of an event each event of these clots stands for; a whole one where it belongs to no clot."""
        if not len(self.clot_weight):
            return np.ones(len(clot))
        return np.where(clot >= 0, self.clot_weight[np.maximum(clot, 0)], 1.0)

    def legs(self, clot: Ints) -> Ints:
        """In which leg each of these clots lies; 2 where an event belongs to none, ``(K,)``."""
        if not len(self.clot_leg):
            return np.full(len(clot), NO_LEG)
        return np.where(clot >= 0, self.clot_leg[np.maximum(clot, 0)], NO_LEG)

    @property
    def weighted(self) -> bool:
        """Whether clots stand for parts of clots, so that those of one person are alternatives."""
        return bool((self.clot_weight < 1.0).any())

    @property
    def block(self) -> Ints:
        """Block of each person, ``(N,)``."""
        return np.arange(self.people) % BLOCKS

    def anchor(self, window: Window) -> tuple[Ints, NDArray[np.bool_]]:
        """Day 0 of the window of each person, ``(N,)``, and who has one, ``(N,)``."""
        if window.since == "run" or self.world is None:
            return np.zeros(self.people, dtype=np.int64), np.ones(self.people, dtype=bool)
        kinds, which = _ANCHORS[window.since]
        episodes = self.world.episodes
        chosen = np.isin(episodes.kind, kinds)
        anchor = np.full(self.people, NEVER_DAY)
        np.minimum.at(anchor, episodes.row[chosen], getattr(episodes, which)[chosen].astype(np.int64))
        return np.where(anchor < NEVER_DAY, anchor, 0), anchor < NEVER_DAY

    def in_hospital(self, row: Ints, day: Ints) -> NDArray[np.bool_]:
        """Whether these people were in hospital on these days, ``(K,)``; nobody where trips and stays are unknown."""
        if self.world is None:
            return np.zeros(len(row), dtype=bool)
        episodes = self.world.episodes
        stays = episodes.of_kind(*HOSPITAL_KINDS)
        begin = episodes.row[stays] * _DAYS_APART + episodes.first_day[stays]
        order = np.argsort(begin)
        last = np.concatenate([[-1], (episodes.row[stays] * _DAYS_APART + episodes.last_day[stays])[order]])
        when = row * _DAYS_APART + day
        return np.asarray(when <= last[np.searchsorted(begin[order], when, side="right")])

    def trait(self, name: str) -> NDArray[Any]:
        """A trait of everybody, ``(N,)``."""
        assert self.world is not None
        return self.world.people.bmi if name == "bmi" else self.world.people[name]


def read_arm(results: Results, arm: str, people: int, days: int, world: World | None) -> Observed:
    """One arm of a run's results.

    Args:
        results: the run.
        arm: name of the arm.
        people: how many people the run has.
        days: length of the run.
        world: the same people, made again; ``None`` when their ids are their rows and nothing else is asked of them.
    """
    table = results.query(_EVENTS, {"arm": arm})
    column = {n: np.asarray(table[n].to_numpy(), np.int64) for n in table.column_names if n != "kind"}
    kind = np.array(table["kind"].to_pylist(), dtype=np.str_)
    row = column["person"] if world is None else _rows(column["person"], world.people.ids)
    return observe(column | {"row": row}, kind, people, days, world)


def _rows(ids: Ints, people: Ints) -> Ints:
    order = np.argsort(people)
    return np.asarray(order[np.searchsorted(people, ids, sorter=order)], dtype=np.int64)


def observe(
    column: Mapping[str, Ints], kind: NDArray[np.str_], people: int, days: int, world: World | None
) -> Observed:
    """Put clots together from the events ``row, day, leg, site, episode`` and their kinds.

    Episodes number the clots of a person, so an embolism, which names no leg, tells which clot sent it.
    """
    formed = np.flatnonzero(kind == "clot")
    key = column["row"] * _EPISODES + column["episode"]
    order = formed[np.argsort(key[formed], kind="stable")]
    of_clots = (column["leg"] != NO_LEG) | np.isin(kind, _IN_THE_LUNG)
    clot = np.where(of_clots, _exact(key, key[order]), -1)
    course = {name: _day_of(kind == name, column["day"], clot, len(order)) for name in _COURSE}
    clots = Clots(
        site=column["site"][order],
        onset_day=column["day"][order],
        extension_day=course["extension"],
        symptoms_day=course["symptomatic_dvt"],
        resolved_day=course["resolved"],
    )
    last = np.full(people, days - 1)
    died = np.isin(kind, ("death", "fatal_embolism", "fatal_bleeding", "thrombosis_death"))
    np.minimum.at(last, column["row"][died], column["day"][died])
    events = Events(column["row"], column["day"], kind, clot)
    whole = np.ones(len(order))
    return Observed(people, days, clots, column["row"][order], column["leg"][order], whole, events, last, world)


def many_clots(clots: int, days: int, draws: Draws, evidence: Mapping[str, float]) -> Observed:
    """So many people with one clot each from day 0 on, followed for some days."""
    ids = np.arange(clots, dtype=np.int64)
    none = np.zeros(clots, dtype=np.int64)
    onsets = Onsets(ids, ids, none, none, 0)
    column = course_events(onsets, draw_course(onsets, draws, evidence))
    kept = column["day"] < days
    names = np.array([kind.name.lower() for kind in EventKind])
    return observe({n: v[kept] for n, v in column.items()}, names[column["kind"][kept]], clots, days, None)


_COURSE = ("extension", "symptomatic_dvt", "resolved")
_IN_THE_LUNG = ("silent_embolism", "symptomatic_embolism", "fatal_embolism")


def _exact(wanted: Ints, keys: Ints) -> Ints:
    """Place of each wanted key among sorted ones, -1 where it is not there."""
    if not len(keys):
        return np.full(len(wanted), -1, dtype=np.int64)
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, place, -1)


def _day_of(these: NDArray[np.bool_], day: Ints, clot: Ints, clots: int) -> Ints:
    """Day of the first such event of each clot, ``(C,)``."""
    out = np.full(clots, NEVER_DAY)
    these = these & (clot >= 0)
    np.minimum.at(out, clot[these], day[these])
    return out
