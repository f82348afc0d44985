"""A coach tour: some days in a seat, as a journey that scenarios list among their episodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from popsim.hooks import Bout, Episode, Settings, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_STOP_MIN = 20
_SIGHTS_MIN = 120
_DAY_MIN = 1440


class CoachTourParams(Settings):
    """How long, and how often one gets out."""

    days: int = Field(5, ge=1, le=60, description="Days of the tour")
    riding_hours: int = Field(8, ge=1, le=14, description="Hours a day on the coach")
    stop_every_hours: int = Field(3, ge=1, le=14, description="Hours on the coach between two stops of 20 minutes")


class CoachTour(Episode):
    """Every day rides on the coach with stops, two hours of sights on foot, an evening at the hotel and a night."""

    name: ClassVar[str] = "coach-tour"
    label: ClassVar[str] = "Coach tour"
    Params: ClassVar[type[Settings]] = CoachTourParams
    params: CoachTourParams

    def days(self, plan: int) -> Sequence[Sequence[Bout]]:
        """The same every day."""
        return [self._day()] * self.params.days

    def _day(self) -> list[Bout]:
        day: list[Bout] = [("sleep", 180), ("potter", 60)]
        left = self.params.riding_hours * 60
        while left > 0:
            ride = min(left, self.params.stop_every_hours * 60)
            day += [("ride", ride), ("potter", _STOP_MIN)]
            left -= ride
        day.append(("walk", _SIGHTS_MIN))
        evening = max(_DAY_MIN - sum(minutes for _, minutes in day) - 300, 0)
        day.append(("sit-home", evening))
        return [*day, ("sleep", _DAY_MIN - sum(minutes for _, minutes in day))]


@hookimpl
def popsim_episodes() -> Iterable[type[Episode]]:
    """Offer the tour."""
    return [CoachTour]
