"""An intervention is held to what it declared, and what it does wrong is told with its name, hook and mistake."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pydantic import Field

from popsim.hooks import Cost, Harm, Intervention, Params, PluginError, RiskScore
from popsim.life import Life


def alone(registry, *classes, scores=()):
    """The registry with these interventions only."""
    ordered = sorted(classes, key=lambda c: (c.phase, c.priority, c.name))
    return replace(registry, interventions={c.name: c for c in ordered},
                   scores={**registry.scores, **{s.name: s for s in scores}})  # fmt: skip


@pytest.fixture
def live(registry, small_world):
    """Live some days with an arm that takes these interventions, at these settings."""

    def go(*classes, days=2, people=120, settings="", scores=(), seed=5):
        arms = "".join(f"[arms.plugins.{c.name}]\n{settings}\n" for c in classes)
        plugins = alone(registry, *classes, scores=scores)
        world = small_world(plugins=plugins, people=people, days=days, arms=arms, seed=seed)
        life = Life(world, "usual")
        for _ in range(days):
            life.live_day()
        life.close()
        return life

    return go


class Sample(Intervention):
    name = "sample"
    label = "A sample"
    writes = frozenset({"day", "blood", "wall", "leg.compression_mmhg"})
    reads = frozenset({"age_years", "calf_strength"})


def sample(**methods):
    return type("Mine", (Sample,), methods)


WRONG = {
    "eligible of wrong shape": ({"eligible": lambda s, p: np.ones(3, dtype=bool)}, "eligible returned bool of shape"),
    "eligible in numbers": ({"eligible": lambda s, p: np.ones(len(p))}, "eligible returned float64"),
    "acts_today in numbers": ({"acts_today": lambda s, p, t: t.in_hospital * 1}, "acts_today returned int64"),
    "acts_today of one answer": ({"acts_today": lambda s, p, t: True}, "acts_today returned bool of shape"),
    "reads an undeclared column": (
        {"eligible": lambda s, p: p["sex"] == 1},
        "reads column 'sex' without declaring it in reads",
    ),
    "writes a column": ({"eligible": lambda s, p: p["age_years"].fill(3)}, "eligible raised ValueError"),
    "writes the day": ({"acts_today": lambda s, p, t: t.in_icu.fill(1)}, "acts_today raised ValueError"),
    "blood not a number": ({"blood": lambda s, p, t: np.nan}, "blood returned a negative factor or one that is not"),
    "blood below zero": ({"blood": lambda s, p, t: -0.1}, "blood returned a negative factor or one that is not"),
    "blood of legs": ({"blood": lambda s, p, t: np.ones((2, len(p)))}, "blood returned shape"),
    "blood of everybody where it acts on some": (
        {"acts_today": lambda s, p, t: np.arange(len(p)) < 50, "blood": lambda s, p, t: np.ones(120)},
        "blood returned shape (120,), expected a number or (50,) for the people it was given",
    ),
    "blood in words": ({"blood": lambda s, p, t: "much"}, "blood"),
    "wall below one": ({"wall": lambda s, p, t: 0.9}, "wall returned a ratio below 1 or one that is not"),
    "wall not a number": ({"wall": lambda s, p, t: np.full((2, len(p)), np.nan)}, "wall returned a ratio below 1"),
    "wall without end": ({"wall": lambda s, p, t: np.inf}, "wall returned a ratio below 1 or one that is not"),
    "wall per person": (
        {"wall": lambda s, p, t: np.ones(len(p))},
        "wall returned shape (120,), expected a number or (2",
    ),
    "wall in words": ({"wall": lambda s, p, t: "bruised"}, "wall"),
    "fit undeclared": ({"fit": lambda s, p: {"deep_leak_factor": 2.0}}, "changes leg.deep_leak_factor without"),
    "fit unknown": ({"fit": lambda s, p: {"colour": 2.0}}, "changes leg.colour without"),
    "fit out of range": ({"fit": lambda s, p: {"compression_mmhg": 500.0}}, "leg.compression_mmhg must lie between"),
    "fit not a number": ({"fit": lambda s, p: {"compression_mmhg": np.nan}}, "leg.compression_mmhg must lie between"),
    "fit per person": ({"fit": lambda s, p: {"compression_mmhg": np.ones(len(p))}}, "leg.compression_mmhg has shape"),
    "fit in words": ({"fit": lambda s, p: {"compression_mmhg": "tight"}}, "fit"),
    "fit nothing": ({"fit": lambda s, p: None}, "fit"),
    "during nothing": ({"during": lambda s: None}, "during raised TypeError"),
    "day too short": ({"edit_day": lambda s, d: d[1:]}, "edit_day returned a day of"),
    "day of unknown doings": ({"edit_day": lambda s, d: [("fly", 1440)]}, "edit_day uses the unknown activity 'fly'"),
    "day of half minutes": ({"edit_day": lambda s, d: [("walk", 0.5), ("sleep", 1439.5)]}, "expected a whole number"),
    "day of negative minutes": ({"edit_day": lambda s, d: [("walk", -1), ("sleep", 1441)]}, "expected a whole number"),
    "day of nothing": ({"edit_day": lambda s, d: None}, "edit_day"),
    "day of bare names": ({"edit_day": lambda s, d: ["walk"]}, "edit_day"),
    "day of worded minutes": ({"edit_day": lambda s, d: [("walk", "long")]}, "edit_day"),
    "harm beyond certainty": ({"harms": lambda s: [Harm("bruise", 1.5)]}, "harms"),
    "harm not a number": ({"harms": lambda s: [Harm("bruise", np.nan)]}, "harms"),
    "harm below zero": ({"harms": lambda s: [Harm("bruise", -0.1)]}, "harms"),
    "no list of harms": ({"harms": lambda s: None}, "harms"),
}


def out_of_order(hook):
    def method(*args):
        raise RuntimeError(f"{hook} is out of order")

    return method


for hook in ("eligible", "acts_today", "blood", "wall", "fit", "during", "edit_day", "harms"):
    WRONG[f"{hook} raises"] = ({hook: out_of_order(hook)}, f"{hook} raised RuntimeError: {hook} is out of order")


@pytest.mark.parametrize("case", WRONG)
def test_a_broken_promise_stops_the_run_with_one_sentence(live, case):
    methods, expected = WRONG[case]
    with pytest.raises(PluginError) as caught:
        live(sample(**methods))
    assert str(caught.value).startswith("plugin sample")
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_intervention_that_cannot_be_made_is_named(live):
    def init(self, params, evidence):
        raise KeyError("missing")

    with pytest.raises(PluginError, match=r"plugin sample: .*KeyError"):
        live(sample(__init__=init))


def test_an_unknown_constant_is_named(live):
    with pytest.raises(PluginError, match=r"plugin sample: .*no such constant"):
        live(sample(blood=lambda self, people, today: self.evidence["sample.gain"]))


def test_a_risk_score_nobody_offers_is_named(live):
    with pytest.raises(PluginError, match=r"no plugin offers a risk score named 'wells' \(known: .*padua"):
        live(sample(acts_today=lambda self, people, today: today.score("wells") > 1))


def test_a_risk_score_reads_only_what_it_declared(live):
    score = RiskScore("mine", "Mine", frozenset(), "a test", lambda people, today: people["age_years"])
    with pytest.raises(PluginError, match="reads column 'age_years' without declaring it"):
        live(sample(acts_today=lambda self, people, today: today.score("mine") > 1), scores=[score])


def test_columns_are_shown_read_only_and_bmi_is_worked_out(live):
    seen = {}

    def eligible(self, people):
        seen["writable"] = people["age_years"].flags.writeable
        seen["legs"] = people["calf_strength"].shape
        seen["bmi"] = people["bmi"].copy()
        return np.ones(len(people), dtype=bool)

    life = live(sample(eligible=eligible, reads=frozenset({"age_years", "calf_strength", "bmi"})))
    assert seen["writable"] is False
    assert seen["legs"] == (2, 120)
    np.testing.assert_array_equal(seen["bmi"], life.world.people.bmi)


def test_coverage_is_the_share_of_takers_and_the_same_people_in_every_arm(live):
    half = live(sample(), people=3000, days=1, settings="coverage = 0.5").interventions.takers["sample"]
    third = live(sample(), people=3000, days=1, settings="coverage = 0.3").interventions.takers["sample"]
    assert abs(half.mean() - 0.5) < 0.05
    assert abs(third.mean() - 0.3) < 0.05
    assert not (third & ~half).any()


def test_only_the_eligible_take_it_up(live):
    def old(self, people):
        return people["age_years"] >= 70

    life = live(sample(eligible=old), days=1)
    np.testing.assert_array_equal(life.interventions.takers["sample"], life.world.people["age_years"] >= 70)


def days_kept(live, adherence, days=40, people=1500, **more):
    life = live(sample(), people=people, days=1, settings=f"adherence = {adherence}", **more)
    acting = [life.interventions.effects(life.world.today(day), life.alive).acting["sample"] for day in range(days)]
    return np.mean(acting, axis=0)


@pytest.mark.parametrize("adherence", [0.1, 0.5, 0.7, 0.95])
def test_adherence_is_kept_on_average_but_is_a_trait_of_persons(live, adherence):
    kept = days_kept(live, adherence)
    assert abs(kept.mean() - adherence) < 0.04
    by_chance = adherence * (1 - adherence) / 40
    assert kept.var() > 5 * by_chance


def test_full_adherence_is_every_day_and_none_is_never(live):
    assert days_kept(live, 1.0, days=5).min() == 1.0
    assert days_kept(live, 0.0, days=5).max() == 0.0


def test_nobody_acts_after_death(live):
    life = live(sample(), days=1)
    alive = np.arange(120) % 2 == 0
    acting = life.interventions.effects(life.world.today(0), alive).acting["sample"]
    np.testing.assert_array_equal(acting, alive)


def test_factors_on_blood_multiply_on_those_they_act_on(live):
    first = sample(blood=lambda self, people, today: 0.5)
    second = type("Second", (Sample,), {
        "name": "second", "blood": lambda self, people, today: people["age_years"] / 50,
        "acts_today": lambda self, people, today: people["age_years"] > 60,
    })  # fmt: skip
    life = live(first, second, days=1)
    age = life.world.people["age_years"]
    got = life.interventions.effects(life.world.today(0), life.alive).blood
    np.testing.assert_allclose(got, 0.5 * np.where(age > 60, age / 50, 1.0))


@pytest.mark.parametrize("hook", ["blood", "wall", "care", "stage", "harms"])
def test_a_plugin_is_asked_only_for_those_on_whom_it_acts(live, hook):
    """Men over sixty: what it is shown of them are their own columns, draws, day and scores."""
    seen = []

    def chosen(people):
        return (people["age_years"] > 60) & (people["sex"] == 0)

    def look(self, people, today):
        columns = people["age_years"], people["calf_strength"], people.draw("a"), people.draw("b", day=3)
        seen.append((*columns, today.in_hospital, today.score("caprini"), today.day))
        return {"blood": 1.0, "wall": 1.0, "care": {}, "stage": np.zeros(len(people), dtype=np.int64), "harms": 0.0}[
            hook
        ]

    def harms(self):
        return [Harm("bruise", lambda people, today: look(self, people, today))]

    writes = {"blood": {"blood"}, "wall": {"wall"}, "care": {"care.treatment_days"}, "stage": {"leg.bursts_per_min"}}
    methods = {
        "reads": frozenset({"age_years", "sex", "calf_strength"}),
        "writes": frozenset(writes.get(hook, ())),
        "stages": 1 + (hook == "stage"),
        "fit_at": lambda self, people, stage: {},
        "scores": lambda self: ("caprini",),
        "acts_today": lambda self, people, today: chosen(people),
        hook: harms if hook == "harms" else look,
    }
    life = live(sample(**methods), days=2, people=600)
    view, today = life.interventions._taken[0].people, life.world.today(1)
    expected = view["age_years"], view["calf_strength"], view.draw("a"), view.draw("b", day=3)
    expected += today.in_hospital, today.score("caprini")
    rows = np.flatnonzero(chosen(view) & life.alive)
    assert 0 < len(rows) < 600
    for one, whole in zip(seen[-1], expected, strict=False):
        np.testing.assert_array_equal(one, whole[..., rows])
    assert seen[-1][-1] == 1


def _bruising(name, left, right, reach):
    def wall(self, people, today):
        return np.repeat([[left], [right]], len(people), axis=1)

    def eligible(self, people):
        return people.draw("reached") < reach

    return type(name, (Intervention,), {"name": name, "label": name, "writes": frozenset({"wall"}), "wall": wall,
                                        "eligible": eligible})  # fmt: skip


def test_injuries_of_a_leg_multiply_and_raise_its_hazard_by_their_ratio(live):
    one, two = _bruising("one", 3.0, 1.0, 1.0), _bruising("two", 2.0, 4.0, 0.5)
    plain, life = live(days=1), live(one, two, days=1)
    reached = life.effects.acting["two"]
    assert 0 < reached.sum() < len(reached)
    expected = np.where(reached, [[6.0], [4.0]], [[3.0], [1.0]])
    np.testing.assert_array_equal(life.effects.wall, expected)
    before, after = (-np.log1p(-lived.clotting.today) for lived in (plain, life))
    np.testing.assert_allclose(after / before - 1.0, (expected - 1.0) / plain.triad.sites.on(0), rtol=1e-9)


def test_where_nothing_injures_walls_nothing_is_passed_on(live):
    bruising = _bruising("nobody", 3.0, 3.0, 0.0)
    assert live(days=1).effects.wall is None
    life = live(bruising, days=1)
    assert life.effects.wall is None
    np.testing.assert_array_equal(life.clotting.today, live(days=1).clotting.today)


def test_the_clots_that_an_injury_adds_form_below_the_knee(live):
    calf, added = live(days=1).outcomes, live(_bruising("one", 5.0, 5.0, 1.0), days=1).outcomes
    grown = {name: added.daily[..., code].sum() - calf.daily[..., code].sum()
             for name, code in ((m.name, i) for i, m in enumerate(calf.measures))
             if name.startswith("expected_clots")}  # fmt: skip
    assert grown["expected_clots_calf"] > 0.75 * grown["expected_clots"] > 0
    assert sum(n for name, n in grown.items() if name != "expected_clots") == pytest.approx(grown["expected_clots"])


def test_what_a_plugin_draws_is_its_own(live):
    """Its draws differ from another plugin's, from the core's uptake and from day to day, and repeat."""
    drawn = {}

    def eligible(self, people):
        drawn[self.name] = [people.draw("uptake"), people.draw("uptake", day=1), people.draw("uptake")]
        return np.ones(len(people), dtype=bool)

    other = type("Other", (Sample,), {"name": "other", "eligible": eligible})
    life = live(sample(eligible=eligible), other, days=1, people=500, settings="coverage = 0.5")
    np.testing.assert_array_equal(drawn["sample"][0], drawn["sample"][2])
    assert (drawn["sample"][0] != drawn["sample"][1]).all()
    assert (drawn["sample"][0] != drawn["other"][0]).all()
    takers = life.interventions.takers["sample"]
    assert 0.35 < np.mean(drawn["sample"][0][takers] < 0.5) < 0.65


def test_harms_happen_at_their_probability_while_it_acts(live):
    def harms(self):
        return [Harm("bruise", 0.2), Harm("itch", 0.0)]

    def acts(self, people, today):
        return people["age_years"] > 60

    life = live(sample(harms=harms, acts_today=acts), days=10, people=800)
    outcomes = life.outcomes
    code = {m.name: i for i, m in enumerate(outcomes.measures)}
    happened, expected = (outcomes.daily[:, :, code[name]].sum() for name in ("bruise", "expected-bruise"))
    expected *= outcomes.measures[code["expected-bruise"]].scale
    assert abs(happened - expected) < 5 * np.sqrt(expected)
    assert outcomes.daily[:, :, code["itch"]].sum() == 0
    kind = max(outcomes.events["kind"])
    harmed = outcomes.events["row"][outcomes.events["kind"] == outcomes._harm_kind["bruise"]]
    assert (life.world.people["age_years"][harmed] > 60).all()
    assert len(harmed) == happened
    assert kind >= outcomes._harm_kind["bruise"]


def test_costs_are_counted_per_taker_once_and_per_day_of_acting(live):
    def acts(self, people, today):
        return np.full(len(people), today.day % 2 == 0)

    costs = (Cost("thing", "one", per="taker", quantity=2.0), Cost("hour", "one", per="day", quantity=0.25))
    life = live(sample(acts_today=acts, costs=costs), days=4, people=200, settings="coverage = 0.5")
    takers = life.interventions.takers["sample"]
    days = sum(int((takers & (life.world.background_death_day >= day)).sum()) for day in (0, 2))
    assert life.outcomes.used == {"thing": 2000 * int(takers.sum()), "hour": 250 * days}


class Strict(Params):
    minutes: int = Field(5, ge=1, le=10, description="How long, min")


@pytest.mark.parametrize(
    "settings", ["minutes = 11", "minutes = 2.5", "minute = 3", "coverage = 1.2", "adherence = -0.1", "minutes = '3'"]
)
def test_parameters_outside_their_range_or_type_are_refused(live, settings):
    from popsim.errors import PopsimError

    with pytest.raises(PopsimError, match=settings.split(" ", maxsplit=1)[0]):
        live(sample(Params=Strict), settings=settings)


def test_time_spent_in_a_plugin_is_kept(live):
    def slow(self, people, today):
        sum(range(200_000))
        return 1.0

    assert live(sample(blood=slow)).interventions.seconds()["sample"] > 0


def test_many_devices_act_as_one_that_does_as_much(live):
    """More than fit into a wear code: combinations are numbered as they are first worn."""

    def bursting(name, bursts):
        methods = {"name": name, "fit": lambda self, people: {"bursts_per_min": bursts},
                   "writes": frozenset({"leg.bursts_per_min"})}  # fmt: skip
        return type("Bursting", (Sample,), methods)

    many = live(*(bursting(f"burst-{i}", 0.25) for i in range(20)), days=3)
    one = live(bursting("burst", 5.0), days=3)
    np.testing.assert_allclose(many.legs.dose_min, one.legs.dose_min, rtol=1e-12)
    some = live(*(bursting(f"burst-{i}", 0.25) for i in range(20)), days=3, settings="coverage = 0.5\nadherence = 0.8")
    assert (some.legs.dose_min >= one.legs.dose_min * (1 - 1e-9)).all()
    assert some.legs.dose_min.sum() > one.legs.dose_min.sum()
    assert len(np.unique(some.effects.wear)) > 50


def test_a_fit_with_stages_changes_with_time(live):
    def stage(self, people, today):
        return np.full(len(people), min(today.day, 1))

    def fit_at(self, people, stage):
        return {"bursts_per_min": 10.0 * stage}

    methods = {"writes": frozenset({"leg.bursts_per_min"}), "stages": 2, "stage": stage, "fit_at": fit_at}
    staged = type("Staged", (Sample,), methods)
    first, usual = live(staged, days=1), live(days=1)
    np.testing.assert_allclose(first.legs.dose_min, usual.legs.dose_min, rtol=1e-12)
    later, usual = live(staged, days=2), live(days=2)
    assert later.legs.dose_min.sum() < usual.legs.dose_min.sum()
    with pytest.raises(PluginError, match="plugin sample: stage must lie between 0 and 1"):
        live(type("Wrong", (staged,), {"stage": lambda self, people, today: np.full(len(people), 2)}))


def test_care_combines_by_its_rule_on_those_it_acts_on(live):
    def acts(self, people, today):
        return people["age_years"] > 60

    writes = frozenset({"care.embolism_factor", "care.treatment_days"})
    care = {"writes": writes, "care": lambda self, people, today: {"embolism_factor": 0.5, "treatment_days": 90}}
    first = type("First", (Sample,), {**care, "acts_today": acts})
    second = type("Second", (Sample,), {**care, "name": "second", "care": lambda s, p, t: {"treatment_days": 180.0}})
    life = live(first, second, days=1)
    old = life.world.people["age_years"] > 60
    np.testing.assert_array_equal(life.effects.care["embolism_factor"], np.where(old, 0.5, 1.0))
    np.testing.assert_array_equal(life.effects.care["treatment_days"], np.full(120, 180.0))
    np.testing.assert_array_equal(life.effects.care["treatment_factor"], np.ones(120))
    with pytest.raises(PluginError, match=r"care.embolism_factor must lie between 0 and 1"):
        live(type("Wrong", (first,), {"care": lambda s, p, t: {"embolism_factor": 2.0}}))


def test_a_harm_can_differ_by_person_and_day(live):
    def likely(people, today):
        return np.where(people["age_years"] > 60, 0.3 * (today.day == 1), 0.0)

    life = live(sample(harms=lambda self: [Harm("bruise", likely)]), days=3, people=600)
    code = {m.name: i for i, m in enumerate(life.outcomes.measures)}["expected-bruise"]
    by_day = life.outcomes.daily[:, :, code].sum(axis=1) * life.outcomes.measures[code].scale
    old = (life.world.people["age_years"] > 60) & (life.world.background_death_day >= 1)
    assert by_day[0] == by_day[2] == 0
    assert by_day[1] == pytest.approx(0.3 * old.sum(), rel=0.02)
