"""Death from other causes follows the life table."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from popsim.people import Sex, daily_death_hazard
from popsim.people.tables import people_tables


@given(age=st.integers(18, 109), sex=st.sampled_from(list(Sex)))
def test_a_year_of_daily_hazards_kills_the_share_the_table_says(age: int, sex: Sex) -> None:
    hazard = daily_death_hazard(np.array([age]), np.array([sex]))[0]
    assert 1.0 - np.exp(-365.25 * hazard) == pytest.approx(people_tables().death_probability[sex, age - 18], rel=1e-12)


def test_hazard_grows_about_tenfold_in_twenty_five_years_of_later_life() -> None:
    for sex in (0, 1):
        young, old = daily_death_hazard(np.array([60, 85]), np.array([sex, sex]))
        assert 7.0 < old / young < 15.0


def test_men_die_younger_at_every_adult_age() -> None:
    ages = np.arange(18, 100)
    assert np.all(daily_death_hazard(ages, np.ones_like(ages)) > daily_death_hazard(ages, np.zeros_like(ages)))


def test_remaining_life_at_65_is_as_published_for_2019() -> None:
    """NCHS: 18.2 years for men and 20.8 for women at 65 in 2019."""
    for sex, published in ((Sex.MALE, 18.2), (Sex.FEMALE, 20.8)):
        ages = np.arange(65, 130)
        survival = np.exp(-np.cumsum(365.25 * daily_death_hazard(ages, np.full(len(ages), sex))))
        assert 0.5 + survival.sum() == pytest.approx(published, abs=0.2)


def test_ages_beyond_the_table_keep_the_hazard_of_its_end() -> None:
    assert daily_death_hazard(np.array([125]), np.array([0])) == daily_death_hazard(np.array([109]), np.array([0]))


def test_hazard_is_constant_within_a_year_of_age() -> None:
    np.testing.assert_array_equal(
        daily_death_hazard(np.array([70.0, 70.9]), np.array([1, 1])),
        daily_death_hazard(np.array([70, 70]), np.array([1, 1])),
    )
