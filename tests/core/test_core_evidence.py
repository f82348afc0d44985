"""Every number of the model has a unit, a grade, a source and a meaning, and says so when it was replaced."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from popsim.errors import InputError
from popsim.evidence import Constant, Evidence
from popsim.evidence.registry import GRADES, parse_constants

EVIDENCE = Evidence.load()
CONSTANTS = EVIDENCE.constants()


@pytest.mark.parametrize("constant", CONSTANTS, ids=lambda c: c.name)
def test_a_constant_says_what_it_is_and_where_it_comes_from(constant):
    assert math.isfinite(constant.value)
    assert constant.grade in GRADES
    assert constant.unit
    assert len(constant.source) > 10
    assert len(constant.meaning) > 10
    if constant.spread:
        _, low, high = constant.spread
        assert low <= constant.value <= high
        assert low < high


@given(st.sampled_from(CONSTANTS), st.floats(allow_nan=False, allow_infinity=False))
def test_an_override_changes_one_value_and_keeps_what_was_shipped(constant, value):
    changed = EVIDENCE.override({constant.name: value})
    assert changed[constant.name] == value
    assert f"{constant.value:g}" in changed.constant(constant.name).source
    assert changed.constant(constant.name).grade == "assumed"
    assert {n: v for n, v in changed.items() if n != constant.name} == {
        n: v for n, v in EVIDENCE.items() if n != constant.name
    }
    assert EVIDENCE[constant.name] == constant.value


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_an_override_must_be_a_finite_number(value):
    with pytest.raises(InputError, match="expected a finite number in min"):
        EVIDENCE.override({"stagnation.activation_on_min": value})


def test_a_misspelt_constant_is_answered_with_the_closest_one():
    with pytest.raises(InputError, match=r"did you mean 'stagnation\.activation_on_min'"):
        EVIDENCE.override({"stagnation.activation_on": 1.0})


def test_a_plugin_cannot_replace_a_shipped_constant():
    with pytest.raises(InputError, match="already exists"):
        EVIDENCE.extend({CONSTANTS[0].name: CONSTANTS[0]})


def test_a_plugin_adds_constants_of_its_own():
    own = Constant("mine.gain", 2.0, "1", None, "assumed", "A test of mine", "How much it gains")
    extended = EVIDENCE.extend({"mine.gain": own})
    assert extended["mine.gain"] == 2.0
    assert len(extended) == len(EVIDENCE) + 1
    assert extended.room("mine") == {"gain": 2.0}


WHOLE = {"value": 1, "unit": "1", "grade": "assumed", "source": "because", "meaning": "nothing"}


@pytest.mark.parametrize("left_out", sorted(WHOLE))
def test_a_constant_without_one_of_its_parts_is_refused(left_out):
    with pytest.raises(InputError, match=rf"mine\.gain: a constant needs {left_out}"):
        parse_constants("mine", {"gain": {k: v for k, v in WHOLE.items() if k != left_out}})


def test_a_grade_nobody_knows_is_refused():
    with pytest.raises(InputError, match="grade must be one of"):
        parse_constants("mine", {"gain": {**WHOLE, "grade": "certain"}})
