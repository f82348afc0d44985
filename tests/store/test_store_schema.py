"""What a shard may hold: integers that fit, in fixed point, under known names."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from popsim.store import StoreError, to_fixed
from popsim.store.schema import SHARD_TABLES, checked_columns, shard_table

EVENT = SHARD_TABLES["event"]


def event_columns(**changes):
    return {column.name: np.zeros(3, dtype=column.dtype) for column in EVENT.columns} | changes


@given(st.floats(-1e9, 1e9), st.sampled_from([1.0, 1000.0, 1e6]))
def test_fixed_point_keeps_a_quantity_to_half_a_step(value, scale):
    assert abs(to_fixed([value], scale)[0] / scale - value) <= 0.5 / scale + 1e-6


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
def test_what_is_not_a_storable_number_is_refused(value):
    with pytest.raises(StoreError, match="not finite or too large"):
        to_fixed([1.0, value], 1000)


def test_columns_come_back_in_stored_order_and_type():
    shuffled = dict(reversed(event_columns(person=np.arange(3, dtype=np.int32)).items()))
    checked = checked_columns(EVENT, shuffled)
    assert list(checked) == [column.name for column in EVENT.columns]
    assert {name: str(values.dtype) for name, values in checked.items()} == {c.name: c.dtype for c in EVENT.columns}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"kind": np.array([1, 256, 0])}, "event.kind holds 256, which does not fit into uint8"),
        ({"day": np.array([0, -(2**31) - 1, 0])}, "event.day holds -2147483649, which does not fit into int32"),
        ({"person": np.zeros(3)}, "event.person is stored as int64 .got float64.; use to_fixed"),
        ({"leg": np.zeros(2, dtype=np.uint8)}, "columns of table 'event' differ in length"),
        ({"leg": np.zeros((2, 3), dtype=np.uint8)}, "event.leg must be one-dimensional .got shape .2, 3.."),
        ({"sight": np.zeros(3, dtype=np.uint8)}, "table 'event' has no column 'sight'; did you mean 'site'"),
    ],
)
def test_a_column_that_would_be_stored_wrongly_is_refused(change, sentence):
    with pytest.raises(StoreError, match=sentence):
        checked_columns(EVENT, event_columns(**change))


def test_a_missing_column_is_named():
    columns = event_columns()
    del columns["episode"]
    with pytest.raises(StoreError, match="lacks the column 'episode'"):
        checked_columns(EVENT, columns)


@pytest.mark.parametrize("name", ["Robert'); DROP TABLE event;--", "AGE", "age years", "größe", ""])
def test_traits_of_people_need_names_that_are_plain_words(name):
    with pytest.raises(StoreError, match="lower-case name"):
        checked_columns(SHARD_TABLES["person"], {"person": np.arange(2), name: np.arange(2)})


def test_traits_of_people_must_be_numbers_or_flags():
    with pytest.raises(StoreError, match="numbers or flags"):
        checked_columns(SHARD_TABLES["person"], {"person": np.arange(2), "job": np.array(["a", "b"])})


def test_an_unknown_table_is_refused_with_the_closest_name():
    with pytest.raises(StoreError, match="no table 'events' in the store; did you mean 'event'"):
        shard_table("events")
