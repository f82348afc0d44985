"""Recorded stays lived again under hospital policies: who would have been given something else."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from popsim.hooks.at_work import Interventions
from popsim.routines.activities import CODES
from popsim.routines.stays_import import write_imported
from popsim.runs.scenario import Scenario
from popsim.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from popsim.hooks import PluginRegistry
    from popsim.routines.stays_import import Imported

POLICIES: dict[str, str] = {
    "everyone": "everyone",
    "nobody": "nobody",
    "Padua, high risk": "padua >= 4",
    "Padua, high risk, unless likely to bleed": "padua >= 4 and improve-bleeding < 7",
    "Caprini, high risk": "caprini >= 3",
    "Caprini, highest risk": "caprini >= 5",
    "IMPROVE, moderate risk": "improve-vte >= 2",
    "IMPROVE, moderate risk, unless likely to bleed": "improve-vte >= 2 and improve-bleeding < 7",
}
"""Rules that are compared unless told otherwise, by their names for readers."""
DOWN = ("ward-bed", "icu-bed", "operation")


@dataclass(frozen=True)
class Treated:
    """What one policy would have done, in numbers of stays.

    Attributes:
        policy: its name for readers.
        rule: as scenarios write it.
        both: given heparin by the policy and in fact.
        only_policy: by the policy only.
        only_fact: in fact only.
        neither: by neither.
        days: days with a dose by the policy, over all stays.
    """

    policy: str
    rule: str
    both: int
    only_policy: int
    only_fact: int
    neither: int
    days: int

    @property
    def differently(self) -> int:
        """Stays that the policy would have treated otherwise than was done."""
        return self.only_policy + self.only_fact


@dataclass(frozen=True)
class Replay:
    """Recorded stays and what policies would have done; arrays in the order of the stays.

    Attributes:
        nights: in hospital, ``(S,)``.
        icu_nights: in intensive care, ``(S,)``.
        down_hours: time in bed or under anaesthesia from the day of admission to that of discharge, as lived, ``(S,)``.
        given: days with a dose in fact, prophylaxis or treatment, ``(S,)``.
        scores: highest points of each score during the stay, ``(S,)`` by name.
        doses: days with a dose by each policy, ``(S,)`` by the policy's name.
        rules: rule by the policy's name.
    """

    nights: NDArray[np.int64]
    icu_nights: NDArray[np.int64]
    down_hours: NDArray[np.float64]
    given: NDArray[np.int64]
    scores: Mapping[str, NDArray[np.float64]]
    doses: Mapping[str, NDArray[np.int64]]
    rules: Mapping[str, str]

    def table(self) -> list[Treated]:
        """What each policy would have done."""
        fact = self.given > 0
        return [
            Treated(
                name,
                self.rules[name],
                both=int((fact & (days > 0)).sum()),
                only_policy=int((~fact & (days > 0)).sum()),
                only_fact=int((fact & (days == 0)).sum()),
                neither=int((~fact & (days == 0)).sum()),
                days=int(days.sum()),
            )
            for name, days in self.doses.items()
        ]


def replay(imported: Imported, registry: PluginRegistry, policies: Mapping[str, str] | None = None) -> Replay:
    """Let those who had the stays live them again, assessed as the plugin ``hospital-policy`` does, every three days.

    Args:
        imported: the stays and their people.
        registry: the plugins; ``hospital-policy`` and the scores must be among them.
        policies: rules by name; ``POLICIES`` unless given.

    Raises:
        InputError: a rule cannot be read, or asks for a score that no plugin offers.
    """
    rules = dict(POLICIES if policies is None else policies)
    with tempfile.TemporaryDirectory(prefix="popsim-replay-") as folder:
        write_imported(Path(folder), imported)
        path = Path(folder) / "replay.toml"
        world = World.build(Scenario.from_text(replay_text(imported, list(rules.values())), path, registry), registry)
        return _lived(imported, world, rules)


def replay_text(imported: Imported, rules: Sequence[str]) -> str:
    """A scenario in which a cohort lives its recorded stays under these rules, beside ``stays.csv`` and its people."""
    longest = max(stay.nights for stay in imported.stays)
    head = f"""\
name = "recorded-stays"
title = "Recorded stays under hospital policies"
days = {longest + 91}

[people]
source = "people.csv"
count = {len(imported.stays)}

[[stays]]
file = "stays.csv"
match = "person"
day = 0

[[arms]]
name = "usual"
label = "Nothing given"

[[arms]]
name = "as-treated"
label = "As treated in fact"
plugins = {{ recorded-prophylaxis = {{}} }}
"""
    arms = [
        f'\n[[arms]]\nname = "rule-{number}"\nlabel = "{rule}"\n'
        f'plugins = {{ hospital-policy = {{ policy = "{rule}" }} }}\n'
        for number, rule in enumerate(rules, start=1)
    ]
    return head + "".join(arms)


def _lived(imported: Imported, world: World, rules: Mapping[str, str]) -> Replay:
    stays, alive = imported.stays, np.ones(len(imported.stays), dtype=bool)
    arms = [
        Interventions(
            world.chosen[f"rule-{number}"], world.registry, world.people, world.draws, world.evidence, world.activities
        )
        for number in range(1, len(rules) + 1)
    ]
    doses = {name: np.zeros(len(stays), dtype=np.int64) for name in rules}
    scores = {name: np.zeros(len(stays)) for name in world.registry.scores}
    down = np.zeros(len(stays))
    minutes = _minutes_down(world)
    for day in range(max(stay.nights for stay in stays) + 1):
        today = world.today(day)
        down += np.where(today.in_hospital, minutes[world.diary(day)], 0) / 60
        for name, highest in scores.items():
            highest[:] = np.maximum(highest, np.where(today.in_hospital, today.score(name), 0.0))
        inside = np.array([day < stay.nights for stay in stays])
        for name, arm in zip(rules, arms, strict=True):
            doses[name] += arm.effects(today, alive).acting["hospital-policy"] & inside
    return Replay(
        nights=np.array([stay.nights for stay in stays]),
        icu_nights=np.array([stay.units.count("I") for stay in stays]),
        down_hours=down,
        given=np.array([len(stay.doses) - stay.doses.count("-") for stay in stays]),
        scores=scores,
        doses=doses,
        rules=rules,
    )


def _minutes_down(world: World) -> NDArray[np.int64]:
    """Minutes of every diary in a hospital bed or under anaesthesia."""
    lying = np.isin(world.pool.activity, [CODES[name] for name in DOWN])
    return np.add.reduceat(np.where(lying, world.pool.minutes, 0).astype(np.int64), world.pool.starts[:-1])
