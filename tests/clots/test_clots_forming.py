"""Clots form when hazard crosses thresholds drawn once, so arms are paired and sampled counts match expected ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from popsim.clots.clotting import Clotting
from popsim.clots.kinds import EventKind
from popsim.clots.mortality import background_death_day
from popsim.evidence import Evidence
from popsim.people import synthesise
from popsim.people.population import Sex
from popsim.people.tables import people_tables
from popsim.randomness import Draws

EVIDENCE = Evidence.load()
PEOPLE = synthesise(Draws(1), np.arange(200), EVIDENCE)
CROWD = synthesise(Draws(1), np.arange(40_000), EVIDENCE)
TINY = PEOPLE.take(slice(0, 4))
SURELY_NOT_CHANCE = 1e-6


def clotting(people=PEOPLE, seed=3, **constants):
    evidence = EVIDENCE.override({f"clots.{name}": value for name, value in constants.items()})
    return Clotting(people, Draws(seed), evidence)


def onsets(clots, hazards, alive=None):
    """Day of every clot by (leg, row, episode) when legs have these hazards day by day."""
    days = {}
    for day, hazard in enumerate(hazards):
        people = hazard.shape[-1]
        formed = clots.advance(day, hazard, np.ones(people, dtype=bool) if alive is None else alive[day])
        if formed:
            new = formed[0]
            days |= dict.fromkeys(zip(new.leg.tolist(), new.row.tolist(), new.episode.tolist(), strict=True), day)
    return days


def first_days(people, hazards, **more):
    first = np.full((2, len(people)), 10**6)
    for (leg, row, episode), day in onsets(clotting(people, **more), hazards).items():
        if episode == 0:
            first[leg, row] = day
    return first


hazards = arrays(np.float64, (12, 2, 4), elements=st.floats(0, 0.5))
shares = arrays(np.float64, (12, 2, 4), elements=st.floats(0, 1))


@given(hazards, shares, st.integers(0, 1000))
def test_an_arm_with_less_hazard_on_every_day_never_has_an_earlier_first_clot(hazard, share, seed):
    usual = first_days(TINY, hazard, seed=seed)
    spared = first_days(TINY, hazard * share, seed=seed)
    assert (spared >= usual).all()


@given(hazards, st.integers(0, 1000))
def test_thresholds_are_the_same_in_every_arm(hazard, seed):
    assert onsets(clotting(TINY, seed), hazard) == onsets(clotting(TINY, seed), hazard)


def test_a_person_has_the_same_clots_in_any_company():
    days = np.full((200, 2, len(PEOPLE)), 2e-3)
    together = onsets(clotting(), days)
    apart = onsets(clotting(PEOPLE.take(slice(50, 120))), days[:, :, 50:120])
    assert apart == {(leg, row - 50, n): day for (leg, row, n), day in together.items() if 50 <= row < 120}
    assert len(apart) > 5


def test_without_hazard_no_clot_forms():
    assert onsets(clotting(), np.zeros((30, 2, len(PEOPLE)))) == {}


@pytest.mark.parametrize("per_day", [1e-5, 3e-4, 1e-2, 0.5])
def test_sampled_clots_agree_with_the_expected_number(per_day):
    """The difference is a martingale whose variance is the expected number."""
    clots = clotting(CROWD)
    days = 60
    uneven = per_day * (1 + np.sin(np.arange(len(CROWD))))
    formed = onsets(clots, np.broadcast_to(uneven, (days, 2, len(CROWD))))
    expected = clots.expected.sum()
    assert abs(len(formed) - expected) < 5 * np.sqrt(expected) + 1
    assert sum(len(part["kind"][part["kind"] == EventKind.CLOT]) for part in clots.events) == len(formed)


def test_times_to_a_first_clot_are_exponential_at_constant_hazard():
    town = CROWD.take(slice(0, 10_000))
    first = first_days(town, np.broadcast_to(np.full(len(town), 0.02), (100, 2, len(town)))).ravel()
    counts = np.bincount(np.minimum(first, 100), minlength=101)
    left = np.append(np.exp(-0.02 * np.arange(101)), 0.0)
    assert stats.chisquare(counts, len(first) * -np.diff(left), sum_check=False).pvalue > SURELY_NOT_CHANCE


def test_left_and_right_legs_clot_independently_at_equal_hazard():
    first = first_days(CROWD, np.broadcast_to(np.full(len(CROWD), 0.01), (60, 2, len(CROWD)))) < 60
    table = [[np.sum(a & b) for b in (first[1], ~first[1])] for a in (first[0], ~first[0])]
    assert stats.chi2_contingency(table).pvalue > SURELY_NOT_CHANCE


def test_a_leg_with_a_clot_forms_no_second_one_before_it_is_free():
    clots, freed, formed = clotting(), {}, {}
    for day in range(300):
        new = clots.advance(day, np.full((2, len(PEOPLE)), 0.1), np.ones(len(PEOPLE), dtype=bool))
        for i in range(len(new[0].row) if new else 0):
            key = int(new[0].leg[i]), int(new[0].row[i]), int(new[0].episode[i])
            formed[key], freed[key] = day, int(new[1].freed_day[i])
    again = [(key, day) for key, day in formed.items() if key[2] > 0]
    assert len(again) > 500
    assert all(day >= freed[leg, row, episode - 1] for (leg, row, episode), day in again)


FLEETING = dict.fromkeys(
    ("extension_probability", "symptoms_distal", "symptoms_proximal", "embolism_silent_proximal",
     "embolism_silent_distal", "embolism_symptomatic_proximal", "lysis_early_share"), 0,
) | dict.fromkeys(("resolution_calf_mean_days", "recanalisation_mean_days"), 0.01)  # fmt: skip


def test_every_leg_is_at_risk_again_once_its_clot_has_dissolved():
    """Also when it dissolves on the day it formed: at an overwhelming hazard each leg then clots nearly every day."""
    formed = onsets(clotting(**FLEETING), np.full((20, 2, len(PEOPLE)), 50.0))
    for leg in (0, 1):
        for row in range(len(PEOPLE)):
            assert (leg, row, 19) in formed


def test_each_episode_of_a_leg_has_a_threshold_of_its_own():
    formed = onsets(clotting(**FLEETING), np.full((60, 2, len(PEOPLE)), 0.3))
    first = np.array([formed.get((0, row, 0), -1) for row in range(len(PEOPLE))])
    gaps = np.array([formed.get((0, row, 1), 10**6) - first[row] for row in range(len(PEOPLE))])
    known = (first >= 0) & (gaps < 10**5)
    assert known.sum() > 150
    assert stats.pearsonr(first[known], gaps[known]).pvalue > SURELY_NOT_CHANCE
    assert len(np.unique(gaps[known])) > 5


def test_the_dead_gather_no_hazard():
    alive = np.ones((40, len(PEOPLE)), dtype=bool)
    alive[10:, :100] = False
    clots = clotting()
    formed = onsets(clots, np.full((40, 2, len(PEOPLE)), 0.05), alive)
    assert all(day < 10 for (_, row, _), day in formed.items() if row < 100)
    assert any(day >= 10 for (_, row, _), day in formed.items() if row >= 100)
    assert (clots.expected[:, :100] <= 10 * 0.05 + 1e-12).all()


def same_age(count, age, sex):
    people = synthesise(Draws(2), np.arange(count), EVIDENCE)
    people["age_years"], people["sex"] = np.full(count, age), np.full(count, sex)
    return people


@pytest.mark.parametrize(("age", "sex"), [(30, Sex.FEMALE), (65, Sex.MALE), (85, Sex.FEMALE), (100, Sex.MALE)])
def test_people_die_of_other_causes_as_the_life_table_says(age, sex):
    """Ten years of deaths, year by year, against the table's probabilities."""
    people = same_age(60_000, age, sex)
    death = background_death_day(people, Draws(5), 3653)
    column = people_tables().death_probability[sex]
    alive = 1.0
    for year in range(10):
        yearly = 1 - (1 - column[min(age + year, 109) - 18]) ** (365 / 365.25)
        died = np.sum((death >= 365 * year) & (death < 365 * (year + 1)))
        assert stats.binomtest(int(died), len(people), alive * yearly).pvalue > SURELY_NOT_CHANCE
        alive *= 1 - yearly


@settings(max_examples=20)
@given(st.integers(1, 4000), st.integers(1, 4000))
def test_a_longer_run_only_adds_deaths(days, more):
    people = CROWD.take(slice(0, 2000))
    short, long = (background_death_day(people, Draws(5), d) for d in (days, days + more))
    np.testing.assert_array_equal(short[short < days], long[short < days])
    assert (long[short >= days] >= days).all()
    assert (short[short >= days] > 10**9).all()


def test_deaths_do_not_depend_on_who_else_is_there():
    whole = background_death_day(CROWD, Draws(5), 3650)
    part = background_death_day(CROWD.take(slice(1000, 3000)), Draws(5), 3650)
    np.testing.assert_array_equal(part, whole[1000:3000])
