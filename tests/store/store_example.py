"""A small run whose numbers are pure functions of the person, so that tests can cut it into shards as they like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from popsim.store import RunFolder, to_fixed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    Columns = dict[str, NDArray[Any]]

PEOPLE, DAYS, ARMS = 240, 5, 2
CLOT_SCALE = 2.0**40
_AGE_GROUPS = ("under-40", "40-59", "60-74", "75-and-over")
_ACTIVITIES = ("sleep", "sit-work", "stand", "walk")


SITTING: dict[str, Any] = {
    "name": "outcome_unbroken_sitting",
    "plugin": "unbroken-sitting",
    "meaning": "People of one age group whose longest time in a seat on one day falls into one class",
    "columns": [
        {"name": "day", "dtype": "int32", "meaning": "Day of the run"},
        {"name": "age_group", "dtype": "uint8", "meaning": "Age group", "names": "age_group"},
        {"name": "from_min", "dtype": "uint16", "meaning": "Shortest time of the class", "unit": "min", "scale": 1.0},
        {"name": "people", "dtype": "int64", "meaning": "People", "unit": "people", "scale": 1.0, "summed": True},
    ],
}
"""A plugin's own table."""


def _named(*names: str) -> list[dict[str, Any]]:
    return [{"id": code, "name": name, "label": name.replace("-", " ").capitalize()} for code, name in enumerate(names)]


def example_provenance(**changes: Any) -> dict[str, Any]:
    """What the example run was made of; ``changes`` replace parts of it."""
    measures = _named("people", "expected_clots")
    measures[0] |= {"unit": "people", "scale": 1.0}
    measures[1] |= {"unit": "clots", "scale": 1 / CLOT_SCALE}
    stockings = {"id": 0, "name": "stockings", "label": "Stockings", "unit": "pair", "unit_cost": 12.5}
    names = {
        "activity": _named(*_ACTIVITIES),
        "measure": measures,
        "event_kind": _named("calf-clot", "proximal-clot", "embolism"),
        "site": _named("none", "calf", "thigh"),
        "detection": _named("unnoticed", "symptoms", "screening"),
        "item": [stockings],
        "age_group": _named(*_AGE_GROUPS),
    }
    resting = {
        "name": "legs.resting_volume_ml",
        "value": 120.0,
        "unit": "mL",
        "grade": "assumed",
        "low": 80,
        "high": 180,
    }
    walks = {"name": "walks", "version": "1.0", "distribution": "popsim-walks", "hash": "ab12"}
    return {
        "scenario": "example",
        "title": "An example run",
        "scenario_text": "people = 240\n",
        "seed": 11,
        "people": PEOPLE,
        "days": DAYS,
        "shards": 4,
        "versions": {"popsim": "0.1.0", "numpy": "2.0.0", "duckdb": "1.4.0"},
        "parameters": [resting | {"source": "assumed for tests", "meaning": "Blood in a resting calf"}],
        "plugins": [walks | {"parameters": {"walking": {"minutes": 3}}}],
        "arms": [
            {"id": 0, "name": "usual", "label": "As usual", "settings": {}},
            {"id": 1, "name": "walking", "label": "Walk every hour", "settings": {"minutes": 3}},
        ],
        "names": names,
        "tables": [SITTING],
        **changes,
    }


def example_tables(people: NDArray[np.int64]) -> dict[str, Columns]:
    """All tables for some of the people."""
    return {
        "event": _events(people),
        "pooling": _pooling(people),
        "summary": _summary(people),
        "replicate": _replicates(people),
        "cost": _costs(people),
        "person": _persons(people),
        "trace": _traces(people[people % 40 == 0]),
        "outcome_unbroken_sitting": _sitting(people),
    }


def _age_group(people: NDArray[np.int64]) -> NDArray[np.uint8]:
    return (people % len(_AGE_GROUPS)).astype(np.uint8)


def _grid(people: NDArray[np.int64]) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int32]]:
    arm, person, day = np.meshgrid(np.arange(ARMS), people, np.arange(DAYS), indexing="ij")
    return arm.ravel().astype(np.uint8), person.ravel(), day.ravel().astype(np.int32)


def _chance(decision: str, arm: NDArray[Any], person: NDArray[Any], day: NDArray[Any]) -> NDArray[np.float64]:
    """A number from 0 to 1 for each (arm, person, day), scattered well enough for a test."""
    key = (arm.astype(np.uint64) * np.uint64(10**6) + person.astype(np.uint64)) * np.uint64(1000) + day.astype(
        np.uint64
    )
    mixed = (key + np.uint64(sum(decision.encode()))) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
    return np.asarray((mixed ^ (mixed >> np.uint64(29))) >> np.uint64(11), dtype=np.float64) * 2.0**-53


def _events(people: NDArray[np.int64]) -> Columns:
    arm, person, day = _grid(people)
    chosen = _chance("event", arm, person, day) < 0.2
    arm, person, day = arm[chosen], person[chosen], day[chosen]
    kind = (_chance("kind", arm, person, day) * 3).astype(np.uint8)
    columns = {"leg": person % 2, "site": np.minimum(kind, 2), "detection": person % 3, "episode": day * 0}
    return {"arm": arm, "person": person, "day": day, "kind": kind, **columns}


