"""The microscope's equations and their integration: explicit second-order steps (Heun) of a few milliseconds.

Every flow leaves one segment and enters another, arteries and iliac vein apart, so blood is conserved to rounding.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEGMENTS, DEEP_WAYS, WAYS = 6, 5, 8
FOOT, CALF, POPLITEAL, THIGH, SUPERFICIAL, AXIAL = range(SEGMENTS)
CHAIN = (FOOT, AXIAL, CALF, POPLITEAL, THIGH)
"""Where each deep way begins."""
PERFORATORS, GROIN, SUPERFICIAL_FOOT = range(DEEP_WAYS, WAYS)
MMHG_PER_CM = 0.777
STEEPEST = 0.995
"""Share of the largest stressed volume beyond which the pressure-volume curve goes on as a straight line."""
THINNEST = 0.05
"""Share of the unstressed volume below which a collapsed vein's pressure falls no further."""

EMPTY = 0.1
"""Share of the unstressed volume below which a vein gives off less and less, so that none is ever emptied."""

INFLOW, DRAINED, PRESSURE_SUM, VOLUME_SUM = 0, 1, 2, 3
TOTALS = VOLUME_SUM + SEGMENTS
"""Integrals over a phase: blood in and out (mL), ankle pressure (mmHg·s), volume by segment (mL·s)."""

_compiled = njit(cache=True, nogil=True, error_model="numpy")
_inlined = njit(inline="always", error_model="numpy")


class Rhythm(NamedTuple):
    """A repeated pulse of pressure on the segments.

    Attributes:
        amplitude: mmHg by segment, ``(6,)``.
        start: s after the beginning of each period, ``(6,)``, may be negative.
        length: s, ``(6,)``, positive.
        period: s.
        plateau: 1 for a half-sine; larger values rise faster and hold.
    """

    amplitude: NDArray[np.float64]
    start: NDArray[np.float64]
    length: NDArray[np.float64]
    period: float
    plateau: float


@_inlined
def transmural_pressure(leg: Any, i: Any, volume: Any) -> Any:
    """Pressure across the wall, mmHg: stiffening when full, collapsing below the unstressed volume."""
    unstressed = leg.unstressed[i]
    if volume < unstressed:
        share = max(volume / unstressed, THINNEST)
        return -leg.collapse * (1.0 / (share * math.sqrt(share)) - 1.0)
    scale = 2.0 * leg.stressed_max[i] / (math.pi * leg.compliance[i])
    angle = 0.5 * math.pi * (volume - unstressed) / leg.stressed_max[i]
    steepest = 0.5 * math.pi * STEEPEST
    if angle <= steepest:
        return scale * math.tan(angle)
    slope = 1.0 / math.cos(steepest) ** 2
    return scale * (math.tan(steepest) + slope * (angle - steepest))


@_inlined
def patency(leg: Any, i: Any, volume: Any, least: Any) -> Any:
    """How open a segment is for flow, ``least`` when collapsed, 1 when well filled."""
    return min(max(volume / (leg.unstressed[i] + leg.patency_share * leg.stressed_max[i]), least), 1.0)


@_inlined
def closing(leg: Any, i: Any, volume: Any) -> Any:
    """Factor on what a nearly empty segment gives off."""
    return min(volume / (EMPTY * leg.unstressed[i]), 1.0) ** 2


@_inlined
def reverse_flow(leak: Any, head: Any, limit: Any) -> Any:
    """Flow back through a leaking valve, mL/s, for a negative head in mmHg."""
    return leak * head / (1.0 - head / limit)


@_inlined
def forward_flow(head: Any, resistance: Any, turbulence: Any) -> Any:
    """Flow through an open valve, mL/s, with linear and quadratic loss."""
    return (math.sqrt(resistance * resistance + 4.0 * turbulence * head) - resistance) / (2.0 * turbulence)


@_inlined
def pulse(rhythm: Any, i: Any, time: Any) -> Any:
    """Activity of one segment's muscle or cuff, 0 to 1, ``time`` in s from the start of the phase."""
    since = (time - rhythm.start[i]) % rhythm.period
    if since >= rhythm.length[i]:
        return 0.0
    return min(rhythm.plateau * math.sin(math.pi * since / rhythm.length[i]), 1.0)


