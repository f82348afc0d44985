"""The reduced leg against the resolved one, on random legs through random bouts."""

from __future__ import annotations

import numpy as np
import pytest
from leg_levels import bias, differences, rmse

LEGS = 30


@pytest.fixture(scope="module")
def rows():
    """Every random leg through a random sequence of its own; ``tests/benchmarks/bench_leg_levels.py`` has all pairs."""
    return np.concatenate([differences((number, number)) for number in range(LEGS)])


def test_bout_means_agree(rows):
    assert rmse(rows)[0] < 3.0, "mL"
    assert rmse(rows)[1] < 3.0, "mmHg"


def test_means_over_the_day_agree(rows):
    assert np.abs(bias(rows)).max() < 1.0, "mL and mmHg"
