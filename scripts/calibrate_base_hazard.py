"""Calibrate ``clots.base_hazard_per_leg_day`` to the incidence of symptomatic first VTE in the community.

Ordinary US adults without trips or stays live one warm-up and seven ordinary days; their expected clots per
person-year, times the share of clots that are ever diagnosed, are set to 7.1 per 10,000 person-years (community
residents, Olmsted County 1980-90: Heit JA et al, Mayo Clin Proc 2001). Expected counts are linear in the base hazard,
so one run is enough.

    python scripts/calibrate_base_hazard.py [--people 50000]

prints the value; writing it into popsim/evidence/data/clots.toml is left to the person who reads it.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import numpy as np

from popsim.clots.course import NEVER_DAY, Onsets, draw_course
from popsim.community import Community
from popsim.hooks import PluginRegistry, load_plugins
from popsim.randomness import Draws
from popsim.runs.scenario import Scenario

if TYPE_CHECKING:
    from popsim.evidence import Evidence

TARGET_PER_PERSON_YEAR = 7.1e-4
DAYS = 7
SCENARIO = """
name = "calibration"
title = "Ordinary adults"
days = {days}
[people]
count = {people}
"""


def diagnosed_share(evidence: Evidence, clots: int = 400_000) -> float:
    """Share of new clots that come to be diagnosed, as thrombosis or as embolism, in life or at autopsy."""
    ids = np.arange(clots)
    onsets = Onsets(ids, ids, np.zeros(clots, np.int64), np.zeros(clots, np.int64), 0)
    course = draw_course(onsets, Draws(1), evidence)
    return float(np.mean(np.minimum(course.symptoms_day, course.embolism_day) < NEVER_DAY))


def expected_per_person_year(people: int, registry: PluginRegistry) -> float:
    """Expected new clots per person-year of people without an earlier clot, with the base hazard in force."""
    scenario = Scenario.from_text(SCENARIO.format(days=DAYS, people=people))
    community = Community(scenario, registry=registry)
    while community.running:
        community.step()
    first = ~community.world.people["prior_vte"]
    return float(community.life.clotting.expected[:, first].sum() / first.sum() * 365.25 / DAYS)


def main() -> None:
    """Print the calibrated value beside the one in force."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=50_000)
    people = parser.parse_args().people
    registry = load_plugins()
    evidence = registry.evidence()
    share = diagnosed_share(evidence)
    now = expected_per_person_year(people, registry) * share
    base = evidence["clots.base_hazard_per_leg_day"]
    print(f"diagnosed share of clots: {share:.4f}")
    print(f"diagnosed first VTE per 10,000 person-years with {base:.4g} a day: {now * 1e4:.2f}")
    print(f"clots.base_hazard_per_leg_day = {base * TARGET_PER_PERSON_YEAR / now:.3g}")


if __name__ == "__main__":
    main()
