"""Each day is edited once for every combination of interventions somebody lives, in their order."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from popsim.hooks import Intervention
from popsim.hooks import edits as edits_room
from popsim.hooks.edits import EditedDays
from popsim.routines.activities import CODES, CORE_ACTIVITIES, Activity, Regime, Stillness
from popsim.routines.bouts import DiaryPool

calls: Counter[tuple[str, tuple]] = Counter()


class FirstHourOf(Intervention):
    """Puts an hour of something at the head of the day, in place of the first hour of whatever was there."""

    label = "An hour of something"
    writes = frozenset({"day"})
    doing = "walk"

    def edit_day(self, day):
        calls[self.name, tuple(day)] += 1
        rest, left = [], 60
        for name, minutes in day:
            taken = min(minutes, left)
            left -= taken
            rest.append((name, minutes - taken))
        return [(self.doing, 60), *rest]


def editor(name, doing):
    return type(name, (FirstHourOf,), {"name": name, "doing": doing})({}, {})


EDITORS = [editor("a", "walk"), editor("b", "stand"), editor("c", "exercise")]
DAYS = [
    [(CODES["sleep"], 200 + i), (CODES["sit-work"], 600 - 2 * i), (CODES["walk"], 40), (CODES["sit-home"], 600 + i)]
    for i in range(20)
]


def edited():
    calls.clear()
    edits_room._EDITED.clear()
    return EditedDays(DiaryPool.from_days(DAYS), EDITORS, CORE_ACTIVITIES)


def by_hand(diary, code):
    day = [(CORE_ACTIVITIES[a].name, minutes) for a, minutes in DAYS[diary]]
    for bit, one in enumerate(EDITORS):
        if code >> bit & 1:
            day = one.edit_day(day)
            merged = DiaryPool.from_days([[(CODES[name], minutes) for name, minutes in day]]).day(0)
            day = [(CORE_ACTIVITIES[a].name, minutes) for a, minutes in merged]
    return [(CODES[name], minutes) for name, minutes in day]


people = st.lists(st.tuples(st.integers(0, 19), st.integers(0, 7)), min_size=1, max_size=30)


@settings(max_examples=40)
@given(st.lists(people, min_size=1, max_size=4))
def test_everybody_lives_the_day_their_interventions_make_of_it(days):
    edits = edited()
    for day in days:
        diary, code = (np.array(values) for values in zip(*day, strict=True))
        lived = edits.lived(diary.astype(np.int32), code)
        for index, (plain, bits) in zip(lived, day, strict=True):
            assert list(edits.pool.day(int(index))) == by_hand(plain, bits)
            assert index == plain or bits


@settings(max_examples=40)
@given(st.lists(people, min_size=1, max_size=4))
def test_no_day_is_edited_twice(days):
    edits = edited()
    for day in days:
        diary, code = (np.array(values) for values in zip(*day, strict=True))
        edits.lived(diary.astype(np.int32), code)
    combinations = {(diary, code) for day in days for diary, code in day if code}
    assert len(edits.pool) == len(DAYS) + len(combinations)
    assert set(calls.values()) <= {1}
    assert len(calls) >= len({(diary, code & -code) for diary, code in combinations})


def test_without_edits_the_pool_stays_as_it_is():
    edits = edited()
    diary = np.arange(20, dtype=np.int32)
    np.testing.assert_array_equal(edits.lived(diary, np.zeros(20, dtype=np.int64)), diary)
    assert len(edits.pool) == len(DAYS)
    assert not calls


def test_a_day_that_an_edit_leaves_as_it_was_stays_the_plain_one():
    edits = edited()
    unchanged = type("Idle", (Intervention,), {"name": "idle", "edit_day": lambda self, day: [*day, ("walk", 0)]})
    edits = EditedDays(DiaryPool.from_days(DAYS), [unchanged({}, {})], CORE_ACTIVITIES)
    diary = np.arange(20, dtype=np.int32)
    np.testing.assert_array_equal(edits.lived(diary, np.ones(20, dtype=np.int64)), diary)
    assert len(edits.pool) == len(DAYS)


def test_later_interventions_see_what_earlier_ones_made():
    edits = edited()
    edits.lived(np.array([0], dtype=np.int32), np.array([5]))
    assert [name for name, _ in calls] == ["a", "c"]
    assert [day[0] for _, day in calls] == [("sleep", 200), ("walk", 60)]


def test_the_time_an_editor_takes_is_kept_by_name():
    edits = edited()
    edits.lived(np.arange(20, dtype=np.int32), np.full(20, 2))
    assert edits.seconds["b"] > 0
    assert edits.seconds["a"] == edits.seconds["c"] == 0


def test_a_later_slice_takes_over_what_an_earlier_one_edited():
    first, diary, code = edited(), np.arange(20), np.full(20, 5)
    lived = [first.pool.day(int(i)) for i in first.lived(diary, code)]
    calls.clear()
    later = EditedDays(DiaryPool.from_days(DAYS[::-1]), EDITORS, CORE_ACTIVITIES)
    assert [later.pool.day(int(i)) for i in later.lived(diary[::-1], code)] == lived
    assert not calls


def test_other_parameters_make_other_days():
    first = edited().lived(np.arange(20), np.ones(20, dtype=np.int64))
    calls.clear()
    other = EditedDays(DiaryPool.from_days(DAYS), [type(EDITORS[0])({"another": 1}, {})], CORE_ACTIVITIES)
    other.lived(np.arange(20), np.ones(20, dtype=np.int64))
    assert len(first) == sum(calls.values()) == 20


class NoYoga(Intervention):
    """Walks where others would do yoga."""

    name, label, writes = "no-yoga", "No yoga", frozenset({"day"})

    def edit_day(self, day):
        return [("walk" if name == "yoga" else name, minutes) for name, minutes in day]


def test_runs_with_other_activities_under_the_same_codes_do_not_share_edited_days():
    """Codes count up within a run: the first activity of a plugin has the same code in each, whatever it is."""
    edits_room._EDITED.clear()
    of_plugin = len(CORE_ACTIVITIES)
    day = [[(CODES["sleep"], 1400), (of_plugin, 40)]]
    lived = {}
    for name in ("yoga", "chess"):
        own = Activity(name, name, Regime.SITTING, Stillness.DESK, frozenset({"home"}))
        edits = EditedDays(DiaryPool.from_days(day), [NoYoga({}, {})], (*CORE_ACTIVITIES, own))
        index = edits.lived(np.zeros(1, dtype=np.int32), np.ones(1, dtype=np.int64))
        lived[name] = edits.pool.day(int(index[0]))
    assert lived == {"yoga": [(CODES["sleep"], 1400), (CODES["walk"], 40)], "chess": day[0]}
