"""A population is a Mesa model: Mesa's own tools work on it, and answer what the columns say."""

from __future__ import annotations

import mesa
import numpy as np
import pytest
from benchmarks.plain_mesa import PlainTown, columns_of, warm_up
from mesa import DataCollector
from mesa.agent import AgentSet

from popsim.community import Community, Everybody, Person
from popsim.errors import PopsimError
from popsim.legs import kernel


@pytest.fixture
def town(small_world):
    """Eighty people, before their first day."""
    return Community(world=small_world(people=80, days=5))


def test_it_is_a_mesa_model_of_mesa_agents(town):
    assert isinstance(town, mesa.Model)
    assert isinstance(town.agents, AgentSet)
    assert len(town.agents) == 80
    assert all(isinstance(person, mesa.Agent) for person in town.agents)
    assert [person.unique_id for person in town.agents] == town.world.people.ids.tolist()
    assert town.agent_types == [Person]


def test_a_model_can_be_made_from_a_scenario(small_scenario, registry):
    town = Community(small_scenario(people=30, days=2), registry=registry, rows=slice(10, 20))
    assert [person.unique_id for person in town.agents] == list(range(10, 20))
    with pytest.raises(PopsimError, match="needs a scenario or a world"):
        Community()


def test_it_runs_until_the_scenario_ends(town):
    town.run_model()
    assert town.day == 5
    assert not town.running


def test_every_trait_of_a_person_and_a_leg_reads_as_an_attribute(town):
    people = town.world.people
    person = town.person(7)
    for name in people:
        if people[name].ndim == 1:
            assert getattr(person, name) == people[name][7]
        else:
            assert getattr(person.left_leg, name) == people[name][0, 7]
            assert getattr(person.right_leg, name) == people[name][1, 7]
    with pytest.raises(AttributeError, match="a person has no 'shoe_size'"):
        _ = person.shoe_size
    with pytest.raises(AttributeError, match="a leg has no 'age_years'"):
        _ = person.left_leg.age_years


def test_legs_show_what_the_columns_hold(town):
    town.step()
    state = town.life.legs.state
    for side, leg in enumerate((town.person(3).left_leg, town.person(3).right_leg)):
        assert leg.pump.pooled_ml == state[kernel.VOLUME, side, 3]
        assert leg.pump.pressure_mmhg == state[kernel.PRESSURE, side, 3]
        assert leg.pump.activation == state[kernel.ACTIVATION, side, 3]
        assert leg.pump.oedema_ml == state[kernel.OEDEMA, side, 3]
        assert leg.expected_clots == town.life.clotting.expected[side, 3] > 0


def test_a_pump_in_hand_follows_the_days(town):
    """Whoever keeps the pump of a leg sees what the leg holds now, not what it held when they asked."""
    pump = town.person(3).left_leg.pump
    seen = set()
    for _ in range(5):
        town.step()
        assert pump.activation == town.person(3).left_leg.pump.activation
        assert pump.activation == town.life.legs.state[kernel.ACTIVATION, 0, 3]
        seen.add(pump.activation)
    assert len(seen) > 2


def test_the_same_person_is_the_same_object_while_somebody_holds_it(town):
    assert town.person(4) is town.agents[4]
    assert town.agents[4] in town.agents
    assert town.person(4) not in town.agents.select(np.arange(80) > 10)


def test_a_data_collector_collects_from_model_and_people(town):
    collector = DataCollector(
        model_reporters={
            "day": "day",
            "pooled_ml": lambda model: float(model.life.legs.state[kernel.VOLUME].sum()),
            "mean_age": lambda model: model.agents.agg("age_years", np.mean),
        },
        agent_reporters={"age": "age_years", "left_ml": lambda person: person.left_leg.pump.pooled_ml},
    )
    for _ in range(3):
        town.step()
        collector.collect(town)
    assert collector.model_vars["day"] == [1, 2, 3]
    assert collector.model_vars["mean_age"] == [town.world.people["age_years"].mean()] * 3
    frame = collector.get_agent_vars_dataframe()
    assert len(frame) == 3 * 80
    last = frame.xs(frame.index.get_level_values(0).max(), level=0)
    np.testing.assert_array_equal(last["age"], town.world.people["age_years"])
    np.testing.assert_array_equal(last["left_ml"], town.life.legs.state[kernel.VOLUME, 0])
    assert collector.model_vars["pooled_ml"][-1] == town.life.legs.state[kernel.VOLUME].sum()


