"""Arms that were lived once, and what is seen in them under any constants: shared by cases that ask for the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from popsim.clots.observation import Observation
from popsim.randomness import Draws
from popsim.validation.recorded import Recorded, record
from popsim.validation.weighted import weighted_arm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from popsim.hooks import PluginRegistry
    from popsim.runs.scenario import Scenario
    from popsim.validation.observed import Observed

_SCOPE = "validation/weighted/"


class Arms:
    """Recorded arms by scenario.

    Args:
        registry: the plugins.
        keep: how many scenarios to remember at a time; all when left out. The one asked for longest ago goes first.
    """

    def __init__(self, registry: PluginRegistry, keep: int | None = None) -> None:
        self._registry, self._keep = registry, keep
        self._recorded: dict[str, dict[str, Recorded]] = {}
        self._last: tuple[object, dict[str, Observed]] = (None, {})

    def recorded(self, scenario: Scenario) -> Mapping[str, Recorded]:
        """The arms of a scenario, lived now unless they have been."""
        key = _key(scenario)
        arms = self._recorded.pop(key, None) or record(scenario, self._registry)
        while self._keep is not None and len(self._recorded) >= self._keep:
            del self._recorded[next(iter(self._recorded))]
        self._recorded[key] = arms
        return arms

    def evidence(self, scenario: Scenario, values: Mapping[str, float]) -> Mapping[str, float]:
        """The constants in force where nobody lives: as shipped, these values, and what the scenario sets."""
        return {**self._registry.evidence(), **values, **scenario.evidence}

    def observed(
        self, scenario: Scenario, arm: str, values: Mapping[str, float], clots: int, onset_days: range | None = None
    ) -> tuple[Observed, Observation]:
        """One arm under these constants with so many weighted clots that form on these days, and who looks how well."""
        recorded = self.recorded(scenario)[arm]
        evidence = recorded.evidence(values)
        asked = (tuple(sorted(values.items())), clots)
        if self._last[0] != asked:
            self._last = (asked, {})
        seen, key = self._last[1], f"{arm} {onset_days} {_key(scenario)}"
        if key not in seen:
            seen[key] = weighted_arm(recorded, evidence, clots, Draws(scenario.seed, _SCOPE), onset_days)
        return seen[key], Observation(evidence)


def _key(scenario: Scenario) -> str:
    """What decides how a scenario is lived."""
    return f"{scenario.folder} {scenario.model_dump_json(exclude={'name', 'title', 'description', 'outputs'})}"
