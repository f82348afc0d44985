"""How much less noise expected counts have than sampled ones, on the same run.

Both estimate the same mean. The standard errors come from leaving out one hundredth of the people at a time.

    python scripts/expected_against_sampled.py [--people 30000]

prints the table of docs/clots.md, "Expected beside sampled".
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import numpy as np

from popsim.community import Community
from popsim.hooks import load_plugins
from popsim.runs.scenario import Scenario

if TYPE_CHECKING:
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
PAIRS = (("clots", "expected_clots"), ("major_bleeding", "expected_major_bleeding"))


def standard_error(batches: NDArray[np.float64], people: NDArray[np.float64]) -> float:
    """Of a number per person, by leaving out one batch of people at a time."""
    left = (batches.sum() - batches) / (people.sum() - people)
    size = len(batches)
    return float(np.sqrt((size - 1) / size * np.sum((left - left.mean()) ** 2)))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=30_000)
    people = parser.parse_args().people
    print("| run | measure | sampled | expected | standard errors, sampled / expected |\n|---|---|---|---|---|")
    for title, (days, more) in SETTINGS.items():
        text = SCENARIO.format(days=days, people=people, more=more)
        community = Community(Scenario.from_text(text), registry=load_plugins())
        while community.running:
            community.step()
        outcomes = community.close()
        scale = {m.name: m.scale for m in outcomes.measures}
        code = {m.name: i for i, m in enumerate(outcomes.measures)}
        batch = {name: outcomes.replicates[:, i] * scale[name] for name, i in code.items()}
        for names in PAIRS:
            sampled, expected = (batch[name] for name in names)
            ratio = standard_error(sampled, batch["people"]) / standard_error(expected, batch["people"])
            print(f"| {title} | {names[0]} | {sampled.sum():.0f} | {expected.sum():.1f} | {ratio:.1f} |", flush=True)


if __name__ == "__main__":
    main()
