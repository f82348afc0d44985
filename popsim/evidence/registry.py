"""The evidence registry: one TOML file per room, one table per constant.

A constant looks like this::

    [pocket_hypoxia_sitting_min]
    value = 71.0
    unit = "min"
    spread = { kind = "range80", low = 30.0, high = 84.0 }
    grade = "model"
    source = "Reduced-leg exploration fitted to flight, bed-rest and surgery targets"
    meaning = "Minutes of sitting still until a valve pocket is hypoxic"
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from typing import Any

from popsim.errors import InputError, did_you_mean

GRADES = {
    "data": "computed from open data by a script in this repository",
    "literature": "read in the cited publication or table",
    "secondary": "read where another publication quotes it",
    "recalled": "a published figure quoted from memory; to be checked",
    "model": "computed with an exploratory model; a starting point",
    "assumed": "a modelling choice",
}


@dataclass(frozen=True)
class Constant:
    """One number of the model.

    Attributes:
        name: ``room.name``, as scenarios override it.
        value: in ``unit``.
        unit: ``"1"`` for pure numbers.
        spread: ``(kind, low, high)``: what is known of the uncertainty, ``None`` when nothing is.
        grade: a key of ``GRADES``.
        source: citation, or the reason of an assumption.
        meaning: what it says about a person or a leg.
    """

    name: str
    value: float
    unit: str
    spread: tuple[str, float, float] | None
    grade: str
    source: str
    meaning: str


class Evidence(Mapping[str, float]):
    """The constants in force: a mapping from ``room.name`` to value, with provenance behind each."""

    def __init__(self, constants: Mapping[str, Constant]) -> None:
        self._constants = dict(sorted(constants.items()))
        self._values = {name: constant.value for name, constant in self._constants.items()}

    @classmethod
    def load(cls) -> Evidence:
        """Read the constants that ship with popsim."""
        return cls(_shipped())

    def __getitem__(self, name: str) -> float:
        try:
            return self._values[name]
        except KeyError:
            return self.constant(name).value

    def __contains__(self, name: object) -> bool:
        return name in self._constants

    def __iter__(self) -> Iterator[str]:
        return iter(self._constants)

    def __len__(self) -> int:
        return len(self._constants)

    def constant(self, name: str) -> Constant:
        """The constant with its provenance; an unknown name raises ``InputError`` with the closest known one."""
        try:
            return self._constants[name]
        except KeyError:
            raise InputError(f"no such constant in the evidence registry{did_you_mean(name, self)}", key=name) from None

    def constants(self) -> list[Constant]:
        """All constants, by name."""
        return list(self._constants.values())

    def room(self, prefix: str) -> dict[str, float]:
        """Values whose names start with ``prefix.``, without the prefix."""
        return {n[len(prefix) + 1 :]: c.value for n, c in self._constants.items() if n.startswith(prefix + ".")}

    def override(self, values: Mapping[str, float], source: str = "set by the scenario") -> Evidence:
        """A copy with some values replaced; what replaced them is kept as their source."""
        changed = dict(self._constants)
        for name, value in values.items():
            old = self.constant(name)
            if not math.isfinite(value):
                raise InputError(f"expected a finite number in {old.unit} (got {value})", key=name)
            changed[name] = replace(
                old, value=float(value), grade="assumed", source=f"{source}; shipped: {old.value:g}"
            )
        return Evidence(changed)

    def extend(self, constants: Mapping[str, Constant]) -> Evidence:
        """A copy with a plugin's constants added; a name already taken raises ``InputError``."""
        clash = sorted(set(constants) & set(self._constants))
        if clash:
            raise InputError("this constant already exists in the evidence registry", key=clash[0])
        return Evidence({**self._constants, **constants})


def parse_constants(room: str, tables: Mapping[str, Any]) -> dict[str, Constant]:
    """Turn the tables of one evidence file into constants named ``room.key``."""
    return {f"{room}.{key}": _constant(f"{room}.{key}", table) for key, table in tables.items()}


def _constant(name: str, table: Mapping[str, Any]) -> Constant:
    missing = {"value", "unit", "grade", "source", "meaning"} - set(table)
    if missing:
        raise InputError(f"a constant needs {', '.join(sorted(missing))}", key=name)
    if table["grade"] not in GRADES:
        raise InputError(f"grade must be one of {', '.join(GRADES)} (got {table['grade']!r})", key=name)
    spread = table.get("spread")
    return Constant(
        name=name,
        value=float(table["value"]),
        unit=table["unit"],
        spread=(spread["kind"], float(spread["low"]), float(spread["high"])) if spread else None,
        grade=table["grade"],
        source=table["source"],
        meaning=table["meaning"],
    )


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Constant]:
    constants: dict[str, Constant] = {}
    for entry in sorted(files("popsim.evidence").joinpath("data").iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".toml"):
            constants |= parse_constants(entry.name[:-5], tomllib.loads(entry.read_text(encoding="utf-8")))
    return constants