def test_people_are_selected_by_function_mask_number_and_type(town):
    ages = town.world.people["age_years"]
    old = town.agents.select(lambda person: person.age_years >= 70)
    by_mask = town.agents.select(ages >= 70)
    assert old.rows.tolist() == by_mask.rows.tolist() == np.flatnonzero(ages >= 70).tolist()
    assert len(town.agents.select(at_most=12)) == 12
    assert len(town.agents.select(at_most=0.25)) == 20
    assert len(town.agents.select(agent_type=Person)) == 80
    kept = town.agents
    assert kept.select(ages >= 70, inplace=True) is kept
    assert len(kept) == len(old)
    assert isinstance(old, Everybody)


def test_selections_of_selections_and_slices_are_those_people(town):
    ages = town.world.people["age_years"]
    old_women = town.agents.select(ages >= 70).select(lambda person: person.sex == 0)
    assert {p.row for p in old_women} == set(np.flatnonzero((ages >= 70) & (town.world.people["sex"] == 0)).tolist())
    assert [p.row for p in town.agents[5:8]] == [5, 6, 7]
    assert [p.row for p in town.agents.to_list()] == list(range(80))
    np.testing.assert_array_equal(
        old_women.column("calf_strength"), town.world.people["calf_strength"][:, old_women.rows]
    )


def test_get_answers_from_columns_and_from_persons(town):
    people = town.world.people
    assert town.agents.get("age_years") == people["age_years"].tolist()
    assert town.agents.get(["age_years", "sex"]) == [
        [age, sex] for age, sex in zip(people["age_years"].tolist(), people["sex"].tolist(), strict=True)
    ]
    assert town.agents.get("alive") == [True] * 80
    with pytest.raises(AttributeError):
        town.agents.get("shoe_size")
    assert town.agents.get("shoe_size", handle_missing="default", default_value=41) == [41] * 80


def test_people_are_grouped_and_summed_up(town):
    people = town.world.people
    groups = town.agents.groupby("sex")
    assert {sex: len(group) for sex, group in groups} == {
        sex: int((people["sex"] == sex).sum()) for sex in np.unique(people["sex"]).tolist()
    }
    assert groups.count() == {sex: len(group) for sex, group in groups}
    assert town.agents.agg("age_years", max) == people["age_years"].max()
    lists = town.agents.groupby(lambda person: person.age_years >= 70, result_type="list")
    assert {old: len(group) for old, group in lists} == dict(
        zip(*(values.tolist() for values in np.unique(people["age_years"] >= 70, return_counts=True)), strict=True)
    )
    oldest = groups.agg("age_years", max)
    assert oldest == {sex: int(people["age_years"][people["sex"] == sex].max()) for sex in oldest}


def test_do_and_shuffle_do_reach_everybody_once(town):
    seen = []

    def note(person):
        seen.append(person.row)

    town.agents.do(note)
    assert seen == list(range(80))
    seen.clear()
    town.agents.shuffle_do(note)
    assert sorted(seen) == list(range(80))
    assert seen != list(range(80))
    assert town.agents.map(lambda person: person.row) == list(range(80))
    assert sorted(p.row for p in town.agents.shuffle()) == list(range(80))
    shuffled = town.agents
    assert shuffled.shuffle(inplace=True) is shuffled
    assert sorted(p.row for p in shuffled) == list(range(80)) != [p.row for p in shuffled]
    assert [p.row for p in town.agents.sort(lambda person: -person.row, ascending=True)] == list(range(79, -1, -1))
    by_age = town.agents.sort("age_years", ascending=True)
    assert [p.age_years for p in by_age] == sorted(town.world.people["age_years"].tolist())


def test_special_people_take_a_step_of_their_own_after_every_day(town):
    class Diarist(Person):
        def __init__(self, model, row):
            super().__init__(model, row)
            self.pages = []

        def step(self):
            self.pages.append((self.model.day, self.left_leg.pump.pooled_ml))

    special = town.adopt(Diarist, 9)
    assert town.person(9) is special
    assert town.agents[9] is special
    town.step()
    town.step()
    assert [day for day, _ in special.pages] == [1, 2]
    assert special.pages[-1][1] == town.life.legs.state[kernel.VOLUME, 0, 9]
    assert set(town.agent_types) == {Person, Diarist}
    assert {kind: len(people) for kind, people in town.agents_by_type.items()} == {Person: 79, Diarist: 1}
    assert [p.row for p in town.agents.select(agent_type=Diarist)] == [9]


