"""Published ranges of the clinic's tests, and what a leg of given constants makes of each."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from popsim.legs.anatomy import Posture, Segment, Way
from popsim.legs.clinic import air_plethysmography, ambulatory_pressure, walking_pressure
from popsim.legs.conditions import leg_with
from popsim.legs.exercises import tiptoes, walking
from popsim.legs.microscope import Microscope, Phase
from popsim.legs.traits import HEALTHY, LegTraits

if TYPE_CHECKING:
    from popsim.evidence.registry import Evidence

STEP_S = 0.01
STOCKING_MMHG = 20.0
_APG = ("vv_ml", "vft90_s", "vfi_ml_s", "ev_ml", "ef_percent", "rvf_percent")
_AVP = ("standing_mmhg", "ambulatory_mmhg", "rt90_s", "walking_3_mmhg", "walking_6_mmhg")


@dataclass(frozen=True)
class Target:
    """A published range of one quantity in one group of legs, about 95 % of people except where the source says.

    Attributes:
        group: condition, or ``stocking-20``.
        quantity: key of what ``measure`` returns.
        unit: of the range.
        low: lower end.
        high: upper end.
        grade: as in the evidence registry.
        source: short citation.
    """

    group: str
    quantity: str
    unit: str
    low: float
    high: float
    grade: str
    source: str

    def met(self, value: float) -> bool:
        """Whether the value lies in the range."""
        return self.low <= value <= self.high


Measured = dict[tuple[str, str], float]
"""Value by group and quantity."""


@lru_cache(maxsize=1)
def targets() -> tuple[Target, ...]:
    """All targets, in the order of the file."""
    text = files("popsim.legs").joinpath("data", "targets.csv").read_text(encoding="utf-8")
    return tuple(
        Target(r["group"], r["quantity"], r["unit"], float(r["low"]), float(r["high"]), r["grade"], r["source"])
        for r in csv.DictReader(text.splitlines())
    )


def measure(evidence: Evidence) -> Measured:
    """Every target's quantity with these constants."""
    constants = evidence.room("legs")
    out: Measured = {}
    groups = dict.fromkeys(t.group for t in targets() if not t.group.startswith("stocking"))
    for group in groups:
        tested = clinic_values(Microscope(leg_with(group, constants), evidence))
        out |= {(group, quantity): value for quantity, value in tested.items()}
    out |= _healthy(evidence)
    out |= _compared(out)
    out |= _stocking(evidence, out)
    return out


def clinic_values(scope: Microscope) -> dict[str, float]:
    """Air plethysmography and ambulatory pressure of one leg."""
    apg, avp = air_plethysmography(scope, STEP_S), ambulatory_pressure(scope, STEP_S)
    return {q: getattr(apg, q) for q in _APG} | {q: getattr(avp, q) for q in _AVP}


def first_strides_ml(scope: Microscope, strides: int = 3) -> float:
    """Blood the calf sends through the knee in the first strides after standing."""
    walk = walking(3.0, scope.constants)
    seconds = strides * 60.0 / walk.rate_per_min
    trace = scope.run([Phase(seconds, Posture.STANDING, walk)], every_s=STEP_S, step_s=STEP_S)
    return float(trace.flow_ml_s[:, Way.CALF_POPLITEAL].mean() * seconds)


def _healthy(evidence: Evidence) -> Measured:
    scope, footless = Microscope(HEALTHY, evidence), Microscope(LegTraits(foot_pump=0.0), evidence)
    lying, sitting = (scope.run([Phase(10.0, p)], step_s=STEP_S) for p in (Posture.SUPINE, Posture.SITTING))
    flows = [trace.flow_ml_s[:, Way.POPLITEAL_THIGH].mean() for trace in (lying, sitting)]
    with_foot, without = first_strides_ml(scope), first_strides_ml(footless)
    change = walking_pressure(footless, 3.0, STEP_S) - walking_pressure(scope, 3.0, STEP_S)
    values = {
        "lying_mmhg": float(lying.ankle_mmhg.mean()),
        "sitting_mmhg": float(sitting.ankle_mmhg.mean()),
        "sitting_flow_change_percent": float(100.0 * (flows[1] / flows[0] - 1.0)),
        "walking_steps": _steps_until_low(scope),
        "foot_stroke_gain_percent": 100.0 * (with_foot / without - 1.0),
        "no_foot_walking_change_mmhg": change,
    }
    values |= _ejections(scope)
    return {("normal", quantity): value for quantity, value in values.items()}


def _ejections(scope: Microscope) -> dict[str, float]:
    """Share of their standing volume that one tiptoe drives out of the deep calf and the thigh."""
    trace = scope.run([Phase(1.5, Posture.STANDING, tiptoes(20.0, scope.constants))], every_s=STEP_S, step_s=STEP_S)

    def ejected(segment: Segment) -> float:
        volume = trace.volume_ml[:, segment]
        return float(100.0 * (1.0 - volume.min() / volume[0]))

    return {"calf_ejection_percent": ejected(Segment.CALF), "thigh_ejection_percent": ejected(Segment.THIGH)}


def _steps_until_low(scope: Microscope) -> float:
    """Strides of this leg until, as in RT90, 90 % of the fall from standing to the lowest stride's mean is reached."""
    walk = walking(3.0, scope.constants)
    period = 60.0 / walk.rate_per_min
    count = 60
    trace = scope.run([Phase(count * period, Posture.STANDING, walk)], every_s=STEP_S, step_s=STEP_S)
    means = [float(part.mean()) for part in np.array_split(trace.ankle_mmhg, count)]
    near = min(means) + 0.1 * (float(trace.ankle_mmhg[0]) - min(means))
    return float(np.argmax(np.array(means) <= near) + 1)


def _compared(out: Measured) -> Measured:
    """Changes against the healthy leg."""

    def change_percent(group: str, quantity: str) -> float:
        return 100.0 * (out[group, quantity] / out["normal", quantity] - 1.0)

    def fall(group: str) -> float:
        return out[group, "standing_mmhg"] - out[group, "walking_3_mmhg"]

    heels = "high-heels-7cm"
    return {
        ("stiff-ankle", "walking_fall_loss_percent"): 100.0 * (1.0 - fall("stiff-ankle") / fall("normal")),
        (heels, "ef_change_percent"): change_percent(heels, "ef_percent"),
        (heels, "rvf_change_points"): out[heels, "rvf_percent"] - out["normal", "rvf_percent"],
        (heels, "vfi_change_percent"): change_percent(heels, "vfi_ml_s"),
    }


def _stocking(evidence: Evidence, bare: Measured) -> Measured:
    constants = evidence.room("legs")
    healthy = Microscope(HEALTHY.changed(compression_mmhg=STOCKING_MMHG), evidence)
    deep = Microscope(leg_with("deep-reflux", constants).changed(compression_mmhg=STOCKING_MMHG), evidence)
    group = f"stocking-{STOCKING_MMHG:g}"
    walked = walking_pressure(healthy, 3.0, STEP_S) - bare["normal", "walking_3_mmhg"]
    pressed = ambulatory_pressure(deep, STEP_S).ambulatory_mmhg - bare["deep-reflux", "ambulatory_mmhg"]
    return {(group, "normal_walking_change_mmhg"): walked, (group, "deep_ambulatory_change_mmhg"): pressed}
