"""One cycle of the resolved leg as a moving picture: an HTML page of its own, with nothing to fetch."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from popsim.legs import Cycle

FRAMES = 90
HEIGHT_PX = 790
_PLACE = "/*DATA*/null"
_MUSCLE_MMHG = 120.0
"""Rise of calf pressure within a cycle that is drawn as a full squeeze."""


def animation(cycle: Cycle) -> str:
    """The page that shows this cycle: segments fill, valves open, close and leak, the calf is squeezed."""
    page = files("popsim_dashboard").joinpath("leg_animation.html").read_text(encoding="utf-8")
    return page.replace(_PLACE, json.dumps(frames(cycle)), 1)


def frames(cycle: Cycle) -> dict[str, object]:
    """What the page is told: at most ``FRAMES`` moments of fill, squeeze and valves."""
    moments = np.unique(np.linspace(0, len(cycle.time_s) - 1, FRAMES).astype(np.int64))
    calf = cycle.pressure_mmhg[:, cycle.segments.index("calf")]
    squeeze = np.clip((calf - calf.min()) / _MUSCLE_MMHG, 0.0, 1.0)
    return {
        "segments": list(cycle.segments),
        "ways": list(cycle.ways),
        "period_s": round(float(cycle.period_s), 4),
        "fill": cycle.fill[moments].round(4).tolist(),
        "squeeze": squeeze[moments].round(4).tolist(),
        "valve": cycle.valve[moments].tolist(),
    }
