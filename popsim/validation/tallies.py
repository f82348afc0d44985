"""From what happened to what is counted: events picked, people followed, first events linked to second ones."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from popsim.clots.kinds import Site
from popsim.validation.alternatives import Alternatives, any_of_alternatives, spared_by_alternatives
from popsim.validation.case_checks import LOOKED_FOR, WORDS
from popsim.validation.observed import BLOCKS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from popsim.clots.observation import Observation
    from popsim.validation.case import Case, Group, Pick, Predictor
    from popsim.validation.observed import Observed

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_LEGS = 2
_NEGLIGIBLE = 1e-12
_CERTAIN = 1.0 - _NEGLIGIBLE


@dataclass(frozen=True)
class Items:
    """Picked events, each array ``(K,)``.

    Attributes:
        row: person.
        clot: place among the clots, -1 for none.
        day: of the run.
        weight: probability that it counts, if its clot is there.
    """

    row: Ints
    clot: Ints
    day: Ints
    weight: Floats

    def take(self, keep: NDArray[Any]) -> Items:
        """Those that are kept."""
        return Items(self.row[keep], self.clot[keep], self.day[keep], self.weight[keep])


@dataclass(frozen=True)
class Tally:
    """What was counted in one group: people ``(N,)`` and, for shares and lags, events ``(K,)``.

    Attributes:
        block: of each person.
        people: probability of being followed; below 1 for those who may have had the event before.
        count: weighted events in the person's window.
        risk: probability of at least one.
        days: person-days at risk.
        predictor: what predicts the event.
        spell_block: of each spell of follow-up, ``(S,)``.
        spell_days: its length.
        spell_event: whether it ended with the event.
        spell_weight: its probability.
        item_block: of each event among which a part is counted.
        item_weight: its weight.
        item_hit: probability that it belongs to the part.
        item_lag: days from it to the event that counts, ``inf`` where there is none.
    """

    block: Ints
    people: Floats
    count: Floats
    risk: Floats
    days: Floats
    predictor: Floats
    spell_block: Ints
    spell_days: Floats
    spell_event: Floats
    spell_weight: Floats
    item_block: Ints
    item_weight: Floats
    item_hit: Floats
    item_lag: Floats

    @staticmethod
    def joined(parts: Sequence[Tally]) -> Tally:
        """The same group in several rounds."""
        return Tally(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Tally)))

    def sums(self) -> dict[str, Floats]:
        """Sums by block, each ``(100,)``."""
        per_person = {"count": self.count, "risk": self.risk, "days": self.days, "people": self.people}
        per_item = {"weight": self.item_weight, "hit": self.item_weight * self.item_hit}
        return {name: _by_block(self.block, value) for name, value in per_person.items()} | {
            name: _by_block(self.item_block, value) for name, value in per_item.items()
        }


def _by_block(block: Ints, value: Floats) -> Floats:
    return np.bincount(block, value, BLOCKS).astype(np.float64)


def tally(case: Case, group: Group, observed: Observed, observation: Observation) -> Tally:
    """Count one group of a case in one run."""
    window = case.window_of(group)
    anchor, member = observed.anchor(window)
    first = anchor + window.from_day
    last = np.minimum(anchor + window.to_day, observed.days - 1)
    member = member & _matching(group.where, observed) & (observed.last_day >= first) & (first < observed.days)
    view = _View(case, group, observed, observation, anchor, member, np.ones(observed.people))
    ever = view.pick(case.counted)
    if case.numerator.first:
        earlier = ever.take(ever.day < first[ever.row])
        had = np.bincount(earlier.row, view.total(earlier), observed.people)
        view = replace(view, followed=np.maximum(1.0 - had, 0.0), member=member & (had < _CERTAIN))
        ever = ever.take(view.member[ever.row])
    counted = view.within(ever, first, last)
    item_part = _items(case, view, first, last) if case.among else _no_items()
    person_part = _people(case, view, counted, first, last)
    return Tally(observed.block[view.member], view.followed[view.member], *person_part, *item_part)


@dataclass(frozen=True)
class _View:
    case: Case
    group: Group
    observed: Observed
    observation: Observation
    anchor: Ints
    member: NDArray[np.bool_]
    followed: Floats

    def total(self, items: Items) -> Floats:
        """What each item adds to a count: its probability times what its clot stands for."""
        return items.weight * self.observed.weight(items.clot)

    def pick(self, pick: Pick, *, at: Items | None = None) -> Items:
        """All events of the people in the group that a pick means, in any time; ``at`` says when somebody looks."""
        seen = self.observed
        plain = [event for event in pick.events if event not in LOOKED_FOR]
        these = np.isin(seen.events.kind, plain)
        parts = [Items(seen.events.row[these], seen.events.clot[these], seen.events.day[these], np.ones(these.sum()))]
        looked = [event for event in pick.events if event in LOOKED_FOR]
        parts += [self._looked_for(event, at) for event in looked]
        items = Items(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Items)))
        items = items.take(self.member[items.row] & (items.day <= seen.last_day[items.row]))
        items = items.take(self._meant(pick, items))
        return self.first_of_each(items) if pick.first else items

    def first_of_each(self, items: Items) -> Items:
        """The first of each clot, weighted by the chance that no other clot of the person came before."""
        own = np.where(items.clot >= 0, items.clot, -1 - np.arange(len(items.clot)))
        order = np.lexsort((items.day, own))
        items = items.take(order[_starts(own[order])])
        items = items.take(np.lexsort((items.day, items.row)))
        weight = items.weight * self._spared(items)
        return replace(items, weight=weight).take(weight > _NEGLIGIBLE)

    def _spared(self, items: Items) -> Floats:
        """Chance that none of a person's earlier events happened, given that this one does, ``(K,)``."""
        seen = self.observed
        if not seen.weighted or not len(items.row):
            return _spared(items.row, self.total(items))
        clots, clot, leg = seen.clots, np.maximum(items.clot, 0), seen.legs(items.clot)
        onset = np.where(items.clot >= 0, clots.onset_day[clot], items.day)
        return spared_by_alternatives(
            Alternatives(items.row, leg, onset, np.where(items.clot >= 0, clots.resolved_day[clot], items.day)),
            self.total(items),
        )

    def _looked_for(self, event: str, at: Items | None) -> Items:
        """Clots there on the days of screening, weighted by how surely they are seen."""
        seen, clots = self.observed, self.observed.clots
        if at is not None:
            has = at.clot >= 0
            return self._examined(event, at.clot[has], at.day[has])
        every = np.arange(len(seen.clot_row))
        days = [self.anchor[seen.clot_row] + day for day in self.case.screening_days(self.group)]
        parts = [self._examined(event, every[clots.present(day)], day[clots.present(day)]) for day in days]
        return Items(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Items)))

    def _examined(self, event: str, clot: Ints, day: Ints) -> Items:
        clots, method = self.observed.clots, self.case.detection.method
        weight = np.ones(len(clot))
        if event == "found":
            these = clots.take(clot)
            weight = self.observation.sensitivity(method, these.proximal(day), these.symptomatic(day))
        return Items(self.observed.clot_row[clot], clot, day, weight)

    def _meant(self, pick: Pick, items: Items) -> NDArray[np.bool_]:
        keep = np.ones(len(items.row), dtype=bool)
        if pick.setting is not None:
            keep = self.observed.in_hospital(items.row, items.day) == (pick.setting == "hospital")
        if (pick.level, pick.side, pick.symptoms) == (None, None, None) and not pick.sites:
            return keep
        keep &= items.clot >= 0
        place = items.clot[keep]
        clots, day = self.observed.clots.take(place), items.day[keep]
        meant = np.ones(len(day), dtype=bool)
        if pick.level is not None:
            meant &= clots.proximal(day) == (pick.level == "proximal")
        if pick.sites:
            meant &= np.isin(clots.site, [Site[name.upper()] for name in pick.sites])
        if pick.side is not None:
            meant &= self.observed.clot_leg[place] == (pick.side == "right")
        if pick.symptoms is not None:
            meant &= clots.symptomatic(day) == pick.symptoms
        keep[keep] = meant
        return keep

    def within(self, items: Items, first: Ints, last: Ints) -> Items:
        """Those in their person's window, by their own day or by that on which the clot formed."""
        day = items.day
        if self.case.window_of(self.group).by == "onset" and len(self.observed.clots.onset_day):
            onset = self.observed.clots.onset_day[np.maximum(items.clot, 0)]
            day = np.where(items.clot >= 0, onset, items.day)
        return items.take((first[items.row] <= day) & (day <= last[items.row]))


