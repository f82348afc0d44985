"""Level two, the reduced leg: steady state and time constants of any leg in any regime, learnt from the microscope.

Within a bout pooled volume and ankle pressure relax exponentially. Where to and how fast the microscope computed for
thousands of legs (``tabulate``); two small networks learnt it (``regression``) and answer for any leg; a third learnt
how blood in the deep calf is renewed. They are evaluated leg by leg in a fixed order of operations, so an answer never
depends on who else is asked about.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from popsim.errors import InputError, did_you_mean
from popsim.routines.activities import Regime

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from popsim.evidence.registry import Evidence

Floats = NDArray[np.float64]

VOLUME_ML, ANKLE_MMHG, VOLUME_RATE_PER_MIN, PRESSURE_RATE_PER_MIN = range(4)
"""The four numbers of a response."""
QUANTITIES = 4
RESIDENCE_MIN, RENEWED_SHARE = range(2)
"""The two numbers of a washout."""
WASHOUT_QUANTITIES = 2
NEUTRAL = {
    "calf_strength": 1.0,
    "ankle_range": 1.0,
    "superficial_leak": 0.0,
    "deep_leak": 0.0,
    "perforator_leak": 0.0,
    "outflow_resistance": 1.0,
    "compression_mmhg": 0.0,
    "calibre": 1.0,
    "stiffness": 1.0,
    "pump_rate": 1.0,
}
"""A healthy bare leg at its usual rates of contraction."""
TRAITS = tuple(NEUTRAL)
AXES = ("effective_strength", *TRAITS[2:])
"""What the networks see: calf strength and ankle range act as one."""
STILL = (Regime.SUPINE, Regime.RAISED, Regime.SITTING, Regime.STANDING)
PUMPING = (Regime.SITTING_SQUEEZES, Regime.POTTERING, Regime.CALF_RAISES, Regime.WALKING)
STILL_AXES = AXES[1:-1]
"""Strength and rate of the pump are nothing to a leg that keeps still."""
WASHOUT_AXES = AXES[:-1]
"""How much one squeeze renews depends on its strength, not on how many follow."""
LINEAR, LOGARITHMIC, SATURATING = range(3)
TABLE = "response.npz"
UNUSED = (
    "condition_",
    "stocking_",
    "inelastic_",
    "cuff_",
    "stimulation_",
    "ankle_foot_orthosis_",
    "ankle_brace_",
    "toe_walking_",
    *(f"exercise_{name}_" for name in ("toe_walking", "lunges", "foot_pumps", "fidgeting", "heel_lifts", "stepping")),
)
"""Beginnings of constants on which no regime and no trait of the table depends."""


@dataclass(frozen=True)
class Limit:
    """Range of a trait, and the measure in which legs are spread and learnt.

    Attributes:
        low: smallest value; smaller ones count as this.
        high: largest value.
        measure: ``LINEAR``, ``LOGARITHMIC``, or ``SATURATING`` for x / (x + half).
        half: for ``SATURATING``.
    """

    low: float
    high: float
    measure: int = LINEAR
    half: float = 1.0

    def at(self, share: Floats) -> Floats:
        """Values at these shares of the way from low to high, even in the trait's measure."""
        low, high = (float(_measured(x, self.measure, self.half)) for x in (self.low, self.high))
        y = low + share * (high - low)
        if self.measure == LOGARITHMIC:
            return np.asarray(np.exp(y))
        return self.half * y / (1.0 - y) if self.measure == SATURATING else y


