"""What every leg does in every kind of bout, for bare legs and for every combination of things worn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from popsim.legs import kernel
from popsim.legs.fit import Fit, effect
from popsim.legs.stagnation import FLUSHING, Washout, activation

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


def leg_responses(
    people: Population, fit: Fit, kinds: BoutKinds, pump: Pump, evidence: Mapping[str, float]
) -> NDArray[np.float64]:
    """The kernel's table of responses, ``(N, 2, M, 8)`` (see ``kernel.RESPONSES``), for people wearing this fit."""
    traits = {name: np.ascontiguousarray(v) for name, v in leg_traits(people, fit).items()}
    pumped, washout = pump.response(traits), Washout.of(traits, pump)
    table = np.empty((len(people), 2, len(kinds.kinds), kernel.RESPONSES))
    threshold = evidence["stagnation.oedema_threshold_mmhg"] + effect(fit, "compression_mmhg")
    threshold = np.broadcast_to(threshold, (2, len(people))).T
    for kind, (regime, stillness) in enumerate(kinds.kinds):
        table[:, :, kind, : kernel.OEDEMA_TARGET] = pumped[:, :, regime]
        above = np.maximum(pumped[:, :, regime, kernel.PRESSURE_TARGET] - threshold, 0.0)
        table[:, :, kind, kernel.OEDEMA_TARGET] = evidence["stagnation.oedema_ml_per_mmhg"] * above
        still = activation(regime, stillness, people, fit, washout, evidence)
        table[:, :, kind, kernel.HYPOXIA_AFTER] = still.hypoxia_after_min.T
        table[:, :, kind, kernel.ACTIVATION_TARGET] = still.target.T
        table[:, :, kind, kernel.ACTIVATION_RATE] = still.rate_per_min.T
    return table