def test_a_planned_day_is_lived_instead_of_the_usual_one(small_world):
    world = small_world(people=80, days=4, stays=False)
    usual, other = Community(world=world), Community(world=world)
    person = other.person(11)
    planned = [("icu-bed", 900), ("walk", 540)]
    person.plan(planned)
    assert person.today == planned
    usual.step()
    other.step()
    others = np.arange(80) != 11
    np.testing.assert_array_equal(other.life.legs.state[..., others], usual.life.legs.state[..., others])
    assert other.life.legs.state[kernel.SINCE_WALK, 0, 11] == 0
    assert other.life.legs.dose_min[0, 11] > usual.life.legs.dose_min[0, 11] + 100
    assert person.today == usual.person(11).today


def test_special_people_can_plan_their_days_as_they_go(small_world):
    class Restless(Person):
        def step(self):
            self.plan([("walk", 720), ("sleep", 720)])

    town = Community(world=small_world(people=20, days=5, stays=False))
    restless = town.adopt(Restless, 4)
    for _ in range(3):
        town.step()
        assert restless.today == [("walk", 720), ("sleep", 720)]


@pytest.mark.parametrize(
    ("bouts", "said"),
    [
        ([("walk", 720)], "1440 minutes"),
        ([("fly", 1440)], "'fly'"),
        ([("walk", -60), ("sleep", 1500)], "-60"),
        ([("walk", 0.5), ("sleep", 1439.5)], "0.5"),
    ],
)
def test_a_day_that_cannot_be_is_refused_with_a_sentence(town, bouts, said):
    with pytest.raises(PopsimError, match=said):
        town.person(0).plan(bouts)


def test_the_agents_of_a_community_cannot_be_replaced(town):
    with pytest.raises(AttributeError, match="its columns"):
        town.agents = []


def test_stepping_mesa_wise_is_living_column_wise(small_world):
    world = small_world(people=60, days=6)
    looked_at, left_alone = Community(world=world), Community(world=world)
    for _ in range(6):
        looked_at.agents.do(lambda person: (person.age_years, person.left_leg.pump.pooled_ml, person.alive))
        looked_at.step()
        left_alone.step()
    np.testing.assert_array_equal(looked_at.life.legs.state, left_alone.life.legs.state)
    np.testing.assert_array_equal(looked_at.life.clotting.expected, left_alone.life.clotting.expected)


def test_a_plain_mesa_model_of_the_same_people_gets_the_same_numbers(small_world):
    """Ordinary agents with ordinary attributes, one bout and one exponential at a time, for sixteen days."""
    world = small_world(people=25, days=16, stays=False)
    town, plain = Community(world=world), PlainTown(world)
    warm_up(plain)
    for day in range(16):
        town.step()
        plain.step()
        living = town.life.death_day > day
        columns, legs = columns_of(plain), town.life.legs
        rows = {"volume_ml": 0, "pressure_mmhg": 1, "activation": 2, "oedema_ml": 3, "since_walk_min": 4}
        for name, row in rows.items():
            np.testing.assert_allclose(
                legs.state[row][:, living], np.array(columns[name])[:, living], rtol=1e-9, atol=1e-9, err_msg=name
            )
        np.testing.assert_allclose(legs.pooled_ml_min, np.array(columns["pooled_ml_min"]), rtol=1e-9)
        np.testing.assert_allclose(legs.dose_min, np.array(columns["dose_min"]), rtol=1e-9, atol=1e-6)
    expected = np.array([person.expected for person in plain.agents]).T
    np.testing.assert_allclose(town.life.clotting.expected, expected, rtol=1e-8)


def test_arms_that_live_one_after_the_other_live_as_arms_side_by_side(small_world):
    """Arms share what their world works out for a day; whoever comes second asks for days that are long past."""
    casts = '[[arms]]\nname = "cast"\n[arms.plugins.plaster-cast]\ncoverage = 0.5\n'
    settings = {"people": 400, "days": 30, "arms": casts}
    shared, other = small_world(**settings), small_world(**settings)
    together = [Community(world=shared, arm=arm.name) for arm in shared.scenario.arms]
    while together[0].running:
        for town in together:
            town.step()
    alone = [Community(world=other, arm=arm.name) for arm in other.scenario.arms]
    for town in alone:
        town.run_model()
    assert len(alone) > 1
    for left, right in zip(together, alone, strict=True):
        assert np.array_equal(left.life.clotting.expected, right.life.clotting.expected)
        assert np.array_equal(left.life.outcomes.daily, right.life.outcomes.daily)
