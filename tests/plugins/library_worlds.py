"""A small town of workers, travellers and patients, and what some interventions do to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from popsim.hooks import PluginRegistry, load_plugins
from popsim.life import Life
from popsim.outcomes import CORE_MEASURES
from popsim.runs.scenario import Scenario
from popsim.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from popsim.hooks import Intervention

DAYS = 6
_TOWN = """
name = "town"
title = "A small town"
days = 6
seed = 11

[people]
count = 300

[people.where]
age = [30, 90]

[routine]
diaries_per_group = 6

[[trips]]
mode = "flight"
hours = 10
day = 1
share = 0.3

[[stays]]
reason = "medical"
between = [0, 2]
share = 0.3
length_days = 3

[[stays]]
reason = "hip-replacement"
day = 0
share = 0.15
length_days = 3

[[stays]]
reason = "stroke"
day = 0
share = 0.15
length_days = 6

[[arms]]
name = "usual"
"""


@lru_cache(maxsize=1)
def library() -> PluginRegistry:
    """The plugins that ship, without what else may be installed here."""
    registry = load_plugins()
    shipped = tuple(plugin for plugin in registry.plugins if plugin.distribution == "popsim")
    offers = {offer for plugin in shipped for offer in plugin.offers}
    return replace(
        registry,
        plugins=shipped,
        interventions={name: kind for name, kind in registry.interventions.items() if name in offers},
        scores={name: score for name, score in registry.scores.items() if name in offers},
    )


@lru_cache(maxsize=1)
def town() -> World:
    """The town, in which nobody takes anything."""
    return World.build(Scenario.from_text(_TOWN), library())


@dataclass(frozen=True)
class Week:
    """What some days did to everybody.

    Attributes:
        life: the arm after its last day.
        acted: days on which each intervention acted, ``(N,)`` by name.
        pooled_ml_min: integral of both legs' volume, ``(N,)``.
        activation_min: integral of both legs' activation, ``(N,)``.
        hazard: integrated hazard of both legs, ``(N,)``.
        counted: everything counted about the arm, apart from harms, as whole numbers.
    """

    life: Life
    acted: Mapping[str, NDArray[np.int64]]
    pooled_ml_min: NDArray[np.float64]
    activation_min: NDArray[np.float64]
    hazard: NDArray[np.float64]
    counted: NDArray[np.int64]


def lived(plugins: Mapping[str, Mapping[str, Any]], days: int = DAYS, world: World | None = None) -> Week:
    """Let the town live with these interventions and settings."""
    world = town() if world is None else world
    kinds = library().interventions
    params = {name: kinds[name].Params.model_validate(settings) for name, settings in plugins.items()}
    life = Life(replace(world, chosen={"tried": params}), "tried")
    count = len(world.people)
    pooled, activation, hazard = np.zeros(count), np.zeros(count), np.zeros(count)
    acted = {name: np.zeros(count, dtype=np.int64) for name in params}
    for _ in range(days):
        today, alive = world.today(life.day), life.death_day >= life.day
        for name, who in life.interventions.effects(today, alive).acting.items():
            acted[name] += who
        life.live_day()
        pooled += life.legs.pooled_ml_min.sum(axis=0)
        activation += life.legs.dose_min.sum(axis=0)
        hazard -= np.log1p(-np.minimum(life.clotting.today, 1.0 - 1e-12)).sum(axis=0)
    return Week(life, acted, pooled, activation, hazard, _counted(life))


@lru_cache(maxsize=4)
def usual(days: int = DAYS) -> Week:
    """The town without interventions."""
    return lived({}, days)


def ratio(tried: Week, measure: str, who: NDArray[np.bool_], days: int = DAYS) -> float:
    """A measure of these people relative to the same people without interventions."""
    return float(getattr(tried, measure)[who].sum() / getattr(usual(days), measure)[who].sum())


def intervention(name: str, **settings: Any) -> Intervention:
    """One intervention with these settings."""
    kind = library().interventions[name]
    return kind(kind.Params.model_validate(settings), library().evidence())


def _counted(life: Life) -> NDArray[np.int64]:
    outcomes = life.close()
    core = len(CORE_MEASURES)
    return np.concatenate(
        [outcomes.daily[:, :, :core].ravel(), outcomes.replicates[:, :core].ravel(), outcomes.pooling_table().ravel()]
    )
