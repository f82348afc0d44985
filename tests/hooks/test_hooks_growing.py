"""A pool that grows in place says what pools joined one after the other say, and leaves earlier ones alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from popsim.hooks.growing import GrowingPool
from popsim.routines.bouts import DiaryPool

days = st.lists(
    st.integers(1, 1439).flatmap(lambda first: st.just([(first % 7, first), (7 + first % 5, 1440 - first)])), max_size=9
)


def same(one: DiaryPool, other: DiaryPool) -> bool:
    return all(np.array_equal(getattr(one, n), getattr(other, n)) for n in ("starts", "activity", "minutes"))


@given(first=days.filter(len), more=st.lists(days, max_size=12))
def test_growing_is_joining(first, more):
    joined = DiaryPool.from_days(first)
    growing, handed_out = GrowingPool(joined), []
    for part in map(DiaryPool.from_days, more):
        joined = joined.joined(part)
        growing.add(part)
        handed_out.append((growing.pool, joined))
    assert all(same(pool, expected) for pool, expected in handed_out)
    assert growing.pool.starts.dtype == joined.starts.dtype


def test_the_pool_it_began_with_is_not_written_to():
    plain = DiaryPool.from_days([[(1, 1440)], [(2, 1440)]])
    growing = GrowingPool(plain)
    before = plain.activity.copy()
    growing.add(DiaryPool.from_days([[(9, 1440)]]))
    np.testing.assert_array_equal(plain.activity, before)
    assert len(plain) == 2
