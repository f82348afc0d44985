"""The resolved leg: its equations against an independent integration, blood conserved, postures as published."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from popsim.errors import InputError
from popsim.legs.anatomy import LOWER_LEG, Posture, Segment
from popsim.legs.exercises import exercises, hyperaemia, muscle_rhythm, tiptoes, walking
from popsim.legs.microscope import Microscope, Phase
from popsim.legs.traits import HEALTHY, LegTraits

LEGS = {
    "healthy": HEALTHY,
    "superficial reflux": LegTraits(superficial_leak=0.5),
    "deep reflux": LegTraits(deep_leak=1.0),
    "perforator reflux and obstruction": LegTraits(perforator_leak=0.5, outflow_resistance=10.0),
    "stocking": LegTraits(compression_mmhg=25.0),
}


class PlainLeg:
    """The equations of the leg written out a second time, in plain Python, for SciPy's stiff solver."""

    def __init__(self, scope, phase):
        self.p, self.phase = scope.leg, phase
        self.depth = scope.leg.depth[phase.posture]
        self.muscle = muscle_rhythm(phase.exercise, scope.constants) if phase.exercise else None
        self.target = hyperaemia(phase.exercise, scope.leg, scope.constants) if phase.exercise else np.ones(6)

    def wall(self, i, v):
        p = self.p
        if v < p.unstressed[i]:
            return -p.collapse * ((v / p.unstressed[i]) ** -1.5 - 1.0)
        k = 2.0 * p.stressed_max[i] / math.pi
        return k / p.compliance[i] * math.tan((v - p.unstressed[i]) / k)

    def activity(self, i, t):
        m = self.muscle
        if m is None or m.amplitude[i] == 0.0:
            return 0.0
        since = (t - m.start[i]) % m.period
        return math.sin(math.pi * since / m.length[i]) if since < m.length[i] else 0.0

    def pressures(self, t, v):
        p = self.p
        rise = 1.0 + p.compression_rise * self.activity(1, t) * p.strength[1]
        muscle = [0.0 if self.muscle is None else self.muscle.amplitude[i] * p.strength[i] for i in range(6)]
        return [p.compression[i] * rise + muscle[i] * self.activity(i, t) + self.wall(i, v[i]) for i in range(6)]

    def open_share(self, i, v, least):
        return min(max(v[i] / (self.p.unstressed[i] + self.p.patency_share * self.p.stressed_max[i]), least), 1.0)

    def left(self, i, v):
        return min(v[i] / (0.1 * self.p.unstressed[i]), 1.0) ** 2

    def deep(self, way, drop, narrow, v):
        p = self.p
        if drop < 0.0:
            above = 1.0 if way == 4 else self.left((5, 1, 2, 3)[way], v)
            return above * p.leak[way] * drop / (1.0 + abs(drop) / p.reverse_limit)
        r, b = p.resistance[way] / narrow, p.turbulence[way]
        return self.left((0, 5, 1, 2, 3)[way], v) * (-r + math.sqrt(r * r + 4.0 * b * drop)) / (2.0 * b)

    def __call__(self, t, y):
        p, v = self.p, y[:6]
        pressure = self.pressures(t, v)
        foot, calf, knee, thigh, surface, axial = (pressure[i] - 0.777 * self.depth[i] for i in range(6))
        c_f, c_d, c_c = (self.open_share(i, v, p.patency_least) for i in (0, 5, 1))
        c_s = self.open_share(4, v, p.patency_least_superficial) * min(v[4] / p.unstressed[4], 1.0) ** 2
        fd = self.deep(0, foot - axial, c_f, v)
        dc = self.deep(1, axial - calf, c_d, v)
        cp = self.deep(2, calf - knee, c_c**2, v)
        pt = self.deep(3, knee - thigh, 1.0, v)
        ti = self.deep(4, thigh - p.right_atrium, 1.0, v)
        sc, si, sf = surface - calf, surface - p.right_atrium, surface - foot
        into = c_s * sc / p.perforators if sc >= 0 else p.perforator_leak * sc / (1.0 - sc / p.reverse_limit)
        up = c_s * si / p.groin if si >= 0 else p.groin_leak * c_s**2 * si / (1.0 - si / p.reverse_limit)
        down = c_s * sf / (p.foot_out if sf >= 0 else p.foot_in) * (1.0 if sf >= 0 else self.left(0, v))
        into *= 1.0 if sc >= 0 else self.left(1, v)
        fed = [self.artery(i, pressure[i], y[6 + i]) for i in range(6)]
        slow = np.where(self.target > y[6:], p.hyperaemia_rise_s, p.hyperaemia_fade_s)
        volume = [fed[0] + down - fd, fed[1] + dc + into - cp, fed[2] + cp - pt, fed[3] + pt - ti]
        volume += [fed[4] - into - up - down, fed[5] + fd - dc]
        return [*volume, *((self.target - y[6:]) / slow)]

    def artery(self, i, pressure, factor):
        p = self.p
        drive = min(max((p.arterial + 0.777 * self.depth[i] - pressure) / p.arterial, 0.05), 1.6)
        reflex = 1.0 - math.exp(-(pressure - p.reflex_from) / p.reflex_scale) if pressure > p.reflex_from else 0.0
        return p.inflow[i] * factor * drive * (1.0 - p.reflex_share * reflex)


def conserved(trace, before_ml):
    """Blood that came in less what drained is what stayed."""
    came, left = trace.totals[:, 0].sum(), trace.totals[:, 1].sum()
    return came - left == pytest.approx(trace.end.volume_ml.sum() - before_ml, abs=1e-7 * max(came, 1.0))


