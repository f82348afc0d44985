"""What can be wrong with a leg: named conditions, each acting at its own place in the chain, and their combinations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from popsim.errors import InputError, did_you_mean
from popsim.legs.traits import HEALTHY, LegTraits

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Condition:
    """A disorder, injury or circumstance of one leg.

    Attributes:
        name: as commands know it.
        label: for people.
        kind: ``vascular``, ``muscular``, ``skeletal``, ``nervous`` or ``circumstance``.
        place: where in the chain it acts.
        traits: which traits it changes; by how much stands in the registry as ``legs.condition_<name>_<trait>``.
    """

    name: str
    label: str
    kind: str
    place: str
    traits: tuple[str, ...]

    def values(self, constants: Mapping[str, float]) -> dict[str, float]:
        """The factor on, or the addition to, each trait."""
        key = self.name.replace("-", "_").replace(".", "_")
        return {trait: constants[f"condition_{key}_{trait}"] for trait in self.traits}


def _condition(name: str, label: str, kind: str, place: str, traits: str) -> Condition:
    return Condition(name, label, kind, place, tuple(traits.split()))


CONDITIONS: dict[str, Condition] = {
    c.name: c
    for c in (
        _condition("normal", "Healthy leg", "circumstance", "nowhere", ""),
        _condition("superficial-reflux", "Superficial reflux", "vascular", "great saphenous vein", "superficial_leak"),
        _condition("perforator-reflux", "Perforator reflux", "vascular", "perforators", "perforator_leak"),
        _condition("deep-reflux", "Deep reflux", "vascular", "deep veins", "deep_leak"),
        _condition(
            "superficial-and-perforator-reflux",
            "Superficial and perforator reflux",
            "vascular",
            "great saphenous vein and perforators",
            "superficial_leak perforator_leak",
        ),
        _condition(
            "superficial-and-deep-reflux",
            "Superficial and deep reflux",
            "vascular",
            "great saphenous and deep veins",
            "superficial_leak deep_leak",
        ),
        _condition(
            "post-thrombotic",
            "After a deep vein thrombosis",
            "vascular",
            "deep veins",
            "deep_leak outflow_resistance stiffness perforator_leak",
        ),
        _condition("iliac-obstruction", "Iliac vein obstruction", "vascular", "pelvis", "iliac_resistance"),
        _condition("femoral-obstruction", "Femoral vein obstruction", "vascular", "thigh", "femoral_resistance"),
        _condition(
            "iliac-compression", "Left iliac vein compressed by the artery", "vascular", "pelvis", "iliac_resistance"
        ),
        _condition("weak-calf", "Weak calf", "muscular", "calf", "calf_strength"),
        _condition("foot-drop", "Foot drop", "nervous", "foot and ankle", "ankle_range foot_pump calf_strength"),
        _condition("stiff-ankle", "Stiff ankle", "skeletal", "ankle", "ankle_range"),
        _condition(
            "cast-neutral",
            "Cast, ankle in neutral position",
            "skeletal",
            "ankle",
            "ankle_range foot_pump weight_bearing",
        ),
        _condition(
            "cast-equinus",
            "Cast, foot pointing down",
            "skeletal",
            "ankle",
            "ankle_range foot_pump weight_bearing",
        ),
        _condition(
            "paralysis", "Paralysed leg", "nervous", "whole leg", "calf_strength foot_pump knee_pump thigh_pump"
        ),
        _condition("knee-injury", "Knee injury", "skeletal", "knee", "knee_pump calf_strength thigh_pump"),
        _condition("thigh-weakness", "Weak thigh", "muscular", "thigh", "thigh_pump knee_pump"),
        _condition("high-heels-3.5cm", "Heels of 3.5 cm", "circumstance", "foot and ankle", "ankle_range foot_pump"),
        _condition("high-heels-7cm", "Heels of 7 cm", "circumstance", "foot and ankle", "ankle_range foot_pump"),
        _condition("obesity", "Obesity", "circumstance", "abdomen", "abdominal_mmhg calf_strength outflow_resistance"),
        _condition(
            "pregnancy", "Late pregnancy", "circumstance", "abdomen", "abdominal_mmhg iliac_resistance stiffness"
        ),
        _condition("old-age", "Old age (82 y)", "muscular", "calf and ankle", "calf_strength ankle_range stiffness"),
        _condition("bed-rest", "Long bed rest", "muscular", "calf and ankle", "calf_strength ankle_range"),
    )
}

ADDING = frozenset({"superficial_leak", "deep_leak", "proximal_leak", "perforator_leak", "abdominal_mmhg"})
"""Traits to which conditions add; all others they multiply. So the order of conditions never matters."""


def find_conditions(text: str) -> list[Condition]:
    """The conditions named in ``a+b+c``; an unknown name raises ``InputError``."""
    names = [part.strip() for part in text.split("+") if part.strip()] or ["normal"]
    for name in names:
        if name not in CONDITIONS:
            raise InputError(f"no condition named {name!r}{did_you_mean(name, CONDITIONS)}")
    return [CONDITIONS[name] for name in names]


def leg_with(text: str, constants: Mapping[str, float], traits: LegTraits = HEALTHY) -> LegTraits:
    """The leg with the conditions of ``a+b+c``.

    Args:
        text: names from ``CONDITIONS`` joined by ``+``.
        constants: the registry's ``legs`` room.
        traits: the leg before.
    """
    for condition in find_conditions(text):
        for trait, value in condition.values(constants).items():
            before = getattr(traits, trait)
            traits = traits.changed(**{trait: before + value if trait in ADDING else before * value})
    return traits
