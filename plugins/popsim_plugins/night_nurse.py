"""Night nurses: some nights a week on their feet on the ward, asleep by day."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from popsim.hooks import ORDINARY, Bout, DailyRoutine, PeopleView, hookimpl
from popsim.people.population import Work

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

FIRST, BETWEEN, AFTER = 1, 2, 3
DAYS = 7


class NightNurse(DailyRoutine):
    """A block of night shifts that begins on a weekday of one's own; the other days are ordinary."""

    name: ClassVar[str] = "night-nurse"
    label: ClassVar[str] = "Nurses on night shifts"
    kinds: ClassVar[tuple[str, ...]] = ("first-night", "between-nights", "after-nights")
    reads: ClassVar[frozenset[str]] = frozenset({"work"})
    evidence_names: ClassVar[tuple[str, ...]] = (
        "night_nurse.nights",
        "night_nurse.walking_share",
        "night_nurse.seated_share",
    )

    def eligible(self, people: PeopleView) -> NDArray[np.bool_]:
        """Whose work is on their feet."""
        return np.asarray((people["work"] == Work.STANDING) | (people["work"] == Work.ACTIVE))

    def week(self, people: PeopleView) -> NDArray[np.int64]:
        """The block of nights, and the day after it."""
        nights = round(self.evidence["night_nurse.nights"])
        begins = (people.draw("begins") * DAYS).astype(np.int64)
        since = (np.arange(DAYS)[:, None] - begins) % DAYS
        kind = np.select([since == 0, since < nights, since == nights], [FIRST, BETWEEN, AFTER], default=ORDINARY)
        return np.asarray(kind, dtype=np.int64)

    def day(self, kind: str, ordinary: Sequence[Bout]) -> Sequence[Bout]:
        """From 04:00: the end of a shift if there was one, sleep, an evening at home, and the next shift if any."""
        shift_ends = [*self._shift(180), ("ride", 30), ("sleep", 450)]
        begins = shift_ends if kind != "first-night" else [("sleep", 240), ("potter", 60), ("sit-home", 360)]
        begins = [*begins, ("potter", 90), ("walk", 20), ("sit-home", 220)]
        if kind == "after-nights":
            return [*begins, ("sleep", 1440 - sum(minutes for _, minutes in begins))]
        left = 1440 - sum(minutes for _, minutes in begins)
        return [*begins, ("ride", 30), *self._shift(left - 30)]

    def _shift(self, minutes: int) -> list[Bout]:
        """Rounds: on one's feet at the bedside, from bed to bed, and a while at the desk, every hour."""
        walking, seated = (self.evidence[f"night_nurse.{name}_share"] for name in ("walking", "seated"))
        shift: list[Bout] = []
        while minutes > 0:
            hour = min(60, minutes)
            walk, sit = round(walking * hour), round(seated * hour)
            shift += [("potter", hour - walk - sit), ("walk", walk), ("sit-work", sit)]
            minutes -= hour
        return [bout for bout in shift if bout[1] > 0]


@hookimpl
def popsim_routines() -> Iterable[type[DailyRoutine]]:
    """Offer the nights."""
    return [NightNurse]


@hookimpl
def popsim_evidence() -> Iterable[Path]:
    """How many nights, and how one spends them."""
    return [Path(__file__).with_suffix(".toml")]