def _summed(keys: Columns, values: Columns) -> Columns:
    """Add up rows of equal keys, as a shard does before it writes."""
    stacked = np.stack([column.astype(np.int64) for column in keys.values()])
    unique, inverse = np.unique(stacked, axis=1, return_inverse=True)
    sums = {name: np.zeros(unique.shape[1], dtype=np.int64) for name in values}
    for name, column in values.items():
        np.add.at(sums[name], inverse.ravel(), column)
    return {name: unique[i].astype(column.dtype) for i, (name, column) in enumerate(keys.items())} | sums


def _pooling(people: NDArray[np.int64]) -> Columns:
    arm, person, day = _grid(people)
    keys = {
        "arm": arm,
        "day": day,
        "activity": (person % len(_ACTIVITIES)).astype(np.uint8),
        "age_group": _age_group(person),
    }
    minutes = 2 * (10 + person % 50)
    volume = _chance("volume", arm, person, day) * 150
    return _summed(
        keys,
        {
            "leg_minutes": minutes,
            "volume_ml_min": to_fixed(volume * minutes, 1000),
            "pressure_mmhg_min": to_fixed(volume * 0.5 * minutes, 1000),
            "activation_min": to_fixed(volume * 0.01 * minutes, 1e6),
        },
    )


def _summary(people: NDArray[np.int64]) -> Columns:
    arm, person, day = _grid(people)
    risk = _chance("risk", arm, person, day) * 1e-4
    twice = {"arm": np.tile(arm, 2), "day": np.tile(day, 2), "age_group": np.tile(_age_group(person), 2)}
    measure = np.repeat(np.array([0, 1], dtype=np.uint8), len(arm))
    return _summed(twice | {"measure": measure}, {"value": np.concatenate([arm * 0 + 1, to_fixed(risk, CLOT_SCALE)])})


def _replicates(people: NDArray[np.int64]) -> Columns:
    arm, person, day = _grid(people)
    risk = to_fixed(_chance("risk", arm, person, day) * 1e-4, CLOT_SCALE)
    return _summed(
        {"arm": arm, "batch": (person % 100).astype(np.uint8), "measure": np.ones_like(arm)}, {"value": risk}
    )


def _costs(people: NDArray[np.int64]) -> Columns:
    pairs = np.full(len(people), 1000)
    arm = np.ones(len(people), dtype=np.uint8)
    return _summed({"arm": arm, "item": np.zeros_like(arm)}, {"quantity": pairs})


def _sitting(people: NDArray[np.int64]) -> Columns:
    arm, person, day = _grid(people)
    from_min = (30 * (_chance("sitting", arm, person, day) * 8 // 1)).astype(np.uint16)
    keys = {"arm": arm, "day": day, "age_group": _age_group(person), "from_min": from_min}
    return _summed(keys, {"people": np.ones(len(arm), dtype=np.int64)})


def _persons(people: NDArray[np.int64]) -> Columns:
    return {
        "person": people,
        "age_years": (18 + people % 80).astype(np.uint8),
        "smoker": people % 5 == 0,
        "weight_kg": 60 + people / 8,
    }


def _traces(people: NDArray[np.int64]) -> Columns:
    arm, person, day = _grid(people)
    zero = np.zeros(len(arm), dtype=np.int32)
    bout = {"bout": zero, "start_min": zero + 60, "minutes": zero + 30, "activity": zero + 3, "leg": zero}
    end = to_fixed(_chance("trace", arm, person, day) * 150, 1000).astype(np.int32)
    volumes = {"volume_start_ul": zero, "volume_end_ul": end, "volume_mean_ul": end // 2}
    rest = ("pressure_end_mmhg_1000", "pressure_mean_mmhg_1000", "activation_end_ppm", "oedema_end_ul")
    return {"arm": arm, "person": person, "day": day, **bout, **volumes, **dict.fromkeys(rest, zero)}


def shard_people(index: int, shards: int) -> NDArray[np.int64]:
    """The people of one shard: neighbours, so that shards differ in size and content."""
    return np.array_split(np.arange(PEOPLE, dtype=np.int64), shards)[index]


def write_example(
    root: Path, run_id: str = "example", *, shards: int = 4, only: Iterable[int] | None = None, **changes: Any
) -> RunFolder:
    """Make the run and commit its shards, or ``only`` some of them."""
    folder = RunFolder.create(root, run_id, example_provenance(shards=shards, **changes))
    for index in range(shards) if only is None else only:
        commit_example(folder, index)
    return folder


def commit_example(folder: RunFolder, index: int) -> None:
    """Commit one shard of the example run."""
    tables = example_tables(shard_people(index, folder.shards_total))
    folder.commit_shard(index, tables, {"seconds": 0.5 + index, "plugins": {"walks": 0.1}})
