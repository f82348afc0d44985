"""A followed day gives back the curves it was lived in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from helpers.synthetic_runs import DAY, SyntheticRun, relaxed, write_run
from hypothesis import given
from hypothesis import strategies as st

from popsim.analysis import person_day, traced_days, traced_people
from popsim.analysis.person_day import Relaxation
from popsim.store import Results

if TYPE_CHECKING:
    from collections.abc import Iterator

RUN = SyntheticRun(people=60, days=4, shards=2, traced=3, traced_days=2)
ONE_BOUT = (np.array([0.0]), np.array([60.0]))


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Results]:
    with Results.open(write_run(tmp_path_factory.mktemp("runs"), run=RUN).path) as opened:
        yield opened


@given(st.floats(0, 150), st.floats(0, 150), st.floats(0.002, 5))
def test_start_end_and_mean_give_back_the_exponential(start: float, target: float, rate_per_min: float) -> None:
    end, mean = relaxed(start, target, rate_per_min, 60.0)
    minute = np.linspace(0, 60, 25)
    curve = Relaxation(np.array([start]), np.array([end]), np.array([mean])).at(minute, *ONE_BOUT)
    exact = target + (start - target) * np.exp(-rate_per_min * minute)
    assert curve == pytest.approx(exact, abs=1e-3 * abs(end - start) + 1e-6)


@given(st.floats(0, 150), st.floats(0, 150), st.floats(-50, 200))
def test_whatever_the_mean_the_curve_stays_between_start_and_end(start: float, end: float, mean: float) -> None:
    curve = Relaxation(np.array([start]), np.array([end]), np.array([mean])).at(np.linspace(0, 60, 25), *ONE_BOUT)
    low, high = sorted((start, end))
    assert np.all((curve >= low - 1e-9) & (curve <= high + 1e-9))
    assert (curve[0], curve[-1]) == pytest.approx((start, end))


def test_the_bouts_are_those_of_the_day(results: Results) -> None:
    day = person_day(results, 0, 1, 0)
    assert day is not None
    assert [(b["activity"], b["minutes"]) for b in day.bouts.to_pylist()] == [(name, m) for name, m, *_ in DAY]


def test_curves_pass_through_what_was_stored(results: Results) -> None:
    day = person_day(results, 1, 2, 1, step_min=1.0)
    assert day is not None
    stored = results.query(
        "SELECT leg, start_min + minutes AS at, volume_end_ul / 1e3 AS ml, pressure_end_mmhg_1000 / 1e3 AS mmhg,"
        " activation_end_ppm / 1e6 AS activation, oedema_end_ul / 1e3 AS oedema FROM trace"
        " WHERE arm = 1 AND person = 2 AND day = 1"
    )
    for row in stored.to_pylist():
        leg = day.legs[row["leg"]]
        just_before = row["at"] - 1e-9
        for name, key in (
            ("volume_ml", "ml"),
            ("pressure_mmhg", "mmhg"),
            ("activation", "activation"),
            ("oedema_ml", "oedema"),
        ):
            assert np.interp(just_before, day.minute, getattr(leg, name)) == pytest.approx(row[key], abs=1e-3)


def test_the_mean_of_a_curve_is_the_stored_mean(results: Results) -> None:
    day = person_day(results, 0, 0, 1, step_min=0.05)
    assert day is not None
    stored = results.query("SELECT sum(volume_mean_ul * minutes) / 1440e3 AS ml FROM trace"
                           " WHERE arm = 0 AND person = 0 AND day = 1 AND leg = 0")  # fmt: skip
    assert np.trapezoid(day.legs[0].volume_ml, day.minute) / 1440 == pytest.approx(stored["ml"][0].as_py(), rel=1e-4)


def test_the_second_day_goes_on_where_the_first_ended(results: Results) -> None:
    first, second = (person_day(results, 0, 1, day) for day in (0, 1))
    assert first is not None
    assert second is not None
    for name in ("volume_ml", "pressure_mmhg", "activation", "oedema_ml"):
        for leg in (0, 1):
            assert getattr(second.legs[leg], name)[0] == pytest.approx(getattr(first.legs[leg], name)[-1], abs=1e-3)


def test_a_day_that_was_not_followed_is_none(results: Results) -> None:
    assert person_day(results, 0, 1, 3) is None
    assert person_day(results, 0, 999, 0) is None


def test_followed_people_and_days_are_listed(results: Results) -> None:
    days = traced_days(results).to_pylist()
    assert {row["person"] for row in days} == {0, 1, 2}
    assert len(days) == 3 * 3 * 2
    assert traced_people(results)["person"].to_pylist() == [0, 1, 2]
