"""Colours and the look of charts: one colour per arm on every page, told apart by colour-blind readers too."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import altair as alt

if TYPE_CHECKING:
    from collections.abc import Sequence

INK = "#22272E"
MUTED = "#6B7280"
RULE = "#E4DFD8"
WINE = "#7B1E3A"
REFERENCE = "#5B6770"

_ARMS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Okabe and Ito's palette without black and yellow, which are lost on white."""

_FONT = '"Source Sans", "Source Sans Pro", sans-serif'


def arm_colours(labels: Sequence[str]) -> dict[str, str]:
    """A colour for each arm, grey for the reference; beyond seven arms colours repeat."""
    others = {label: _ARMS[i % len(_ARMS)] for i, label in enumerate(labels[1:])}
    return {labels[0]: REFERENCE, **others}


def arm_scale(colours: dict[str, str]) -> alt.Scale:
    """The scale that gives each arm its colour."""
    return alt.Scale(domain=list(colours), range=list(colours.values()))


def styled(*layers: alt.Chart, height: int | alt.Step) -> alt.LayerChart:
    """Charts on top of each other with the look that all charts share; ``height`` in pixels, axes included."""
    configured = (
        alt.layer(*layers)
        .properties(height=height)
        .configure(font=_FONT, padding={"left": 4, "right": 12, "top": 4, "bottom": 4})
        .configure_view(stroke=None)
        .configure_axis(
            domain=False,
            gridColor=RULE,
            tickColor=RULE,
            labelColor=MUTED,
            titleColor=INK,
            labelFontSize=12,
            titleFontSize=12.5,
            titleFontWeight="normal",
            titlePadding=10,
            labelLimit=260,
        )
        .configure_legend(
            orient="top", labelColor=INK, labelFontSize=12.5, labelLimit=300, symbolStrokeWidth=3, offset=8
        )
    )
    return cast("alt.LayerChart", configured)