@_compiled
def pressures(leg: Any, muscle: Any, device: Any, time: Any, volume: Any, pressure: Any) -> None:
    """Fill ``pressure`` (mmHg, by segment) for these volumes at this time of the phase."""
    work = pulse(muscle, CALF, time) if muscle.amplitude[CALF] > 0.0 else 0.0
    rise = 1.0 + leg.compression_rise * work * leg.strength[CALF]
    for i in range(SEGMENTS):
        outer = leg.compression[i] * rise
        if muscle.amplitude[i] > 0.0:
            outer += muscle.amplitude[i] * leg.strength[i] * pulse(muscle, i, time)
        if device.amplitude[i] > 0.0:
            outer += device.amplitude[i] * pulse(device, i, time)
        pressure[i] = outer + transmural_pressure(leg, i, volume[i])


@_compiled
def flows(leg: Any, depth: Any, volume: Any, pressure: Any, flow: Any) -> None:
    """Fill ``flow`` (mL/s, by way, forward positive) for these volumes and pressures.

    Below their unstressed volume the superficial veins collapse and close, so that nothing can suck them empty; all
    other segments close when nearly empty.
    """
    head = pressure - MMHG_PER_CM * depth
    c_foot = patency(leg, FOOT, volume[FOOT], leg.patency_least)
    c_axial = patency(leg, AXIAL, volume[AXIAL], leg.patency_least)
    c_calf = patency(leg, CALF, volume[CALF], leg.patency_least)
    c_surface = patency(leg, SUPERFICIAL, volume[SUPERFICIAL], leg.patency_least_superficial)
    c_surface *= min(volume[SUPERFICIAL] / leg.unstressed[SUPERFICIAL], 1.0) ** 2
    drops = (
        head[FOOT] - head[AXIAL],
        head[AXIAL] - head[CALF],
        head[CALF] - head[POPLITEAL],
        head[POPLITEAL] - head[THIGH],
        head[THIGH] - leg.right_atrium,
    )
    narrow = (1.0 / c_foot, 1.0 / c_axial, 1.0 / (c_calf * c_calf), 1.0, 1.0)
    for way in range(DEEP_WAYS):
        if drops[way] >= 0.0:
            flow[way] = forward_flow(drops[way], leg.resistance[way] * narrow[way], leg.turbulence[way])
            flow[way] *= closing(leg, CHAIN[way], volume[CHAIN[way]])
        elif leg.leak[way] > 0.0 and way < DEEP_WAYS - 1:
            flow[way] = reverse_flow(leg.leak[way], drops[way], leg.reverse_limit)
            flow[way] *= closing(leg, CHAIN[way + 1], volume[CHAIN[way + 1]])
        else:
            flow[way] = reverse_flow(leg.leak[way], drops[way], leg.reverse_limit)
    inward = head[SUPERFICIAL] - head[CALF]
    if inward >= 0.0:
        flow[PERFORATORS] = c_surface * inward / leg.perforators
    else:
        flow[PERFORATORS] = reverse_flow(leg.perforator_leak, inward, leg.reverse_limit)
        flow[PERFORATORS] *= closing(leg, CALF, volume[CALF])
    upward = head[SUPERFICIAL] - leg.right_atrium
    if upward >= 0.0:
        flow[GROIN] = c_surface * upward / leg.groin
    else:
        flow[GROIN] = reverse_flow(leg.groin_leak * c_surface * c_surface, upward, leg.reverse_limit)
    downward = head[SUPERFICIAL] - head[FOOT]
    flow[SUPERFICIAL_FOOT] = c_surface * downward / (leg.foot_out if downward >= 0.0 else leg.foot_in)
    if downward < 0.0:
        flow[SUPERFICIAL_FOOT] *= closing(leg, FOOT, volume[FOOT])


@_compiled
def arterial_inflow(leg: Any, depth: Any, pressure: Any, hyperaemia: Any, inflow: Any) -> None:
    """Fill ``inflow`` (mL/s, by segment): driven by arterial pressure at that depth, less the venoarteriolar reflex."""
    for i in range(SEGMENTS):
        drive = (leg.arterial + MMHG_PER_CM * depth[i] - pressure[i]) / leg.arterial
        above = pressure[i] - leg.reflex_from
        reflex = leg.reflex_share * (1.0 - math.exp(-above / leg.reflex_scale)) if above > 0.0 else 0.0
        inflow[i] = leg.inflow[i] * hyperaemia[i] * min(max(drive, 0.05), 1.6) * (1.0 - reflex)


