"""Weights by the model put right what was drawn by proportion, and tell when they cannot."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from popsim.fitting.ensemble import draw
from popsim.fitting.reweighting import TRUSTED_SHAPE, pareto, smoothed
from popsim.randomness import Draws

MIDDLE, COVARIANCE = np.array([0.5, -0.3]), np.array([[0.04, 0.03], [0.03, 0.09]])


def truth(points: np.ndarray) -> np.ndarray:
    """Minus the log of a normal density."""
    away = points - MIDDLE
    return 0.5 * np.einsum("ki,ij,kj->k", away, np.linalg.inv(COVARIANCE), away)


def told(points: np.ndarray) -> np.ndarray:
    """What the ensemble takes it for: shifted, and with another width."""
    away = points - np.array([0.6, -0.4])
    return 0.5 * np.einsum("ki,ij,kj->k", away, np.linalg.inv(1.6 * np.diag([0.04, 0.09])), away)


@pytest.mark.parametrize("count", [200, 2000])
def test_sets_drawn_by_a_wrong_density_get_the_moments_of_the_right_one(count: int) -> None:
    drawn = draw(told, np.array([0.6, -0.4]), np.diag([0.06, 0.14]), 20 * count, seed=3)
    places = drawn.places(count)
    points = drawn.positions[places]
    assert abs(points.mean(axis=0) - MIDDLE).max() > 0.05
    weighed = smoothed(-truth(points) - drawn.log_density[places])
    middle = weighed.weight @ points
    away = points - middle
    spread = (away.T * weighed.weight) @ away
    error = 4 / np.sqrt(weighed.effective)
    assert weighed.shape < TRUSTED_SHAPE
    assert weighed.effective > count / 4
    assert (abs(middle - MIDDLE) < error * np.sqrt(np.diag(COVARIANCE))).all()
    assert np.diag(spread) == pytest.approx(np.diag(COVARIANCE), rel=1.5 * error)


def test_where_the_ensemble_was_right_all_sets_weigh_about_the_same() -> None:
    drawn = draw(truth, MIDDLE, COVARIANCE, 6000, seed=5)
    places = drawn.places(300)
    weighed = smoothed(-truth(drawn.positions[places]) - drawn.log_density[places])
    assert weighed.weight == pytest.approx(np.full(300, 1 / 300), rel=1e-6)
    assert weighed.effective == pytest.approx(300)


def test_a_density_that_is_much_too_narrow_is_not_trusted() -> None:
    points = 0.3 * Draws(1).normal("tests.narrow", np.arange(1000))
    weighed = smoothed(stats.norm.logpdf(points) - stats.norm.logpdf(points, scale=0.3))
    assert weighed.shape > TRUSTED_SHAPE


@pytest.mark.parametrize("shape", [0.1, 0.5, 0.9])
def test_the_shape_of_a_tail_is_found(shape: float) -> None:
    uniform = (np.arange(5000) + 0.5) / 5000
    found, scale = pareto(np.sort(stats.genpareto.ppf(uniform, shape, scale=2.0)))
    assert found == pytest.approx(shape, abs=0.05)
    assert scale == pytest.approx(2.0, rel=0.05)


def test_smoothing_tames_the_largest_weight() -> None:
    ratio = stats.genpareto.rvs(0.9, size=400, random_state=2)
    plain = ratio / ratio.sum()
    weighed = smoothed(np.log(ratio))
    assert weighed.weight.sum() == pytest.approx(1.0)
    untouched = np.argmin(plain)
    assert weighed.weight.max() / weighed.weight[untouched] <= plain.max() / plain[untouched] * (1 + 1e-9)
    assert (np.argsort(weighed.weight) == np.argsort(plain)).all()