@pytest.mark.parametrize("leg", LEGS)
def test_kernel_agrees_with_a_stiff_solver(leg):
    scope = Microscope(LEGS[leg])
    for phase, before in (
        (Phase(6.0, Posture.STANDING, walking(3.0, scope.constants)), Posture.STANDING),
        (Phase(4.0, Posture.STANDING, tiptoes(60.0, scope.constants)), Posture.STANDING),
        (Phase(8.0, Posture.STANDING), Posture.RAISED),
    ):
        start = scope.settled(before)
        kernel = scope.run([phase], start).end.volume_ml
        plain = solve_ivp(
            PlainLeg(scope, phase),
            (0.0, phase.seconds),
            np.concatenate([start.volume_ml, start.hyperaemia]),
            method="LSODA",
            rtol=1e-8,
            atol=1e-9,
            max_step=0.02,
        ).y[:6, -1]
        assert np.abs(kernel / plain - 1.0).max() < 1e-3


@settings(max_examples=25, deadline=None)
@given(
    strength=st.floats(0.0, 1.5),
    deep=st.floats(0.0, 3.0),
    superficial=st.floats(0.0, 3.0),
    perforator=st.floats(0.0, 3.0),
    outflow=st.floats(1.0, 50.0),
    compression=st.floats(0.0, 60.0),
    name=st.sampled_from(["walking", "calf-raises", "toe-walking", "lunges", "stepping", "heel-lifts"]),
)
@example(strength=1.2, deep=0.0, superficial=0.0, perforator=0.4, outflow=1.0, compression=40.0, name="calf-raises")
def test_pumping_never_creates_blood(strength, deep, superficial, perforator, outflow, compression, name):
    traits = LegTraits(
        calf_strength=strength,
        deep_leak=deep,
        superficial_leak=superficial,
        perforator_leak=perforator,
        outflow_resistance=outflow,
        compression_mmhg=compression,
    )
    scope = Microscope(traits)
    start = scope.settled(Posture.SITTING)
    exercise = exercises(scope.constants)[name]
    trace = scope.run([Phase(20.0, exercise.posture, exercise), Phase(10.0, Posture.RAISED)], start)
    assert conserved(trace, start.volume_ml.sum())
    assert (trace.volume_ml > 0.0).all()
    assert np.isfinite(trace.pressure_mmhg).all()


@settings(max_examples=15, deadline=None)
@given(height=st.floats(0.85, 1.15), leak=st.floats(0.0, 2.0), abdominal=st.floats(0.0, 8.0))
def test_standing_pressure_is_the_column_of_blood(height, leak, abdominal):
    scope = Microscope(LegTraits(height_factor=height, superficial_leak=leak, abdominal_mmhg=abdominal))
    trace = scope.run([Phase(5.0, Posture.STANDING)])
    column = scope.leg.right_atrium + 0.777 * scope.leg.depth[Posture.STANDING, Segment.FOOT]
    assert trace.ankle_mmhg[-1] == pytest.approx(column, abs=3.0)


@settings(max_examples=15, deadline=None)
@given(
    deep=st.floats(0.0, 2.0),
    superficial=st.floats(0.0, 2.0),
    compression=st.floats(0.0, 40.0),
    calibre=st.floats(0.7, 1.4),
    stiffness=st.floats(0.7, 2.0),
)
def test_raising_the_legs_empties_them(deep, superficial, compression, calibre, stiffness):
    traits = LegTraits(
        deep_leak=deep, superficial_leak=superficial, compression_mmhg=compression, calibre=calibre, stiffness=stiffness
    )
    scope = Microscope(traits)
    trace = scope.run([Phase(60.0, Posture.RAISED)], scope.settled(Posture.STANDING))
    assert trace.pooled_ml[-1] < 0.25 * trace.pooled_ml[0]


@settings(max_examples=15, deadline=None)
@given(calibre=st.floats(0.7, 1.3), wider=st.floats(0.05, 0.3), stiffness=st.floats(0.7, 2.0))
def test_wide_veins_hold_more_and_stiff_veins_less(calibre, wider, stiffness):
    narrow, wide, stiff = (
        Microscope(LegTraits(calibre=c, stiffness=s)).settled(Posture.STANDING).volume_ml[list(LOWER_LEG)].sum()
        for c, s in ((calibre, stiffness), (calibre + wider, stiffness), (calibre, 1.5 * stiffness))
    )
    assert stiff < narrow < wide


def test_walking_lowers_pressure_and_volume_below_standing():
    scope = Microscope()
    trace = scope.run([Phase(120.0, Posture.STANDING, walking(3.0, scope.constants))])
    assert trace.ankle_mmhg[-400:].mean() < 0.4 * trace.ankle_mmhg[0]
    assert trace.pooled_ml[-400:].mean() < 0.7 * trace.pooled_ml[0]


def test_halving_the_step_changes_little():
    scope = Microscope(LEGS["deep reflux"])
    phase = [Phase(30.0, Posture.STANDING, walking(4.0, scope.constants))]
    coarse, fine = (scope.run(phase, step_s=step).end.volume_ml for step in (0.005, 0.0025))
    assert np.abs(coarse / fine - 1.0).max() < 1e-3


def test_a_phase_needs_time():
    with pytest.raises(InputError, match="longer than 0 s"):
        Microscope().run([Phase(0.0, Posture.STANDING)])


def test_unknown_trait_is_named():
    with pytest.raises(InputError, match="did you mean 'calf_strength'"):
        HEALTHY.changed(calf_strenght=1.0)
