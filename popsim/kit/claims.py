"""What an author claims an intervention does, held against the same people without it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from popsim.kit.trial import ARM, DAYS
from popsim.life import Life
from popsim.runs.scenario_errors import validate
from popsim.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from popsim.hooks import Claim, Intervention
    from popsim.kit.trial import Trial

_UP = {"up": 1.0, "down": -1.0}


def claims_of(trial: Trial) -> list[str]:
    """Everything the plugin's interventions claim, in words."""
    return [
        f"{name} brings {_words(claim)}"
        for name in trial.offered("interventions")
        for claim in trial.registry.interventions[name].claims
    ]


def broken_claims(trial: Trial) -> str:
    """The first claim that does not hold, in one sentence; empty when all do.

    Each intervention is tried on its own. What is compared are expected numbers of those who take it.
    """
    for name in trial.offered("interventions"):
        kind = trial.registry.interventions[name]
        if kind.claims:
            problem = _broken(kind, trial)
            if problem:
                return problem
    return ""


def _broken(kind: type[Intervention], trial: Trial) -> str:
    world = World.build(trial.scenario(uptake=None, often=False), trial.registry)
    world = replace(world, activities=trial.registry.activities_of(trial.plugin.offers))
    without = _lived(world, {})
    given = _lived(world, {kind.name: validate(kind.Params, {})})
    takers = given.interventions.takers[kind.name]
    if not takers.any():
        return f"{kind.name} claims an effect, but nobody in the small town takes it"
    for claim in kind.claims:
        before, after = (_amount(claim, life, takers) for life in (without, given))
        change = (after - before) / before if before else np.sign(after - before) * np.inf if after != before else 0.0
        if not change * _UP[claim.direction] > claim.at_least - 1e-12 or change == 0.0:
            return f"{kind.name} claims {_words(claim)}; in the small town it changes by {change:+.1%}"
    return ""


class _Tried(Life):
    """An arm that adds up what its people's legs go through."""

    def __init__(self, world: World, arm: str) -> None:
        super().__init__(world, arm)
        self.sums = {name: np.zeros(len(world.people)) for name in ("pooled_ml_min", "activation_min")}

    def live_day(self) -> None:
        super().live_day()
        self.sums["pooled_ml_min"] += self.legs.pooled_ml_min.sum(axis=0)
        self.sums["activation_min"] += self.legs.dose_min.sum(axis=0)


def _lived(world: World, chosen: Mapping[str, object]) -> _Tried:
    life = _Tried(replace(world, chosen={ARM: chosen}), ARM)  # type: ignore[dict-item]
    for _ in range(DAYS):
        life.live_day()
    return life


def _amount(claim: Claim, life: _Tried, takers: NDArray[np.bool_]) -> float:
    """The measure of the claim, summed over those who take the intervention."""
    if claim.measure == "expected_clots":
        return float(life.clotting.expected.sum(axis=0)[takers].sum())
    if claim.measure in life.sums:
        return float(life.sums[claim.measure][takers].sum())
    code = {m.name: i for i, m in enumerate(life.outcomes.measures)}.get(f"expected-{claim.measure}")
    return float(life.outcomes.daily[:, :, code].sum()) if code is not None else 0.0


def _words(claim: Claim) -> str:
    least = f" by at least {claim.at_least:.0%}" if claim.at_least else ""
    return f"{claim.measure} {claim.direction}{least}"
