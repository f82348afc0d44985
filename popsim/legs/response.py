"""What every leg does in every kind of bout, for bare legs and for every combination of things worn."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numba import njit

from popsim.legs import kernel
from popsim.legs.ahead import LINE_BYTES
from popsim.legs.fit import Fit, effect
from popsim.legs.stagnation import FLUSHING, Pockets, Washout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from popsim.people.population import Population
    from popsim.routines.activities import Activity, Regime, Stillness


class Pump(Protocol):
    """The reduced leg: steady state and time constants of any leg in any regime."""

    def response(self, traits: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """Steady volume (mL) and pressure (mmHg) and their rates (per minute), ``(N, 2, R, 4)``."""
        ...

    def washout(self, traits: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """Residence of the deep calf's blood (min) and what a squeeze renews of it, ``(N, 2, len(STILL), 2)``."""
        ...


@dataclass(frozen=True)
class BoutKinds:
    """The distinct combinations of regime and stillness among the activities of a run.

    Attributes:
        kinds: the combinations.
        of_activity: index into ``kinds`` by activity code, ``(A,)`` uint8.
        walking: whether the kind flushes the valve pockets, as walking and exercise do, ``(M,)``.
    """

    kinds: tuple[tuple[Regime, Stillness], ...]
    of_activity: NDArray[np.uint8]
    walking: NDArray[np.bool_]

    @classmethod
    def of(cls, activities: Sequence[Activity]) -> BoutKinds:
        """Collect the kinds of these activities, in order of first use."""
        kinds = tuple(dict.fromkeys((a.regime, a.stillness) for a in activities))
        of_activity = np.array([kinds.index((a.regime, a.stillness)) for a in activities], dtype=np.uint8)
        return cls(kinds, of_activity, np.array([stillness in FLUSHING for _, stillness in kinds]))


LEG_COLUMNS = (
    "calf_strength",
    "ankle_range",
    "superficial_leak",
    "deep_leak",
    "perforator_leak",
    "outflow_resistance",
    "pocket_factor",
    "fidget_factor",
)
"""What of a person matters to what legs do."""


def leg_traits(people: Population, fit: Fit) -> dict[str, NDArray[np.float64]]:
    """The traits the pump responds to, ``(2, N)``, with the fit's effects applied.

    Calibre, stiffness and pump rate are nobody's own: they are as usual unless something worn or done changes them.
    """
    shape = (2, len(people))
    traits = {
        "calf_strength": people["calf_strength"] * effect(fit, "calf_strength_factor"),
        "ankle_range": np.minimum(people["ankle_range"] * effect(fit, "ankle_range_factor"), 1.0),
        "superficial_leak": people["superficial_leak"] * effect(fit, "superficial_leak_factor"),
        "deep_leak": people["deep_leak"] * effect(fit, "deep_leak_factor"),
        "perforator_leak": people["perforator_leak"],
        "outflow_resistance": people["outflow_resistance"] * effect(fit, "outflow_resistance_factor"),
        "compression_mmhg": effect(fit, "compression_mmhg"),
        "calibre": effect(fit, "calibre_factor"),
        "stiffness": effect(fit, "stiffness_factor"),
        "pump_rate": effect(fit, "pump_rate_factor"),
    }
    return {name: np.broadcast_to(value, shape) for name, value in traits.items()}


class Responses:
    """What legs do in the kinds of bouts of a run.

    Args:
        kinds: the kinds of bouts.
        pump: the reduced leg.
        evidence: the constants in force.
    """

    def __init__(self, kinds: BoutKinds, pump: Pump, evidence: Mapping[str, float]) -> None:
        self._pump, self._pockets = pump, Pockets(kinds.kinds, evidence)
        self._regimes = np.array([regime for regime, _ in kinds.kinds], dtype=np.uint8)
        self._healthy = pump.washout({})[0, 0]
        self._threshold_mmhg = evidence["stagnation.oedema_threshold_mmhg"]
        self._ml_per_mmhg = evidence["stagnation.oedema_ml_per_mmhg"]

    def empty(self, people: int) -> NDArray[np.float64]:
        """A table for so many people, ``(N, M, 8, 2)``; each kind's numbers begin with a line of memory."""
        shape = (people, len(self._regimes), kernel.RESPONSES, 2)
        room = np.empty(prod(shape) + LINE_BYTES // 8)
        begin = -room.ctypes.data % LINE_BYTES // 8
        return room[begin : begin + prod(shape)].reshape(shape)

    def fill(self, table: NDArray[np.float64], people: Population, fit: Fit) -> None:
        """Write down what the legs of people wearing this fit do.

        Args:
            table: to be filled, ``(N, M, 8, 2)``: by person, kind of bout, ``kernel.RESPONSES`` and leg, which the
                kernel reads two numbers at a time.
            people: the people.
            fit: what they wear.
        """
        traits = leg_traits(people, fit)
        washout = Washout.of(self._pump.washout(traits), self._healthy)
        threshold = np.broadcast_to(self._threshold_mmhg + effect(fit, "compression_mmhg"), (2, len(people)))
        still = self._pockets.activation(people, fit, washout)
        _assemble(table, self._pump.response(traits), self._regimes, threshold, self._ml_per_mmhg, still)


@njit(cache=True, nogil=True, error_model="numpy")
def _assemble(table: Any, pumped: Any, regimes: Any, threshold: Any, ml_per_mmhg: float, still: Any) -> None:
    after, target, rate = still
    for person in range(table.shape[0]):
        for kind in range(regimes.shape[0]):
            row = table[person, kind]
            for leg in range(2):
                settled = pumped[person, leg, regimes[kind]]
                for quantity in range(settled.shape[0]):
                    row[quantity, leg] = settled[quantity]
                above = max(settled[kernel.PRESSURE_TARGET] - threshold[leg, person], 0.0)
                row[kernel.OEDEMA_TARGET, leg] = ml_per_mmhg * above
                row[kernel.HYPOXIA_AFTER, leg] = after[kind, leg, person]
                row[kernel.ACTIVATION_TARGET, leg] = target[kind, leg, person]
                row[kernel.ACTIVATION_RATE, leg] = rate[kind, leg, person]
