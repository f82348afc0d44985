"""One shard: a slice of the people through every arm, and the tables it leaves."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from popsim.community import Community
from popsim.hooks.views import PluginError
from popsim.runs.counted import Counted, outputs_of
from popsim.store.schema import MICRO, MILLI, to_fixed
from popsim.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from popsim.hooks import DetectionMethod, Outcome, PluginRegistry
    from popsim.outcomes import Outcomes
    from popsim.runs.scenario import Scenario

Tables = dict[str, dict[str, NDArray[Any]]]

_EVENT = ("person", "day", "leg", "site", "kind", "detection", "episode")
_POOLING = ("day", "activity", "age_group", "leg_minutes", "volume_ml_min", "pressure_mmhg_min", "activation_min")


def live_shard(
    scenario: Scenario, registry: PluginRegistry, rows: slice, harms: Sequence[str], items: Sequence[str]
) -> tuple[Tables, dict[str, Any]]:
    """Live all arms with the people in these rows.

    Args:
        scenario: the checked scenario.
        registry: the plugins.
        rows: the slice of the scenario's people.
        harms: harm events of all arms, in the run's order.
        items: cost items of all arms, in the run's order.

    Returns:
        The shard's tables, and a record with seconds, people and time per plugin.
    """
    began = perf_counter()
    world = World.build(scenario, registry, rows)
    watched = _sample(world, "outputs.trace", scenario.outputs.trace_people)
    kept = np.union1d(watched, _sample(world, "outputs.person", scenario.outputs.person_sample))
    parts: list[Tables] = [{"person": _persons(world, kept)}]
    plugin_seconds: Counter[str] = Counter()
    plugin_seconds.update(world.plugin_seconds)
    arms = _side_by_side(world, harms)
    for community in arms:
        community.life.watch(watched, scenario.outputs.trace_days)
    counted = _live(arms, rows, outputs_of(scenario, registry))
    for code, community in enumerate(arms):
        with _placed(community, rows):
            parts.append(_arm_tables(code, community, counted[code], items, world.people.ids[watched]))
        plugin_seconds.update(community.life.plugin_seconds())
        plugin_seconds.update(counted[code].watch.seconds)
        community.release()
    record = {
        "people": len(world.people),
        "person_days": len(world.people) * scenario.days * len(scenario.arms),
        "seconds": perf_counter() - began,
        "plugin_seconds": dict(plugin_seconds),
    }
    return _joined(parts), record


def _side_by_side(world: World, harms: Sequence[str]) -> list[Community]:
    """One community per arm; people whom an arm does not touch are lived once, in the first."""
    first, *others = (arm.name for arm in world.scenario.arms)
    reference = Community(world=world, arm=first, harms=harms)
    return [reference, *(Community(world=world, arm=name, harms=harms, beside=reference) for name in others)]


def _live(arms: Sequence[Community], rows: slice, outputs: Sequence[Outcome | DetectionMethod]) -> list[Counted]:
    """All days; what a plugin does wrong is told with the day and the people it happened to."""
    counted = [Counted(outputs, community.world) for community in arms]
    while arms[0].running:
        for community, counts in zip(arms, counted, strict=True):
            with _placed(community, rows):
                community.step()
                counts.day(community.life)
    return counted


@contextmanager
def _placed(community: Community, rows: slice) -> Iterator[None]:
    try:
        yield
    except PluginError as error:
        scenario = community.world.scenario
        raise PluginError(
            f"{error} (arm {community.life.arm}, day {community.day}, people {rows.start} to {rows.stop - 1}, "
            f"seed {scenario.seed}; repeat with: popsim run {scenario.path or scenario.name} --engine inline "
            f"--seed {scenario.seed})"
        ) from error


def _sample(world: World, decision: str, wanted: int) -> NDArray[np.int64]:
    """Rows of about so many people out of the whole run, the same whatever the slice."""
    share = wanted / max(1, world.run_people)
    return np.flatnonzero(world.draws.uniform(decision, world.people.ids) < share)


def _persons(world: World, rows: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    table: dict[str, NDArray[Any]] = {"person": world.people.ids[rows]}
    for name in world.people:
        values = world.people[name]
        if values.ndim == 1:
            table[name] = values[rows]
        else:
            table |= {f"{side}_{name}": values[leg, rows] for leg, side in enumerate(("left", "right"))}
    return table


def _arm_tables(
    arm: int, community: Community, counted: Counted, items: Sequence[str], watched: NDArray[np.int64]
) -> Tables:
    outcomes = community.close()
    counted.close(community.life)
    daily = np.concatenate([outcomes.daily, counted.daily], axis=2)
    replicates = np.concatenate([outcomes.replicates, counted.replicates], axis=1)
    pooling = outcomes.pooling_table()
    return {
        "event": _with_arm(arm, {name: outcomes.events[name] for name in _EVENT}),
        "pooling": _with_arm(arm, {name: pooling[:, i] for i, name in enumerate(_POOLING)}),
        "summary": _with_arm(arm, _summary(daily)),
        "replicate": _with_arm(arm, _replicates(replicates)),
        "cost": _with_arm(arm, _costs(outcomes, items)),
        "trace": _with_arm(arm, _trace(community.life.records, watched)),
        **{name: _with_arm(arm, columns) for name, columns in counted.tables().items()},
    }


def _summary(daily: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    day, group, measure = np.nonzero(daily)
    return {"day": day, "age_group": group, "measure": measure, "value": daily[day, group, measure]}


def _replicates(replicates: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    batch, measure = np.nonzero(replicates)
    return {"batch": batch, "measure": measure, "value": replicates[batch, measure]}


def _costs(outcomes: Outcomes, items: Sequence[str]) -> dict[str, NDArray[Any]]:
    used = sorted(outcomes.used)
    return {
        "item": np.array([items.index(item) for item in used], dtype=np.int64),
        "quantity": np.array([outcomes.used[item] for item in used], dtype=np.int64),
    }


def _trace(records: Sequence[NDArray[np.float64]], persons: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    """The kernel's records in the store's integers (see ``popsim.legs.kernel.trace_day`` for the columns)."""
    day = np.repeat(np.arange(len(records)), [len(r) for r in records])
    rows = np.concatenate(records) if records else np.zeros((0, 13))

    def fixed(column: int, scale: float) -> NDArray[np.int64]:
        return to_fixed(rows[:, column], scale)

    return {
        "person": persons[rows[:, 0].astype(np.int64)],
        "day": day,
        "bout": fixed(2, 1),
        "start_min": fixed(3, 1),
        "minutes": fixed(4, 1),
        "activity": fixed(5, 1),
        "leg": fixed(1, 1),
        "volume_start_ul": fixed(6, MILLI),
        "volume_end_ul": fixed(7, MILLI),
        "volume_mean_ul": fixed(8, MILLI),
        "pressure_end_mmhg_1000": fixed(9, MILLI),
        "pressure_mean_mmhg_1000": fixed(10, MILLI),
        "activation_end_ppm": fixed(11, MICRO),
        "oedema_end_ul": fixed(12, MILLI),
    }


def _with_arm(arm: int, columns: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    size = len(next(iter(columns.values())))
    return {"arm": np.full(size, arm, dtype=np.uint8), **columns}


def _joined(parts: Sequence[Tables]) -> Tables:
    names = dict.fromkeys(name for part in parts for name in part)
    return {
        table: {
            column: np.concatenate([part[table][column] for part in parts if table in part])
            for column in next(part[table] for part in parts if table in part)
        }
        for table in names
    }