def _starts(key: Ints) -> NDArray[np.bool_]:
    """Where a run of equal keys begins, ``(K,)``."""
    return np.concatenate([[True], key[1:] != key[:-1]])[: len(key)]


def _spared(row: Ints, chance: Floats) -> Floats:
    """Chance that none of a person's earlier events happened, ``(K,)``, for events sorted by person and day."""
    if not len(row):
        return np.zeros(0)
    missed = np.log(np.maximum(1.0 - chance, np.finfo(np.float64).tiny))
    before = np.cumsum(missed) - missed
    start = np.maximum.accumulate(np.where(_starts(row), np.arange(len(row)), 0))
    return np.asarray(np.exp(before - before[start]))


def _people(
    case: Case, view: _View, counted: Items, first: Ints, last: Ints
) -> tuple[Floats, Floats, Floats, Floats, Ints, Floats, Floats, Floats]:
    """Count, risk, days, predictor and spells of the people in the group."""
    seen, member = view.observed, view.member
    total = view.total(counted)
    count = np.bincount(counted.row, total, seen.people).astype(np.float64)
    risk = count if case.numerator.first else _risk(view, counted)
    risk = 1.0 - (1.0 - risk) * _no_false_positive(case, view)
    end = np.minimum(last, seen.last_day)
    days = view.followed * np.maximum(end - first + 1, 0)
    if case.numerator.first:
        lost = total * np.maximum(end[counted.row] - counted.day, 0)
        days = days - np.bincount(counted.row, lost, seen.people)
    predictor = _predictor(case.predictor, view) if case.predictor else np.zeros(seen.people)
    spells = _spells(view, counted, first, end) if case.estimator.kind == "hazard_ratio" else _no_items()
    return count[member], risk[member], days[member], predictor[member], *spells


