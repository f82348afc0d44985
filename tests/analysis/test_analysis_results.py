"""Key results against a count of the same people by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from helpers.synthetic_runs import ARMS, CLOT_SCALE, ArmEffect, SyntheticRun, write_run

from popsim.analysis import arm_report, key_results, total_cost
from popsim.store import Results

if TYPE_CHECKING:
    from pathlib import Path

    from popsim.analysis import ArmResult

RUN = SyntheticRun(people=1500, days=20, shards=3)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[ArmResult]:
    root = tmp_path_factory.mktemp("runs")
    with Results.open(write_run(root, run=RUN).path) as results:
        return key_results(results)


def _by_hand(arm: int, measure: str) -> float:
    values = RUN._measures(arm, np.arange(RUN.people))[measure]
    return float(values.sum())


def _results(root: Path, run: SyntheticRun, run_id: str = "a") -> list[ArmResult]:
    with Results.open(write_run(root, run_id, run).path) as results:
        return key_results(results)


def test_arms_come_in_order_and_the_first_is_the_reference(answers: list[ArmResult]) -> None:
    assert [a.name for a in answers] == [arm.name for arm in ARMS]
    assert [a.is_reference for a in answers] == [True, False, False]
    assert answers[0].avoided_per_10000 is None


def test_people_and_days_are_those_simulated(answers: list[ArmResult]) -> None:
    assert {a.people for a in answers} == {1500}
    assert {a.person_days for a in answers} == {1500 * 20}


@pytest.mark.parametrize("arm", range(len(ARMS)))
def test_expected_and_drawn_clots_are_per_10000_people(answers: list[ArmResult], arm: int) -> None:
    expected = _by_hand(arm, "expected_clots") * CLOT_SCALE / 1500 * 10_000
    assert answers[arm].expected_clots_per_10000.value == pytest.approx(expected)
    assert answers[arm].sampled_clots_per_10000.value == pytest.approx(_by_hand(arm, "clots") / 1500 * 10_000)


def test_what_is_drawn_agrees_with_what_is_expected(answers: list[ArmResult]) -> None:
    for answer in answers:
        assert answer.sampled_clots_per_10000.low <= answer.expected_clots_per_10000.value
        assert answer.expected_clots_per_10000.value <= answer.sampled_clots_per_10000.high


@pytest.mark.parametrize("arm", [1, 2])
def test_avoided_is_the_difference_of_expected_clots(answers: list[ArmResult], arm: int) -> None:
    avoided = answers[arm].avoided_per_10000
    assert avoided is not None
    difference = answers[0].expected_clots_per_10000.value - answers[arm].expected_clots_per_10000.value
    assert avoided.value == pytest.approx(difference)
    assert avoided.low < avoided.value < avoided.high
    own = answers[arm].expected_clots_per_10000
    assert avoided.high - avoided.low < own.high - own.low


def test_symptomatic_events_are_counted_over_person_years(answers: list[ArmResult]) -> None:
    events = _by_hand(0, "symptomatic_dvt") + _by_hand(0, "symptomatic_embolism")
    years = 1500 * 20 / 365.25
    assert answers[0].symptomatic_vte_per_1000_py.value == pytest.approx(1000 * events / years)


def test_fatal_embolisms_are_among_all_deaths(answers: list[ArmResult]) -> None:
    for arm, answer in enumerate(answers):
        assert answer.fatal_embolisms == _by_hand(arm, "fatal_embolism")
        assert answer.deaths == _by_hand(arm, "deaths") + _by_hand(arm, "fatal_embolism")


def test_pooled_blood_is_that_of_one_leg_over_the_whole_day(answers: list[ArmResult]) -> None:
    minutes = 2 * 1440 * 1500 * 20
    assert answers[1].mean_pooled_ml.value == pytest.approx(_by_hand(1, "pooled_ml_min") / 1000 / minutes)
    assert answers[2].avoided_pooled_ml is not None
    assert answers[2].avoided_pooled_ml.low > 0


def test_an_arm_s_harms_are_counted_and_compared(answers: list[ArmResult]) -> None:
    assert list(answers[0].harms) == ["major-bleed"]
    harm = answers[2].harms["major-bleed"]
    assert harm.counted == _by_hand(2, "major-bleed")
    assert harm.extra_per_10000 is not None
    assert harm.expected_per_10000.value == pytest.approx(2e-5 * 20 * 10_000, rel=1e-4)
    assert harm.extra_per_10000.value == pytest.approx(1e-5 * 20 * 10_000, rel=1e-4)


def test_costs_are_quantity_times_price(answers: list[ArmResult]) -> None:
    assert answers[0].costs == {}
    item = answers[2].costs["stocking-pair"]
    assert (item.quantity, item.cost) == (1500.0, 37_500.0)
    assert total_cost(answers[2].costs) == 37_500.0


def test_without_a_price_nothing_is_said_about_costs(tmp_path: Path) -> None:
    answer = _results(tmp_path, SyntheticRun(people=200, days=2, shards=1, prices=False))[2]
    assert answer.costs["stocking-pair"].cost is None
    assert total_cost(answer.costs) is None


def test_an_arm_without_effect_differs_by_exactly_nothing(tmp_path: Path) -> None:
    twins = (ArmEffect("usual", "As usual"), ArmEffect("twin", "The same again"))
    avoided = _results(tmp_path, SyntheticRun(people=400, days=5, shards=1, arms=twins))[1].avoided_per_10000
    assert avoided is not None
    assert (avoided.value, avoided.low, avoided.high) == (0.0, 0.0, 0.0)


def test_results_do_not_depend_on_how_people_were_cut_into_shards(tmp_path: Path) -> None:
    reports = []
    for shards in (1, 4):
        run = SyntheticRun(people=600, days=6, shards=shards)
        with Results.open(write_run(tmp_path, f"in-{shards}", run).path) as results:
            reports.append(arm_report(results)["arms"])
    assert reports[0] == reports[1]


def test_an_unfinished_run_tells_of_the_people_it_has(tmp_path: Path) -> None:
    run = SyntheticRun(people=600, days=6, shards=3, committed=2)
    with Results.open(write_run(tmp_path, run=run).path) as results:
        report = arm_report(results)
    assert not report["run"]["complete"]
    assert (report["run"]["shards_done"], report["run"]["shards_total"]) == (2, 3)
    assert {arm["people"] for arm in report["arms"]} == {400}


def test_a_run_without_a_single_shard_has_unknown_rates(tmp_path: Path) -> None:
    run = SyntheticRun(people=600, days=6, shards=3, committed=0)
    with Results.open(write_run(tmp_path, run=run).path) as results:
        report = arm_report(results)
    assert report["arms"][0]["people"] == 0
    assert report["arms"][0]["expected_clots_per_10000"] is None


def test_the_report_is_plain_json_and_names_its_detection(tmp_path: Path) -> None:
    with Results.open(write_run(tmp_path, run=SyntheticRun(people=300, days=3, shards=1)).path) as results:
        report = arm_report(results)
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    detection = report["run"]["detection"]
    assert detection["expected_clots_per_10000"] == "truth"
    assert detection["symptomatic_vte_per_1000_py"] == "clinical"
    assert set(detection) <= set(report["arms"][0])
