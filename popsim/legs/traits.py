"""What one leg is like: the traits by which legs differ, neutral for a healthy bare leg."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from popsim.errors import InputError, did_you_mean


@dataclass(frozen=True)
class LegTraits:
    """One leg, relative to a healthy young adult's bare one.

    Attributes:
        calf_strength: pressure of the calf's contraction.
        ankle_range: range of motion of the ankle, 0 to 1.
        foot_pump: pressure by which loading the foot empties it.
        weight_bearing: share of body weight this leg takes; unloads foot and calf.
        knee_pump: compression of the popliteal segment.
        thigh_pump: pressure of the thigh's contraction.
        superficial_leak: reflux of the great saphenous system (0 none, .4 clear, 1 gross).
        deep_leak: reflux of the deep veins from thigh to foot.
        proximal_leak: further reflux above the knee only.
        perforator_leak: reflux from calf to superficial veins.
        superficial_calibre: width of the superficial veins; ``None`` lets it follow the leak.
        deep_calibre: width of the axial deep calf veins; ``None`` lets it follow the leak.
        calibre: width of all veins below the thigh, on top of what leaks widen.
        stiffness: divides all compliances.
        outflow_resistance: of thigh and pelvis together.
        femoral_resistance: of the thigh alone.
        iliac_resistance: of the pelvis alone.
        abdominal_mmhg: added to the pressure against which the leg drains (pregnancy, obesity, heart failure).
        compression_mmhg: external pressure at the ankle.
        inelastic: share of that compression given by inelastic material, 0 to 1.
        arterial_inflow: arterial inflow at rest.
        height_factor: body height relative to the reference adult.
    """

    calf_strength: float = 1.0
    ankle_range: float = 1.0
    foot_pump: float = 1.0
    weight_bearing: float = 1.0
    knee_pump: float = 1.0
    thigh_pump: float = 1.0
    superficial_leak: float = 0.0
    deep_leak: float = 0.0
    proximal_leak: float = 0.0
    perforator_leak: float = 0.0
    superficial_calibre: float | None = None
    deep_calibre: float | None = None
    calibre: float = 1.0
    stiffness: float = 1.0
    outflow_resistance: float = 1.0
    femoral_resistance: float = 1.0
    iliac_resistance: float = 1.0
    abdominal_mmhg: float = 0.0
    compression_mmhg: float = 0.0
    inelastic: float = 0.0
    arterial_inflow: float = 1.0
    height_factor: float = 1.0

    def __post_init__(self) -> None:
        for name, value in self.given().items():
            if not 0.0 <= value < 1e4:
                raise InputError(f"expected a number of at least 0 (got {value})", key=name)
        for name in _POSITIVE:
            if getattr(self, name) <= 0.0:
                raise InputError("expected a number above 0", key=name)

    def given(self) -> dict[str, float]:
        """The traits that have a value, by name."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def changed(self, **values: Any) -> LegTraits:
        """A copy with these traits set; unknown names raise ``InputError``."""
        known = [f.name for f in fields(self)]
        for name in values:
            if name not in known:
                raise InputError(f"no such trait of a leg{did_you_mean(name, known)}", key=name)
        return replace(self, **values)


_POSITIVE = ("calibre", "stiffness", "outflow_resistance", "femoral_resistance", "iliac_resistance", "height_factor")

HEALTHY = LegTraits()
