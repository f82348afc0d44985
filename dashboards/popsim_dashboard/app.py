"""Entry of the dashboard: ``streamlit run app.py -- --runs DIR``."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from popsim_dashboard import plugin_panels
from popsim_dashboard.markup import page_style
from popsim_dashboard.runs import picked_run
from popsim_dashboard.screens import compare, leg, overview, person

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from streamlit.navigation.page import StreamlitPage

    from popsim.hooks import Panel
    from popsim_dashboard.runs import Run

RUNS_VARIABLE = "POPSIM_RUNS"
LEG_TITLE = "The leg"
ICON = Path(__file__).with_name("icon.svg")
# Modules with ``show``, their titles and icons.
SCREENS: tuple[tuple[ModuleType, str, str], ...] = (
    (overview, "Overview", "summarize"),
    (compare, "Compare arms", "compare_arrows"),
    (person, "A person's day", "directions_walk"),
    (leg, LEG_TITLE, "podiatry"),
)


def runs_folder(arguments: list[str]) -> Path:
    """Where the runs are: ``--runs``, else the environment variable ``POPSIM_RUNS``, else ``runs``."""
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    parser.add_argument("--runs", type=Path, default=Path(os.environ.get(RUNS_VARIABLE, "runs")))
    return Path(parser.parse_known_args(arguments)[0].runs)


def main() -> None:
    """Lay out sidebar and pages, and show the page asked for."""
    st.set_page_config(page_title="popsim", page_icon=str(ICON), layout="wide", initial_sidebar_state=250)
    page_style()
    run = picked_run(runs_folder(sys.argv[1:]))
    pages = [_page(screen, title, icon, run) for screen, title, icon in SCREENS]
    page = st.navigation([*pages, *(_plugin_page(panel, run) for panel in plugin_panels.panels())])
    if callable(run) and page.title != LEG_TITLE:
        run()
    else:
        page.run()


def _page(screen: ModuleType, title: str, icon: str, run: Run | Callable[[], None]) -> StreamlitPage:
    path = screen.__name__.rpartition(".")[2]
    return st.Page(
        lambda: screen.show(run), title=title, icon=f":material/{icon}:", url_path=path, default=screen is overview
    )


def _plugin_page(panel: Panel, run: Run | Callable[[], None]) -> StreamlitPage:
    return st.Page(
        lambda: run() if callable(run) else plugin_panels.show(panel, run),
        title=panel.label,
        icon=f":material/{panel.icon}:",
        url_path=panel.name,
    )


main()
