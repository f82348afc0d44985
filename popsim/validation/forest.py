"""All cases in one picture: each published interval and what the model says, both over the published number."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

from popsim.validation.verdict import accepted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from popsim.validation.verdict import CaseResult

_ROW, _TOP, _LEFT, _PLOT, _RIGHT = 22, 44, 480, 420, 150
_LEAST, _MOST = 0.1, 10.0
_TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10)
_INSIDE, _OUTSIDE, _PUBLISHED = "#1b7f5c", "#b3261e", "#c9ccd1"


def forest_svg(results: Sequence[CaseResult]) -> str:
    """A forest plot as SVG text; one row a case, on a logarithmic axis where 1 is the published number."""
    height = _TOP + _ROW * len(results) + 34
    width = _LEFT + _PLOT + _RIGHT
    rows = "".join(_row(result, _TOP + _ROW * i + _ROW // 2) for i, result in enumerate(results))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="system-ui, sans-serif" font-size="12" role="img" aria-label="Model against published results">'
        f'<rect width="{width}" height="{height}" fill="white"/>'
        f'<text x="{_LEFT}" y="18" font-weight="600">model over published number</text>'
        f"{_axis(height - 30)}{rows}</svg>\n"
    )


def _x(ratio: float) -> float:
    """Place on the axis; what lies beyond its ends is drawn at the end."""
    held = min(max(ratio, _LEAST), _MOST) if math.isfinite(ratio) else _MOST
    return round(_LEFT + _PLOT * math.log(held / _LEAST) / math.log(_MOST / _LEAST), 1)


def _axis(bottom: int) -> str:
    lines = (
        f'<line x1="{_x(tick)}" y1="{_TOP - 8}" x2="{_x(tick)}" y2="{bottom}" '
        f'stroke="{"#555" if tick == 1 else "#e6e7ea"}"/>'
        f'<text x="{_x(tick)}" y="{bottom + 16}" text-anchor="middle" fill="#555">{tick:g}</text>'
        for tick in _TICKS
    )
    return "".join(lines)


def _row(result: CaseResult, y: int) -> str:
    target, found = result.case.target, result.outcome
    low, high = (limit / target.estimate for limit in accepted(target)) if target.estimate else (1.0, 1.0)
    over = found.value / target.estimate if target.estimate else math.nan
    colour = _INSIDE if result.inside else _OUTSIDE
    parts = [
        f'<text x="8" y="{y + 4}">{escape(result.case.id)}  {escape(_short(result.case.title))}</text>',
        f'<rect x="{_x(low)}" y="{y - 6}" width="{round(_x(high) - _x(low), 1)}" height="12" fill="{_PUBLISHED}"/>',
    ]
    if math.isfinite(found.low) and math.isfinite(found.high) and target.estimate:
        ends = (_x(found.low / target.estimate), _x(found.high / target.estimate))
        parts.append(f'<line x1="{ends[0]}" y1="{y}" x2="{ends[1]}" y2="{y}" stroke="{colour}" stroke-width="2"/>')
    if math.isfinite(over):
        parts.append(f'<circle cx="{_x(over)}" cy="{y}" r="4" fill="{colour}"/>')
    shown = f"{found.value:.3g} against {target.estimate:.3g}" if math.isfinite(found.value) else "no event"
    parts.append(f'<text x="{_LEFT + _PLOT + 12}" y="{y + 4}" fill="{colour}">{shown}</text>')
    return "".join(parts)


def _short(title: str) -> str:
    return title if len(title) <= 62 else f"{title[:61]}…"
