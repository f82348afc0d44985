"""Level two, the reduced leg: steady state and time constants of any leg in any regime, looked up in a table.

Within a bout pooled volume and ankle pressure relax exponentially. Where to and how fast was computed once by the
microscope for a grid of legs (``tabulate``); in between, the table is interpolated linearly along every axis.
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
from popsim.legs.traits import HEALTHY
from popsim.routines.activities import Regime

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from popsim.evidence.registry import Evidence

Floats = NDArray[np.float64]

VOLUME_ML, ANKLE_MMHG, VOLUME_RATE_PER_MIN, PRESSURE_RATE_PER_MIN = range(4)
"""The four numbers of a response."""
QUANTITIES = 4
TRAITS = (
    "calf_strength",
    "ankle_range",
    "superficial_leak",
    "deep_leak",
    "perforator_leak",
    "outflow_resistance",
    "compression_mmhg",
)
AXES = ("effective_strength", "deep_leak", "superficial_leak", "compression_mmhg", "outflow_excess", "perforator_leak")
CELLS = len(Regime) * QUANTITIES
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
class Axis:
    """One direction of the table.

    Attributes:
        points: trait values at the grid points, ascending from the healthy bare end.
        half: the axis is even in ``x / (x + half)``; 0 means even in the trait itself.
    """

    points: tuple[float, ...]
    half: float = 0.0

    @classmethod
    def saturating(cls, most: float, half: float, count: int) -> Axis:
        """``count`` points from 0 to ``most``, even in ``x / (x + half)``."""
        u = np.linspace(0.0, most / (most + half), count)
        return cls((*(float(half * v / (1.0 - v)) for v in u[:-1]), most), half)


@dataclass(frozen=True)
class Table:
    """The microscope's answers on a grid.

    Attributes:
        axes: in the order of ``AXES``.
        values: ``(prod(points), R, 4)`` float32: mL, mmHg and the logarithms of both rates per minute.
        ankle_range_gain: how ankle range and strength make the effective strength.
        parameters: the constants on which it depends, without the room's name.
    """

    axes: tuple[Axis, ...]
    values: NDArray[np.float32]
    ankle_range_gain: float
    parameters: Mapping[str, float]

    def save(self, path: Path) -> None:
        """Write the table with its metadata."""
        meta = {
            "axes": {n: {"points": a.points, "half": a.half} for n, a in zip(AXES, self.axes, strict=True)},
            "regimes": [r.name for r in Regime],
            "quantities": ["volume_ml", "ankle_mmhg", "log_volume_rate_per_min", "log_pressure_rate_per_min"],
            "ankle_range_gain": self.ankle_range_gain,
            "parameters": dict(self.parameters),
        }
        np.savez_compressed(path, values=self.values, meta=np.array(json.dumps(meta, sort_keys=True)))

    @classmethod
    def read(cls, path: Path) -> Table:
        """Read a table; one made for other regimes raises ``InputError``."""
        with np.load(path) as stored:
            values, meta = stored["values"], json.loads(str(stored["meta"]))
        if meta["regimes"] != [r.name for r in Regime]:
            raise InputError("this table was made for other regimes; run scripts/tabulate_leg.py", path=path)
        axes = tuple(Axis(tuple(meta["axes"][n]["points"]), meta["axes"][n]["half"]) for n in AXES)
        return cls(axes, values, meta["ankle_range_gain"], meta["parameters"])


@dataclass(frozen=True)
class ReducedLeg:
    """Interpolates the table for any number of legs.

    Attributes:
        table: the grid.
    """

    table: Table

    @classmethod
    def load(cls, evidence: Evidence | None = None) -> ReducedLeg:
        """The table that ships with popsim.

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
                Values beyond the grid count as the grid's last.

        Returns:
            ``(N, 2, R, 4)`` by person, leg, ``Regime``: pooled volume below the thigh (mL), ankle pressure (mmHg), and
            the rates 1/τ of both (per minute).

        Raises:
            InputError: unknown trait, or shapes that are not ``(2, N)``.
        """
        legs = _columns(traits)
        count = legs.shape[2]
        out = np.empty((count, 2, CELLS))
        t = self.table
        points = [np.asarray(a.points) for a in t.axes]
        scaled = [_scaled(p, a.half) for p, a in zip(points, t.axes, strict=True)]
        strides = np.cumprod([1, *(len(p) for p in points[:0:-1])])[::-1].astype(np.int64)
        starts = np.cumsum([0, *(len(p) for p in points)]).astype(np.int64)
        halves = np.array([a.half for a in t.axes])
        values = t.values.reshape(-1, CELLS)
        _interpolate(legs, t.ankle_range_gain, np.concatenate(scaled), starts, halves, strides, values, out)
        return out.reshape(count, 2, len(Regime), QUANTITIES)


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
    """All traits, ``(7, 2, N)``."""
    for name in traits:
        if name not in TRAITS:
            raise InputError(f"the reduced leg has no such trait{did_you_mean(name, TRAITS)}", key=name)
    given = {name: np.asarray(value, dtype=np.float64) for name, value in traits.items()}
    shapes = {value.shape for value in given.values()} or {(2, 1)}
    shape = next(iter(shapes))
    if len(shapes) != 1 or len(shape) != 2 or shape[0] != 2:
        raise InputError(f"traits must all have one shape (2, N) (got {sorted(shapes)})")
    legs = np.empty((len(TRAITS), *shape))
    for row, name in enumerate(TRAITS):
        legs[row] = given.get(name, np.asarray(getattr(HEALTHY, name)))
    if not np.isfinite(legs).all():
        raise InputError("traits must be finite numbers")
    return legs


def _scaled(x: Any, half: float) -> Floats:
    return np.asarray(x / (x + half) if half > 0.0 else x, dtype=np.float64)


_compiled = njit(cache=True, nogil=True, error_model="numpy")


@njit(inline="always", error_model="numpy")
def _locate(where: Any, points: Any, starts: Any, halves: Any, strides: Any, low: Any, share: Any) -> None:
    """The grid cell of one leg: its row offset along every axis and how far into it the leg lies."""
    for a in range(halves.shape[0]):
        x = max(where[a], 0.0)
        x = x / (x + halves[a]) if halves[a] > 0.0 else x
        cell, last = starts[a], starts[a + 1] - 2
        while cell < last and x >= points[cell + 1]:
            cell += 1
        share[a] = min(max((x - points[cell]) / (points[cell + 1] - points[cell]), 0.0), 1.0)
        low[a] = (cell - starts[a]) * strides[a]


@njit(inline="always", error_model="numpy")
def _add_corners(low: Any, share: Any, strides: Any, values: Any, total: Any) -> None:
    """The weighted sum of the cell's corners; those without weight are left out, so healthy bare legs are cheap."""
    axes = share.shape[0]
    total[:] = 0.0
    for corner in range(1 << axes):
        weight, row = 1.0, 0
        for a in range(axes):
            upper = corner >> a & 1
            weight *= share[a] if upper else 1.0 - share[a]
            row += low[a] + upper * strides[a]
            if weight == 0.0:
                break
        if weight > 0.0:
            for j in range(total.shape[0]):
                total[j] += weight * values[row, j]


