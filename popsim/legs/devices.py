"""What is worn on a leg or moves it: stockings, wraps, cuffs, stimulation, orthoses, the foot stepper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from popsim.errors import InputError, did_you_mean
from popsim.legs.anatomy import Segment
from popsim.legs.microscope_kernel import Rhythm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from popsim.legs.traits import LegTraits

_CUFF_PLATEAU = 3.0
"""Cuffs fill within a tenth of their inflation time and hold; contractions are half-sines."""


@dataclass(frozen=True)
class Device:
    """Something worn or used. Its numbers stand in the registry's ``legs`` room.

    Attributes:
        name: as commands know it.
        label: for people.
        compression: constant with its resting pressure at the ankle, or empty.
        inelastic: share of the compression that is inelastic.
        cuffs: ``(segment, constant with the pressure)`` of rhythmic pressure.
        rhythm: prefix of the constants with period and duration of that pressure, or empty.
        restores: ``(trait, constant)``: the trait is at least this much with the device.
        exercise: name of the exercise the device makes a seated leg do, or empty.
    """

    name: str
    label: str
    compression: str = ""
    inelastic: float = 0.0
    cuffs: tuple[tuple[Segment, str], ...] = ()
    rhythm: str = ""
    restores: tuple[tuple[str, str], ...] = ()
    exercise: str = ""

    def worn(self, traits: LegTraits, constants: Mapping[str, float]) -> LegTraits:
        """The leg with the device on; of two compressions the higher one acts."""
        for trait, constant in self.restores:
            traits = traits.changed(**{trait: max(getattr(traits, trait), constants[constant])})
        if self.compression and constants[self.compression] > traits.compression_mmhg:
            traits = traits.changed(compression_mmhg=constants[self.compression], inelastic=self.inelastic)
        return traits

    def pressure(self, constants: Mapping[str, float]) -> Rhythm | None:
        """The rhythmic pressure the device exerts, if it does."""
        if not self.cuffs:
            return None
        amplitude, length = np.zeros(len(Segment)), np.ones(len(Segment))
        for segment, constant in self.cuffs:
            amplitude[segment] = constants[constant]
            length[segment] = constants[f"{self.rhythm}_hold_s"]
        return Rhythm(amplitude, np.zeros(len(Segment)), length, constants[f"{self.rhythm}_period_s"], _CUFF_PLATEAU)


_LOWER = (Segment.CALF, Segment.SUPERFICIAL, Segment.AXIAL)
_STIMULATED = ((Segment.CALF, "stimulation_mmhg"),)

DEVICES: dict[str, Device] = {
    d.name: d
    for d in (
        Device("stocking-anti-embolism", "Anti-embolism stocking", compression="stocking_anti_embolism_mmhg"),
        Device("stocking-class-1", "Stocking, class 1", compression="stocking_class_1_mmhg"),
        Device("stocking-class-2", "Stocking, class 2", compression="stocking_class_2_mmhg"),
        Device("stocking-class-3", "Stocking, class 3", compression="stocking_class_3_mmhg"),
        Device("inelastic-wrap", "Inelastic wrap", compression="inelastic_wrap_mmhg", inelastic=1.0),
        Device("foot-cuff", "Pneumatic foot cuff", cuffs=((Segment.FOOT, "cuff_foot_mmhg"),), rhythm="cuff_foot"),
        Device(
            "calf-cuff",
            "Pneumatic calf cuff",
            cuffs=tuple((s, "cuff_calf_mmhg") for s in _LOWER),
            rhythm="cuff_calf",
        ),
        Device(
            "thigh-cuff",
            "Pneumatic cuffs of calf and thigh",
            cuffs=(
                *((s, "cuff_calf_mmhg") for s in (*_LOWER, Segment.POPLITEAL)),
                (Segment.THIGH, "cuff_thigh_mmhg"),
            ),
            rhythm="cuff_calf",
        ),
        Device("electrical-stimulation", "Electrical stimulation of the calf", cuffs=_STIMULATED, rhythm="stimulation"),
        Device(
            "ankle-foot-orthosis",
            "Ankle-foot orthosis",
            restores=(
                ("ankle_range", "ankle_foot_orthosis_ankle_range"),
                ("foot_pump", "ankle_foot_orthosis_foot_pump"),
            ),
        ),
        Device(
            "ankle-brace",
            "Functional ankle brace",
            restores=(
                ("weight_bearing", "ankle_brace_weight_bearing"),
                ("ankle_range", "ankle_brace_ankle_range"),
            ),
        ),
        Device("foot-stepper", "Foot stepper under the desk", exercise="stepping"),
    )
}


SHORT_NAMES = {
    "afo": "ankle-foot-orthosis",
    "brace": "ankle-brace",
    "class-1": "stocking-class-1",
    "class-2": "stocking-class-2",
    "class-3": "stocking-class-3",
    "wrap": "inelastic-wrap",
    "stimulation": "electrical-stimulation",
    "stepper": "foot-stepper",
}
"""What else devices may be called."""


def find_device(name: str) -> Device:
    """The device of this name or short name; an unknown one raises ``InputError``."""
    full = SHORT_NAMES.get(name, name)
    if full not in DEVICES:
        raise InputError(f"no device named {name!r}{did_you_mean(name, [*DEVICES, *SHORT_NAMES])}")
    return DEVICES[full]


def find_devices(text: str | None) -> tuple[Device, ...]:
    """The devices named in ``a+b``; none for nothing."""
    return tuple(find_device(part.strip()) for part in (text or "").split("+") if part.strip())


def told_apart(text: str) -> tuple[str, str]:
    """What of ``a+b+c`` is wrong with a leg, and which devices it wears, each again joined by ``+``."""
    parts = [part.strip() for part in text.split("+") if part.strip()]
    worn = [part for part in parts if SHORT_NAMES.get(part, part) in DEVICES]
    return "+".join(part for part in parts if part not in worn), "+".join(find_device(part).name for part in worn)


def stocking(pressure_mmhg: float, traits: LegTraits) -> LegTraits:
    """The leg in an elastic stocking of this ankle pressure."""
    if not 0.0 <= pressure_mmhg <= 80.0:
        raise InputError(f"a stocking's ankle pressure must be between 0 and 80 mmHg (got {pressure_mmhg:g})")
    if pressure_mmhg <= traits.compression_mmhg:
        return traits
    return traits.changed(compression_mmhg=pressure_mmhg, inelastic=0.0)
