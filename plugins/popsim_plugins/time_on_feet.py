"""Time on one's feet: minutes a day spent upright."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from popsim.hooks import LivedDay, Outcome, PeopleView, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray


class TimeOnFeet(Outcome):
    """Standing, pottering, walking and exercise, wherever one is."""

    name: ClassVar[str] = "time-on-feet"
    label: ClassVar[str] = "Minutes on one's feet"
    unit: ClassVar[str] = "min"
    resolution: ClassVar[float] = 1.0

    def amount(self, people: PeopleView, day: LivedDay) -> NDArray[np.float64]:
        """Minutes in upright activities."""
        return day.minutes("upright")


@hookimpl
def popsim_outcomes() -> Iterable[type[Outcome]]:
    """Offer the count."""
    return [TimeOnFeet]
