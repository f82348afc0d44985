"""Run folders with plausible numbers, written through the store's own API: what readers of results are tested on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from popsim.people.population import AGE_GROUPS
from popsim.randomness import Draws
from popsim.routines.activities import CODES, CORE_ACTIVITIES
from popsim.store.folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

CLOT_SCALE = 2.0**-40
BATCHES = 100

MEASURES: tuple[tuple[str, str, str, float], ...] = (
    ("people", "People alive", "people", 1.0),
    ("expected_clots", "Expected clots", "clots", CLOT_SCALE),
    ("clots", "Clots", "clots", 1.0),
    ("symptomatic_dvt", "Symptomatic deep vein thrombosis", "events", 1.0),
    ("silent_embolism", "Silent pulmonary embolism", "events", 1.0),
    ("symptomatic_embolism", "Symptomatic pulmonary embolism", "events", 1.0),
    ("fatal_embolism", "Fatal pulmonary embolism", "events", 1.0),
    ("deaths", "Deaths", "people", 1.0),
    ("pooled_ml_min", "Pooled blood", "mL min", 1e-3),
    ("activation_min", "Clotting activation", "min", 1e-6),
    ("major-bleed", "Major bleed", "events", 1.0),
    ("expected-major-bleed", "Expected major bleeds", "events", CLOT_SCALE),
)
MEASURE_CODES = {name: code for code, (name, *_) in enumerate(MEASURES)}

EVENT_KINDS = (
    "clot",
    "extension",
    "symptomatic_dvt",
    "silent_embolism",
    "symptomatic_embolism",
    "fatal_embolism",
    "resolved",
    "death",
)

PARAMETERS = [
    {
        "name": "stagnation.activation_off_min",
        "value": 468.0,
        "unit": "min",
        "grade": "model",
        "source": "Fitted to ratios of flights and bed rest",
        "meaning": "Time in which activation fades",
        "low": 297.0,
        "high": 844.0,
    },
    {
        "name": "clots.ratio_factor_v_leiden",
        "value": 4.4,
        "unit": "1",
        "grade": "literature",
        "source": "A published case-control study",
        "meaning": "Rate ratio of carriers of factor V Leiden",
        "low": None,
        "high": None,
    },
    {
        "name": "stagnation.oedema_threshold_mmhg",
        "value": 35.0,
        "unit": "mmHg",
        "grade": "assumed",
        "source": "A modelling choice",
        "meaning": "Ankle pressure above which tissue swells",
        "low": None,
        "high": None,
    },
]

SCENARIO_TEXT = """name = "office"
title = "Desk workers and walking breaks"
days = 28
seed = 7

[people]
count = 2000

[[arms]]
name = "usual"
label = "As usual"

[[arms]]
name = "walking-breaks"
label = "Walking breaks"
plugins = { walking-breaks = { every_min = 60 } }

