"""A table of whole numbers answers as a dictionary does."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from popsim.routines.lookup import Lookup

NUMBERS = st.lists(st.integers(0, 2**62) | st.integers(0, 40), max_size=60)


@given(st.lists(NUMBERS, max_size=8), NUMBERS)
@settings(deadline=None)
def test_what_was_learnt_is_known_and_nothing_else(taught: list[list[int]], asked: list[int]) -> None:
    lookup, oracle = Lookup(), {}
    for numbers in taught:
        new = lookup.missing(np.array(numbers, dtype=np.int64))
        assert new.tolist() == sorted(set(numbers) - oracle.keys())
        lookup.learn(new, np.arange(len(new)) + len(oracle))
        oracle |= {number: len(oracle) + i for i, number in enumerate(new.tolist())}
    keys, otherwise = np.array(asked, dtype=np.int64), -2 - np.arange(len(asked))
    expected = [oracle.get(number, unknown) for number, unknown in zip(asked, otherwise.tolist(), strict=True)]
    assert lookup.of(keys, otherwise).tolist() == expected
    known, values = lookup.items()
    assert dict(zip(known.tolist(), values.tolist(), strict=True)) == oracle


def test_a_table_answers_in_the_shape_it_is_asked_in_and_grows_past_its_first_room() -> None:
    lookup, numbers = Lookup(), np.arange(5_000, dtype=np.int64) << 31
    lookup.learn(numbers, numbers >> 31)
    asked = numbers[:4_000].reshape(2, 2_000)
    assert np.array_equal(lookup.of(asked), asked >> 31)
    assert np.array_equal(lookup.of(asked + 1, 7), np.full(asked.shape, 7))
