"""The reduced leg is the resolved leg, looked up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from popsim.errors import InputError
from popsim.evidence.registry import Evidence
from popsim.legs.fit import LEG_EFFECTS
from popsim.legs.microscope import Microscope
from popsim.legs.reduced import (
    ANKLE_MMHG,
    NEUTRAL,
    PUMPING,
    RENEWED_SHARE,
    RESIDENCE_MIN,
    STILL,
    TRAITS,
    VOLUME_ML,
    ReducedLeg,
    used,
)
from popsim.legs.tabulate import leg_responses, leg_washout, sample_legs, traits_at
from popsim.legs.traits import HEALTHY
from popsim.randomness import Draws
from popsim.routines.activities import Regime


def random_legs(count, seed=1):
    draws, ids = Draws(seed), np.arange(count)
    legs = {name: draws.both_legs(f"test.{name}", ids) for name in TRAITS}
    legs["compression_mmhg"] *= 40.0
    legs["outflow_resistance"] = 1.0 + 20.0 * legs["outflow_resistance"] ** 4
    for name in ("calibre", "stiffness", "pump_rate"):
        legs[name] = 0.75 + 0.6 * legs[name]
    return legs


def changed(name, change, count=40, seed=3):
    """Responses of random legs, and of the same legs with one trait changed."""
    legs = random_legs(count, seed)
    before = ReducedLeg.load().response(legs)
    return before, ReducedLeg.load().response(legs | {name: change(legs[name])})


def test_a_healthy_leg_answers_as_under_the_microscope():
    answer = ReducedLeg.load().response({})[0, 0]
    direct = leg_responses(Microscope())
    assert answer[:, VOLUME_ML] == pytest.approx(direct[:, VOLUME_ML], abs=1.5)
    assert answer[:, ANKLE_MMHG] == pytest.approx(direct[:, ANKLE_MMHG], abs=1.0)
    assert np.log(answer[:, 2:]) == pytest.approx(direct[:, 2:], abs=0.15)


@pytest.mark.parametrize(
    "traits",
    [{}, {"deep_leak": 0.4}, {"superficial_leak": 0.4}, {"compression_mmhg": 18.0}, {"calf_strength": 0.4},
     {"outflow_resistance": 3.0}, {"perforator_leak": 0.5, "deep_leak": 0.5}],
)  # fmt: skip
def test_washout_is_that_under_the_microscope(traits):
    answer = ReducedLeg.load().washout({name: np.full((2, 1), value) for name, value in traits.items()})[0, 0]
    direct = leg_washout(Microscope(HEALTHY.changed(**traits)))
    assert np.log(answer[:, RESIDENCE_MIN]) == pytest.approx(direct[:, RESIDENCE_MIN], abs=0.05)
    assert answer[:, RENEWED_SHARE] == pytest.approx(direct[:, RENEWED_SHARE], abs=0.015)


def test_blood_stays_longest_in_legs_that_hang_and_a_squeeze_renews_little_where_it_falls_back():
    """Sitting legs hold their blood for minutes; deep reflux holds it longer and halves what a squeeze renews."""
    healthy, leaking, weak, pressed = (
        ReducedLeg.load().washout({name: np.full((2, 1), value)})[0, 0]
        for name, value in (("deep_leak", 0.0), ("deep_leak", 0.3), ("calf_strength", 0.3), ("compression_mmhg", 18.0))
    )
    sitting, lying, raised = (STILL.index(regime) for regime in (Regime.SITTING, Regime.SUPINE, Regime.RAISED))
    assert healthy[raised, RESIDENCE_MIN] < 0.2 * healthy[lying, RESIDENCE_MIN] < healthy[sitting, RESIDENCE_MIN]
    assert (leaking[:, RESIDENCE_MIN] > 1.2 * healthy[:, RESIDENCE_MIN]).all()
    assert leaking[sitting, RENEWED_SHARE] < 0.5 * healthy[sitting, RENEWED_SHARE]
    assert weak[sitting, RESIDENCE_MIN] == pytest.approx(healthy[sitting, RESIDENCE_MIN], rel=0.02)
    assert weak[sitting, RENEWED_SHARE] < 0.5 * healthy[sitting, RENEWED_SHARE]
    assert pressed[lying, RESIDENCE_MIN] < 0.9 * healthy[lying, RESIDENCE_MIN]


def test_pump_rate_is_that_of_the_exercise():
    answer = ReducedLeg.load().response({"pump_rate": np.full((2, 1), 0.7)})[0, 0]
    direct = leg_responses(Microscope(), 0.7)
    assert answer[:, VOLUME_ML] == pytest.approx(direct[:, VOLUME_ML], abs=3.0)


def test_legs_that_keep_still_do_not_care_for_their_pump():
    still, pumping = list(STILL), list(PUMPING)
    for name in ("calf_strength", "ankle_range", "pump_rate"):
        before, after = changed(name, lambda x: 0.7 * x)
        assert np.array_equal(before[:, :, still], after[:, :, still])
        assert (before[:, :, pumping] != after[:, :, pumping]).any()


def test_rehearsed_legs_are_many_kinds_within_the_limits():
    legs = sample_legs(64)
    assert len(np.unique(legs, axis=0)) == 64
    strengths = [traits_at(leg)[0].calf_strength for leg in legs]
    assert 0.0 < min(strengths) < 0.1
    assert 1.4 < max(strengths) < 1.5


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
    full = {name: np.full((2, 3), NEUTRAL[name]) for name in TRAITS}
    assert np.array_equal(reduced.response(full), reduced.response({"deep_leak": np.zeros((2, 3))}))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 49), st.integers(1, 50))
def test_people_do_not_depend_on_their_neighbours(first, count):
    legs = random_legs(50)
    whole = ReducedLeg.load().response(legs)
    some = slice(first, first + count)
    part = ReducedLeg.load().response({name: np.ascontiguousarray(v[:, some]) for name, v in legs.items()})
    assert np.array_equal(whole[some], part)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6))
def test_answers_stay_within_what_legs_can_do(seed):
    answer = ReducedLeg.load().response(random_legs(20, seed))
    assert (answer[..., VOLUME_ML] > 0.0).all()
    assert (answer[..., 2:] > 0.0).all()
    standing, raised = answer[..., Regime.STANDING, :], answer[..., Regime.RAISED, :]
    assert (raised[..., VOLUME_ML] < standing[..., VOLUME_ML]).all()


@pytest.mark.parametrize("name", LEG_EFFECTS)
def test_the_page_of_the_leg_tells_every_effect(name):
    page = Path(__file__).resolve().parents[2] / "docs" / "legs" / "model.md"
    known = LEG_EFFECTS[name]
    assert f"| `{name}` | {known.unit} | {known.low:g} to {known.high:g} |" in page.read_text(encoding="utf-8")


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.1, 1.0))
def test_more_deep_or_superficial_leak_pools_more_blood_in_a_leg_that_hangs(seed, more):
    for name in ("deep_leak", "superficial_leak"):
        tight, leaky = changed(name, lambda x: x + more, 20, seed)
        hanging = [Regime.SITTING, Regime.STANDING]
        assert (leaky[:, :, hanging, VOLUME_ML] >= tight[:, :, hanging, VOLUME_ML] - 0.3).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.floats(5.0, 20.0))
def test_more_compression_pools_less_blood(seed, more):
    loose, firm = changed("compression_mmhg", lambda x: x + more, 20, seed)
    assert (firm[..., VOLUME_ML] <= loose[..., VOLUME_ML] + 0.5).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.2, 0.6))
def test_a_stronger_calf_walks_at_lower_pressure(seed, more):
    weak, strong = changed("calf_strength", lambda x: x + more, 20, seed)
    assert (strong[:, :, Regime.WALKING, ANKLE_MMHG] <= weak[:, :, Regime.WALKING, ANKLE_MMHG] + 2.0).all()


def test_unknown_traits_and_shapes_are_refused():
    with pytest.raises(InputError, match="did you mean 'deep_leak'"):
        ReducedLeg.load().response({"deep_leek": np.zeros((2, 3))})
    with pytest.raises(InputError, match=r"one shape \(2, N\)"):
        ReducedLeg.load().response({"deep_leak": np.zeros(3)})
