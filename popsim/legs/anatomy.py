"""The resolved leg's anatomy: six segments, the ways between them, and how traits change them.

Chain of the deep veins: foot → axial deep calf → calf sinuses → popliteal → thigh → iliac vein. The superficial
compartment lies beside the calf, joined to it by perforators, to the foot below and to the iliac vein at the groin.
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping

    from popsim.legs.traits import LegTraits

Floats = NDArray[np.float64]


class Segment(IntEnum):
    """A compartment of venous blood."""

    FOOT = 0
    CALF = 1
    POPLITEAL = 2
    THIGH = 3
    SUPERFICIAL = 4
    AXIAL = 5


class Way(IntEnum):
    """A connection with its forward direction; all but the last are valved."""

    FOOT_AXIAL = 0
    AXIAL_CALF = 1
    CALF_POPLITEAL = 2
    POPLITEAL_THIGH = 3
    THIGH_ILIAC = 4
    PERFORATORS = 5
    GROIN = 6
    SUPERFICIAL_FOOT = 7


class Posture(IntEnum):
    """How the leg hangs in the field of gravity."""

    STANDING = 0
    SITTING = 1
    SUPINE = 2
    RAISED = 3


SEGMENTS = tuple(s.name.lower() for s in Segment)
WAYS = tuple(w.name.lower() for w in Way)
DEEP_WAYS = WAYS[:5]
LOWER_LEG = (Segment.FOOT, Segment.CALF, Segment.POPLITEAL, Segment.SUPERFICIAL, Segment.AXIAL)
"""What counts as pooled volume of the lower leg: all below the thigh."""
CUFF = (Segment.CALF, Segment.SUPERFICIAL, Segment.AXIAL)
"""What the air plethysmograph's cuff around the calf sees."""
MMHG_PER_CM = 0.777
"""Hydrostatic pressure of blood: density 1.055 g/cm³, standard gravity."""


class Leg(NamedTuple):
    """Everything the microscope needs to know of one leg; arrays are per segment ``(6,)`` or per way ``(5,)``.

    Attributes:
        compliance: mL/mmHg at the unstressed volume.
        stressed_max: mL.
        unstressed: mL.
        inflow: mL/s at rest.
        strength: factor on muscle pressure, containment included.
        compression: external pressure at rest, mmHg.
        depth: cm below the right atrium, ``(postures, 6)``.
        resistance: open resistance of the deep ways, mmHg·s/mL.
        turbulence: quadratic resistance of the deep ways, mmHg·s²/mL².
        leak: reverse conductance of the deep ways, mL/(s·mmHg).
        perforators: open resistance superficial to calf.
        groin: open resistance superficial to iliac.
        foot_out: resistance superficial to foot.
        foot_in: resistance foot to superficial.
        perforator_leak: reverse conductance, mL/(s·mmHg).
        groin_leak: reverse conductance, mL/(s·mmHg).
        compression_rise: relative rise of external pressure at full contraction of the calf.
        work: the calf's work relative to a healthy one, drives hyperaemia.
        patency_least: of deep veins.
        patency_least_superficial: of superficial veins.
        patency_share: share of ``stressed_max`` at which veins are fully open.
        collapse: stiffness below the unstressed volume, mmHg.
        reverse_limit: mmHg.
        right_atrium: mmHg, abdominal pressure included.
        arterial: mmHg.
        reflex_share: venoarteriolar reflex.
        reflex_from: mmHg.
        reflex_scale: mmHg.
        hyperaemia_rise_s: time constant.
        hyperaemia_fade_s: time constant.
    """

    compliance: Floats
    stressed_max: Floats
    unstressed: Floats
    inflow: Floats
    strength: Floats
    compression: Floats
    depth: Floats
    resistance: Floats
    turbulence: Floats
    leak: Floats
    perforators: float
    groin: float
    foot_out: float
    foot_in: float
    perforator_leak: float
    groin_leak: float
    compression_rise: float
    work: float
    patency_least: float
    patency_least_superficial: float
    patency_share: float
    collapse: float
    reverse_limit: float
    right_atrium: float
    arterial: float
    reflex_share: float
    reflex_from: float
    reflex_scale: float
    hyperaemia_rise_s: float
    hyperaemia_fade_s: float


