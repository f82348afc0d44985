"""The author's tools: breaks and cycles keep a day's length and do what they say; rules mean what they read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from popsim.errors import InputError
from popsim.hooks.days import alternated, minute_of_day, with_breaks
from popsim.hooks.rules import ScoreRule
from popsim.routines.activities import ACTIVITIES

BOUTS = st.lists(st.tuples(st.sampled_from(sorted(ACTIVITIES)), st.integers(1, 300)), min_size=1, max_size=12)


def _minutes(day: list[tuple[str, int]], name: str) -> int:
    return sum(minutes for activity, minutes in day if activity == name)


@given(BOUTS, st.integers(5, 120), st.integers(1, 20))
def test_breaks_keep_the_length_and_leave_everything_but_seats_alone(day, every_min, break_min):
    edited = with_breaks(day, "calf-raises", every_min=every_min, break_min=break_min, during={"seated"})
    assert sum(m for _, m in edited) == sum(m for _, m in day)
    assert all(minutes > 0 for _, minutes in edited)
    for name, activity in ACTIVITIES.items():
        if name != "calf-raises" and ("seated" not in activity.tags or "asleep" in activity.tags):
            assert _minutes(edited, name) == _minutes(day, name)


@given(BOUTS, st.integers(5, 120))
def test_nobody_sits_longer_than_the_interval_where_all_sitting_is_interrupted(day, every_min):
    seated = 0
    for name, minutes in with_breaks(day, "walk", every_min=every_min, break_min=1, during={"seated"}):
        tags = ACTIVITIES[name].tags
        if "seated" not in tags or "exercise" in tags:
            seated = 0
        elif "asleep" in tags:
            seated = every_min
        else:
            seated += minutes
            assert seated <= every_min


def test_two_hours_at_the_desk_hold_two_breaks_of_three_minutes():
    edited = with_breaks([("sit-work", 120)], "walk", every_min=50, break_min=3, during={"work"})
    assert edited == [("sit-work", 50), ("walk", 3), ("sit-work", 50), ("walk", 3), ("sit-work", 14)]


def test_sitting_counts_across_a_drive_that_is_not_interrupted():
    edited = with_breaks([("drive", 40), ("sit-work", 30)], "walk", every_min=50, break_min=2, during={"work"})
    assert edited == [("drive", 40), ("sit-work", 10), ("walk", 2), ("sit-work", 18)]


@given(BOUTS, st.integers(0, 1440), st.integers(0, 1440))
def test_a_cycle_keeps_the_length_and_touches_only_its_activity(day, first, second):
    edited = alternated(
        day, "sit-work", [("sit-work", 45), ("stand", 15)], from_min=min(first, second), until_min=max(first, second)
    )
    assert sum(m for _, m in edited) == sum(m for _, m in day)
    taken = _minutes(day, "sit-work") - _minutes(edited, "sit-work")
    assert taken == _minutes(edited, "stand") - _minutes(day, "stand")
    assert 0 <= taken <= _minutes(day, "sit-work") / 4 + 15


def test_a_cycle_runs_on_over_interruptions_and_keeps_to_its_hours():
    day = [("sit-work", 50), ("walk", 10), ("sit-work", 50)]
    assert alternated(day, "sit-work", [("sit-work", 45), ("stand", 15)]) == [
        ("sit-work", 45), ("stand", 5), ("walk", 10), ("stand", 10), ("sit-work", 40)
    ]  # fmt: skip
    assert alternated(day, "sit-work", [("stand", 15)], from_min=100) == [
        ("sit-work", 50), ("walk", 10), ("sit-work", 40), ("stand", 10)
    ]  # fmt: skip


def test_the_day_starts_at_four():
    assert [minute_of_day(hour) for hour in (4, 18, 23.5, 3.5)] == [0, 840, 1170, 1410]


POINTS = {"padua": np.array([3.0, 4.0, 9.0]), "improve-bleeding": np.array([0.0, 7.0, 6.5])}


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("everyone", [True, True, True]),
        ("nobody", [False, False, False]),
        ("padua >= 4", [False, True, True]),
        ("padua > 4", [False, False, True]),
        ("padua >= 4 and improve-bleeding < 7", [False, False, True]),
        ("improve-bleeding <= 6.5", [True, False, True]),
    ],
)
def test_a_rule_means_what_it_reads(text, held):
    assert ScoreRule.parse(text).holds(3, POINTS.__getitem__).tolist() == held


@pytest.mark.parametrize(
    "text", ["", "padua", "padua => 4", "padua >= four", "padua >= 4 or caprini >= 5", "Padua >= 4"]
)
def test_a_rule_that_cannot_be_read_says_what_is_expected(text):
    with pytest.raises(InputError, match="expected everyone, nobody or a rule such as"):
        ScoreRule.parse(text)
