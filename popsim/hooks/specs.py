"""The hooks a plugin can implement. Each has a real plugin that uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from popsim.hooks.intervention import Intervention
    from popsim.hooks.scores import RiskScore

PROJECT = "popsim"
API_VERSION = 1

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def popsim_interventions() -> Iterable[type[Intervention]]:  # type: ignore[empty-body]
    """Interventions and behaviours that scenarios can name in an arm."""


@hookspec
def popsim_risk_scores() -> Iterable[RiskScore]:  # type: ignore[empty-body]
    """Risk scores that hospital policies and reports can name."""


@hookspec
def popsim_evidence() -> Iterable[Path]:  # type: ignore[empty-body]
    """Evidence files (TOML, as in ``popsim/evidence/data``); their constants are named after the file."""
