"""Measure what risk factors do to the hazard through the pump, and what is left of their published ratios.

A factor's published ratio is pathway times residual: what the leg model makes of it (more stagnation, so more hazard)
and what a constant multiplies on top. For each factor the same adults live a week with and without it; the ratio of
their hazards, with nothing but the legs' doses changed, is the pathway.

    python scripts/measure_pathways.py [--people 3000]

prints the table of docs/clots.md, "Pathway and residual": for a week at home, and for one in a hospital bed. Residuals
are those of life at home, where most people with these factors are.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np

from popsim.community import Community
from popsim.hooks import PluginRegistry, load_plugins
from popsim.routines.bouts import MINUTES_PER_DAY
from popsim.runs.scenario import Scenario

DAYS = 7
SCENARIO = """
name = "pathway"
title = "A week of adults"
days = {days}
[people]
count = {people}
where = {{ age = [{youngest}, {oldest}] }}
[people.set]
{traits}
{stay}
"""
STAY = """
[[stays]]
reason = "medical"
day = 0
length_days = 7
"""
NEUTRAL = {"superficial_leak": 0.0, "deep_leak": 0.0, "perforator_leak": 0.0, "outflow_resistance": 1.0}


@dataclass(frozen=True)
class Factor:
    """One risk factor as legs feel it.

    Attributes:
        name: for people.
        traits: of legs that have it.
        published: ratio of its hazard, 0 where no single one is known.
        ages: of those who have it, and of those compared with; all adults unless given.
    """

    name: str
    traits: dict[str, float]
    published: float
    ages: tuple[tuple[int, int], tuple[int, int]] = ((18, 90), (18, 90))


FACTORS = (
    Factor("Varicose veins, clear reflux", {"superficial_leak": 0.4}, 1.9),
    Factor("Deep reflux", {"deep_leak": 0.3}, 0.0),
    Factor("Paralysed legs", {"calf_strength": 0.02, "ankle_range": 0.0}, 3.0),
    Factor("Weak calves, as at 82", {"calf_strength": 0.55}, 0.0),
    Factor("Age 80 against 45", {}, 8.4, ((78, 82), (43, 47))),
    Factor("Pregnancy: narrowed pelvis", {"outflow_resistance": 3.2}, 4.3),
    Factor("Obesity: narrowed pelvis", {"outflow_resistance": 3.2}, 3.5),
    Factor("Left iliac compression", {"outflow_resistance": 3.2}, 0.0),
    Factor("Old clot: leak and narrowed thigh", {"deep_leak": 0.3, "outflow_resistance": 3.0}, 0.0),
)


def week_factor(
    traits: dict[str, float], ages: tuple[int, int], stay: str, people: int, registry: PluginRegistry
) -> float:
    """Mean of ``1 + gain · activation`` over a week of people whose legs have these traits."""
    given = "\n".join(f"{name} = {value}" for name, value in traits.items())
    text = SCENARIO.format(days=DAYS, people=people, youngest=ages[0], oldest=ages[1], traits=given, stay=stay)
    community = Community(Scenario.from_text(text), registry=registry)
    gain = community.world.evidence["clots.stagnation_gain"]
    dose = 0.0
    while community.running:
        community.step()
        dose += float(community.life.legs.dose_min.mean())
    return 1.0 + gain * dose / DAYS / MINUTES_PER_DAY


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=3000)
    people = parser.parse_args().people
    registry = load_plugins()
    print("| factor | at home | in hospital | published | residual |\n|---|---|---|---|---|")
    for factor in FACTORS:
        home, hospital = (pathway(factor, stay, people, registry) for stay in ("", STAY))
        published = f"{factor.published:g}" if factor.published else ""
        residual = f"{factor.published / home:.2f}" if factor.published else ""
        print(f"| {factor.name} | {home:.2f} | {hospital:.2f} | {published} | {residual} |", flush=True)


def pathway(factor: Factor, stay: str, people: int, registry: PluginRegistry) -> float:
    """Ratio of the stagnation factors of people with and without it."""
    with_it, without = (
        week_factor(traits, ages, stay, people, registry)
        for traits, ages in zip((NEUTRAL | factor.traits, NEUTRAL), factor.ages, strict=True)
    )
    return float(np.round(with_it / without, 3))


if __name__ == "__main__":
    main()
