"""Who lives which diary on which day of the week."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from popsim.people.population import Population
from popsim.randomness import Draws
from popsim.routines.day_model import DayKind, group_count, load_day_model
from popsim.routines.micro_bouts import CODE, minutes_by_activity
from popsim.routines.routine import build_routine, group_of, minutes_moving

if TYPE_CHECKING:
    from popsim.routines.routine import Routine

PER_GROUP = 40


@lru_cache(maxsize=1)
def routine() -> Routine:
    return build_routine(Draws(1), PER_GROUP)


def crowd(n: int) -> Population:
    draws, ids = Draws(99), np.arange(n) * 7 + 3
    columns = {
        "age_years": (18 + 80 * draws.uniform("test.age", ids)).astype(int),
        "sex": (draws.uniform("test.sex", ids) < 0.5).astype(int),
        "work": (5 * draws.uniform("test.work", ids)).astype(int),
    }
    return Population(ids, columns)


def test_everyone_has_a_diary_for_every_day_of_the_week() -> None:
    week = routine().week(crowd(3000), Draws(1))
    assert week.shape == (7, 3000)
    assert week.dtype == np.int32
    assert week.min() >= 0
    assert week.max() < len(routine().pool)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.lists(st.integers(0, 499), min_size=1, max_size=60))
def test_a_slice_of_people_has_the_same_weeks_as_the_whole(seed: int, rows: list[int]) -> None:
    people = crowd(500)
    whole = routine().week(people, Draws(seed))
    np.testing.assert_array_equal(routine().week(people.take(np.array(rows)), Draws(seed)), whole[:, rows])


def test_the_pool_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    again, other = build_routine(Draws(1), PER_GROUP).pool, build_routine(Draws(2), PER_GROUP).pool
    np.testing.assert_array_equal(again.activity, routine().pool.activity)
    np.testing.assert_array_equal(again.minutes, routine().pool.minutes)
    assert list(other.days())[:50] != list(again.days())[:50]


def test_people_live_days_of_their_group_and_of_the_kind_of_day() -> None:
    people = crowd(2000)
    week, group = routine().week(people, Draws(4)), group_of(people)
    for weekday, kind in enumerate([DayKind.WEEKDAY] * 5 + [DayKind.SATURDAY, DayKind.SUNDAY]):
        np.testing.assert_array_equal(week[weekday] // PER_GROUP, group * len(DayKind) + kind)


def test_all_diaries_of_a_group_are_lived_equally_often() -> None:
    n = 8000
    people = Population(np.arange(n), {"age_years": np.full(n, 30), "sex": np.zeros(n, int), "work": np.ones(n, int)})
    lived = np.bincount(routine().week(people, Draws(6))[0], minlength=len(routine().pool))
    lived = lived[lived > 0]
    assert len(lived) == PER_GROUP
    assert np.abs(lived / (n / PER_GROUP) - 1).max() < 5 * np.sqrt(PER_GROUP / n)


def alike_people(n: int = 6000) -> Population:
    return Population(np.arange(n), {"age_years": np.full(n, 70), "sex": np.ones(n, int), "work": np.zeros(n, int)})


@pytest.mark.parametrize("alike", [0.0, 0.4, 0.9])
def test_a_persons_days_are_as_alike_in_activity_as_told(alike: float) -> None:
    lived = replace(routine(), alike=alike).week(alike_people(), Draws(8))
    rank = rankdata(minutes_moving(routine().pool)[lived[:5]], axis=1)
    between_days = np.corrcoef(rank)[np.triu_indices(5, 1)]
    expected = 6 / np.pi * np.arcsin(alike / 2)  # rank correlation of two normals correlated so
    assert np.abs(between_days - expected).max() < 0.06


def test_whether_one_works_is_drawn_apart_on_each_day() -> None:
    n = 6000
    people = Population(np.arange(n), {"age_years": np.full(n, 40), "sex": np.ones(n, int), "work": np.ones(n, int)})
    at_work = minutes_by_activity(routine().pool)[:, CODE["sit-work"]][routine().week(people, Draws(8))[:2]] > 0
    assert abs(np.corrcoef(at_work)[0, 1]) < 0.05


def test_some_people_sit_more_than_others_all_week() -> None:
    def spread(alike: float) -> float:
        return float(moving[replace(routine(), alike=alike).week(alike_people(), Draws(8))].mean(axis=0).std())

    moving = minutes_moving(routine().pool)
    assert spread(0.4) > 1.4 * spread(0.0)


def test_the_share_of_working_days_is_the_models() -> None:
    seated = [CODE["sit-work"], CODE["drive"]]
    minutes = minutes_by_activity(routine().pool).reshape(group_count(), len(DayKind), PER_GROUP, -1)
    desk_woman = (1 * 5 + 1) * 2
    for kind in DayKind:
        at_work = (minutes[desk_woman, kind][:, seated[0]] > 0).mean()
        share = load_day_model().working_share[kind, 1, 1, 0]
        assert at_work == pytest.approx(share, abs=0.51 / PER_GROUP + 0.03)


def test_desk_workers_sit_at_work_from_monday_to_friday_far_more_than_on_sunday() -> None:
    n = 2000
    people = Population(np.arange(n), {"age_years": np.full(n, 40), "sex": np.ones(n, int), "work": np.ones(n, int)})
    minutes = minutes_by_activity(routine().pool)[:, CODE["sit-work"]]
    worked = minutes[routine().week(people, Draws(2))].mean(axis=1)
    assert worked[:5].min() > 300
    assert worked[6] < 0.35 * worked[:5].mean()


def test_one_diary_for_each_group_is_enough_and_none_is_not() -> None:
    assert len(build_routine(Draws(1), 1).pool) == group_count() * len(DayKind)
    with pytest.raises(ValueError, match="at least 1"):
        build_routine(Draws(1), 0)


def test_the_pool_is_small() -> None:
    pool = build_routine(Draws(1)).pool
    assert pool.activity.nbytes + pool.minutes.nbytes + pool.starts.nbytes < 4_000_000
