"""One arm lived once and kept, so that its hazards can be computed again for other constants of clots.

What a leg goes through does not depend on the constants of ``clots``, as long as clots are too rare to change many
legs. So days are lived without clots and each leg's daily stagnation dose is kept; a hazard is then a product.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from popsim.life import Life
from popsim.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from popsim.hooks import PluginRegistry
    from popsim.runs.scenario import Scenario

_BASE = "clots.base_hazard"


@dataclass(frozen=True)
class Recorded:
    """What the legs of one arm went through.

    Attributes:
        world: people, trips, stays, constants as shipped and as the scenario sets them.
        arm: name of the arm.
        dose_min: stagnation dose of each leg by day, ``(days, 2, N)`` float32.
        blood: factor of drugs on everybody's hazard by day, ``(days, N)`` float32; ``None`` where nobody takes any.
        wall: what interventions do to vein walls by day, ``(days, 2, N)`` float32; ``None`` where they do nothing.
        care: what is done about clots by day, by the names of ``CARE_EFFECTS``, each ``(N,)``; ``None`` for as usual.
    """

    world: World
    arm: str
    dose_min: NDArray[np.float32]
    blood: NDArray[np.float32] | None
    wall: NDArray[np.float32] | None
    care: Sequence[Mapping[str, NDArray[np.float64]]] | None

    @property
    def people(self) -> int:
        """Number of people."""
        return len(self.world.people)

    @property
    def days(self) -> int:
        """Number of days."""
        return len(self.dose_min)

    def evidence(self, values: Mapping[str, float]) -> Mapping[str, float]:
        """The constants of the world with these values instead; what the scenario sets stays set."""
        own = self.world.scenario.evidence
        return {**self.world.evidence, **{name: value for name, value in values.items() if name not in own}}


def record(scenario: Scenario, registry: PluginRegistry) -> dict[str, Recorded]:
    """Live all arms of a scenario without clots."""
    world = World.build(scenario, registry)
    bare = World.build(_without_clots(scenario, world.evidence), registry)
    return {arm.name: _record_arm(world, bare, arm.name) for arm in scenario.arms}


def _without_clots(scenario: Scenario, evidence: Mapping[str, float]) -> Scenario:
    none = {name: 0.0 for name in evidence if name.startswith(_BASE)}
    return scenario.model_copy(update={"evidence": {**scenario.evidence, **none}})


def _record_arm(world: World, bare: World, arm: str) -> Recorded:
    life, days, people = Life(bare, arm), bare.scenario.days, len(bare.people)
    dose = np.empty((days, 2, people), dtype=np.float32)
    written = {effect.partition(".")[0] for plugin in life.interventions.plugins for effect in plugin.writes}
    blood = np.ones((days, people), dtype=np.float32) if "blood" in written else None
    wall = np.ones((days, 2, people), dtype=np.float32) if "wall" in written else None
    care: list[Mapping[str, NDArray[np.float64]]] | None = [] if "care" in written else None
    for day in range(days):
        life.live_day()
        dose[day] = life.legs.dose_min
        if blood is not None:
            blood[day] = life.effects.blood
        if wall is not None and life.effects.wall is not None:
            wall[day] = life.effects.wall
        if care is not None:
            care.append(life.effects.care)
    return Recorded(world, arm, dose, blood, wall, care)
