"""What is counted: integers in fixed point, so that sums do not depend on order, shards or workers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from popsim.clots.insufficiency import CEAP_CLASSES, SYMPTOMS
from popsim.clots.kinds import CLOT_SITES, EVENT_LABELS, NO_LEG, Detection, EventKind, Site
from popsim.people.population import AGE_GROUPS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from popsim.world import World

BATCHES = 100
"""People are hashed to so many batches; leaving one out at a time gives the jackknife's intervals."""


@dataclass(frozen=True)
class Measure:
    """Something counted per arm, day and age group.

    Attributes:
        name: stable id.
        scale: number of units per stored integer.
        unit: of the number.
        label: for people.
    """

    name: str
    scale: float
    unit: str
    label: str


HAZARD_SCALE = 2.0**-40
SITE_MEASURES = tuple(f"expected_clots_{site.name.lower()}" for site in CLOT_SITES)
"""Expected new clots by where they start, in the order of ``CLOT_SITES``."""

_OWN_NAME = tuple(kind for kind in EventKind if kind >= EventKind.RECURRENCE)
"""Kinds of events that are counted under their own names."""

CORE_MEASURES: tuple[Measure, ...] = (
    Measure("people", 1, "1", "People alive at the start of the day"),
    Measure("expected_clots", HAZARD_SCALE, "1", "Expected new clots (daily probabilities added up)"),
    Measure("clots", 1, "1", "New clots"),
    Measure("expected_first_clots", HAZARD_SCALE, "1", "Expected people whose first clot of the run forms"),
    Measure("first_clots", 1, "1", "People whose first clot of the run forms"),
    Measure("symptomatic_dvt", 1, "1", "Symptomatic deep vein thromboses"),
    Measure("silent_embolism", 1, "1", "Silent pulmonary embolisms"),
    Measure("symptomatic_embolism", 1, "1", "Symptomatic pulmonary embolisms"),
    Measure("fatal_embolism", 1, "1", "Fatal pulmonary embolisms"),
    Measure("deaths", 1, "1", "Deaths from other causes"),
    Measure("pooled_ml_min", 1, "mL·min", "Lower-leg blood volume of both legs, integrated over the day"),
    Measure("activation_min", 1e-3, "min", "Endothelial activation of both legs, integrated over the day"),
    *(
        Measure(name, HAZARD_SCALE, "1", f"Expected new clots that start in the {site.name.lower()} veins")
        for name, site in zip(SITE_MEASURES, CLOT_SITES, strict=True)
    ),
    *(Measure(kind.name.lower(), 1, "1", EVENT_LABELS[kind]) for kind in _OWN_NAME),
    *(Measure(f"weeks_of_{name}", 1, "1", f"Person-weeks of {name} in the legs") for name in SYMPTOMS),
    *(
        Measure(f"ceap_{name}", 1, "1", f"People whose worse leg is of CEAP class {label} on the last day")
        for name, label in zip(CEAP_CLASSES, ("C0 or C1", "C2", "C3", "C4", "C5", "C6"), strict=True)
    ),
    Measure("vcss", 1, "1", "Venous clinical severity score of the worse leg on the last day, added up"),
    Measure("expected_major_bleeding", HAZARD_SCALE, "1", "Expected major bleeds, beside what drugs add"),
)
_MEASURED_EVENTS = {
    EventKind.CLOT: "clots",
    EventKind.SYMPTOMATIC_DVT: "symptomatic_dvt",
    EventKind.SILENT_EMBOLISM: "silent_embolism",
    EventKind.SYMPTOMATIC_EMBOLISM: "symptomatic_embolism",
    EventKind.FATAL_EMBOLISM: "fatal_embolism",
    EventKind.DEATH: "deaths",
} | {kind: kind.name.lower() for kind in _OWN_NAME}

_compiled = njit(cache=True, nogil=True)

_DEADLY = (EventKind.FATAL_EMBOLISM, EventKind.FATAL_BLEEDING, EventKind.THROMBOSIS_DEATH)


def measures(harms: Sequence[str]) -> tuple[Measure, ...]:
    """All measures of a run whose interventions can do these harms."""
    extra = []
    for harm in harms:
        extra.append(Measure(harm, 1, "1", harm.replace("-", " ").capitalize()))
        extra.append(Measure(f"expected-{harm}", HAZARD_SCALE, "1", f"Expected {harm.replace('-', ' ')}"))
    return CORE_MEASURES + tuple(extra)


def batch_of(world: World) -> NDArray[np.int64]:
    """The batch each person is counted in, ``(N,)``: intervals come from leaving out one batch at a time."""
    return (world.draws.uniform("outcomes.batch", world.people.ids) * BATCHES).astype(np.int64)


