"""Intervals against independent oracles: classical formulas, SciPy's bootstrap, and how often they hold the truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from popsim.analysis.estimates import Estimate, Ratio, counted, jackknife, paired_difference, poisson_limits
from popsim.randomness import Draws

GROUPS = 100
positive = arrays(np.float64, 12, elements=st.floats(0.1, 100.0))


def _normal(name: str, size: int = GROUPS, mean: float = 5.0, spread: float = 1.0) -> np.ndarray:
    return mean + spread * Draws(11).normal(f"test.{name}", np.arange(size))


def test_with_batches_of_one_size_the_interval_is_that_of_a_mean() -> None:
    values = _normal("mean")
    estimate = jackknife(Ratio(values, np.ones(GROUPS)), "mL")
    low, high = stats.t.interval(0.95, GROUPS - 1, loc=values.mean(), scale=stats.sem(values))
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx((values.mean(), low, high))


def test_with_batches_of_one_size_the_paired_interval_is_that_of_the_paired_t_test() -> None:
    before = _normal("before")
    after = before - 0.3 + _normal("noise", mean=0.0, spread=0.1)
    ones = np.ones(GROUPS)
    estimate = paired_difference(Ratio(before, ones), Ratio(after, ones), "clots")
    oracle = stats.ttest_rel(before, after).confidence_interval(0.95)
    assert (estimate.low, estimate.high) == pytest.approx((oracle.low, oracle.high))


def test_with_batches_of_unequal_size_the_interval_agrees_with_the_bootstrap() -> None:
    people = np.round(_normal("people", mean=40, spread=8))
    clots = people * np.abs(_normal("rate", mean=0.1, spread=0.03))

    def rate(numerator: np.ndarray, denominator: np.ndarray, axis: int = -1) -> np.ndarray:
        return numerator.sum(axis=axis) / denominator.sum(axis=axis)

    oracle = stats.bootstrap((clots, people), rate, paired=True, rng=np.random.default_rng(1), n_resamples=4000)
    estimate = jackknife(Ratio(clots, people), "clots")
    assert estimate.high - estimate.low == pytest.approx(
        oracle.confidence_interval.high - oracle.confidence_interval.low, rel=0.1
    )


def test_pairing_removes_what_arms_share() -> None:
    before = _normal("before")
    after = 0.9 * before
    ones = np.ones(GROUPS)
    paired = paired_difference(Ratio(before, ones), Ratio(after, ones), "clots")
    apart = [jackknife(Ratio(values, ones), "clots") for values in (before, after)]
    assert paired.high - paired.low < 0.2 * sum(e.high - e.low for e in apart)


def test_the_paired_interval_holds_the_true_difference_in_19_of_20_runs() -> None:
    """People differ in susceptibility and in benefit; each run simulates other people."""
    runs, people, true_difference = 600, 2_000, 0.5
    held = 0
    for run in range(runs):
        ids, draws = np.arange(people), Draws(1000 + run)
        batch = (draws.uniform("batch", ids) * GROUPS).astype(int)
        before = draws.exponential("susceptibility", ids)
        after = before * draws.uniform("benefit", ids)
        size = np.bincount(batch, minlength=GROUPS).astype(float)
        sums = [np.bincount(batch, weights=w, minlength=GROUPS) for w in (before, after)]
        estimate = paired_difference(Ratio(sums[0], size), Ratio(sums[1], size), "clots")
        held += estimate.low <= true_difference <= estimate.high
    assert held >= stats.binom.ppf(0.001, runs, 0.95)
    assert held <= stats.binom.ppf(0.999, runs, 0.95)


def test_limits_of_a_count_leave_a_fortieth_beyond_each() -> None:
    events = np.array([1.0, 3.0, 10.0, 250.0])
    low, high = poisson_limits(events)
    assert stats.poisson.sf(events - 1, low) == pytest.approx(np.full(4, 0.025))
    assert stats.poisson.cdf(events, high) == pytest.approx(np.full(4, 0.025))


def test_no_event_seen_does_not_mean_none_can_happen() -> None:
    estimate = counted(0, 1000.0, "clots", per=10_000.0)
    assert (estimate.value, estimate.low) == (0.0, 0.0)
    assert estimate.high == pytest.approx(-math.log(0.025) * 10)


def test_nothing_counted_in_nobody_is_unknown() -> None:
    assert math.isnan(counted(0, 0.0, "clots").value)


@pytest.mark.parametrize("groups", [0, 1])
def test_too_few_batches_give_a_value_without_an_interval(groups: int) -> None:
    size = np.concatenate([np.full(groups, 4.0), np.zeros(5)])
    estimate = jackknife(Ratio(size / 2, size), "clots")
    assert not estimate.has_interval
    assert math.isnan(estimate.value) if groups == 0 else estimate.value == 0.5


def test_empty_batches_change_nothing() -> None:
    values, size = _normal("mean"), np.ones(GROUPS)
    padded = Ratio(np.append(values, [0.0, 0.0]), np.append(size, [0.0, 0.0]))
    one, other = jackknife(padded, "mL"), jackknife(Ratio(values, size), "mL")
    assert (one.low, one.high) == pytest.approx((other.low, other.high))


@given(positive, positive)
def test_the_estimate_lies_within_its_interval(numerator: np.ndarray, size: np.ndarray) -> None:
    estimate = jackknife(Ratio(numerator, size), "clots", at_least=0.0)
    assert 0.0 <= estimate.low <= estimate.value <= estimate.high


@given(positive, positive)
def test_equal_arms_differ_by_exactly_nothing(numerator: np.ndarray, size: np.ndarray) -> None:
    rate = Ratio(numerator, size)
    estimate = paired_difference(rate, rate, "clots")
    assert (estimate.value, estimate.low, estimate.high) == (0.0, 0.0, 0.0)
    assert not estimate.excludes_zero


@given(positive, positive, st.floats(0.5, 1e4))
def test_a_factor_scales_value_and_limits_alike(numerator: np.ndarray, size: np.ndarray, factor: float) -> None:
    plain, scaled = (jackknife(Ratio(numerator, size, f), "clots") for f in (1.0, factor))
    expected = [factor * x for x in (plain.value, plain.low, plain.high)]
    assert [scaled.value, scaled.low, scaled.high] == pytest.approx(expected, rel=1e-6, abs=1e-6 * factor)


@pytest.mark.parametrize(("low", "high", "excludes"), [(0.1, 1, True), (-1, -0.1, True), (-1, 1, False), (0, 1, False)])
def test_an_interval_says_whether_it_excludes_zero(low: float, high: float, excludes: bool) -> None:
    assert Estimate((low + high) / 2, low, high, "clots").excludes_zero is excludes