[[arms]]
name = "stockings"
label = "Compression stockings"
plugins = { compression-stockings = { pressure_mmhg = 20.0 } }
"""

PLUGINS = [
    {"name": name, "version": "0.1.0", "distribution": "popsim", "hash": "", "parameters": {}}
    for name in ("walking-breaks", "compression-stockings")
]


@dataclass(frozen=True)
class ArmEffect:
    """One arm: what it multiplies hazard and pooled volume by, and the bleeds it brings per person-day."""

    name: str
    label: str
    hazard: float = 1.0
    volume: float = 1.0
    bleeds_per_day: float = 1e-5


ARMS = (
    ArmEffect("usual", "As usual"),
    ArmEffect("walking-breaks", "Walking breaks", hazard=0.7, volume=0.85),
    ArmEffect("stockings", "Compression stockings", hazard=0.85, volume=0.75, bleeds_per_day=2e-5),
)


@dataclass(frozen=True)
class SyntheticRun:
    """How a synthetic run is made.

    Attributes:
        people: how many, over all shards.
        days: how long.
        shards: into how many shards they are cut.
        committed: how many shards are on disk; all when ``None``.
        daily_hazard: mean hazard of a clot a person and day in the first arm.
        arms: the first is the reference.
        traced: people followed bout by bout.
        traced_days: for how many days.
        prices: whether what is used has a price.
    """

    people: int = 2000
    days: int = 28
    shards: int = 4
    committed: int | None = None
    seed: int = 7
    daily_hazard: float = 2e-4
    arms: Sequence[ArmEffect] = ARMS
    traced: int = 6
    traced_days: int = 3
    prices: bool = True
    title: str = "Desk workers and walking breaks"
    draws: Draws = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "draws", Draws(self.seed))

    def provenance(self) -> dict[str, Any]:
        """What the run was made of."""
        return {
            "scenario": "office",
            "title": self.title,
            "scenario_text": SCENARIO_TEXT,
            "seed": self.seed,
            "people": self.people,
            "days": self.days,
            "shards": self.shards,
            "versions": {"popsim": "0.1.0", "python": "3.11.9", "numpy": np.__version__},
            "parameters": PARAMETERS,
            "plugins": PLUGINS,
            "arms": [{"id": i, "name": a.name, "label": a.label, "settings": {}} for i, a in enumerate(self.arms)],
            "names": self._names(),
        }

    def _names(self) -> dict[str, list[dict[str, Any]]]:
        price = 25.0 if self.prices else None
        return {
            "activity": [{"id": i, "name": a.name, "label": a.label} for i, a in enumerate(CORE_ACTIVITIES)],
            "measure": [
                {"id": i, "name": name, "label": label, "unit": unit, "scale": scale}
                for i, (name, label, unit, scale) in enumerate(MEASURES)
            ],
            "event_kind": [{"id": i, "name": k, "label": k.replace("_", " ")} for i, k in enumerate(EVENT_KINDS)],
            "site": [{"id": 0, "name": "calf", "label": "Calf"}, {"id": 255, "name": "none", "label": "Nowhere"}],
            "detection": [
                {"id": 0, "name": "truth", "label": "Truth"},
                {"id": 1, "name": "clinical", "label": "Clinical"},
            ],
            "item": [
                {"id": 0, "name": "stocking-pair", "label": "Pair of stockings", "unit": "pair", "unit_cost": price}
            ],
            "age_group": [
                {"id": i, "name": f"from-{low}", "label": label} for i, (low, label) in enumerate(AGE_GROUPS)
            ],
        }

    def shard(self, index: int) -> dict[str, dict[str, NDArray[Any]]]:
        """All tables of one shard."""
        ids = np.array_split(np.arange(self.people), self.shards)[index]
        tables = [self._arm_tables(arm, ids) for arm in range(len(self.arms))]
        merged = {
            name: {column: np.concatenate([t[name][column] for t in tables]) for column in tables[0][name]}
            for name in tables[0]
        }
        traced = ids[ids < self.traced]
        merged["person"] = {"person": traced, "age_years": 30 + traced % 50, "calf_strength": 0.8 + traced / 100}
        return merged

    def _arm_tables(self, arm: int, ids: NDArray[np.int64]) -> dict[str, dict[str, NDArray[Any]]]:
        values = self._measures(arm, ids)
        summary, replicate = self._aggregates(arm, ids, values)
        used = np.array([len(ids) * 1000 if self.arms[arm].name == "stockings" else 0])
        return {
            "summary": summary,
            "replicate": replicate,
            "event": self._events(arm, ids, values["clots"]),
            "pooling": self._pooling(arm, len(ids)),
            "cost": {"arm": np.array([arm]), "item": np.array([0]), "quantity": used},
            "trace": trace_table(arm, ids[ids < self.traced], self.traced_days, self.arms[arm].volume),
        }

    def _measures(self, arm: int, ids: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
        """Stored integers ``(days, N)`` of every measure."""
        effect, shape = self.arms[arm], (self.days, len(ids))
        taste = self.draws.exponential("test.susceptibility", ids)
        benefit = effect.hazard ** (2 * self.draws.uniform("test.benefit", ids))
        stored = np.rint(self.daily_hazard * taste * benefit / CLOT_SCALE).astype(np.int64)
        day = np.arange(1, self.days + 1)[:, None]
        crossed = (day * (stored * CLOT_SCALE) >= self.draws.exponential("test.threshold", ids)).astype(np.int64)
        clots = np.diff(crossed, axis=0, prepend=0)
        pooled = np.rint(2 * 1440 * 60.0 * effect.volume * (0.8 + 0.4 * self.draws.uniform("test.volume", ids)) * 1e3)
        bleeds = np.stack(
            [self.draws.uniform("test.bleed", ids, day=int(d)) < effect.bleeds_per_day for d in range(self.days)]
        )
        kinds = {kind: self._of_clots(kind, share, ids, clots) for kind, share in _SHARES.items()}
        return {
            "people": np.ones(shape, dtype=np.int64),
            "expected_clots": np.broadcast_to(stored, shape),
            "clots": clots,
            **kinds,
            "deaths": np.zeros(shape, dtype=np.int64),
            "pooled_ml_min": np.broadcast_to(pooled.astype(np.int64), shape),
            "activation_min": np.full(shape, 90_000_000),
            "major-bleed": bleeds.astype(np.int64),
            "expected-major-bleed": np.full(shape, round(effect.bleeds_per_day / CLOT_SCALE)),
        }

    def _of_clots(self, kind: str, share: float, ids: NDArray[np.int64], clots: NDArray[np.int64]) -> NDArray[np.int64]:
        return clots * (self.draws.uniform("test." + kind, ids) < share)

    def _aggregates(
        self, arm: int, ids: NDArray[np.int64], values: dict[str, NDArray[np.int64]]
    ) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]]:
        group = (self.draws.uniform("test.age", ids) * len(AGE_GROUPS)).astype(np.int64)
        batch = (self.draws.uniform("test.batch", ids) * BATCHES).astype(np.int64)
        by_day = {
            m: np.stack([v[:, group == g].sum(axis=1) for g in range(len(AGE_GROUPS))]) for m, v in values.items()
        }
        by_batch = {m: np.array([v[:, batch == b].sum() for b in range(BATCHES)]) for m, v in values.items()}
        groups, days = np.indices((len(AGE_GROUPS), self.days))
        summary = [
            (np.full(groups.size, arm), days.ravel(), groups.ravel(), np.full(groups.size, MEASURE_CODES[m]), v.ravel())
            for m, v in by_day.items()
        ]
        replicate = [
            (np.full(BATCHES, arm), np.arange(BATCHES), np.full(BATCHES, MEASURE_CODES[m]), v)
            for m, v in by_batch.items()
        ]
        return (
            _columns(("arm", "day", "age_group", "measure", "value"), summary),
            _columns(("arm", "batch", "measure", "value"), replicate),
        )

    def _events(self, arm: int, ids: NDArray[np.int64], clots: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
        day, who = np.nonzero(clots)
        count = len(day)
        zeros = np.zeros(count, dtype=np.int64)
        return {
            "arm": zeros + arm,
            "person": ids[who],
            "day": day,
            "leg": ids[who] % 2,
            "site": zeros,
            "kind": zeros,
            "detection": zeros,
            "episode": zeros,
        }

    def _pooling(self, arm: int, people: int) -> dict[str, NDArray[Any]]:
        doing = np.array([CODES[name] for name, *_ in DAY])
        minutes = np.array([minutes for _, minutes, *_ in DAY]) * 2 * people
        volume = np.array([v for *_, v, _ in DAY]) * self.arms[arm].volume
        pressure = np.array([p for *_, p in DAY])
        merged, where = np.unique(doing, return_inverse=True)

        def added(per_minute: NDArray[np.float64], scale: float) -> NDArray[np.int64]:
            return np.bincount(where, weights=minutes * per_minute * scale).astype(np.int64)

        columns = (added(np.ones(len(doing)), 1), added(volume, 1e3), added(pressure, 1e3), added(volume / 500, 1e6))
        same = np.zeros(len(merged), dtype=np.int64)
        days = [(same + arm, same + day, merged, same + 1, *columns) for day in range(self.days)]
        names = (
            "arm",
            "day",
            "activity",
            "age_group",
            "leg_minutes",
            "volume_ml_min",
            "pressure_mmhg_min",
            "activation_min",
        )
        return _columns(names, days)


_SHARES = {"symptomatic_dvt": 0.3, "silent_embolism": 0.2, "symptomatic_embolism": 0.15, "fatal_embolism": 0.05}

DAY = (
    ("sleep", 150, 30.0, 12.0),
    ("potter", 60, 70.0, 40.0),
    ("drive", 40, 95.0, 50.0),
    ("sit-work", 200, 110.0, 55.0),
    ("walk", 20, 40.0, 25.0),
    ("sit-work", 220, 110.0, 55.0),
    ("stand", 30, 150.0, 85.0),
    ("drive", 40, 95.0, 50.0),
    ("exercise", 30, 35.0, 22.0),
    ("sit-home", 210, 100.0, 52.0),
    ("sleep", 440, 30.0, 12.0),
)
"""One day: activity, minutes, volume and pressure approached."""

VOLUME_PER_MIN = {"walk": 1.5, "exercise": 1.5, "potter": 0.5}


def trace_table(arm: int, people: NDArray[np.int64], days: int, volume_factor: float) -> dict[str, NDArray[Any]]:
    """Bouts of both legs in closed form: each state relaxes exponentially within a bout."""
    rows: list[tuple[float, ...]] = []
    for person in people.tolist():
        state = {leg: [30.0, 12.0, 0.05, 4.0] for leg in (0, 1)}
        for day in range(days):
            rows += [row for leg in (0, 1) for row in _leg_day(arm, person, day, leg, state[leg], volume_factor)]
    names = (
        "arm",
        "person",
        "day",
        "bout",
        "start_min",
        "minutes",
        "activity",
        "leg",
        "volume_start_ul",
        "volume_end_ul",
        "volume_mean_ul",
        "pressure_end_mmhg_1000",
        "pressure_mean_mmhg_1000",
        "activation_end_ppm",
        "oedema_end_ul",
    )
    array = np.rint(np.array(rows, dtype=np.float64).reshape(-1, len(names))).astype(np.int64)
    return {name: array[:, i] for i, name in enumerate(names)}


def _leg_day(arm: int, person: int, day: int, leg: int, state: list[float], factor: float) -> list[tuple[float, ...]]:
    rows, clock = [], 0
    for bout, (name, minutes, volume, pressure) in enumerate(DAY):
        target = volume * factor * (1 + 0.04 * (person % 5)) * (1.05 if leg else 1.0)
        start = state[0]
        state[0], mean_volume = relaxed(start, target, VOLUME_PER_MIN.get(name, 0.08), minutes)
        state[1], mean_pressure = relaxed(state[1], pressure, VOLUME_PER_MIN.get(name, 0.2), minutes)
        state[2], _ = relaxed(state[2], 0.6 if name.startswith("sit") else 0.05, 0.005, minutes)
        state[3], _ = relaxed(state[3], pressure / 3, 1 / 174, minutes)
        rows.append(
            (
                arm,
                person,
                day,
                bout,
                clock,
                minutes,
                CODES[name],
                leg,
                start * 1e3,
                state[0] * 1e3,
                mean_volume * 1e3,
                state[1] * 1e3,
                mean_pressure * 1e3,
                state[2] * 1e6,
                state[3] * 1e3,
            )
        )
        clock += minutes
    return rows


def relaxed(start: float, target: float, rate_per_min: float, minutes: float) -> tuple[float, float]:
    """End and mean of an exponential approach."""
    left = float(np.exp(-rate_per_min * minutes))
    return target + (start - target) * left, target + (start - target) * (1 - left) / (rate_per_min * minutes)


def _columns(names: tuple[str, ...], parts: list[tuple[NDArray[Any], ...]]) -> dict[str, NDArray[Any]]:
    return {name: np.concatenate([part[i] for part in parts]) for i, name in enumerate(names)}


def write_run(root: Path, run_id: str = "office-1", run: SyntheticRun | None = None) -> RunFolder:
    """Write a synthetic run below ``root`` and return its folder."""
    run = run or SyntheticRun()
    folder = RunFolder.create(root, run_id, run.provenance())
    committed = run.shards if run.committed is None else run.committed
    for index in range(committed):
        commit(folder, run, index)
    return folder


def commit(folder: RunFolder, run: SyntheticRun, index: int) -> None:
    """Put one shard on disk and say so in the status."""
    folder.commit_shard(index, run.shard(index), {"seconds": 0.1})
    folder.write_status({"state": "running" if index + 1 < run.shards else "complete", "people_done": index + 1})
