"""The hooks a plugin can implement. Each has a real plugin that uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from click import Command

    from popsim.hooks.daily_routine import DailyRoutine
    from popsim.hooks.episode import Episode
    from popsim.hooks.intervention import Intervention
    from popsim.hooks.outcome import DetectionMethod, Outcome
    from popsim.hooks.panel import Panel
    from popsim.hooks.prices import PriceList
    from popsim.hooks.scores import RiskScore
    from popsim.routines.activities import Activity

PROJECT = "popsim"
API_VERSION = 1

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def popsim_activities() -> Iterable[Activity]:  # type: ignore[empty-body]
    """Things people can be doing, beside those of the core; days may use them by name."""


@hookspec
def popsim_routines() -> Iterable[type[DailyRoutine]]:  # type: ignore[empty-body]
    """Ordinary weeks of some people, with kinds of days of their own, for ``[routine.plugins.NAME]``."""


@hookspec
def popsim_episodes() -> Iterable[type[Episode]]:  # type: ignore[empty-body]
    """Trips and stays: days in place of ordinary ones, for ``[[episodes]]``."""


@hookspec
def popsim_interventions() -> Iterable[type[Intervention]]:  # type: ignore[empty-body]
    """Interventions and behaviours that scenarios can name in an arm."""


@hookspec
def popsim_risk_scores() -> Iterable[RiskScore]:  # type: ignore[empty-body]
    """Risk scores that hospital policies and reports can name."""


@hookspec
def popsim_detection_methods() -> Iterable[type[DetectionMethod]]:  # type: ignore[empty-body]
    """Examinations that find clots, for ``[outputs.plugins.NAME]``."""


@hookspec
def popsim_outcomes() -> Iterable[type[Outcome]]:  # type: ignore[empty-body]
    """Amounts counted per person and day, and tables of plugins' own, for ``[outputs.plugins.NAME]``."""


@hookspec
def popsim_evidence() -> Iterable[Path]:  # type: ignore[empty-body]
    """Evidence files (TOML, as in ``popsim/evidence/data``); their constants are named after the file."""


@hookspec
def popsim_price_lists() -> Iterable[PriceList]:  # type: ignore[empty-body]
    """Unit costs of items and events, and utilities, for ``prices`` under ``[outputs]``."""


@hookspec
def popsim_scenarios() -> Iterable[Path]:  # type: ignore[empty-body]
    """Scenario files that ``popsim run`` knows by the name of the file."""


@hookspec
def popsim_panels() -> Iterable[Panel]:  # type: ignore[empty-body]
    """Pages of the dashboard."""


@hookspec
def popsim_commands() -> Iterable[Command]:  # type: ignore[empty-body]
    """Commands of ``popsim``, made with click."""
