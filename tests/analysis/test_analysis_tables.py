"""Curves, age groups and pooling: each agrees with the totals and with a count by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from helpers.synthetic_runs import DAY, SyntheticRun, write_run

from popsim.analysis import activity_pooling, by_age_group, daily_curves, key_results, pooling_through_day
from popsim.store import Results

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RUN = SyntheticRun(people=800, days=12, shards=2, traced=8, traced_days=2)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Results]:
    with Results.open(write_run(tmp_path_factory.mktemp("runs"), run=RUN).path) as opened:
        yield opened


def _of_arm(table: Any, arm: int) -> list[dict[str, Any]]:
    return [row for row in table.to_pylist() if row["arm_id"] == arm]


@pytest.mark.parametrize("arm", [0, 1, 2])
def test_curves_end_at_the_totals_and_never_fall(results: Results, arm: int) -> None:
    rows = _of_arm(daily_curves(results), arm)
    answer = key_results(results)[arm]
    assert [row["day"] for row in rows] == list(range(12))
    assert rows[-1]["expected_per_10000"] == pytest.approx(answer.expected_clots_per_10000.value)
    assert rows[-1]["sampled_per_10000"] == pytest.approx(answer.sampled_clots_per_10000.value)
    for name in ("expected_per_10000", "sampled_per_10000"):
        assert np.all(np.diff([row[name] for row in rows]) >= 0)


def test_a_harm_s_curve_finds_its_expected_twin(results: Results) -> None:
    last = _of_arm(daily_curves(results, "major-bleed"), 2)[-1]
    assert last["expected_per_10000"] == pytest.approx(2e-5 * 12 * 10_000, rel=1e-4)


def test_an_event_without_expected_twin_has_steps_only(results: Results) -> None:
    assert daily_curves(results, "silent_embolism")["expected_per_10000"].null_count == 3 * 12


def test_age_groups_add_up_to_everybody(results: Results) -> None:
    for arm, answer in enumerate(key_results(results)):
        rows = _of_arm(by_age_group(results), arm)
        people = sum(row["people"] for row in rows)
        clots = sum(row["people"] * row["expected_per_10000"] for row in rows) / people
        assert people == answer.people
        assert clots == pytest.approx(answer.expected_clots_per_10000.value)
        assert all(row["sampled_low"] <= row["sampled_per_10000"] <= row["sampled_high"] for row in rows)


def test_the_mean_over_quarter_hours_is_the_mean_over_bouts(results: Results) -> None:
    for arm in range(3):
        quarters = [row["volume_ml"] for row in _of_arm(pooling_through_day(results), arm)]
        direct = results.query(
            "SELECT sum(volume_mean_ul * minutes) / sum(minutes) / 1000 AS ml FROM trace WHERE arm = ?", [arm]
        )
        assert len(quarters) == 96
        assert np.mean(quarters) == pytest.approx(direct["ml"][0].as_py())


def test_a_quarter_hour_counts_each_bout_by_its_minutes_in_it(results: Results) -> None:
    """Bouts change at 06:30 and 07:30; within the hour between them the second bout alone counts."""
    bout = results.query("SELECT avg(volume_mean_ul) / 1000 AS ml FROM trace WHERE arm = 0 AND bout = 1")["ml"][
        0
    ].as_py()
    rows = _of_arm(pooling_through_day(results), 0)
    assert [rows[quarter]["volume_ml"] for quarter in range(10, 14)] == pytest.approx([bout] * 4)


def test_changes_are_paired_with_the_reference(results: Results) -> None:
    table = pooling_through_day(results)
    assert all(row["change_ml"] == 0 for row in _of_arm(table, 0))
    for row in _of_arm(table, 2)[20:40]:
        assert row["change_high"] < 0
        assert row["change_high"] - row["change_low"] < row["volume_high"] - row["volume_low"]
        assert row["people"] == 8


def test_one_person_followed_gives_no_interval(tmp_path: Path) -> None:
    run = SyntheticRun(people=50, days=2, shards=1, traced=1)
    with Results.open(write_run(tmp_path, run=run).path) as alone:
        row = pooling_through_day(alone).to_pylist()[0]
    assert np.isnan(row["volume_low"])
    assert row["volume_ml"] > 0


def test_nobody_followed_gives_an_empty_table(tmp_path: Path) -> None:
    run = SyntheticRun(people=50, days=2, shards=1, traced=0)
    with Results.open(write_run(tmp_path, run=run).path) as nobody:
        assert pooling_through_day(nobody).num_rows == 0


def test_activities_fill_the_day_and_keep_their_volumes(results: Results) -> None:
    rows = _of_arm(activity_pooling(results), 0)
    assert sum(row["hours_per_day"] for row in rows) == pytest.approx(24)
    asleep = next(row for row in rows if row["activity"] == "sleep")
    assert asleep["hours_per_day"] == pytest.approx(sum(m for name, m, *_ in DAY if name == "sleep") / 60)
    assert (asleep["volume_ml"], asleep["pressure_mmhg"]) == pytest.approx((30.0, 12.0))