class Outcomes:
    """The outcomes of one arm in one slice of people.

    Args:
        world: the people and the length of the run.
        harms: names of harm events of all arms, in the run's order.
    """

    def __init__(self, world: World, harms: Sequence[str]) -> None:
        people, days = world.people, world.scenario.days
        self.measures = measures(harms)
        self._code = {m.name: i for i, m in enumerate(self.measures)}
        self._harm_kind = {harm: len(EventKind) + i for i, harm in enumerate(harms)}
        self._ids = people.ids
        self._group, self._batch = people.age_group.astype(np.uint8), batch_of(world).astype(np.uint8)
        self.daily = np.zeros((days, len(AGE_GROUPS), len(self.measures)), dtype=np.int64)
        self.replicates = np.zeros((BATCHES, len(self.measures)), dtype=np.int64)
        self._tallies: dict[int, NDArray[np.int64]] = {}
        self._events: list[dict[str, NDArray[np.int64]]] = []
        self.used: dict[str, int] = {}

    def count(self, measure: str, day: int, amount: NDArray[np.int64]) -> None:
        """Add whole amounts per person, ``(N,)``, to a measure of one day; those told of, where it is yes or no."""
        code = self._code[measure]
        _add(amount, self._group, self._batch, self.daily[day, :, code], self.replicates[:, code])

    def measure(
        self, measure: str, day: int, amount: NDArray[np.float64], rows: NDArray[np.int64] | None = None
    ) -> None:
        """Add amounts in the measure's unit, each rounded to its scale: everybody's, or of the people at these rows."""
        code, group, batch = self._code[measure], self._group, self._batch
        if rows is not None:
            group, batch = group[rows], batch[rows]
        scale = self.measures[code].scale
        _add_rounded(amount, scale, group, batch, self.daily[day, :, code], self.replicates[:, code])

    def count_rows(self, measure: str, day: int | NDArray[np.int64], rows: NDArray[np.int64]) -> None:
        """Count something that happened to the people at these rows, on one day or each on its own, ``(n,)``."""
        if not len(rows):
            return
        code = self._code[measure]
        np.add.at(self.daily[..., code], (np.broadcast_to(day, rows.shape), self._group[rows]), 1)
        np.add.at(self.replicates[:, code], self._batch[rows], 1)

    def harm(self, event: str, day: int, happened: NDArray[np.int64]) -> None:
        """Note that a harm event happened to the people at these rows."""
        size = len(happened)
        columns = {
            "row": happened,
            "person": self._ids[happened],
            "day": np.full(size, day),
            "leg": np.full(size, NO_LEG),
            "site": np.full(size, Site.NONE),
            "kind": np.full(size, self._harm_kind[event]),
            "detection": np.full(size, Detection.CLINICAL),
            "episode": np.zeros(size, dtype=np.int64),
        }
        self._events.append({name: np.asarray(values, dtype=np.int64) for name, values in columns.items()})

    def pooled(self, day: int, tally: NDArray[np.int64]) -> None:
        """Keep the day's sums by age group and activity, as the kernel made them."""
        self._tallies[day] = tally.copy()

    def use(self, item: str, amount: float) -> None:
        """Add to what an intervention uses up, in thousandths."""
        self.used[item] = self.used.get(item, 0) + round(amount * 1000)

    def close(self, clots: Sequence[Mapping[str, NDArray[np.int64]]], death_day: NDArray[np.int64]) -> None:
        """Add the clots' events that fall within the run and the person's life, and the deaths from other causes."""
        rows = np.flatnonzero(death_day < len(self.daily))
        parts = [dict(part) for part in clots] + self._events
        events = {name: np.concatenate([p[name] for p in parts]) for name in parts[0]} if parts else {}
        if events:
            lived = (events["day"] <= death_day[events["row"]]) & (events["day"] < len(self.daily))
            events = {name: values[lived] for name, values in events.items()}
        killed = events["row"][np.isin(events["kind"], _DEADLY)] if events else rows[:0]
        deaths = self._deaths(np.setdiff1d(rows, killed), death_day)
        self.events = {
            name: np.concatenate([events[name], deaths[name]]) if events else deaths[name] for name in deaths
        }
        names = {int(kind): name for kind, name in _MEASURED_EVENTS.items()} | {
            k: h for h, k in self._harm_kind.items()
        }
        for kind, name in names.items():
            these = self.events["kind"] == kind
            self.count_rows(name, self.events["day"][these], self.events["row"][these])

    def _deaths(self, rows: NDArray[np.int64], death_day: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
        size = len(rows)
        return {
            "row": rows,
            "person": self._ids[rows],
            "day": death_day[rows],
            "leg": np.full(size, NO_LEG, dtype=np.int64),
            "site": np.full(size, Site.NONE, dtype=np.int64),
            "kind": np.full(size, EventKind.DEATH, dtype=np.int64),
            "detection": np.full(size, Detection.CLINICAL, dtype=np.int64),
            "episode": np.zeros(size, dtype=np.int64),
        }

    def pooling_table(self) -> NDArray[np.int64]:
        """Rows of day, activity, age group, leg-minutes, and the three integrals of ``popsim.legs.kernel.TALLIES``."""
        if not self._tallies:
            return np.zeros((0, 7), dtype=np.int64)
        days, tallies = np.array(list(self._tallies)), np.stack(list(self._tallies.values()))
        which, group, activity = np.nonzero(tallies[..., 0])
        return np.column_stack([days[which], activity, group, tallies[which, group, activity]])


@_compiled
def _add(amount: Any, group: Any, batch: Any, by_group: Any, by_batch: Any) -> None:
    """Add whole amounts, ``(N,)``, to the sums of each person's age group and batch."""
    for i in range(amount.shape[0]):
        by_group[group[i]] += amount[i]
        by_batch[batch[i]] += amount[i]


@_compiled
def _add_rounded(amount: Any, scale: float, group: Any, batch: Any, by_group: Any, by_batch: Any) -> None:
    """The same with amounts of any size, each rounded to a whole multiple of a scale."""
    per_unit = 1.0 / scale
    for i in range(amount.shape[0]):
        whole = np.int64(np.rint(amount[i] * per_unit))
        by_group[group[i]] += whole
        by_batch[batch[i]] += whole
