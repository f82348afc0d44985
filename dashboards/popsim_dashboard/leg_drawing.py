"""Two legs from behind, drawn as SVG: foot, calf, knee and thigh fill as blood pools."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from popsim_dashboard.theme import INK, MUTED, RULE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

FRESH, STAGNANT = (217, 140, 160), (74, 13, 36)
"""Colours of blood in a leg without and with full clotting activation."""

SKIN, SKIN_EDGE, EMPTY = "#FBF1EA", "#D8C3B5", "#EFE3DC"

_WIDTH_PX = 340
_BOX = (330, 416)

_OUTLINE = (
    "M30 8 C28 60 38 110 50 165 C47 190 40 215 44 248 C48 290 60 320 62 350 C62 366 55 376 54 390 "
    "C53 404 60 409 74 410 L124 412 C139 412 140 402 128 394 C112 384 97 370 94 350 C94 318 112 292 115 248 "
    "C117 215 108 190 106 165 C118 110 124 60 122 8 Z"
)
_VEINS = {
    "thigh": "M69 20 C67 70 71 120 72 164 L88 164 C89 120 91 70 89 20 Z",
    "popliteal": "M72 170 L72 204 L88 204 L88 170 Z",
    "calf": (
        "M72 210 C58 230 57 262 66 292 C70 306 73 322 74 340 L84 340 C85 322 90 306 95 292 C104 262 102 230 88 210 Z"
    ),
    "foot": (
        "M73 346 C72 364 66 376 65 388 C65 398 72 401 82 401 L118 403 C128 403 127 397 118 391 C102 381 86 366 84 346 Z"
    ),
}
_SUPERFICIAL = "M66 394 C64 376 66 356 63 340 C58 300 50 268 53 232 C54 200 60 180 57 150 C50 100 42 60 48 22"
_NAMES = (("Thigh", 90), ("Knee", 191), ("Calf", 265), ("Foot", 388))


@dataclass(frozen=True)
class LegPicture:
    """One leg as drawn.

    Attributes:
        fill: by segment, share of the most it can hold, 0 to 1.
        activation: clotting activation, 0 to 1: the darker, the longer blood has stood still.
        caption: in words.
    """

    fill: Mapping[str, float]
    activation: float
    caption: str


def two_legs(left: LegPicture, right: LegPicture) -> str:
    """SVG of both legs from behind, the left one on the left. It holds no text, since fonts don't reach pictures."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_BOX[0]} {_BOX[1]}">'
        f'<g transform="translate(150 0) scale(-1 1)">{_leg(left, "left")}</g>'
        f'<g transform="translate(180 0)">{_leg(right, "right")}</g></svg>'
    )


def labelled(left: LegPicture, right: LegPicture) -> str:
    """HTML of the drawing with the names of segments between the legs, captions below, and what colours mean."""
    data = b64encode(two_legs(left, right).encode()).decode()
    words = f"Both legs from behind. Left: {left.caption}. Right: {right.caption}."
    names = "".join(
        f'<span style="position:absolute;left:50%;top:{100 * y / _BOX[1]:.1f}%;transform:translate(-50%,-50%);'
        f'font-size:.8rem;color:{MUTED}">{name}</span>'
        for name, y in _NAMES
    )
    captions = "".join(
        f'<div style="flex:1;text-align:center;font-size:.88rem;color:{INK}">'
        f"<b>{side}</b><br>{escape(leg.caption)}</div>"
        for side, leg in (("Left", left), ("Right", right))
    )
    return (
        f'<div style="max-width:{_WIDTH_PX}px;margin:0 auto"><div style="position:relative">'
        f'<img alt="{escape(words)}" style="display:block;width:100%" src="data:image/svg+xml;base64,{data}">'
        f"{names}</div>"
        f'<div style="display:flex;margin:.4rem 0 .8rem">{captions}</div>{_activation_key()}</div>'
    )


def _leg(picture: LegPicture, side: str) -> str:
    colour = blood_colour(picture.activation)
    parts = [f'<path d="{_OUTLINE}" fill="{SKIN}" stroke="{SKIN_EDGE}" stroke-width="1.5"/>']
    for segment, path in _VEINS.items():
        parts.append(_level(f"{side}-{segment}", picture.fill.get(segment, 0.0), colour))
        parts.append(f'<path d="{path}" fill="url(#{side}-{segment})" stroke="{colour}" stroke-width="1.2"/>')
    shade = 0.15 + 0.85 * picture.fill.get("superficial", 0.0)
    width = 2.0 + 3.0 * picture.fill.get("superficial", 0.0)
    parts.append(
        f'<path d="{_SUPERFICIAL}" fill="none" stroke="{colour}" stroke-opacity="{shade:.2f}" '
        f'stroke-width="{width:.1f}" stroke-linecap="round"/>'
    )
    return "".join(parts)


def _level(name: str, fill: float, colour: str) -> str:
    """A gradient with a hard edge: full below the level, empty above."""
    level = f"{min(max(fill, 0.0), 1.0):.3f}"
    return (
        f'<linearGradient id="{name}" x1="0" y1="1" x2="0" y2="0"><stop offset="{level}" stop-color="{colour}"/>'
        f'<stop offset="{level}" stop-color="{EMPTY}"/></linearGradient>'
    )


def blood_colour(activation: float) -> str:
    """From light to dark wine as blood stagnates."""
    share = min(max(activation, 0.0), 1.0)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(FRESH, STAGNANT, strict=True))


def _activation_key() -> str:
    return (
        f'<div style="display:flex;align-items:center;gap:.6em;font-size:.8rem;color:{MUTED};justify-content:center">'
        f'<span>fresh</span><span style="width:110px;height:9px;border-radius:5px;border:1px solid {RULE};'
        f'background:linear-gradient(90deg,{blood_colour(0)},{blood_colour(1)})"></span><span>stagnant</span></div>'
    )


@lru_cache(maxsize=1)
def _steady_legs() -> tuple[NDArray[np.float64], NDArray[np.float64], tuple[str, ...]]:
    """Pooled volume ``(K,)`` and fill ``(K, segments)`` of a healthy leg in every posture and rhythm, ascending."""
    from popsim.legs import cycle  # noqa: PLC0415 - brings the compiler along

    still = [cycle(posture=posture) for posture in ("raised", "lying", "sitting", "standing")]
    cycles = [*still, cycle(exercise="pottering")]
    pooled = np.array([c.pooled_ml.mean() for c in cycles])
    fill = np.array([c.fill.mean(axis=0) for c in cycles])
    order = np.argsort(pooled)
    return pooled[order], fill[order], cycles[0].segments


def shared_out(pooled_ml: float) -> dict[str, float]:
    """Fill of each segment of a healthy leg that holds this much blood below the thigh.

    Interpolated between postures of the resolved leg; above the fullest posture all segments fill in proportion.
    """
    pooled, fill, segments = _steady_legs()
    beyond = max(1.0, pooled_ml / pooled[-1])
    within = [float(np.interp(pooled_ml, pooled, column)) for column in fill.T]
    return {segment: min(1.0, beyond * share) for segment, share in zip(segments, within, strict=True)}
