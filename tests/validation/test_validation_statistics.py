"""Statistics against SciPy, brute force and exact formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize, minimize_scalar
from scipy.stats import linregress, mannwhitneyu

from popsim.randomness import Draws
from popsim.validation.statistics import (
    c_statistic,
    calibration_slope,
    log_hazard_ratio,
    weighted_percentile,
    weighted_slope,
)

DRAWS = Draws(7)
IDS = np.arange(400)


def test_the_c_statistic_is_mann_whitney_over_all_pairs_with_ties() -> None:
    score = np.floor(DRAWS.uniform("test.score", IDS) * 6)
    event = (DRAWS.uniform("test.event", IDS) < 0.1 + 0.1 * score).astype(float)
    expected = mannwhitneyu(score[event == 1], score[event == 0]).statistic / (event.sum() * (1 - event).sum())
    assert c_statistic(score, event) == pytest.approx(expected)


def test_a_perfect_score_and_one_that_knows_nothing() -> None:
    event = np.array([0.0, 0.0, 1.0, 1.0])
    assert c_statistic(np.array([1.0, 2.0, 3.0, 4.0]), event) == 1.0
    assert c_statistic(np.ones(4), event) == 0.5
    assert math.isnan(c_statistic(np.arange(4.0), np.zeros(4)))


def test_the_calibration_slope_has_the_greatest_likelihood() -> None:
    x = DRAWS.normal("test.predictor", IDS)
    event = (DRAWS.uniform("test.outcome", IDS) < 1 / (1 + np.exp(1 - 0.7 * x))).astype(float)

    def minus_log_likelihood(beta: np.ndarray) -> float:
        linear = beta[0] + beta[1] * x
        return float(np.sum(np.logaddexp(0, linear) - event * linear))

    assert calibration_slope(x, event) == pytest.approx(minimize(minus_log_likelihood, [0, 0]).x[1], abs=1e-3)


def test_the_hazard_ratio_has_the_greatest_partial_likelihood() -> None:
    exposed = (IDS % 2).astype(float)
    time = np.ceil(DRAWS.exponential("test.time", IDS) * 20 / (1 + exposed))
    days, event = np.minimum(time, 30.0), (time <= 30).astype(float)

    def minus_log_likelihood(beta: float) -> float:
        total = 0.0
        for i in np.flatnonzero(event):
            at_risk = days >= days[i]
            total += beta * exposed[i] - math.log(float(np.exp(beta * exposed[at_risk]).sum()))
        return -total

    slow = minimize_scalar(minus_log_likelihood, bounds=(-3, 3), method="bounded", options={"xatol": 1e-7}).x
    assert log_hazard_ratio(days, event, exposed) == pytest.approx(slow, abs=1e-4)


def test_no_hazard_ratio_when_only_one_group_has_events() -> None:
    assert math.isnan(log_hazard_ratio(np.arange(1.0, 5), np.array([1.0, 0, 1, 0]), np.array([1.0, 0, 1, 0])))


def test_the_slope_with_equal_weights_is_least_squares() -> None:
    x, y = np.array([0.0, 4.0, 8.0, 12.0]), np.array([1.0, 1.5, 3.1, 3.2])
    assert weighted_slope(x, y, np.ones(4)) == pytest.approx(linregress(x, y).slope)


def test_a_point_with_double_weight_is_two_points() -> None:
    x, y = np.array([0.0, 4.0, 8.0]), np.array([1.0, 1.5, 3.1])
    repeated = linregress([0, 4, 8, 8], [1, 1.5, 3.1, 3.1]).slope
    assert weighted_slope(x, y, np.array([1.0, 1.0, 2.0])) == pytest.approx(repeated)


@given(
    values=st.lists(st.integers(0, 50), min_size=1, max_size=40),
    percent=st.sampled_from([5.0, 25.0, 50.0, 75.0, 90.0]),
)
def test_a_percentile_without_weights_is_that_of_the_empirical_distribution(values: list[int], percent: float) -> None:
    array = np.array(values, dtype=float)
    expected = np.percentile(array, percent, method="inverted_cdf")
    assert weighted_percentile(array, np.ones(len(array)), percent) == expected


def test_what_never_happens_has_no_percentile() -> None:
    assert math.isnan(weighted_percentile(np.array([np.inf, np.inf]), np.ones(2), 50))
