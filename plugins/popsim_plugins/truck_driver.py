"""Long-distance truck drivers: at the wheel by day, in the bunk of the cab by night."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from popsim.hooks import (
    Activity,
    Bout,
    DailyRoutine,
    PeopleView,
    Regime,
    Stillness,
    hookimpl,
)
from popsim.people.population import Work

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

BUNK = Activity(
    "cab-bunk", "Asleep in the cab", Regime.SUPINE, Stillness.ASLEEP_IN_BED, frozenset({"lying", "asleep", "travel"})
)
WORKDAYS = 5


class TruckDriver(DailyRoutine):
    """Two stretches at the wheel as long as the law lets them be, loading and waiting between, nights in the cab."""

    name: ClassVar[str] = "truck-driver"
    label: ClassVar[str] = "Long-distance truck drivers"
    kinds: ClassVar[tuple[str, ...]] = ("on-the-road",)
    reads: ClassVar[frozenset[str]] = frozenset({"work"})
    evidence_names: ClassVar[tuple[str, ...]] = (
        "truck_driver.stretch_min",
        "truck_driver.pause_min",
        "truck_driver.loading_min",
    )

    def eligible(self, people: PeopleView) -> NDArray[np.bool_]:
        """Whose work is driving."""
        return np.asarray(people["work"] == Work.DRIVING)

    def week(self, people: PeopleView) -> NDArray[np.int64]:
        """On the road from Monday to Friday."""
        return np.repeat((np.arange(7) < WORKDAYS).astype(np.int64)[:, None], len(people), axis=1)

    def day(self, kind: str, ordinary: Sequence[Bout]) -> Sequence[Bout]:
        """From the bunk to the wheel, a pause, the wheel again, and back to the bunk."""
        stretch, pause, loading = (
            round(self.evidence[f"truck_driver.{n}_min"]) for n in ("stretch", "pause", "loading")
        )
        day = [
            ("cab-bunk", 90),
            ("potter", 30),
            ("drive", stretch),
            ("waiting", pause),
            ("potter", loading),
            ("drive", stretch),
            ("walk", 15),
            ("sit-home", 150),
        ]
        return [*day, ("cab-bunk", 1440 - sum(minutes for _, minutes in day))]


@hookimpl
def popsim_activities() -> Iterable[Activity]:
    """Nights in the cab."""
    return [BUNK]


@hookimpl
def popsim_routines() -> Iterable[type[DailyRoutine]]:
    """Offer the weeks on the road."""
    return [TruckDriver]


@hookimpl
def popsim_evidence() -> Iterable[Path]:
    """How long one drives."""
    return [Path(__file__).with_suffix(".toml")]
