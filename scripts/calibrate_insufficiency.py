"""Calibrate the incidence of varicose veins and chronic insufficiency, and the latter's prevalence at the start.

Ordinary adults of 18 to 64 live a week; their legs' loads then give yearly incidences per person, which are set to
those of the Edinburgh Vein Study: 1.4 and 0.7 % a year. Set the prevalence first, as it says who is still free.

    python scripts/calibrate_insufficiency.py [--people 20000]

prints the values; writing them into popsim/evidence/data/insufficiency.toml is left to the person who reads them.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq

from popsim.clots.insufficiency import INSUFFICIENT, VARICES, step_hazards, total_reflux
from popsim.community import Community
from popsim.hooks import load_plugins
from popsim.runs.scenario import Scenario

if TYPE_CHECKING:
    from numpy.typing import NDArray

TARGETS = {"varices": 0.014, "insufficiency": 0.007}
PREVALENCE = 0.08
SCENARIO = """
name = "calibration"
title = "Adults below 65"
days = 7
[people]
count = {people}
where = {{ age = [18, 64] }}
"""


def lived_week(people: int) -> Community:
    """A week of ordinary adults."""
    community = Community(Scenario.from_text(SCENARIO.format(people=people)), registry=load_plugins())
    while community.running:
        community.step()
    return community


def yearly_incidence(hazard: NDArray[np.float64], has_it: NDArray[np.bool_]) -> float:
    """Share of the people who have it in neither leg that come to have it in a year."""
    free = ~has_it.any(axis=0)
    return float(np.mean(-np.expm1(-hazard[:, free].sum(axis=0))))


def main() -> None:
    """Print the values that meet the targets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=20_000)
    community = lived_week(parser.parse_args().people)
    veins, people = community.life.veins, community.world.people
    known = community.world.evidence.room("insufficiency")
    reflux = total_reflux(people)
    half = brentq(lambda r: np.mean(_has(reflux, r)) - PREVALENCE, 1e-3, 1e2)
    unit = known | {f"{name}_per_leg_year": 1.0 for name in TARGETS}
    hazards = step_hazards(people, veins.load, unit)
    for (name, target), step in zip(TARGETS.items(), (VARICES, INSUFFICIENT), strict=True):
        rate = brentq(
            lambda r, step=step, target=target: yearly_incidence(r * hazards[step], veins.reached[step]) - target,
            1e-7,
            1.0,
        )
        print(f"insufficiency.{name}_per_leg_year = {rate:.3g}")
    print(f"insufficiency.prevalence_half_reflux = {half:.3g}")
    print(f"prevalence at the start with the value in force: {veins.reached[INSUFFICIENT].any(axis=0).mean():.4f}")
    print(f"mean pooled {veins.load.pooled_ml.mean():.1f} mL, swelling {veins.load.oedema_ml.mean():.1f} mL")


def _has(reflux: NDArray[np.float64], half: float) -> NDArray[np.float64]:
    """Probability that each person has insufficiency in a leg at the start."""
    chance = reflux**2 / (reflux**2 + half**2)
    return np.asarray(1.0 - np.prod(1.0 - chance, axis=0))


if __name__ == "__main__":
    main()
