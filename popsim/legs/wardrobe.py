"""Who wears what today: combinations of devices, and the legs they make.

What a person wears are bits, one for each device. During an activity only the devices meant for it act, so a day's
bits make a fit for each slot, activities in which the same devices act. What a leg does in it is worked out when its
owner first lives so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from popsim.errors import PopsimError
from popsim.legs.fit import Fit, combine_fits
from popsim.legs.response import LEG_COLUMNS, BoutKinds, Pump, Responses
from popsim.people.population import Population
from popsim.routines.lookup import Lookup

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Days = tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]

MAX_DEVICES = 62
CODE_BITS = 32
"""With up to so many devices, a code is the combination itself; with more, combinations are numbered."""
_NUMBER_BITS = 32
"""A row's key is the person's row in the population, then so many bits for the number of the combination worn."""
_ROOM = 8
"""Rows a table has room for at first, by person; those that nobody needs take up no memory."""
_AT_ONCE = 2048
"""People whose legs are worked out together: few enough for all numbers to stay at hand."""


@dataclass(frozen=True)
class Device:
    """Something worn on the leg.

    Attributes:
        name: the intervention's name.
        owners: who has it, ``(N,)`` bool.
        fit: its effects; scalars or ``(2, N)``.
        during: activities in which it acts, ``(A,)`` bool.
    """

    name: str
    owners: NDArray[np.bool_]
    fit: Fit
    during: NDArray[np.bool_]


class _Table:
    """What legs do, row after row, for the wardrobes of all arms; first everybody's legs as they were at the start.

    Attributes:
        rows: ``(rows, M, 8, 2)``; those from ``end`` on stay untouched, and take up no memory.
        end: how many are in use.
    """

    def __init__(self, legs: Responses, people: int) -> None:
        self._legs = legs
        self.rows, self.end = legs.empty(_ROOM * people), people

    def add(self, count: int) -> NDArray[np.int64]:
        """Take so many new rows into use."""
        begin, self.end = self.end, self.end + count
        if self.end > len(self.rows):
            grown = self._legs.empty(2 * self.end)
            grown[:begin] = self.rows[:begin]
            self.rows = grown
        return np.arange(begin, self.end)


class Wardrobe:
    """The kernel's response tables: legs of everybody bare, and of those who wear something in what they wear.

    Activities in which the same devices act share a slot. A person's row in a slot is worked out when the person first
    does one of its activities in what acts there, together with all others who do so that day. Arms share one table,
    and in it the bare legs of everybody until one of them changes.

    Args:
        people: the population.
        kinds: the kinds of bouts of the run.
        pump: the reduced leg.
        evidence: the constants in force.
        devices: what can be worn.
        like: a wardrobe of the same people in another arm, which shares its table.

    Attributes:
        people: the population as its legs are now; a copy of the one given once a leg has changed.
        devices: what can be worn.
    """

    def __init__(
        self,
        people: Population,
        kinds: BoutKinds,
        pump: Pump,
        evidence: Mapping[str, float],
        devices: Sequence[Device] = (),
        like: Wardrobe | None = None,
    ) -> None:
        if len(devices) > MAX_DEVICES:
            raise PopsimError(f"an arm can put at most {MAX_DEVICES} devices on a leg (got {len(devices)})")
        self.people = self._given = people
        self._kinds, self._legs = kinds, Responses(kinds, pump, evidence)
        self.devices = tuple(devices)
        acting = np.zeros(len(kinds.of_activity), dtype=np.int64)
        self._owned = np.zeros(len(people), dtype=np.int64)
        for bit, device in enumerate(devices):
            acting += np.where(device.during, 1 << bit, 0)
            self._owned += np.where(device.owners, 1 << bit, 0)
        self._acting, slot_of = np.unique(acting, return_inverse=True)
        self._slot_of = slot_of.astype(np.uint8)
        everybody = np.arange(len(people))
        self._table: _Table = _Table(self._legs, len(people)) if like is None else like._table
        if like is None:
            self._fill(self.responses, np.zeros(len(people), dtype=np.int64), everybody)
        self._bare = everybody.astype(np.int32)
        self._rows = np.tile(self._bare, (len(self._acting), 1))
        self._dressed = np.zeros((len(self._acting), len(people)), dtype=np.int64)
        self._number_of = {0: 0}
        self._row_of = Lookup()

    @property
    def responses(self) -> NDArray[np.float64]:
        """``(rows, M, 8, 2)``, see ``popsim.legs.kernel.RESPONSES``; the first ones are bare legs at the start."""
        return self._table.rows[: self._table.end]

    def codes(self, worn: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        """A number below 2 ** ``CODE_BITS`` for what each person wears, given as bits, ``(N,)``; 0 is bare."""
        if len(self.devices) <= CODE_BITS:
            return worn.astype(np.int64)
        return self._numbered(worn.astype(np.int64))

    def meaning(
        self, worn: NDArray[np.integer[Any]], who: NDArray[np.int64], days: Days
    ) -> tuple[NDArray[np.uint8], NDArray[np.int32], NDArray[np.uint8], NDArray[np.bool_]]:
        """The kernel's ``meaning`` for the days of some people, and of these only.

        Args:
            worn: what everybody wears today, as bits, ``(N,)``.
            who: rows of the people, ``(n,)``.
            days: the activities of a pool, and the first and end bout of each one's day in it, ``(n,)``.
        """
        if self.devices:
            acting = worn[who].astype(np.int64) & self._owned[who] & self._acting[:, np.newaxis]
            used = np.zeros(acting.shape, dtype=np.bool_)
            _note_slots(self._slot_of, *days, used)
            slot, one = np.nonzero(used & (acting != self._dressed[:, who]))
            if len(slot):
                self._dress(slot, who[one], acting[slot, one])
        return self._slot_of, self._rows, self._kinds.of_activity, self._kinds.walking

    def change(self, leg: int, row: int, traits: Mapping[str, float]) -> None:
        """Give one leg new traits for good, bare and in everything that has been worn so far."""
        if self.people is self._given:
            self.people = self._given.copy()
        for name, value in traits.items():
            self.people[name][leg, row] = value
        if self._bare[row] == row:
            self._bare[row] = self._table.add(1)[0]
            self._rows[self._rows[:, row] == row, row] = self._bare[row]
        key, place = self._row_of.items()
        mine = np.flatnonzero(key >> _NUMBER_BITS == row)
        worn = self._combinations(np.concatenate([[0], key[mine]]))
        rows = self._legs.empty(len(worn))
        self._fill(rows, worn, np.full(len(worn), row))
        self._table.rows[[self._bare[row], *place[mine]]] = rows

    def _dress(self, slot: NDArray[np.int64], people: NDArray[np.int64], acting: NDArray[np.int64]) -> None:
        """Let these devices act on these people in these slots."""
        key = people << _NUMBER_BITS | self._numbered(acting)
        something = acting != 0
        self._sew(key[something])
        self._rows[slot, people] = np.where(something, self._row_of.of(key), self._bare[people])
        self._dressed[slot, people] = acting

    def _sew(self, wanted: NDArray[np.int64]) -> None:
        """Work out the rows of those who never wore this before."""
        new = self._row_of.missing(wanted)
        if not len(new):
            return
        rows = self._table.add(len(new))
        self._fill(self.responses[rows[0] :], self._combinations(new), new >> _NUMBER_BITS)
        self._row_of.learn(new, rows)

    def _numbered(self, worn: NDArray[np.int64]) -> NDArray[np.int64]:
        """Numbers of these combinations of devices; new ones get the next."""
        kinds, place = np.unique(worn, return_inverse=True)
        number = np.array([self._number_of.setdefault(kind, len(self._number_of)) for kind in kinds.tolist()])
        return number[place]

    def _combinations(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """Devices as bits that the rows of these keys stand for."""
        known = np.array(list(self._number_of))
        return np.asarray(known[keys & ((1 << _NUMBER_BITS) - 1)])

    def _fill(self, table: NDArray[np.float64], worn: NDArray[np.int64], rows: NDArray[np.int64]) -> None:
        """Write down what the legs of these people do, each wearing these devices, ``(n, M, 8, 2)``."""
        for begin in range(0, len(rows), _AT_ONCE):
            part = slice(begin, begin + _AT_ONCE)
            columns = {name: self.people[name][..., rows[part]] for name in LEG_COLUMNS}
            legs = Population(self.people.ids[rows[part]], columns)
            self._legs.fill(table[part], legs, self._fit(worn[part], rows[part]))

    def _fit(self, worn: NDArray[np.int64], rows: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
        """The effects of what each of these people wears, ``(2, n)`` by name."""
        wearers = ((device, np.flatnonzero(worn >> bit & 1)) for bit, device in enumerate(self.devices))
        return combine_fits(((_of(device.fit, rows[here]), here) for device, here in wearers if len(here)), len(rows))


@njit(cache=True, nogil=True)
def _note_slots(slot_of: Any, activity: Any, first: Any, end: Any, used: Any) -> None:
    """Set ``used``, by slot and person, where the person's day holds an activity of the slot."""
    for i in range(first.shape[0]):
        for bout in range(first[i], end[i]):
            used[slot_of[activity[bout]], i] = True


def _of(fit: Fit, rows: NDArray[np.int64]) -> Fit:
    """A fit on the legs of these people."""
    arrays = {name: np.asarray(value, dtype=np.float64) for name, value in fit.items()}
    return {name: value[:, rows] if value.ndim == 2 else value for name, value in arrays.items()}
