"""Some people's columns, draws and day are those of everybody at their rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from popsim.hooks import PeopleView, Today
from popsim.hooks.at_work import _Bits
from popsim.people.population import Population
from popsim.randomness import Draws

PEOPLE = 40
COLUMNS = {"age_years": np.arange(PEOPLE) + 20, "calf_strength": np.arange(2.0 * PEOPLE).reshape(2, PEOPLE)}
rows_of_some = st.lists(st.integers(0, PEOPLE - 1), unique=True, max_size=PEOPLE).map(sorted)


def view():
    return PeopleView(Population(np.arange(PEOPLE) + 1000, COLUMNS), Draws(5), frozenset(COLUMNS), "one")


def stays_so_far(name, today):
    return today.stay_day * 10.0


def today():
    stay = np.arange(PEOPLE, dtype=np.int32)
    no = np.zeros(PEOPLE, dtype=bool)
    return Today(3, stay > 5, stay, stay, stay.astype(np.int16), no, no, stay, no, no, no, stays_so_far)


@given(rows_of_some, st.data())
def test_some_of_some_people_are_the_people_at_their_rows(rows, data):
    further = data.draw(st.lists(st.integers(0, len(rows) - 1), unique=True).map(sorted) if rows else st.just([]))
    chosen, among = np.array(rows, dtype=np.int64), np.array(further, dtype=np.int64)
    some, day, whole = view().only(chosen).only(among), today().only(chosen).only(among), view()
    which = chosen[among]
    assert len(some) == len(which)
    for column in COLUMNS:
        np.testing.assert_array_equal(some[column], whole[column][..., which])
        assert not some[column].flags.writeable
    for when in (0, 0, 4):
        np.testing.assert_array_equal(some.draw("a", day=when), whole.draw("a", day=when)[which])
    for column in ("in_hospital", "stay_day", "reason", "on_flight"):
        np.testing.assert_array_equal(getattr(day, column), getattr(today(), column)[which])
    np.testing.assert_array_equal(day.score("any"), today().score("any")[which])
    np.testing.assert_array_equal(day.rows, which)
    assert day.day == 3


def test_a_score_of_some_people_on_another_day_of_their_stay_is_worked_out_for_them_alone():
    """What a policy does that judges by the day of the last assessment."""
    rows = np.array([3, 8, 20])
    earlier = replace(today().only(rows), stay_day=np.array([1, 2, 3], dtype=np.int32))
    np.testing.assert_array_equal(earlier.score("any"), [10.0, 20.0, 30.0])
    np.testing.assert_array_equal(earlier.in_hospital, [False, True, True])
    np.testing.assert_array_equal(earlier.rows, rows)


def test_nobody_writes_to_the_day_of_some():
    with pytest.raises(ValueError, match="read-only"):
        today().only(np.array([1, 2])).in_hospital[:] = True
    with pytest.raises(AttributeError):
        _ = today().only(np.array([1, 2])).in_bed


def test_a_trait_drawn_again_is_the_same_whatever_was_done_to_it_before():
    people = view()
    people.draw("a")[:] = 7.0
    np.testing.assert_array_equal(people.draw("a"), view().draw("a"))


masks = st.lists(st.lists(st.booleans(), min_size=6, max_size=6), min_size=3, max_size=3)


@given(st.lists(st.tuples(masks, st.sets(st.integers(0, 2))), min_size=1, max_size=6))
def test_bits_are_those_of_todays_masks_whichever_stayed_the_same(days):
    bits, kept = _Bits(6), [np.zeros(6, dtype=bool) for _ in range(3)]
    for fresh, changed in days:
        kept = [
            np.array(new) if bit in changed else old for bit, (new, old) in enumerate(zip(fresh, kept, strict=True))
        ]
        expected = sum(mask.astype(np.int64) << bit for bit, mask in enumerate(kept))
        np.testing.assert_array_equal(bits.of(kept), expected)
