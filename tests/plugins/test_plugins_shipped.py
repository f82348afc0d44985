"""What every shipped intervention must keep: nobody clots sooner by it, and its size is that of its evidence."""

from __future__ import annotations

import numpy as np
import pytest

from popsim.hooks import load_plugins
from popsim.life import Life
from popsim.routines.activities import CORE_ACTIVITIES

INTERVENTIONS = load_plugins().interventions
RAISES_HAZARD = {"high-heels"}  # by what they do to the day or the leg
RAISES_HAZARD |= {
    name
    for name, kind in INTERVENTIONS.items()
    if ("expected_clots", "up") in {(c.measure, c.direction) for c in kind.claims}
}
DAYS = 6


@pytest.fixture(scope="module")
def lives(small_world):
    """One life per intervention, taken by everybody every day, and the usual one."""
    arms = "".join(f'[[arms]]\nname = "arm-{name}"\n[arms.plugins.{name}]\n' for name in INTERVENTIONS)
    # So little hazard that no clot forms: the arms differ by what the interventions do, not by clots that came or not.
    rare = '\n[evidence]\n"clots.base_hazard_per_leg_day" = 1e-14\n'
    world = small_world(people=150, days=DAYS, arms=arms, more=rare)
    lived = {}
    for arm in world.scenario.arms:
        life = lived[arm.name.removeprefix("arm-")] = Life(world, arm.name)
        for _ in range(DAYS):
            life.live_day()
    return lived


@pytest.mark.parametrize("name", sorted(set(INTERVENTIONS) - RAISES_HAZARD))
def test_nobodys_hazard_rises(lives, name):
    """A squeeze renews a little less of a deep calf whose wide superficial veins are gone: ablation may cost a bit."""
    usual, spared = lives["usual"].clotting.expected, lives[name].clotting.expected
    little = 0.2 if name == "saphenous-ablation" else 1e-9
    assert (spared <= usual * (1 + little)).all()
    assert spared.sum() <= usual.sum() * (1 + 1e-9)


@pytest.mark.parametrize("name", INTERVENTIONS)
def test_it_declares_what_it_rests_on_and_says_what_its_settings_mean(lives, name):
    plugin = INTERVENTIONS[name]
    evidence = lives["usual"].world.evidence
    assert all(constant in evidence for constant in plugin.evidence_names)
    assert all(field.description for field in plugin.Params.model_fields.values())
    assert all(cost.per in {"taker", "day"} and cost.unit and cost.quantity > 0 for cost in plugin.costs)
    assert plugin.__doc__
    assert plugin.label


def hospital_days(life):
    return np.array([life.world.today(day).in_hospital for day in range(DAYS)])


@pytest.mark.parametrize(
    ("name", "constant"),
    [("lmwh", "lmwh.hazard_ratio"), ("fondaparinux", "fondaparinux.hazard_ratio"), ("doac", "doac.hazard_ratio")],
)
def test_a_drug_in_hospital_multiplies_hazard_by_its_ratio_on_days_in_hospital(lives, name, constant):
    life = lives[name]
    always = hospital_days(life).all(axis=0)
    never = ~hospital_days(life).any(axis=0)
    usual, treated = lives["usual"].clotting.expected, life.clotting.expected
    ratio = life.world.evidence[constant]
    assert never.sum() > 30
    np.testing.assert_array_equal(treated[:, never], usual[:, never])
    if always.any():
        np.testing.assert_allclose(treated[:, always], ratio * usual[:, always], rtol=1e-9)
    sometimes = ~always & ~never
    assert (treated[:, sometimes] > ratio * usual[:, sometimes]).all()
    assert (treated[:, sometimes] < usual[:, sometimes]).all()


def bouts_of(life, day=2):
    diary = life._plan(day, life.interventions.effects(life.world.today(day), life.alive))
    return [[(CORE_ACTIVITIES[a].name, m) for a, m in life.days.pool.day(int(index))] for index in diary]


def longest_at_work(life):
    return max(minutes for day in bouts_of(life) for doing, minutes in [*day, ("sit-work", 0)] if doing == "sit-work")


def test_walking_breaks_leave_nobody_at_work_seated_for_longer_than_an_hour(lives):
    assert longest_at_work(lives["walking-breaks"]) <= 60 < longest_at_work(lives["usual"])


def test_walking_breaks_only_turn_seated_work_into_walking(lives):
    for usual, broken in zip(bouts_of(lives["usual"]), bouts_of(lives["walking-breaks"]), strict=True):
        minutes = {}
        for sign, day in ((-1, usual), (1, broken)):
            for doing, length in day:
                minutes[doing] = minutes.get(doing, 0) + sign * length
        changed = {doing for doing, difference in minutes.items() if difference}
        assert changed <= {"sit-work", "walk"}
        assert minutes.get("walk", 0) >= 0


def test_stockings_press_and_the_leg_does_the_rest(lives):
    life = lives["compression-stockings"]
    (device,) = life.interventions.devices
    assert {name: float(value) for name, value in device.fit.items()} == {"compression_mmhg": 20.0}
    worn = {a.name for a, on in zip(CORE_ACTIVITIES, device.during, strict=True) if on}
    assert {"sit-work", "stand", "walk"} <= worn
    assert "sleep" not in worn
    assert life.legs.pooled_ml_min.sum() < lives["usual"].legs.pooled_ml_min.sum()


def test_padua_counts_its_points(lives):
    """By hand for everybody on the second day."""
    world = lives["usual"].world
    today, people = world.today(1), world.people
    points = today.score("padua")
    outside = ~today.in_hospital
    expected = (
        3.0 * people["active_cancer"] + 3.0 * people["prior_vte"] + 1.0 * (people["age_years"] >= 70)
        + 3.0 * np.any([people[n] for n in ("factor_v_leiden", "prothrombin_g20210a", "lupus_anticoagulant",
                                            "anticardiolipin", "other_thrombophilia")], axis=0)
        + 1.0 * (people["heart_failure"] | people["respiratory_failure"]) + 1.0 * people["rheumatic_disease"]
        + 1.0 * (people.bmi >= 30) + 1.0 * (people["oral_contraceptive"] | people["hormone_therapy"])
    )  # fmt: skip
    np.testing.assert_array_equal(points[outside], expected[outside])
    assert (points[today.in_hospital] >= expected[today.in_hospital]).all()
    assert (points[today.in_hospital] > expected[today.in_hospital]).any()
