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
_LEGS = NO_LEG + 1
_EPISODES = 1 << 16
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
        events: everything that happened.
        last_day: last day each person was alive in the run, ``(N,)``.
        world: traits, trips and stays; ``None`` where the case asks for none.
    """

    people: int
    days: int
    clots: Clots
    clot_row: Ints
    clot_leg: Ints
    events: Events
    last_day: Ints
    world: World | None

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

    Events in the lung name no leg; they belong to the clot of the same person, episode and site that lay in a proximal
    vein that day.
    """
    formed = np.flatnonzero(kind == "clot")
    key = _key(column["row"], column["leg"], column["episode"])
    order = formed[np.argsort(key[formed], kind="stable")]
    clot = _exact(key, key[order])
    course = {name: _day_of(kind == name, column["day"], clot, len(order)) for name in _COURSE}
    clots = Clots(
        site=column["site"][order],
        onset_day=column["day"][order],
        extension_day=course["extension"],
        symptoms_day=course["symptomatic_dvt"],
        resolved_day=course["resolved"],
    )
    lung = np.flatnonzero((column["leg"] == NO_LEG) & np.isin(kind, _IN_THE_LUNG))
    clot[lung] = _origin({name: values[lung] for name, values in column.items()}, clots, key[order])
    last = np.full(people, days - 1)
    died = np.isin(kind, ("death", "fatal_embolism"))
    np.minimum.at(last, column["row"][died], column["day"][died])
    events = Events(column["row"], column["day"], kind, clot)
    return Observed(people, days, clots, column["row"][order], column["leg"][order], events, last, world)


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


def _key(row: Ints, leg: Ints | int, episode: Ints) -> Ints:
    return np.asarray((row * _LEGS + leg) * _EPISODES + episode)


def _origin(lung: Mapping[str, Ints], clots: Clots, keys: Ints) -> Ints:
    """The clot that each embolism came from, -1 for none; when both legs could be it, people's rows decide evenly."""
    candidates = [_exact(_key(lung["row"], leg, lung["episode"]), keys) for leg in range(NO_LEG)]
    fits = []
    for candidate in candidates:
        source, day = clots.take(np.maximum(candidate, 0)) if len(keys) else clots, lung["day"]
        can = (
            source.present(day) & source.proximal(day) & (source.site == lung["site"]) if len(keys) else candidate >= 0
        )
        fits.append((candidate >= 0) & can)
    left = fits[0] & (~fits[1] | (lung["row"] % 2 == 0))
    return np.where(left, candidates[0], np.where(fits[1], candidates[1], -1))


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
