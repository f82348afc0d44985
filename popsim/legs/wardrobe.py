"""Who wears what today: combinations of devices, and the legs they make.

A person's devices are bits of a ``wear`` code. During an activity only the devices meant for it act, so each pair of
wear code and activity has a fit. Fits are worked out when somebody first wears them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from popsim.errors import PopsimError
from popsim.legs.fit import Fit, combine_fits
from popsim.legs.response import BoutKinds, Pump, leg_responses

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from popsim.people.population import Population

MAX_DEVICES = 62
CODE_BITS = 16
"""With up to so many devices, a wear code is the combination itself; with more, combinations are numbered."""


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


class Wardrobe:
    """The kernel's response tables for bare legs and for every combination of devices that has been worn so far.

    Args:
        people: the population.
        kinds: the kinds of bouts of the run.
        pump: the reduced leg.
        evidence: the constants in force.
        devices: what can be worn.
        like: a wardrobe of the same people, none of whose legs has changed yet; its bare legs are copied.

    Attributes:
        people: the population as its legs are now; a copy of the one given once a leg has changed.
        devices: what can be worn.
        responses: ``(rows, M, 8, 2)``, see ``popsim.legs.kernel.RESPONSES``.
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
        self._kinds, self._pump, self._evidence = kinds, pump, evidence
        self.devices = tuple(devices)
        if like is None:
            self.responses = legs_beside_each_other(leg_responses(people, {}, kinds, pump, evidence))
        else:
            self.responses = like.responses[: len(people)].copy()
        everybody = np.arange(len(people), dtype=np.int32)
        self._fit_rows = [everybody]
        self._fits: dict[int, int] = {0: 0}
        self._known = {0}
        activities = len(kinds.of_activity)
        self._acting = np.zeros(activities, dtype=np.int64)
        for bit, device in enumerate(devices):
            self._acting += np.where(device.during, 1 << bit, 0)
        self._numbered = len(devices) > CODE_BITS
        self._combinations, self._number_of = [0], {0: 0}
        self._fit_of = np.zeros((1 << min(len(devices), CODE_BITS), activities), dtype=np.uint16)

    def codes(self, worn: NDArray[np.integer[Any]]) -> NDArray[np.uint16]:
        """The wear code of each person, given the devices worn as bits, ``(N,)``; 0 is bare."""
        if not self._numbered:
            return worn.astype(np.uint16)
        combinations, place = np.unique(worn, return_inverse=True)
        numbers = [self._number_of.setdefault(c, len(self._number_of)) for c in combinations.tolist()]
        if len(self._number_of) > len(self._fit_of):
            raise PopsimError(f"an arm can put at most {len(self._fit_of):,} combinations of devices on legs")
        self._combinations = list(self._number_of)
        return np.array(numbers, dtype=np.uint16)[place]

    def meaning(
        self, wear: NDArray[np.uint16]
    ) -> tuple[NDArray[np.uint16], NDArray[np.int32], NDArray[np.uint8], NDArray[np.bool_]]:
        """The kernel's ``meaning`` for people wearing these codes today."""
        for code in np.flatnonzero(np.bincount(wear, minlength=1)) if self.devices else ():
            if code not in self._known:
                self._learn(int(code))
        return self._fit_of, np.stack(self._fit_rows), self._kinds.of_activity, self._kinds.walking

    def _learn(self, code: int) -> None:
        combination = self._combinations[code] if self._numbered else code
        for activity, acting in enumerate(self._acting):
            worn = combination & int(acting)
            if worn not in self._fits:
                self._add_fit(worn)
            self._fit_of[code, activity] = self._fits[worn]
        self._known.add(code)

    def change(self, leg: int, row: int, traits: Mapping[str, float]) -> None:
        """Give one leg new traits for good, bare and in everything that has been worn so far."""
        if self.people is self._given:
            self.people = self._given.copy()
        for name, value in traits.items():
            self.people[name][leg, row] = value
        one = np.array([row])
        for worn, number in self._fits.items():
            place = self._fit_rows[number][row]
            if number == 0 or place != row:
                self.responses[place] = self._responses_in(worn, one)[0]

    def _add_fit(self, worn: int) -> None:
        owners = np.flatnonzero(np.logical_and.reduce([d.owners for d in self._worn(worn)]))
        rows = self._responses_in(worn, owners)
        placed = self._fit_rows[0].copy()
        placed[owners] = np.arange(len(self.responses), len(self.responses) + len(owners))
        self.responses = np.concatenate([self.responses, rows])
        self._fits[worn] = len(self._fit_rows)
        self._fit_rows.append(placed)

    def _worn(self, worn: int) -> list[Device]:
        return [device for bit, device in enumerate(self.devices) if worn >> bit & 1]

    def _responses_in(self, worn: int, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """What the legs of these people do wearing these devices, ``(n, M, 8, 2)``."""
        fit = {
            name: value[:, rows] if value.ndim == 2 else value
            for name, value in combine_fits(device.fit for device in self._worn(worn)).items()
        }
        return legs_beside_each_other(
            leg_responses(self.people.take(rows), fit, self._kinds, self._pump, self._evidence)
        )


def legs_beside_each_other(responses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Responses ``(rows, 2, M, 8)`` in the kernel's order ``(rows, M, 8, 2)``, which it reads two numbers at a time."""
    return np.ascontiguousarray(responses.transpose(0, 2, 3, 1))
