"""A clot goes back into the pump: it blocks the leg it lies in, and may leave it scarred and without valves."""

from __future__ import annotations

import numpy as np
import pytest

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
"clots.resolution_mean_days" = 5.0
"clots.embolism_fatal" = 0.0
"clots.valves_lost_proximal" = 1.0
"""


@pytest.fixture(scope="module")
def sick(registry):
    from popsim.runs.scenario import Scenario

    community = Community(Scenario.from_text(SICK), registry=registry)
    while community.running:
        community.step()
    return community


def test_a_leg_that_lost_its_valves_pools_more_than_it_did(sick):
    before, after = sick.world.people, sick.life.legs.people
    damaged = after["deep_leak"] > before["deep_leak"]
    assert damaged.sum() > 20
    fresh = Community(world=sick.world)
    while fresh.day < 1:
        fresh.step()
    standing = next(i for i, (regime, _) in enumerate(sick.world.kinds.kinds) if regime.name == "STANDING")
    volume = (slice(None, len(before)), slice(None), standing, kernel.VOLUME_TARGET)
    pooled_before = fresh.life.legs._wardrobe.responses[volume].T
    pooled_after = sick.life.legs._wardrobe.responses[volume].T
    assert (pooled_after[damaged] > pooled_before[damaged]).all()
    untouched = ~damaged & (after["outflow_resistance"] == before["outflow_resistance"])
    np.testing.assert_array_equal(pooled_after[untouched], pooled_before[untouched])


def test_the_people_of_other_arms_keep_their_legs(sick):
    assert (sick.world.people["outflow_resistance"] == 1.0).all()
    assert (sick.life.legs.people["outflow_resistance"] > 1.0).any()


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
    for day in range(int(course.resolved_day.max()) + 3):
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