@dataclass(frozen=True)
class Network:
    """Two hidden layers of x / sqrt(1 + x²) between affine maps; inputs and outputs are scaled within the weights.

    Attributes:
        axes: indices into ``AXES`` of its inputs.
        regimes: codes of the regimes it answers for.
        weights: three matrices, ``(inputs, hidden)``, ``(hidden, hidden)``, ``(hidden, Q * regimes)``.
        biases: three vectors.
    """

    axes: NDArray[np.int64]
    regimes: NDArray[np.int64]
    weights: tuple[Floats, Floats, Floats]
    biases: tuple[Floats, Floats, Floats]

    def answer(self, measured: Floats, logarithms: tuple[bool, ...], out: Floats) -> None:
        """Fill the columns of its regimes.

        Args:
            measured: traits in their measures, ``(legs, len(AXES))``.
            logarithms: which of the Q quantities it learnt as logarithms.
            out: ``(legs, R, Q)``.
        """
        _answer(measured, self.axes, self.weights, self.biases, self.regimes, np.array(logarithms), out)


@dataclass(frozen=True)
class Table:
    """What ships: three networks, the range they learnt, and the constants they learnt with.

    Attributes:
        limits: by name of ``AXES``.
        still: for legs that keep still.
        pumping: for legs at work.
        washout: of the deep calf, in the postures of ``STILL``.
        ankle_range_gain: how ankle range and strength make the effective strength.
        parameters: the constants on which it depends, without the room's name.
    """

    limits: Mapping[str, Limit]
    still: Network
    pumping: Network
    washout: Network
    ankle_range_gain: float
    parameters: Mapping[str, float]

    def save(self, path: Path) -> None:
        """Write the table with its metadata."""
        meta = {
            "limits": {n: [v.low, v.high, v.measure, v.half] for n, v in self.limits.items()},
            "regimes": [r.name for r in Regime],
            "quantities": ["volume_ml", "ankle_mmhg", "log_volume_rate_per_min", "log_pressure_rate_per_min"],
            "washout_quantities": ["log_residence_min", "renewed_share"],
            "ankle_range_gain": self.ankle_range_gain,
            "parameters": dict(self.parameters),
        }
        arrays: dict[str, Any] = {}
        for name, network in (("still", self.still), ("pumping", self.pumping), ("washout", self.washout)):
            arrays[f"{name}_axes"], arrays[f"{name}_regimes"] = network.axes, network.regimes
            for layer, (weight, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
                arrays[f"{name}_weight_{layer}"], arrays[f"{name}_bias_{layer}"] = weight, bias
        np.savez_compressed(path, meta=np.array(json.dumps(meta, sort_keys=True)), **arrays)

    @classmethod
    def read(cls, path: Path) -> Table:
        """Read a table; one made for other regimes or traits raises ``InputError``."""
        with np.load(path) as stored:
            arrays = dict(stored)
        meta = json.loads(str(arrays["meta"]))
        if meta["regimes"] != [r.name for r in Regime] or set(meta.get("limits", ())) != set(AXES):
            raise InputError("this table was made for other regimes or traits; run scripts/tabulate_leg.py", path=path)
        limits = {name: Limit(*meta["limits"][name]) for name in AXES}
        still, pumping, washout = (_network(name, arrays) for name in ("still", "pumping", "washout"))
        return cls(limits, still, pumping, washout, meta["ankle_range_gain"], meta["parameters"])


def _network(name: str, arrays: Mapping[str, Any]) -> Network:
    weights = arrays[f"{name}_weight_0"], arrays[f"{name}_weight_1"], arrays[f"{name}_weight_2"]
    biases = arrays[f"{name}_bias_0"], arrays[f"{name}_bias_1"], arrays[f"{name}_bias_2"]
    return Network(arrays[f"{name}_axes"], arrays[f"{name}_regimes"], weights, biases)


@dataclass(frozen=True)
class ReducedLeg:
    """Answers for any number of legs.

    Attributes:
        table: what was learnt.
    """

    table: Table

    @classmethod
    def load(cls, evidence: Evidence | None = None) -> ReducedLeg:
        """The reduced leg that ships with popsim.

        Args:
            evidence: constants in force; given, they are held against those the table was made with.

        Raises:
            InputError: a scenario moved a constant the table depends on, which only a new table could follow.
        """
        shipped = _shipped()
        if evidence is not None:
            _check(shipped.table.parameters, used(evidence.room("legs")))
        return shipped

    def response(self, traits: Mapping[str, ArrayLike]) -> Floats:
        """Where each leg's volume and pressure settle in each regime, and how fast.

        Args:
            traits: name in ``TRAITS`` to ``(2, N)`` values (left, right); those left out are a healthy bare leg's.
                Values beyond what was learnt count as the last that was.

        Returns:
            ``(N, 2, R, 4)`` by person, leg, ``Regime``: pooled volume below the thigh (mL), ankle pressure (mmHg), and
            the rates 1/τ of both (per minute).

        Raises:
            InputError: unknown trait, or shapes that are not ``(2, N)``.
        """
        measured = self._measured(traits)
        out = np.empty((len(measured), len(Regime), QUANTITIES))
        for network in (self.table.still, self.table.pumping):
            network.answer(measured, (False, False, True, True), out)
        return out.reshape(-1, 2, len(Regime), QUANTITIES)

    def washout(self, traits: Mapping[str, ArrayLike]) -> Floats:
        """How the deep calf's blood is renewed in each posture of a still leg.

        Args:
            traits: as for ``response``.

        Returns:
            ``(N, 2, len(STILL), 2)`` by person, leg, posture: mean residence of the blood (min), and the share of it
            that one firm squeeze of the calf sends up for good.

        Raises:
            InputError: as ``response``.
        """
        measured = self._measured(traits)
        out = np.empty((len(measured), len(STILL), WASHOUT_QUANTITIES))
        self.table.washout.answer(measured, (True, False), out)
        out[..., RENEWED_SHARE] = np.clip(out[..., RENEWED_SHARE], 0.0, 1.0)
        return out.reshape(-1, 2, len(STILL), WASHOUT_QUANTITIES)

    def _measured(self, traits: Mapping[str, ArrayLike]) -> Floats:
        """The legs as networks see them, person by person, left before right, ``(2 * N, len(AXES))``."""
        legs = _columns(traits)
        limits = [self.table.limits[name] for name in AXES]
        bounds = np.array([(v.low, v.high, v.half) for v in limits])
        measures = np.array([v.measure for v in limits])
        measured = np.empty((2 * legs.shape[2], len(AXES)))
        _measure(legs, self.table.ankle_range_gain, bounds, measures, measured)
        return measured


def used(constants: Mapping[str, float]) -> dict[str, float]:
    """The constants of the ``legs`` room on which the table depends."""
    return {name: value for name, value in constants.items() if not name.startswith(UNUSED)}


def _check(made_with: Mapping[str, float], in_force: Mapping[str, float]) -> None:
    for name, value in made_with.items():
        if in_force.get(name) != value:
            raise InputError(
                f"the reduced leg was tabulated with {value:g} (got {in_force.get(name)}); "
                "run scripts/tabulate_leg.py with the changed evidence file",
                key=f"legs.{name}",
            )


def _columns(traits: Mapping[str, ArrayLike]) -> Floats:
    """All traits, ``(len(TRAITS), 2, N)``."""
    for name in traits:
        if name not in TRAITS:
            raise InputError(f"the reduced leg has no such trait{did_you_mean(name, TRAITS)}", key=name)
    given = {name: np.asarray(value, dtype=np.float64) for name, value in traits.items()}
    shapes = {value.shape for value in given.values()} or {(2, 1)}
    shape = next(iter(shapes))
    if len(shapes) != 1 or len(shape) != 2 or shape[0] != 2:
        raise InputError(f"traits must all have one shape (2, N) (got {sorted(shapes)})")
    legs = np.empty((len(TRAITS), *shape))
    for row, (name, neutral) in enumerate(NEUTRAL.items()):
        legs[row] = given.get(name, np.asarray(neutral))
    if not np.isfinite(legs).all():
        raise InputError("traits must be finite numbers")
    return legs


_compiled = njit(cache=True, nogil=True, error_model="numpy")


@njit(inline="always", error_model="numpy")
def _measured(x: Any, measure: Any, half: Any) -> Any:
    if measure == LOGARITHMIC:
        return math.log(x)
    return x / (x + half) if measure == SATURATING else x


@_compiled
def _measure(legs: Any, gain: Any, bounds: Any, measures: Any, measured: Any) -> None:
    """Fill ``measured`` with the legs' traits, person by person, left before right."""
    for person in range(legs.shape[2]):
        for side in range(2):
            row = measured[2 * person + side]
            for a in range(row.shape[0]):
                x = legs[a + 1, side, person]
                if a == 0:
                    x = legs[0, side, person] * (1.0 - gain * (1.0 - min(x, 1.0)))
                low, high, half = bounds[a]
                row[a] = _measured(min(max(x, low), high), measures[a], half)


@njit(inline="always", error_model="numpy")
def _affine(x: Any, weight: Any, bias: Any, y: Any) -> None:
    """``y = x @ weight + bias``, summed in order; four inputs at a time, which spares three of four loads of ``y``."""
    for j in range(y.shape[0]):
        y[j] = bias[j]
    fours = x.shape[0] - x.shape[0] % 4
    for i in range(0, fours, 4):
        a, b, c, d = x[i], x[i + 1], x[i + 2], x[i + 3]
        for j in range(y.shape[0]):
            y[j] = y[j] + a * weight[i, j] + b * weight[i + 1, j] + c * weight[i + 2, j] + d * weight[i + 3, j]
    for i in range(fours, x.shape[0]):
        for j in range(y.shape[0]):
            y[j] += x[i] * weight[i, j]


@njit(inline="always", error_model="numpy")
def _bend(y: Any) -> None:
    for j in range(y.shape[0]):
        y[j] /= math.sqrt(1.0 + y[j] * y[j])


_LOOKS_BACK = 8
"""As many legs as a person has who wears three things in turn, and one who is bare."""


@njit(inline="always")
def _alike(measured: Any, axes: Any, leg: Any) -> Any:
    """One of the last legs before this one that is the same in these axes; -1 for none."""
    for other in range(leg - 1, max(leg - 1 - _LOOKS_BACK, -1), -1):
        i = 0
        while i < axes.shape[0] and measured[leg, axes[i]] == measured[other, axes[i]]:
            i += 1
        if i == axes.shape[0]:
            return other
    return -1


@_compiled
def _answer(measured: Any, axes: Any, weights: Any, biases: Any, regimes: Any, logarithms: Any, out: Any) -> None:
    """Evaluate a network leg by leg; no library's matrix product, whose order of sums depends on the shape.

    What a leg shares with the one before it, or with that of the same side, is not worked out again: most people's
    legs are alike to a network, and a person who wears one thing after the other comes several times.
    """
    x, y = np.empty(axes.shape[0]), np.empty(biases[2].shape[0])
    first, second = np.empty(biases[0].shape[0]), np.empty(biases[1].shape[0])
    for leg in range(measured.shape[0]):
        alike = _alike(measured, axes, leg)
        if alike >= 0:
            for r in range(regimes.shape[0]):
                out[leg, regimes[r]] = out[alike, regimes[r]]
            continue
        for i in range(x.shape[0]):
            x[i] = measured[leg, axes[i]]
        _affine(x, weights[0], biases[0], first)
        _bend(first)
        _affine(first, weights[1], biases[1], second)
        _bend(second)
        _affine(second, weights[2], biases[2], y)
        quantities = logarithms.shape[0]
        for r in range(regimes.shape[0]):
            for q in range(quantities):
                value = y[quantities * r + q]
                out[leg, regimes[r], q] = math.exp(value) if logarithms[q] else value


@lru_cache(maxsize=1)
def _shipped() -> ReducedLeg:
    with as_file(files("popsim.legs").joinpath("data", TABLE)) as path:
        return ReducedLeg(Table.read(path))
