"""Which constants are fitted, between which values, and why: ``fit.toml`` beside this file.

Inside the fit every parameter is a number without unit, 0 in the middle of its prior range and ±1 at its ends, on the
scale that its file entry names. The prior is normal with the range as its 80 % interval, cut at two
and a half times the range.
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from popsim.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from popsim.evidence import Evidence

FIT_FILE = Path(__file__).with_name("fit.toml")
SCALES = ("log", "logit")
FARTHEST = 2.5
"""Beyond so many half-ranges from its middle no value is tried."""

_NORMAL_80 = 1.2815515655446004
_KEYS = {"scale", "low", "high", "why"}


@dataclass(frozen=True)
class Parameter:
    """A constant that is fitted.

    Attributes:
        name: in the evidence registry.
        scale: on which it is fitted, ``log`` for positive numbers, ``logit`` for probabilities.
        low: lower end of the range that holds it with 80 % by what is known without the targets.
        high: upper end.
        why: what the range rests on, and which targets should speak about it.
    """

    name: str
    scale: str
    low: float
    high: float
    why: str

    def inward(self, value: float) -> float:
        """The number of the fit for a value, -1 at ``low`` and 1 at ``high``."""
        low, high, here = (_to_line(self.scale, v) for v in (self.low, self.high, value))
        return 2.0 * (here - low) / (high - low) - 1.0

    def outward(self, position: float) -> float:
        """The value for a number of the fit."""
        low, high = _to_line(self.scale, self.low), _to_line(self.scale, self.high)
        here = low + (position + 1.0) / 2.0 * (high - low)
        return math.exp(here) if self.scale == "log" else 1.0 / (1.0 + math.exp(-here))


def _to_line(scale: str, value: float) -> float:
    return math.log(value) if scale == "log" else math.log(value / (1.0 - value))


@dataclass(frozen=True)
class Parameters:
    """All that are fitted together, in the order of the file."""

    each: tuple[Parameter, ...]

    @property
    def names(self) -> list[str]:
        """Names in the evidence registry."""
        return [parameter.name for parameter in self.each]

    def values(self, position: Sequence[float] | NDArray[np.float64]) -> dict[str, float]:
        """Values by name for a point of the fit, ``(P,)``."""
        return {p.name: p.outward(float(x)) for p, x in zip(self.each, position, strict=True)}

    def position(self, values: Mapping[str, float]) -> NDArray[np.float64]:
        """The point of the fit for values by name, ``(P,)``."""
        return np.array([p.inward(values[p.name]) for p in self.each])


def prior_z(position: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance of each parameter from the middle of its prior in standard deviations, ``(P,)``."""
    return np.asarray(position) * _NORMAL_80


def load_parameters(evidence: Evidence, path: Path = FIT_FILE) -> Parameters:
    """Read the parameters and check them against the registry.

    Raises:
        InputError: a name is unknown or a range makes no sense.
    """
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return Parameters(tuple(_parameter(name, table, evidence, path) for name, table in tables.items()))


def _parameter(name: str, table: Mapping[str, object], evidence: Evidence, path: Path) -> Parameter:
    if name not in evidence:
        hint = did_you_mean(name, evidence)
        raise InputError(f"no such constant in the evidence registry{hint}", path=path, key=name)
    if set(table) != _KEYS:
        raise InputError(f"expected {', '.join(sorted(_KEYS))} (got {', '.join(table)})", path=path, key=name)
    scale, low, high = str(table["scale"]), float(str(table["low"])), float(str(table["high"]))
    if scale not in SCALES:
        raise InputError(f"scale must be one of {', '.join(SCALES)} (got {scale!r})", path=path, key=name)
    if not 0 < low < high or (scale == "logit" and high >= 1):
        raise InputError(f"expected low below high, within what a {scale} scale holds", path=path, key=name)
    return Parameter(name, scale, low, high, str(table["why"]))