def _risk(view: _View, counted: Items) -> Floats:
    """Probability of at least one event, ``(N,)``: several looks at one clot, and several clots, may each show it."""
    seen = view.observed
    own = np.where(counted.clot >= 0, counted.clot, -1 - np.arange(len(counted.clot)))
    order = np.argsort(own, kind="stable")
    start = np.flatnonzero(_starts(own[order]))
    unseen = np.multiply.reduceat(1.0 - counted.weight[order], start) if len(start) else np.zeros(0)
    first = order[start]
    chance = (1.0 - unseen) * seen.weight(counted.clot[first])
    if seen.weighted:
        return any_of_alternatives(counted.row[first], seen.legs(counted.clot[first]), chance, seen.people)
    spared = np.ones(seen.people)
    np.multiply.at(spared, counted.row[first], 1.0 - chance)
    return 1.0 - spared


def _spells(view: _View, counted: Items, first: Ints, end: Ints) -> tuple[Ints, Floats, Floats, Floats]:
    """Follow-up that ends with the first event, and follow-up that does not: block, days, event, weight."""
    seen, events = view.observed, view.first_of_each(counted)
    happens = view.total(events)
    free = np.bincount(events.row, happens, seen.people)
    rows = np.flatnonzero(view.member & (view.followed - free > _NEGLIGIBLE) & (end >= first))
    row = np.concatenate([events.row, rows])
    return (
        seen.block[row],
        np.concatenate([events.day, end[rows]]) - first[row] + 1.0,
        np.concatenate([np.ones(len(events.row)), np.zeros(len(rows))]),
        np.concatenate([happens, (view.followed - free)[rows]]),
    )


