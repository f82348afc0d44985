"""Draw how lost valves and a blocked outflow change what a leg holds as a day goes by.

    python scripts/damage_picture.py [docs/images/valve-damage.svg]

Three people alike but for one leg live the same ordinary day: a leg without damage, one whose valves a clot destroyed,
and one that a proximal clot still blocks. The curves are the blood pooled in that leg.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from popsim.community import Community
from popsim.hooks import load_plugins
from popsim.legs.figures import Curve, Picture, write_picture
from popsim.runs.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

SCENARIO = """
name = "damage"
title = "One person, three legs"
days = 2
seed = 5
[people]
count = 1
[people.set]
age_years = 50
superficial_leak = 0.0
deep_leak = 0.0
calf_strength = 1.0
ankle_range = 1.0
work = "standing"
"""
MINUTES_PER_HOUR, DAY_STARTS_HOUR = 60.0, 4.0
MINUTE, MINUTES, VOLUME_START, VOLUME_END = 3, 4, 6, 7
"""Columns of the kernel's record of bouts (see ``popsim.legs.kernel.trace_day``)."""


def pooled(changes: Mapping[str, float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Hour of day and mL of blood in the left lower leg with these traits, over the second day."""
    community = Community(Scenario.from_text(SCENARIO), registry=load_plugins())
    if changes:
        community.life.legs.change(0, 0, changes)
    community.life.watch(np.array([0]), 2)
    while community.running:
        community.step()
    record = community.life.records[1]
    left = record[record[:, 1] == 0]
    hours = np.column_stack([left[:, MINUTE], left[:, MINUTE] + left[:, MINUTES]]) / MINUTES_PER_HOUR
    return hours.ravel() + DAY_STARTS_HOUR, left[:, [VOLUME_START, VOLUME_END]].ravel()


def main() -> None:
    """Draw the three curves."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path, nargs="?", default=Path("docs/images/valve-damage.svg"))
    evidence = load_plugins().evidence()
    legs = {
        "no clot": {},
        "valves lost": {"deep_leak": evidence["clots.valves_lost_deep_leak"]},
        "outflow blocked": {"outflow_resistance": evidence["clots.obstruction_factor"]},
    }
    curves = [Curve(name, *pooled(changes)) for name, changes in legs.items()]
    picture = Picture("What a clot does to the leg it lies in", "hour of the day", "blood in the lower leg, mL", curves)
    write_picture(picture, parser.parse_args().path)


if __name__ == "__main__":
    main()
