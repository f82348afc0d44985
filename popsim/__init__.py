"""popsim: how whole populations use, or don't use, the second heart in their legs, and what that does to them.

The names below are what a notebook needs; they are imported when first used::

    from popsim import Scenario, run
    result = run(Scenario.load("office"), people=5_000)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from popsim.community import Community, Person
    from popsim.errors import InputError, PopsimError
    from popsim.runs.running import RunResult, run
    from popsim.runs.scenario import Scenario
    from popsim.store import Results

__version__ = "0.1.0"

__all__ = ["Community", "InputError", "Person", "PopsimError", "Results", "RunResult", "Scenario", "run"]

_ROOMS = {
    "Community": "community",
    "InputError": "errors",
    "Person": "community",
    "PopsimError": "errors",
    "Results": "store",
    "RunResult": "runs.running",
    "Scenario": "runs.scenario",
    "run": "runs.running",
}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"popsim.{_ROOMS[name]}"), name)