def _no_false_positive(case: Case, view: _View) -> float:
    if case.detection.confirmed or "found" not in case.events:
        return 1.0
    looks = _LEGS * len(case.screening_days(view.group))
    return float((1.0 - view.observation.false_positive(case.detection.method)) ** looks)


def _predictor(predictor: Predictor, view: _View) -> Floats:
    seen = view.observed
    if predictor.score:
        assert seen.world is not None
        return np.asarray(seen.world.today(predictor.day).score(predictor.score), dtype=np.float64)
    terms = [coefficient * seen.trait(name) for name, coefficient in predictor.columns.items()]
    return np.asarray(np.sum(terms, axis=0), dtype=np.float64)


def _no_items() -> tuple[Ints, Floats, Floats, Floats]:
    none = np.zeros(0)
    return none.astype(np.int64), none, none, none


def _items(case: Case, view: _View, first: Ints, last: Ints) -> tuple[Ints, Floats, Floats, Floats]:
    """Block, weight, hit and lag of the events among which a part is counted."""
    assert case.among is not None
    among = view.within(view.pick(case.among), first, last)
    if case.estimator.kind == "share":
        hit, lag = _belonging(case, view, among), np.zeros(len(among.row))
    else:
        hit, lag = _followed(case, view, among)
    return view.observed.block[among.row], view.total(among), hit, lag


def _belonging(case: Case, view: _View, among: Items) -> Floats:
    """Whether each event is one of those that the numerator means."""
    part = view.pick(case.counted.model_copy(update={"first": False}), at=among)
    wanted = _keys(part.clot, part.row, part.day)
    return np.isin(_keys(among.clot, among.row, among.day), wanted).astype(np.float64)


def _keys(clot: Ints, row: Ints, day: Ints) -> Ints:
    """One number for the clot or, where there is none, the person, together with the day."""
    return np.where(clot >= 0, clot, -row - 2) * np.int64(1 << 20) + day


def _followed(case: Case, view: _View, among: Items) -> tuple[Floats, Floats]:
    """Probability that an event that counts follows each event, and after how many days.

    Where clots are weighted, other clots of the person are alternatives: only the own clot and what belongs to no clot
    can follow then.
    """
    later, within = view.pick(case.counted, at=among), case.estimator.within
    if case.estimator.link == "clot":
        return _next(among.clot, among.day, later, later.clot, within)
    if not view.observed.weighted:
        return _next(among.row, among.day, later, later.row, within)
    free = later.take(later.clot < 0)
    own, own_lag = _next(among.clot, among.day, later, later.clot, within)
    other, other_lag = _next(among.row, among.day, free, free.row, within)
    return 1.0 - (1.0 - own) * (1.0 - other), np.minimum(own_lag, other_lag)


def _next(own: Ints, day: Ints, later: Items, other: Ints, within: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Chance and lag of the first later event with the same key within so many days, each ``(K,)``."""
    before, after = within
    span = np.int64(1 << 20)
    usable = other >= 0
    key = other[usable] * span + later.day[usable]
    order = np.argsort(key, kind="stable")
    key, weight = key[order], later.weight[usable][order]
    if not len(key):
        return np.zeros(len(own)), np.full(len(own), np.inf)
    place = np.searchsorted(key, own * span + np.maximum(day + before, 0))
    found = np.minimum(place, len(key) - 1)
    hit = (place < len(key)) & (own >= 0) & (key[found] <= own * span + day + after)
    hit &= key[found] // span == own
    lag = np.where(hit, key[found] % span - day, np.inf)
    return np.where(hit, weight[found], 0.0), lag


def _matching(where: Mapping[str, Any], observed: Observed) -> NDArray[np.bool_]:
    """Who has all these traits, ``(N,)``."""
    keep = np.ones(observed.people, dtype=bool)
    for name, wanted in where.items():
        trait = observed.trait(name)
        if isinstance(wanted, list | tuple):
            keep &= (wanted[0] <= trait) & (trait <= wanted[1])
        else:
            keep &= trait == (WORDS[name][wanted.upper()] if isinstance(wanted, str) else wanted)
    return keep
