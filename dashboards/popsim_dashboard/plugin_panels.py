"""Pages that plugins bring: their blocks of words, tables and charts, drawn alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from popsim.errors import PopsimError
from popsim.hooks import Chart, Panel, Rows, Words, load_plugins
from popsim_dashboard.words import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from popsim.store.results import Results
    from popsim_dashboard.runs import Run


@st.cache_resource(show_spinner=False)
def panels() -> list[Panel]:
    """The pages of the plugins that are installed, in order of name."""
    return list(load_plugins().panels.values())


def show(panel: Panel, run: Run) -> None:
    """Draw a plugin's page; what it raises is told on the page and nowhere else."""
    st.title(panel.label, anchor=False)
    try:
        for block in blocks_of(panel, run.results):
            _draw(block)
    except PopsimError as error:
        st.error(f"{plain(str(error))}.", icon=":material/error:")


def blocks_of(panel: Panel, results: Results) -> Iterator[Words | Rows | Chart]:
    """What a panel shows of these results; whatever its code raises becomes one sentence that names it."""
    try:
        for block in panel.blocks(results):
            if not isinstance(block, Words | Rows | Chart):
                raise TypeError(f"expected Words, Rows or Chart (got {block!r})")
            yield block
    except PopsimError:
        raise
    except (Exception, SystemExit) as cause:  # a stranger's code may raise anything
        text = " ".join(str(cause).split())
        raise PopsimError(f"panel {panel.name}: raised {type(cause).__name__}: {text}") from cause


def _draw(block: Words | Rows | Chart) -> None:
    if isinstance(block, Words):
        st.markdown(block.text)
    elif isinstance(block, Rows):
        st.dataframe(block.records(), hide_index=True)
        _caption(block.caption)
    else:
        st.vega_lite_chart(vega_lite(block), width="stretch")
        _caption(block.caption)


def vega_lite(chart: Chart) -> dict[str, Any]:
    """The whole specification of a chart, its data and a description for those who cannot see it."""
    return {**chart.spec, "data": {"values": chart.data.records()}, "description": chart.caption}


def _caption(text: str) -> None:
    if text:
        st.caption(text)
