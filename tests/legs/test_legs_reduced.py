"""The reduced leg is the resolved leg, looked up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from popsim.errors import InputError
from popsim.evidence.registry import Evidence
from popsim.legs.microscope import Microscope
from popsim.legs.reduced import ANKLE_MMHG, TRAITS, VOLUME_ML, ReducedLeg, used
from popsim.legs.tabulate import leg_responses
from popsim.legs.traits import HEALTHY
from popsim.randomness import Draws
from popsim.routines.activities import Regime


def random_legs(count, seed=1):
    draws, ids = Draws(seed), np.arange(count)
    legs = {name: draws.both_legs(f"test.{name}", ids) for name in TRAITS}
    legs["compression_mmhg"] *= 40.0
    legs["outflow_resistance"] = 1.0 + 20.0 * legs["outflow_resistance"] ** 4
    return legs


def test_a_leg_on_the_grid_answers_as_the_microscope():
    answer = ReducedLeg.load().response({})[0, 0]
    direct = leg_responses(Microscope())
    assert answer[:, VOLUME_ML] == pytest.approx(direct[:, VOLUME_ML], abs=0.01)
    assert answer[:, ANKLE_MMHG] == pytest.approx(direct[:, ANKLE_MMHG], abs=0.01)
    assert np.log(answer[:, 2:]) == pytest.approx(direct[:, 2:], abs=0.01)


def test_the_table_was_made_with_the_constants_in_force():
    assert ReducedLeg.load().table.parameters == used(Evidence.load().room("legs"))


def test_a_scenario_that_moves_the_tabulated_leg_is_refused():
    moved = Evidence.load().override({"legs.calf_tiptoe_mmhg": 150.0})
    with pytest.raises(InputError, match=r"legs\.calf_tiptoe_mmhg"):
        ReducedLeg.load(moved)


def test_constants_of_conditions_and_devices_may_be_moved():
    moved = Evidence.load().override({"legs.condition_weak_calf_calf_strength": 0.4})
    assert ReducedLeg.load(moved) is ReducedLeg.load()


def test_left_out_traits_are_those_of_a_healthy_bare_leg():
    reduced = ReducedLeg.load()
    full = {name: np.full((2, 3), getattr(HEALTHY, name)) for name in TRAITS}
    assert np.array_equal(reduced.response(full), reduced.response({"deep_leak": np.zeros((2, 3))}))


def test_people_do_not_depend_on_their_neighbours():
    legs = random_legs(50)
    whole = ReducedLeg.load().response(legs)
    part = ReducedLeg.load().response({name: np.ascontiguousarray(v[:, 10:20]) for name, v in legs.items()})
    assert np.array_equal(whole[10:20], part)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6))
def test_answers_stay_within_what_legs_can_do(seed):
    answer = ReducedLeg.load().response(random_legs(20, seed))
    assert (answer[..., VOLUME_ML] > 0.0).all()
    assert (answer[..., 2:] > 0.0).all()
    standing, raised = answer[..., Regime.STANDING, :], answer[..., Regime.RAISED, :]
    assert (raised[..., VOLUME_ML] < standing[..., VOLUME_ML]).all()


def test_unknown_traits_and_shapes_are_refused():
    with pytest.raises(InputError, match="did you mean 'deep_leak'"):
        ReducedLeg.load().response({"deep_leek": np.zeros((2, 3))})
    with pytest.raises(InputError, match=r"one shape \(2, N\)"):
        ReducedLeg.load().response({"deep_leak": np.zeros(3)})
