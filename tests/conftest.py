"""What tests of the engine share: small scenarios of office workers, travellers and patients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from popsim.hooks import PluginRegistry
    from popsim.runs.scenario import Scenario
    from popsim.world import World

# Compiling a kernel takes longer than any deadline; the same examples every time make failures repeatable.
settings.register_profile("popsim", deadline=None, derandomize=True)
settings.load_profile("popsim")

_SCENARIO = """
name = "small"
title = "A small town"
days = {days}
seed = {seed}

[people]
count = {people}

[people.where]
age = [40, 90]

[routine]
diaries_per_group = 8

[outputs]
trace_people = 12
trace_days = 2
person_sample = 40

{stays}
[[arms]]
name = "usual"
{arms}
"""
_STAYS = """
[[stays]]
reason = "medical"
between = [0, 3]
share = 0.5
"""


def scenario_text(
    *, people: int = 300, days: int = 4, seed: int = 5, arms: str = "", stays: bool = True, more: str = ""
) -> str:
    """A scenario file of a few people, half of whom fall ill within four days."""
    stay = _STAYS if stays else ""
    return _SCENARIO.format(people=people, days=days, seed=seed, stays=stay, arms=arms) + more


@pytest.fixture(scope="session")
def registry() -> PluginRegistry:
    """The plugins that are installed, which are those that ship."""
    from popsim.hooks import load_plugins

    return load_plugins()


@pytest.fixture(scope="session")
def small_text() -> Callable[..., str]:
    """The text of a small scenario with ``people``, ``days``, ``seed``, ``arms``, ``stays`` and ``more`` text."""
    return scenario_text


@pytest.fixture(scope="session")
def small_scenario() -> Callable[..., Scenario]:
    """Like ``small_text``, read and checked."""

    from popsim.runs.scenario import Scenario

    def make(**changes: object) -> Scenario:
        return Scenario.from_text(scenario_text(**changes))  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def small_world(registry: PluginRegistry, small_scenario: Callable[..., Scenario]) -> Callable[..., World]:
    """The world of a small scenario."""

    from popsim.world import World

    def make(*, plugins: PluginRegistry = registry, rows: slice = slice(None), **changes: object) -> World:
        return World.build(small_scenario(**changes), plugins, rows)

    return make
