"""Stillness on the ward: how long patients lie, sit and are on their feet on each day of their stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from popsim.hooks import Lines, LivedDay, Outcome, OwnTable, PeopleView, TableColumn, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

LATEST_DAY = 60


class WardDays(Outcome):
    """What a hospital compares with what its sensors and nurses record, day by day of the stay.

    Days from the sixtieth on are counted as one. Days of admission and discharge hold hours outside hospital too.
    """

    name: ClassVar[str] = "ward-days"
    label: ClassVar[str] = "Minutes in bed, seated and on one's feet by day of the stay"
    table: ClassVar[OwnTable] = OwnTable(
        "Patients on one day of their stay, in intensive care or not",
        (
            TableColumn(
                "stay_day", f"Day of the stay, 0 is admission; {LATEST_DAY} and later are one", "d", dtype="uint8"
            ),
            TableColumn("in_icu", "1 with time in intensive care that day, else 0", dtype="uint8"),
            TableColumn("patients", "Patient-days", "d", summed=True),
            TableColumn("lying_min", "Minutes lying, asleep or awake", "min", summed=True),
            TableColumn("seated_min", "Minutes in any seat", "min", summed=True),
            TableColumn("upright_min", "Minutes on their feet", "min", summed=True),
            TableColumn("expected_clots", "Expected new clots", "1", 2.0**-40, summed=True),
        ),
        by=(),
    )

    def lines(self, people: PeopleView, day: LivedDay) -> Lines:
        """One line for each patient."""
        today = day.today
        return Lines(
            today.in_hospital,
            {
                "stay_day": np.clip(today.stay_day, 0, LATEST_DAY),
                "in_icu": today.in_icu,
                "patients": 1,
                "lying_min": day.minutes("lying"),
                "seated_min": day.minutes("seated"),
                "upright_min": day.minutes("upright"),
                "expected_clots": day.expected_clots.sum(axis=0),
            },
        )


@hookimpl
def popsim_outcomes() -> Iterable[type[Outcome]]:
    """Offer the table."""
    return [WardDays]