@_compiled
def change(flow: Any, inflow: Any, rate: Any) -> None:
    """Fill ``rate`` (mL/s, by segment): what flows in less what flows out."""
    for i in range(SEGMENTS):
        rate[i] = inflow[i]
    rate[FOOT] += flow[SUPERFICIAL_FOOT] - flow[0]
    rate[AXIAL] += flow[0] - flow[1]
    rate[CALF] += flow[1] + flow[PERFORATORS] - flow[2]
    rate[POPLITEAL] += flow[2] - flow[3]
    rate[THIGH] += flow[3] - flow[4]
    rate[SUPERFICIAL] -= flow[PERFORATORS] + flow[GROIN] + flow[SUPERFICIAL_FOOT]


@_compiled
def evaluate(
    leg: Any,
    depth: Any,
    muscle: Any,
    device: Any,
    time: Any,
    volume: Any,
    hyperaemia: Any,
    pressure: Any,
    flow: Any,
    inflow: Any,
    rate: Any,
) -> None:
    """Fill pressures, flows, inflows and rates of change at one time."""
    pressures(leg, muscle, device, time, volume, pressure)
    flows(leg, depth, volume, pressure, flow)
    arterial_inflow(leg, depth, pressure, hyperaemia, inflow)
    change(flow, inflow, rate)


@_compiled
def advance(
    leg: Any,
    depth: Any,
    muscle: Any,
    device: Any,
    hyperaemia_target: Any,
    volume: Any,
    hyperaemia: Any,
    steps: Any,
    step_s: Any,
    every: Any,
    record: Any,
    totals: Any,
) -> None:
    """Integrate one phase in place.

    Args:
        leg: an ``anatomy.Leg``.
        depth: cm below the right atrium, ``(6,)``.
        muscle: the contractions, a ``Rhythm``.
        device: the cuffs, a ``Rhythm``.
        hyperaemia_target: inflow relative to rest that muscle work calls for, ``(6,)``.
        volume: mL, ``(6,)``, overwritten by the volumes at the end.
        hyperaemia: inflow relative to rest, ``(6,)``, overwritten.
        steps: number of steps.
        step_s: s.
        every: steps between records.
        record: ``(ceil(steps / every), 20)``: at the start of the step six volumes, six pressures, eight flows.
        totals: ``(TOTALS,)``, overwritten by the integrals over the phase.
    """
    pressure, flow, inflow, rate = np.empty(SEGMENTS), np.empty(WAYS), np.empty(SEGMENTS), np.empty(SEGMENTS)
    ahead, flow_2, inflow_2, rate_2 = np.empty(SEGMENTS), np.empty(WAYS), np.empty(SEGMENTS), np.empty(SEGMENTS)
    rise = 1.0 - math.exp(-step_s / leg.hyperaemia_rise_s)
    fade = 1.0 - math.exp(-step_s / leg.hyperaemia_fade_s)
    totals[:] = 0.0
    for n in range(steps):
        evaluate(leg, depth, muscle, device, n * step_s, volume, hyperaemia, pressure, flow, inflow, rate)
        if n % every == 0:
            record[n // every, :SEGMENTS] = volume
            record[n // every, SEGMENTS : 2 * SEGMENTS] = pressure
            record[n // every, 2 * SEGMENTS :] = flow
        totals[PRESSURE_SUM] += (pressure[SUPERFICIAL] + MMHG_PER_CM * (depth[FOOT] - depth[SUPERFICIAL])) * step_s
        for i in range(SEGMENTS):
            ahead[i] = volume[i] + step_s * rate[i]
            wanted = hyperaemia_target[i] - hyperaemia[i]
            hyperaemia[i] += wanted * (rise if wanted > 0.0 else fade)
        evaluate(leg, depth, muscle, device, (n + 1) * step_s, ahead, hyperaemia, pressure, flow_2, inflow_2, rate_2)
        for i in range(SEGMENTS):
            totals[VOLUME_SUM + i] += volume[i] * step_s
            volume[i] += 0.5 * step_s * (rate[i] + rate_2[i])
            totals[INFLOW] += 0.5 * step_s * (inflow[i] + inflow_2[i])
        totals[DRAINED] += 0.5 * step_s * (flow[4] + flow[GROIN] + flow_2[4] + flow_2[GROIN])
