"""Costs, QALYs, incremental cost-effectiveness ratio and net benefit, against an example worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from click.testing import CliRunner

from popsim.analysis.batches import ArmName, Batches
from popsim.analysis.economics import DOMINANT, DOMINATED, SAVES, TRADE_OFF, Prices, compared
from popsim.cli.main import cli
from popsim.runs.running import run

PRICES = Prices("example", "USD", {"clot": 1000.0, "bleed": 500.0}, {"clot": 0.5, "bleed": 0.1}, threshold=20_000.0)
LABELS = dict.fromkeys(("people", "clot", "bleed", "expected-bleed"), "")


def town(clots, bleeds):
    """A thousand people in a hundred batches for two days; events by arm, those of bleeding expected."""
    arms = tuple(ArmName(code, f"arm{code}", "") for code in range(len(clots)))
    totals = {}
    for code, (clot, bleed) in enumerate(zip(clots, bleeds, strict=True)):
        totals[code, "people"] = np.full(100, 20.0)
        totals[code, "clot"] = np.r_[np.full(clot, 1.0), np.zeros(100 - clot)]
        totals[code, "bleed"] = np.full(100, 7.0)
        totals[code, "expected-bleed"] = np.full(100, bleed / 100)
    return Batches(arms, LABELS, dict.fromkeys(range(len(arms)), 1000), totals)


def test_the_example_worked_by_hand():
    """20 clots against 12, no bleed against 5, and 30,000 dollars of drugs, in a thousand people each.

    Costs a person: 20 x 1000 / 1000 = 20 against (12 x 1000 + 5 x 500 + 30,000) / 1000 = 44.5, 24.5 more. QALYs lost:
    20 x 0.5 / 1000 = 0.01 against (12 x 0.5 + 5 x 0.1) / 1000 = 0.0065, 0.0035 gained: 24.5 / 0.0035 = 7,000 dollars a
    QALY, and at 20,000 dollars a QALY a net benefit of 70 - 24.5 = 45.5.
    """
    usual, drug = compared(town((20, 12), (0, 5)), {1: 30_000.0}, PRICES)
    assert (usual.cost.value, usual.qalys_lost.value) == pytest.approx((20.0, 0.01))
    assert usual.incremental_cost is usual.incremental_qalys is usual.icer is None
    assert (drug.cost.value, drug.qalys_lost.value) == pytest.approx((44.5, 0.0065))
    assert (drug.incremental_cost.value, drug.incremental_qalys.value) == pytest.approx((24.5, 0.0035))
    assert (drug.icer, drug.net_benefit, drug.verdict) == (pytest.approx(7000.0), pytest.approx(45.5), TRADE_OFF)


def test_intervals_are_paired_and_hold_the_chance_of_events_alone():
    _, drug = compared(town((20, 12), (0, 5)), {1: 30_000.0}, PRICES)
    without = compared(town((20, 12), (0, 5)), {}, PRICES)[1]
    assert drug.incremental_cost.low < 24.5 < drug.incremental_cost.high
    assert drug.incremental_cost.high - drug.incremental_cost.low == pytest.approx(
        without.incremental_cost.high - without.incremental_cost.low
    )
    same = compared(town((20, 20), (0, 0)), {1: 5000.0}, PRICES)[1]
    assert same.incremental_cost.low == pytest.approx(same.incremental_cost.high) == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("clots", "spent", "verdict"),
    [(10, 0.0, DOMINANT), (20, 50.0, DOMINATED), (30, 50_000.0, DOMINATED), (30, -90_000.0, SAVES)],
)
def test_who_dominates_has_no_ratio(clots, spent, verdict):
    found = compared(town((20, clots), (0, 0)), {1: spent}, PRICES)[1]
    assert found.verdict == verdict
    assert (found.icer is None) == (verdict != SAVES)
    if verdict == SAVES:
        assert found.icer == pytest.approx((10_000 - 90_000) / (-10 * 0.5))


def test_one_missing_price_leaves_costs_unknown_but_not_qalys():
    usual, drug = compared(town((20, 12), (0, 5)), {1: None}, PRICES)
    assert usual.cost is not None
    assert drug.cost is drug.incremental_cost is drug.icer is drug.net_benefit is None
    assert drug.incremental_qalys.value == pytest.approx(0.0035)


def test_nothing_simulated_yet_has_no_numbers():
    empty = Batches(town((1, 1), (0, 0)).arms, LABELS, {}, {})
    assert all(math.isnan(one.qalys_lost.value) and not one.verdict for one in compared(empty, {}, PRICES))


def test_a_shipped_scenario_tells_what_a_qaly_costs(tmp_path):
    result = run("ward", people=300, days=8, out=tmp_path, engine="inline")
    summary = result.summary()
    assert summary["run"]["prices"] == {"name": "us-2024", "currency": "USD", "threshold": 100_000.0}
    first, *others = (arm["economics"] for arm in summary["arms"])
    assert first["cost"] >= 0
    assert others
    for economics, arm in zip(others, summary["arms"][1:], strict=True):
        assert economics["incremental_cost"] == pytest.approx(economics["cost"] - first["cost"])
        assert all(item["unit_cost"] is not None for item in arm["costs"]["items"].values())
    report = CliRunner().invoke(cli, ["run", "ward", "--people", "60", "--days", "3", "--out", str(tmp_path / "cli")])
    assert "QALYs gained" in report.output
    assert "net benefit at 100,000 USD a QALY" in report.output
