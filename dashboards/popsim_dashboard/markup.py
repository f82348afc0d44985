"""Cards and tables as HTML: every text is escaped, and both fit narrow windows."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from popsim_dashboard.theme import INK, MUTED, RULE
from popsim_dashboard.words import NOT_KNOWN, limits, valued

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from popsim.analysis import Estimate

_STYLE = f"""
.stMainBlockContainer {{ padding-left: 2.5rem; padding-right: 2.5rem; max-width: 1280px; }}
.popsim-cards {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(210px, 1fr)); gap: 14px; }}
.popsim-card {{ border: 1px solid {RULE}; border-top: 5px solid var(--arm); border-radius: 8px;
  padding: 14px 16px 12px; }}
.popsim-card h4 {{ margin: 0 0 10px; padding: 0; font-size: 1.02rem; font-weight: 650; color: {INK}; }}
.popsim-card .label {{ font-size: .85rem; color: {MUTED}; }}
.popsim-card .value {{ font-size: 2.1rem; font-weight: 650; line-height: 1.25; color: {INK}; }}
.popsim-card .note {{ font-size: .85rem; color: {MUTED}; margin-bottom: 10px; }}
.popsim-card .fact {{ display: flex; justify-content: space-between; gap: 10px; font-size: .88rem; color: {INK};
  font-variant-numeric: tabular-nums; padding-top: 3px; }}
.popsim-card .fact span {{ color: {MUTED}; }}
.popsim-card .note {{ border-bottom: 1px solid {RULE}; padding-bottom: 9px; }}
.popsim-table {{ overflow-x: auto; }}
.popsim-table table {{ border-collapse: collapse; width: 100%; font-size: .92rem; color: {INK}; }}
.popsim-table th {{ text-align: right; font-weight: 500; color: {MUTED}; vertical-align: bottom; padding: 6px 10px;
  border-bottom: 2px solid {RULE}; }}
.popsim-table td {{ text-align: right; padding: 6px 10px; border-bottom: 1px solid {RULE}; vertical-align: top;
  font-variant-numeric: tabular-nums; }}
.popsim-table .text {{ text-align: left; font-variant-numeric: normal; }}
.popsim-table small {{ display: block; color: {MUTED}; font-size: .8rem; white-space: nowrap; }}
.popsim-key {{ display: flex; flex-wrap: wrap; gap: 2px 16px; font-size: .84rem; color: {INK}; }}
.popsim-dot {{ display: inline-block; width: .75em; height: .75em; border-radius: 3px; margin-right: .4em; }}
"""


@dataclass(frozen=True)
class Figure:
    """A value with something small below it, such as its interval."""

    value: str
    below: str = ""


Cell = str | Figure


@dataclass(frozen=True)
class Card:
    """One arm's card: a large figure, what it is, its interval in words, and further facts."""

    title: str
    colour: str
    label: str
    value: str
    note: str
    facts: Sequence[tuple[str, str]]


def page_style() -> None:
    """Put the style of cards and tables on the page; call it once on each run of the app."""
    st.html(f"<style>{_STYLE}</style>")


def figure(estimate: Estimate | None) -> Figure:
    """An estimate with its interval below; a dash where there is nothing to tell."""
    return Figure(NOT_KNOWN) if estimate is None else Figure(valued(estimate), limits(estimate))


def cards(given: Iterable[Card]) -> None:
    """Show cards side by side, as many as fit in a row."""
    st.html(f'<div class="popsim-cards">{"".join(_card(card) for card in given)}</div>')


def colour_key(colours: dict[str, str]) -> None:
    """Name the colours of something drawn below; wraps in narrow windows."""
    named = "".join(
        f'<span><i class="popsim-dot" style="background:{colour}"></i>{escape(name)}</span>'
        for name, colour in colours.items()
    )
    st.html(f'<div class="popsim-key">{named}</div>')


def _card(card: Card) -> str:
    facts = "".join(f'<div class="fact"><span>{escape(name)}</span>{escape(value)}</div>' for name, value in card.facts)
    return (
        f'<div class="popsim-card" style="--arm:{card.colour}"><h4>{escape(card.title)}</h4>'
        f'<div class="label">{escape(card.label)}</div><div class="value">{escape(card.value)}</div>'
        f'<div class="note">{escape(card.note)}</div>{facts}</div>'
    )


def table(
    headings: Sequence[str], rows: Iterable[Sequence[Cell]], *, texts: int = 1, last_is_text: bool = False
) -> None:
    """Show a table.

    Args:
        headings: of the columns.
        rows: cells.
        texts: how many columns, from the left, hold text rather than numbers.
        last_is_text: whether the last one does, too.
    """
    is_text = [i < texts or (last_is_text and i == len(headings) - 1) for i in range(len(headings))]
    head = "".join(f"<th{_class(text)}>{escape(name)}</th>" for name, text in zip(headings, is_text, strict=True))
    body = "".join(
        f"<tr>{''.join(f'<td{_class(text)}>{_cell(cell)}</td>' for cell, text in zip(row, is_text, strict=True))}</tr>"
        for row in rows
    )
    st.html(f'<div class="popsim-table"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>')


def _class(is_text: bool) -> str:
    return ' class="text"' if is_text else ""


def _cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return escape(cell)
    return escape(cell.value) + (f"<small>{escape(cell.below)}</small>" if cell.below else "")