@_compiled
def _interpolate(
    legs: Any, gain: Any, points: Any, starts: Any, halves: Any, strides: Any, values: Any, out: Any
) -> None:
    """Multilinear along all axes."""
    axes, cells = halves.shape[0], values.shape[1]
    low, share, where, total = np.empty(axes, np.int64), np.empty(axes), np.empty(axes), np.empty(cells)
    for person in range(legs.shape[2]):
        for side in range(2):
            where[0] = legs[0, side, person] * (1.0 - gain * (1.0 - min(legs[1, side, person], 1.0)))
            where[1] = legs[3, side, person]
            where[2] = legs[2, side, person]
            where[3] = legs[6, side, person]
            where[4] = legs[5, side, person] - 1.0
            where[5] = legs[4, side, person]
            _locate(where, points, starts, halves, strides, low, share)
            _add_corners(low, share, strides, values, total)
            for j in range(0, cells, QUANTITIES):
                out[person, side, j] = total[j]
                out[person, side, j + 1] = total[j + 1]
                out[person, side, j + 2] = math.exp(total[j + 2])
                out[person, side, j + 3] = math.exp(total[j + 3])


@lru_cache(maxsize=1)
def _shipped() -> ReducedLeg:
    with as_file(files("popsim.legs").joinpath("data", TABLE)) as path:
        return ReducedLeg(Table.read(path))
