"""Weighted clots in recorded arms give what a run of sampled clots gives, with less noise."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from validation_tables import case, clot, counted, seen

from popsim.validation import Limits, load_case, run_case
from popsim.validation.alternatives import Alternatives, any_of_alternatives, spared_by_alternatives
from popsim.validation.onsets import evenly, expected_onsets

if TYPE_CHECKING:
    from pathlib import Path

    from popsim.hooks import PluginRegistry
    from popsim.validation.observed import Observed


WARD = """\
id = "W1"
title = "A ward"

[scenario]
days = 40
routine = {{ diaries_per_group = 8 }}

[scenario.people]
count = 2500
where = {{ age = [50, 90] }}

[[scenario.stays]]
reason = "hip-replacement"
day = 0
length_days = 8

[[scenario.arms]]
name = "none"

[[scenario.arms]]
name = "heparin"
plugins = {{ lmwh = {{}} }}

[[scenario.arms]]
name = "plaster"
plugins = {{ plaster-cast = {{}} }}
{tables}
[target]
estimate = 1
low = 0.001
high = 1000
definition = "d"
source = "s"
confidence = "c"
"""
WINDOW = '[window]\nsince = "operation"\nto_day = {}\n[detection]\nmethod = "{}"\n'
CASES = {
    "found at day 12": WINDOW.format(12, "venography") + '[estimator]\nkind = "cumulative_incidence"\nbasis = "{}"',
    "symptoms by day 38": WINDOW.format(38, "clinical") + '[estimator]\nkind = "incidence_rate"\nbasis = "{}"',
    "first clots": WINDOW.format(38, "truth")
    + '[estimator]\nkind = "incidence_rate"\nbasis = "{}"\n[numerator]\nfirst = true',
    "ratio": WINDOW.format(12, "truth")
    + '[estimator]\nkind = "risk_ratio"\nbasis = "{}"\n'
    + '[[groups]]\nname = "a"\narm = "heparin"\n[[groups]]\nname = "b"\narm = "none"',
    "in plaster": WINDOW.format(38, "truth")
    + '[estimator]\nkind = "cumulative_incidence"\nbasis = "{}"\n[[groups]]\nname = "a"\narm = "plaster"',
    "hazards": WINDOW.format(12, "truth")
    + '[estimator]\nkind = "hazard_ratio"\nbasis = "{}"\n'
    + '[[groups]]\nname = "a"\narm = "heparin"\n[[groups]]\nname = "b"\narm = "none"',
    "extension": WINDOW.format(20, "truth")
    + '[estimator]\nkind = "proportion"\nwithin = [0, 12]\nbasis = "{}"\n'
    + '[numerator]\nevents = ["extension"]\n[among]\nevents = ["clot"]\nsites = ["calf"]',
    "deaths": WINDOW.format(20, "clinical")
    + '[estimator]\nkind = "proportion"\nwithin = [0, 15]\nlink = "person"\nbasis = "{}"\n'
    + '[numerator]\nevents = ["death", "thrombosis_death", "fatal_embolism"]\n'
    + '[among]\nevents = ["symptomatic_dvt"]\nfirst = true',
    "left": WINDOW.format(38, "truth")
    + '[estimator]\nkind = "share"\nbasis = "{}"\n[numerator]\nevents = ["clot"]\nside = "left"\n'
    + '[among]\nevents = ["clot"]',
    "age": WINDOW.format(38, "truth")
    + '[estimator]\nkind = "c_statistic"\nbasis = "{}"\n[predictor]\ncolumns = {{ age_years = 1.0 }}',
    "lag": WINDOW.format(38, "clinical")
    + '[estimator]\nkind = "median_lag"\nwithin = [0, 25]\nbasis = "{}"\n'
    + '[numerator]\nevents = ["symptomatic_dvt"]\n[among]\nevents = ["clot"]',
}


@pytest.mark.parametrize("name", CASES)
def test_weighted_clots_and_sampled_ones_agree(tmp_path: Path, registry: PluginRegistry, name: str) -> None:
    found = {}
    for basis in ("events", "expected"):
        path = tmp_path / f"{basis}.toml"
        path.write_text(WARD.format(tables=CASES[name].format(basis)), encoding="utf-8")
        found[basis] = run_case(load_case(path, registry), registry, Limits(people=2500)).outcome
    sampled, weighted = found["events"], found["expected"]
    error = math.hypot(sampled.mc_se, weighted.mc_se)
    assert error > 0
    assert abs(sampled.value - weighted.value) < 4 * error + (1.0 if name == "lag" else 0.0)


def test_a_leg_with_a_clot_cannot_clot_again_until_it_is_free() -> None:
    probability = np.full((30, 2, 1), 0.2)
    expected = expected_onsets(probability, np.array([5, 10]))[:, 0, 0]
    slow = _by_hand(0.2, 30, (5, 10))
    assert expected == pytest.approx(slow)


@given(st.floats(0.001, 0.2), st.integers(2, 30))
def test_the_first_clot_of_a_person_is_no_rarer_for_standing_in_parts(chance: float, days: int) -> None:
    """Both legs clot with this probability a day while they are free, for good: the first of either, in closed form."""
    one = chance * (1 - chance) ** np.arange(days)
    day = np.repeat(np.arange(days), 2)
    leg, never = np.tile([0, 1], days), np.full(2 * days, 10_000)
    weight = np.repeat(one, 2)
    events = Alternatives(np.zeros(2 * days, dtype=np.int64), leg, day, never)
    first = (weight * spared_by_alternatives(events, weight)).sum()
    assert first == pytest.approx(1 - (1 - chance) ** (2 * days))
    either = any_of_alternatives(events.row, leg, weight, 1)
    assert either[0] == pytest.approx(1 - (1 - chance) ** (2 * days))


@given(st.floats(0.001, 0.02), st.integers(2, 40), st.integers(2, 10))
def test_a_clot_that_is_gone_may_have_been_the_first(chance: float, days: int, lasts: int) -> None:
    """One leg that is free again after some days: still only one first clot."""
    new = np.array(_by_hand(chance, days, (lasts,)))
    day = np.arange(days)
    events = Alternatives(day * 0, day * 0, day, day + lasts)
    first = (new * spared_by_alternatives(events, new)).sum()
    assert first == pytest.approx(1 - (1 - chance) ** days, rel=0.1)


def _by_hand(chance: float, days: int, occupied: tuple[int, ...]) -> list[float]:
    """Follow the share of legs that are free, day by day."""
    new: list[float] = []
    for day in range(days):
        busy = sum(n / len(occupied) for d, n in enumerate(new) for after in occupied if d <= day < d + after)
        new.append(chance * (1.0 - busy))
    return new


def test_rare_clots_are_left_as_they_are() -> None:
    probability = np.full((10, 2, 3), 1e-5)
    assert expected_onsets(probability, np.array([5])) is probability


@given(st.lists(st.floats(0, 5, allow_subnormal=False), min_size=1, max_size=40), st.integers(1, 300))
def test_onsets_fall_where_they_are_expected(expected: list[float], clots: int) -> None:
    places, weight = evenly(np.array(expected), clots)
    total = sum(expected)
    if total == 0:
        assert (len(places), weight) == (0, 0.0)
        return
    drawn = np.bincount(places, minlength=len(expected)) * weight
    assert drawn.sum() == pytest.approx(total)
    assert np.abs(drawn - expected).max() <= weight * (1 + 1e-9)


def _halved(observed: Observed) -> Observed:
    from dataclasses import replace

    return replace(observed, clot_weight=np.full(len(observed.clot_row), 0.5))


def test_two_half_clots_of_a_person_are_a_risk_of_three_quarters() -> None:
    rows = [*clot(0, 3), *clot(0, 5, leg=1)]
    of = case(estimator={"kind": "cumulative_incidence"})
    assert counted(of, _halved(seen(rows, 2, 10))).risk == pytest.approx([0.75, 0])


def test_who_may_have_had_the_event_is_followed_in_part() -> None:
    rows = [*clot(0, 3), *clot(0, 6, leg=1)]
    of = case(window={"from_day": 5, "to_day": 9}, numerator={"first": True})
    found = counted(of, _halved(seen(rows, 1, 10)))
    assert found.people == pytest.approx([0.5])
    assert found.count == pytest.approx([0.25])
    assert found.days == pytest.approx([0.5 * 5 - 0.25 * 3])


def test_two_looks_at_half_a_clot_find_it_at_most_in_half() -> None:
    of = case(
        detection={"method": "proximal_ultrasound", "days": [2, 4]},
        estimator={"kind": "cumulative_incidence"},
        numerator={"events": ["found"]},
    )
    rows = clot(0, 0, site=2)  # type: ignore[arg-type]
    found = counted(of, _halved(seen(rows, 1, 10))).risk
    assert found == pytest.approx([0.5 * (1 - 0.38**2)])
