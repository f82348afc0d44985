"""A clot goes back into the pump: it blocks the leg it lies in, and may leave it scarred and without valves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from popsim.clots.course import NEVER_DAY, Onsets, draw_course
from popsim.clots.damage import Damage
from popsim.community import Community
from popsim.evidence import Evidence
from popsim.legs import kernel
from popsim.randomness import Draws

SICK = """
name = "sick"
title = "Patients who clot soon and heal soon"
days = 30
seed = 3
[people]
count = 120
[routine]
diaries_per_group = 5
[evidence]
"clots.base_hazard_per_leg_day" = 0.02
"clots.site_share_calf" = 0.0
"clots.recanalisation_mean_days" = 5.0
"clots.embolism_fatal" = 0.0
"clots.embolism_sudden_death" = 0.0
"clots.thrombosis_death" = 0.0
"clots.valves_lost_proximal" = 1.0
"""


@pytest.fixture(scope="module")
def sick(registry):
    from popsim.runs.scenario import Scenario

    community = Community(Scenario.from_text(SICK), registry=registry)
    while community.running:
        community.step()
    return community


def bare(town):
    """What everybody's legs do as they are now, with nothing worn."""
    wardrobe = town.life.legs._wardrobe
    return wardrobe.responses[wardrobe._bare]


def test_a_leg_that_lost_its_valves_pools_more_than_it_did(sick):
    before, after = sick.world.people, sick.life.legs.people
    damaged = after["deep_leak"] > before["deep_leak"]
    assert damaged.sum() > 20
    fresh = Community(world=sick.world)
    while fresh.day < 1:
        fresh.step()
    standing = next(i for i, (regime, _) in enumerate(sick.world.kinds.kinds) if regime.name == "STANDING")
    pooled_before, pooled_after = (bare(town)[:, standing, kernel.VOLUME_TARGET].T for town in (fresh, sick))
    assert (pooled_after[damaged] > pooled_before[damaged]).all()
    untouched = ~damaged & (after["outflow_resistance"] == before["outflow_resistance"])
    np.testing.assert_array_equal(pooled_after[untouched], pooled_before[untouched])


def test_lost_valves_and_blocked_outflow_let_pockets_of_a_still_leg_turn_hypoxic_sooner_and_flush_less(sick):
    """What valves a clot took is felt by the next one: the hazard of a still leg rises, not only its volume."""
    before, after = sick.world.people, sick.life.legs.people
    damaged = after["deep_leak"] > before["deep_leak"]
    fresh, now = bare(Community(world=sick.world)), bare(sick)
    desk = next(i for i, (_, still) in enumerate(sick.world.kinds.kinds) if still.name == "DESK")
    for column, sign in ((kernel.HYPOXIA_AFTER, -1), (kernel.ACTIVATION_TARGET, 1)):
        assert (sign * (now[:, desk, column].T - fresh[:, desk, column].T)[damaged] > 0).all()


def test_the_people_of_other_arms_keep_their_legs(sick, registry):
    made = Community(sick.world.scenario, registry=registry).world.people["outflow_resistance"]
    np.testing.assert_array_equal(sick.world.people["outflow_resistance"], made)
    assert (sick.life.legs.people["outflow_resistance"] > made).any()


def test_a_person_shows_the_leg_as_it_is_now(sick):
    leg, row = np.argwhere(sick.life.legs.people["deep_leak"] > sick.world.people["deep_leak"])[0]
    person = sick.person(int(row))
    shown = (person.left_leg, person.right_leg)[leg]
    assert shown.deep_leak == sick.life.legs.people["deep_leak"][leg, row] > sick.world.people["deep_leak"][leg, row]


def test_outflow_is_blocked_while_a_proximal_clot_lies_and_free_or_scarred_after_it():
    evidence = Evidence.load()
    ids = np.arange(500)
    onsets = Onsets(ids, ids, np.zeros(500, np.int64), np.zeros(500, np.int64), 4)
    course = draw_course(onsets, Draws(5), evidence)
    damage = Damage(evidence)
    damage.note(onsets, course)
    people = {"outflow_resistance": np.ones((2, 500)), "deep_leak": np.zeros((2, 500))}
    most = np.ones(500)
    for day in range(int(course.freed_day.max()) + 3):
        for leg, row, traits in damage.due(day, people):
            for name, value in traits.items():
                people[name][leg, row] = value
        most = np.maximum(most, people["outflow_resistance"][0])
    proximal = course.proximal_day < NEVER_DAY
    np.testing.assert_allclose(most, np.where(proximal, evidence["clots.obstruction_factor"], 1.0))
    resistance, leak = people["outflow_resistance"][0], people["deep_leak"][0]
    np.testing.assert_allclose(resistance[proximal & course.scarred], evidence["clots.scar_factor"])
    np.testing.assert_allclose(resistance[~course.scarred], 1.0)
    np.testing.assert_allclose(leak, np.where(course.valves_lost, evidence["clots.valves_lost_deep_leak"], 0.0))


def clotted(leg, row, proximal_day, freed_day, *, scarred=False, valves_lost=False, number=1):
    """Clots of one leg with this much of a course."""
    ids = np.full(number, row)
    onsets = Onsets(ids, ids, np.full(number, leg), np.arange(number), 0)
    course = draw_course(onsets, Draws(5), Evidence.load())
    return onsets, replace(
        course,
        proximal_day=np.full(number, proximal_day),
        freed_day=np.full(number, freed_day),
        scarred=np.full(number, scarred),
        valves_lost=np.full(number, valves_lost),
    )


def lived(damage, people, days):
    for day in range(days):
        for leg, row, traits in damage.due(day, people):
            for name, value in traits.items():
                people[name][leg, row] = value
        yield people["outflow_resistance"].copy()


@given(st.floats(1, 50), st.floats(0, 3), st.booleans(), st.booleans())
def test_a_leg_at_a_limit_is_never_better_after_a_clot_than_before(outflow, leak, scarred, valves_lost):
    """A resistance held at its ceiling while the clot lies is not divided afterwards."""
    people = {"outflow_resistance": np.full((2, 1), outflow), "deep_leak": np.full((2, 1), leak)}
    damage = Damage(Evidence.load())
    damage.note(*clotted(0, 0, 2, 9, scarred=scarred, valves_lost=valves_lost))
    for resistance in lived(damage, people, 12):
        assert (resistance[0] >= outflow).all()
        assert resistance[1] == outflow
    assert people["deep_leak"][0, 0] >= leak
    if not scarred:
        assert people["outflow_resistance"][0, 0] == outflow


def test_two_clots_of_a_leg_block_it_until_the_last_is_free_and_scar_it_twice():
    evidence = Evidence.load()
    people = {"outflow_resistance": np.ones((2, 1)), "deep_leak": np.zeros((2, 1))}
    damage = Damage(evidence)
    damage.note(*clotted(1, 0, 2, 9, scarred=True))
    damage.note(*clotted(1, 0, 5, 20, scarred=True))
    days = [resistance[1, 0] for resistance in lived(damage, people, 25)]
    scar, block = evidence["clots.scar_factor"], evidence["clots.obstruction_factor"]
    np.testing.assert_allclose(days[3:9], block)
    np.testing.assert_allclose(days[9:20], block * scar)
    np.testing.assert_allclose(days[20:], scar**2)
