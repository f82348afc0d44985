"""Pictures of curves without a plotting library: a few lines and words, written as SVG, HTML or PNG."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from popsim.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

WIDTH, HEIGHT = 860, 480
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 50, 55
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
"""Okabe and Ito's palette, told apart by colour-blind readers."""
INK, GRID = "#333333", "#dddddd"
MOST_POINTS = 1500
FORMATS = (".svg", ".html", ".png")


@dataclass(frozen=True)
class Curve:
    """One line.

    Attributes:
        name: for the legend.
        x: ``(T,)``.
        y: ``(T,)``.
    """

    name: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]


@dataclass(frozen=True)
class Picture:
    """Curves over common axes.

    Attributes:
        title: above.
        x_label: with unit.
        y_label: with unit.
        curves: at most seven.
    """

    title: str
    x_label: str
    y_label: str
    curves: Sequence[Curve]


class _Line(NamedTuple):
    points: list[tuple[float, float]]
    colour: str
    width: int


class _Word(NamedTuple):
    x: float
    y: float
    text: str
    anchor: str
    size: int
    colour: str


def write_picture(picture: Picture, path: Path) -> None:
    """Write ``.svg``, ``.html`` or ``.png``, by the name's ending.

    Raises:
        InputError: another ending, or a file that cannot be written.
    """
    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise InputError(f"a picture's name must end in {', '.join(FORMATS)} (got {path.name!r})", path=path)
    lines, words = _drawing(picture)
    try:
        if ending == ".png":
            _write_png(lines, words, path)
        else:
            svg = _svg(lines, words, picture.title)
            page = f"<!doctype html><meta charset='utf-8'><title>{escape(picture.title)}</title>{svg}\n"
            path.write_text(page if ending == ".html" else svg + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write the picture: {error.strerror}", path=path) from None


def _drawing(picture: Picture) -> tuple[list[_Line], list[_Word]]:
    """Grid, curves, axis words and legend."""
    x_ticks = _ticks(np.concatenate([c.x for c in picture.curves]))
    y_ticks = _ticks(np.concatenate([c.y for c in picture.curves]))
    left, right, low, high = (float(t) for t in (x_ticks[0], x_ticks[-1], y_ticks[0], y_ticks[-1]))

    def across(x: float) -> float:
        return LEFT + (x - left) / (right - left) * (WIDTH - LEFT - RIGHT)

    def down(y: float) -> float:
        return HEIGHT - BOTTOM - (y - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    lines = [_Line([(across(t), down(low)), (across(t), down(high))], GRID, 1) for t in x_ticks]
    lines += [_Line([(across(left), down(t)), (across(right), down(t))], GRID, 1) for t in y_ticks]
    words = [_Word(across(t), HEIGHT - BOTTOM + 18, f"{t:g}", "middle", 12, INK) for t in x_ticks]
    words += [_Word(LEFT - 8, down(t) + 4, f"{t:g}", "end", 12, INK) for t in y_ticks]
    words += [
        _Word(LEFT, 20, picture.title, "start", 15, INK),
        _Word(LEFT, 40, picture.y_label, "start", 12, INK),
        _Word(WIDTH - RIGHT, HEIGHT - 12, picture.x_label, "end", 12, INK),
    ]
    for number, curve in enumerate(picture.curves):
        colour = COLOURS[number % len(COLOURS)]
        every = max(len(curve.x) // MOST_POINTS, 1)
        points = [(across(x), down(y)) for x, y in zip(curve.x[::every], curve.y[::every], strict=True)]
        lines.append(_Line(points, colour, 2))
        words.append(_Word(WIDTH - RIGHT - 8, TOP + 16 + 18 * number, curve.name, "end", 13, colour))
    return lines, words


def _ticks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round numbers around the values, about six of them."""
    low, high = float(values.min()), float(values.max())
    span = high - low or 1.0
    power = 10.0 ** np.floor(np.log10(span / 6.0))
    step = next(power * m for m in (1.0, 2.0, 5.0, 10.0) if span / (power * m) <= 7.0)
    first = np.floor(low / step + 0.02)
    last = max(np.ceil(high / step - 0.02), first + 1.0)
    return np.asarray(np.round(np.arange(first, last + 1.0) * step, 10))


def _svg(lines: list[_Line], words: list[_Word], title: str) -> str:
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="sans-serif"><title>{escape(title)}</title><rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
    ]
    for line in lines:
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in line.points)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{line.colour}" stroke-width="{line.width}"/>')
    parts += [
        f'<text x="{w.x:.1f}" y="{w.y:.1f}" text-anchor="{w.anchor}" font-size="{w.size}" '
        f'fill="{w.colour}">{escape(w.text)}</text>'
        for w in words
    ]
    return "\n".join([*parts, "</svg>"])


def _write_png(lines: list[_Line], words: list[_Word], path: Path) -> None:
    """Draw with Pillow, at twice the size for sharp lines."""
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415 - comes with the dashboard's libraries

    zoom = 2
    image = Image.new("RGB", (WIDTH * zoom, HEIGHT * zoom), "white")
    draw = ImageDraw.Draw(image)
    for line in lines:
        draw.line([(x * zoom, y * zoom) for x, y in line.points], fill=line.colour, width=line.width * zoom)
    anchors = {"start": "ls", "middle": "ms", "end": "rs"}
    for w in words:
        font = ImageFont.load_default(w.size * zoom)
        draw.text((w.x * zoom, w.y * zoom), w.text, fill=w.colour, font=font, anchor=anchors[w.anchor])
    image.save(path)