def resolve(traits: LegTraits, constants: Mapping[str, float]) -> Leg:
    """The leg of a person with these traits.

    Args:
        traits: how it differs from a healthy one.
        constants: the registry's ``legs`` room, without prefix (``evidence.room("legs")``).
    """
    c = constants
    wide = _calibres(traits, c)
    relief = math.exp(-traits.compression_mmhg / c["compression_leak_scale_mmhg"])
    superficial = wide[Segment.SUPERFICIAL]
    work = effective_strength(traits, c)
    # A vein's conductance goes with the square of its cross-section (Poiseuille), and calibre scales the cross-section.
    return Leg(
        compliance=per_segment(c, "compliance_ml_per_mmhg") * wide / traits.stiffness,
        stressed_max=per_segment(c, "stressed_max_ml") * wide,
        unstressed=per_segment(c, "unstressed_ml") * wide,
        inflow=per_segment(c, "inflow_ml_s") * traits.arterial_inflow,
        strength=_strengths(traits, work) * _containment(traits, c),
        compression=traits.compression_mmhg * _compression_shares(c),
        depth=_depths(c) * traits.height_factor,
        resistance=_per_way(c, "resistance") * _obstruction(traits),
        turbulence=_per_way(c, "turbulence"),
        leak=_deep_leaks(traits, c) * relief,
        perforators=c["resistance_perforators"] / superficial**2,
        groin=c["resistance_groin"] / superficial**2,
        foot_out=c["resistance_superficial_foot"],
        foot_in=c["resistance_foot_superficial"],
        perforator_leak=traits.perforator_leak * c["leak_perforator_ml_s_mmhg"] * relief,
        groin_leak=traits.superficial_leak * c["leak_superficial_ml_s_mmhg"] * relief,
        compression_rise=c["compression_rise"] * _mixed(traits, c["inelastic_rise_factor"]),
        work=work,
        patency_least=c["patency_least"],
        patency_least_superficial=c["patency_least_superficial"],
        patency_share=c["patency_full_at_stressed_share"],
        collapse=c["collapse_stiffness_mmhg"],
        reverse_limit=c["reverse_limit_mmhg"],
        right_atrium=c["right_atrium_mmhg"] + traits.abdominal_mmhg,
        arterial=c["arterial_mmhg"],
        reflex_share=c["venoarteriolar_share"],
        reflex_from=c["venoarteriolar_from_mmhg"],
        reflex_scale=c["venoarteriolar_scale_mmhg"],
        hyperaemia_rise_s=c["hyperaemia_rise_s"],
        hyperaemia_fade_s=c["hyperaemia_fade_s"],
    )


def effective_strength(traits: LegTraits, constants: Mapping[str, float]) -> float:
    """The calf's contraction after what the ankle's stiffness and the missing load take away."""
    free = 1.0 - constants["ankle_range_gain"] * (1.0 - min(traits.ankle_range, 1.0))
    return traits.calf_strength * free * traits.weight_bearing


def per_segment(constants: Mapping[str, float], quantity: str) -> Floats:
    """One quantity of all six segments, ``(6,)``."""
    return np.array([constants[f"{segment}_{quantity}"] for segment in SEGMENTS])


def _per_way(constants: Mapping[str, float], quantity: str) -> Floats:
    return np.array([constants[f"{quantity}_{way}"] for way in DEEP_WAYS])


def _depths(constants: Mapping[str, float]) -> Floats:
    return np.stack([per_segment(constants, f"depth_{posture.name.lower()}_cm") for posture in Posture])


def _calibres(traits: LegTraits, c: Mapping[str, float]) -> Floats:
    """Width of each segment; veins that leak are wide, compression narrows the superficial ones."""

    def follows(leak: float, full: float) -> float:
        return 1.0 + full * leak / (leak + c["dilatation_leak_half"])

    wide = np.ones(len(Segment))
    superficial, axial = traits.superficial_calibre, traits.deep_calibre
    leak = traits.superficial_leak
    wide[Segment.SUPERFICIAL] = follows(leak, c["dilatation_superficial"]) if superficial is None else superficial
    wide[Segment.SUPERFICIAL] *= max(1.0 - c["compression_narrowing_per_mmhg"] * traits.compression_mmhg, 0.2)
    wide[Segment.AXIAL] = follows(traits.deep_leak, c["dilatation_axial"]) if axial is None else axial
    wide[Segment.CALF] = follows(traits.deep_leak, c["dilatation_calf"])
    wide[list(LOWER_LEG)] *= traits.calibre
    return wide


def _strengths(traits: LegTraits, work: float) -> Floats:
    strength = np.zeros(len(Segment))
    strength[Segment.FOOT] = traits.foot_pump * traits.weight_bearing
    strength[Segment.CALF] = work
    strength[Segment.POPLITEAL] = traits.knee_pump
    strength[Segment.THIGH] = traits.thigh_pump
    return strength


def _containment(traits: LegTraits, c: Mapping[str, float]) -> Floats:
    """Compression gives the muscle a wall to work against, below the knee."""
    gain = c["compression_containment_per_mmhg"] * traits.compression_mmhg
    contained = np.ones(len(Segment))
    contained[[Segment.FOOT, Segment.CALF]] += gain * _mixed(traits, c["inelastic_containment_factor"])
    return contained


def _compression_shares(c: Mapping[str, float]) -> Floats:
    shares = np.zeros(len(Segment))
    for segment in (Segment.FOOT, Segment.CALF, Segment.SUPERFICIAL, Segment.AXIAL):
        shares[segment] = c[f"compression_share_{segment.name.lower()}"]
    return shares


def _mixed(traits: LegTraits, inelastic_factor: float) -> float:
    return 1.0 + traits.inelastic * (inelastic_factor - 1.0)


def _obstruction(traits: LegTraits) -> Floats:
    """Factor on the resistance of each deep way: obstruction above the knee, calibre below the thigh."""
    factor = np.ones(len(DEEP_WAYS))
    factor[Way.POPLITEAL_THIGH] = traits.outflow_resistance * traits.femoral_resistance
    factor[Way.THIGH_ILIAC] = traits.outflow_resistance * traits.iliac_resistance
    factor[: Way.THIGH_ILIAC] /= traits.calibre**2
    return factor


def _deep_leaks(traits: LegTraits, c: Mapping[str, float]) -> Floats:
    leak = traits.deep_leak * _per_way(c, "leak")
    for way in (Way.POPLITEAL_THIGH, Way.THIGH_ILIAC):
        leak[way] += traits.proximal_leak * c[f"leak_{WAYS[way]}"]
    return leak
