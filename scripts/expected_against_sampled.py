"""How much less noise expected counts have than sampled ones, on the same run.

Both estimate the same mean. What chance does to the counts of one run is seen by living it again and again, the same
people and days, with other dice for clots and bleeding. What it does to a statement about everybody, who is in the
sample included, is told by leaving out one hundredth of the people at a time.

    python scripts/expected_against_sampled.py [--people 30000] [--again 16]

prints the table of docs/clots.md, "Expected beside sampled".
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import numpy as np

from popsim.clots.bleeding import Bleeding
from popsim.clots.clotting import Clotting
from popsim.community import Community
from popsim.hooks import load_plugins
from popsim.randomness import Draws
from popsim.runs.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

SCENARIO = """
name = "noise"
title = "Adults"
days = {days}
[people]
count = {people}
{more}
"""
OPERATED = '[[stays]]\nreason = "surgery"\nbetween = [0, 60]\nshare = 0.02\n'
SETTINGS = {
    "Ordinary adults, four weeks": (28, ""),
    "Ordinary adults, a quarter": (91, ""),
    "One in fifty operated on, a quarter": (91, OPERATED),
}
PAIRS = (
    ("first_clots", "expected_first_clots"),
    ("clots", "expected_clots"),
    ("major_bleeding", "expected_major_bleeding"),
)


def standard_error(batches: NDArray[np.float64], people: NDArray[np.float64]) -> float:
    """Of a number per person, by leaving out one batch of people at a time."""
    left = (batches.sum() - batches) / (people.sum() - people)
    size = len(batches)
    return float(np.sqrt((size - 1) / size * np.sum((left - left.mean()) ** 2)))


def lived(text: str, dice: int) -> Mapping[str, NDArray[np.float64]]:
    """Every measure of one run by batch of people; ``dice`` decides luck with clots and bleeding, and nothing else."""
    community = Community(Scenario.from_text(text), registry=load_plugins())
    life, draws = community.life, Draws(community.life.world.scenario.seed, f"dice-{dice}/")
    earlier_clots = life.clotting.recurrence
    life.clotting = Clotting(life.world.people, draws, life.world.evidence)
    life.clotting.recurrence = earlier_clots
    life.bleeding = Bleeding(life.world.people, draws, life.world.evidence)
    while community.running:
        community.step()
    outcomes = community.close()
    return {m.name: np.asarray(outcomes.replicates[:, i] * m.scale) for i, m in enumerate(outcomes.measures)}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=30_000)
    parser.add_argument("--again", type=int, default=16)
    asked = parser.parse_args()
    print(
        "| run | measure | sampled | expected | same people, other dice | other people too |\n|---|---|---|---|---|---|"
    )
    for title, (days, more) in SETTINGS.items():
        text = SCENARIO.format(days=days, people=asked.people, more=more)
        runs = [lived(text, dice) for dice in range(asked.again)]
        for names in PAIRS:
            totals = np.array([[run[name].sum() for name in names] for run in runs])
            of_dice, middle = totals.std(axis=0, ddof=1), totals.mean(axis=0)
            people = np.mean([[standard_error(run[name], run["people"]) for name in names] for run in runs], axis=0)
            print(
                f"| {title} | {names[0]} | {middle[0]:.1f} ± {of_dice[0]:.1f} | {middle[1]:.1f} ± {of_dice[1]:.2f} "
                f"| {of_dice[0] / of_dice[1]:.1f} | {people[0] / people[1]:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
