"""How long people sit without getting up: of each day, the distribution of everybody's longest time in a seat."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from popsim.hooks import Lines, LivedDay, Outcome, OwnTable, PeopleView, Settings, TableColumn, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray


class UnbrokenSittingParams(Settings):
    """How finely times are told apart."""

    class_min: int = Field(30, ge=1, le=240, description="Width of the classes of the longest time in a seat, minutes")


class UnbrokenSitting(Outcome):
    """Of long sits a planner asks who has them and how long they last, which no mean tells.

    Seated exercise does not end a sit, since nobody gets up.
    """

    name: ClassVar[str] = "unbroken-sitting"
    label: ClassVar[str] = "Longest time in a seat without getting up"
    unit: ClassVar[str] = "min"
    resolution: ClassVar[float] = 1.0
    Params: ClassVar[type[Settings]] = UnbrokenSittingParams
    params: UnbrokenSittingParams
    table: ClassVar[OwnTable] = OwnTable(
        "People of one age group whose longest time in a seat on one day falls into one class",
        (
            TableColumn(
                "from_min", "Shortest time of the class; 0 is nobody's sit or a short one", "min", dtype="uint16"
            ),
            TableColumn("people", "People alive that day", "people", summed=True),
            TableColumn("sat_min", "Their longest times in a seat, added up", "min", summed=True),
        ),
    )

    def amount(self, people: PeopleView, day: LivedDay) -> NDArray[np.float64]:
        """Everybody's longest time."""
        return day.longest("seated")

    def lines(self, people: PeopleView, day: LivedDay) -> Lines:
        """One line for each person; those of a class become one."""
        longest = day.longest("seated")
        width = self.params.class_min
        return Lines(day.alive, {"from_min": longest // width * width, "people": 1, "sat_min": longest})


@hookimpl
def popsim_outcomes() -> Iterable[type[Outcome]]:
    """Offer the distribution."""
    return [UnbrokenSitting]
