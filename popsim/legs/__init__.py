"""Legs: the resolved pump under the microscope, the clinic, the reduced leg and the stagnation of still blood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from popsim.legs.microscope_cycle import Cycle, cycle

__all__ = ["Cycle", "cycle"]


def __getattr__(name: str) -> Any:
    """Import the microscope, and with it the compiler, when it is asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from popsim.legs import microscope_cycle  # noqa: PLC0415

    return getattr(microscope_cycle, name)
