"""Drugs: on whom and when they act, the published ratio on the days they act, and the harm they do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from library_worlds import DAYS, library, lived, town, usual

IN_HOSPITAL = ["unfractionated-heparin", "fondaparinux", "doac"]
DRUGS = [*IN_HOSPITAL, "aspirin", "extended-prophylaxis"]


def _room(name: str) -> str:
    return name.replace("-", "_")


@pytest.mark.parametrize("name", [*IN_HOSPITAL, "aspirin", "hospital-policy"])
def test_a_day_with_the_drug_has_the_published_share_of_the_hazard(name):
    constant = "lmwh" if name == "hospital-policy" else _room(name)
    week = lived({name: {}}, days=1)
    acted = week.acted[name] > 0
    assert acted.any()
    expected = library().evidence()[f"{constant}.hazard_ratio"]
    assert week.hazard[acted] == pytest.approx(expected * usual(1).hazard[acted])
    assert np.array_equal(week.hazard[~acted], usual(1).hazard[~acted])


@pytest.mark.parametrize("name", IN_HOSPITAL)
def test_inpatients_get_it_every_day_of_the_stay(name):
    days = np.sum([town().today(day).in_hospital for day in range(DAYS)], axis=0)
    assert np.array_equal(lived({name: {}}).acted[name], days)


def test_extended_prophylaxis_begins_with_discharge_and_ends_after_its_days():
    acted = lived({"extended-prophylaxis": {"days": 2}}).acted["extended-prophylaxis"]
    home = [town().today(day) for day in range(DAYS)]
    assert np.array_equal(acted, np.sum([(t.days_since_discharge <= 2) & ~t.in_hospital for t in home], axis=0))
    assert acted.max() == 2


def test_aspirin_goes_on_after_discharge():
    with_home = lived({"aspirin": {}}).acted["aspirin"]
    ward_only = lived({"aspirin": {"until_days": 0}}).acted["aspirin"]
    assert with_home.sum() > ward_only.sum() == lived({"doac": {}}).acted["doac"].sum()


@pytest.mark.parametrize("name", DRUGS)
def test_every_drug_states_what_it_can_harm_and_what_it_uses(name):
    week = lived({name: {}})
    (plugin,) = week.life.interventions.plugins
    outcomes, days = week.life.outcomes, week.acted[name].sum()
    measures = [m.name for m in outcomes.measures]
    assert plugin.harms()
    for harm in plugin.harms():
        expected = outcomes.daily[:, :, measures.index(f"expected-{harm.event}")].sum() * 2.0**-40
        assert expected == pytest.approx(_by_hand(plugin, harm, week), rel=1e-6, abs=1e-9)
    assert outcomes.used == {cost.item: round(1000 * cost.quantity) * days for cost in plugin.costs}


def _by_hand(plugin, harm, week) -> float:
    """Harm expected over all days, from the plugin's own probability on the days on which it acts."""
    if not callable(harm.daily_probability):
        return harm.daily_probability * week.acted[plugin.name].sum()
    (taken,) = week.life.interventions._taken
    alive = np.ones(len(town().people), dtype=bool)
    days = [town().today(day) for day in range(DAYS)]
    return sum(float(np.sum(harm.daily_probability(taken.people, today)[taken.act(today, alive)])) for today in days)


def _with(**columns: object):
    """The town with these columns changed for everybody."""
    crowd = town().people.copy()
    for name, value in columns.items():
        crowd[name] = np.broadcast_to(np.asarray(value), crowd[name].shape).astype(crowd[name].dtype)
    return replace(town(), people=crowd)


def _some_bleeders():
    """Every third of the town has an ulcer and bled lately."""
    third = np.arange(len(town().people)) % 3 == 0
    return _with(gastroduodenal_ulcer=third, recent_bleeding=third, gfr_ml_min=80.0)


def _risk(name: str, event: str, day: int = 0, world=None, **settings: object) -> tuple[np.ndarray, np.ndarray]:
    """Rows and probability of a harm on one day."""
    world = town() if world is None else world
    life = lived({name: settings}, 0, world).life
    today, alive = world.today(day), np.ones(len(world.people), dtype=bool)
    (risk,) = [r for r in life.interventions.effects(today, alive).risks if r.event == event]
    return risk.rows, risk.probability


@pytest.mark.parametrize("name", ["lmwh", "doac", "unfractionated-heparin", "hospital-policy"])
def test_patients_with_a_high_bleeding_score_bleed_more(name):
    world = _some_bleeders()
    rows, likely = _risk(name, "major-bleed", 0, world, policy="everyone")
    score = world.today(0).score("improve-bleeding")[rows]
    high, low = likely[score >= 7], likely[score < 7]
    assert high.min() / low.max() == pytest.approx(
        library().evidence()["bleeding.ratio_high_score"] / library().evidence()["bleeding.ratio_low_score"]
    )


def test_heparin_builds_up_in_weak_kidneys_unless_the_dose_is_adapted():
    weak = _with(gfr_ml_min=20.0)
    _, full = _risk("lmwh", "major-bleed", 0, weak)
    _, adapted = _risk("lmwh", "major-bleed", 0, weak, renal_dosing=True)
    assert full == pytest.approx(library().evidence()["bleeding.ratio_weak_kidneys"] * adapted)


def test_heparin_costs_no_platelets_in_the_first_days_and_more_in_who_lost_them_before():
    _, early = _risk("unfractionated-heparin", "heparin-thrombocytopenia", day=2)
    rows, later = _risk("unfractionated-heparin", "heparin-thrombocytopenia", day=5)
    assert not early.any()
    stays = town().today(5).stay_day[rows]
    assert np.array_equal(later > 0, stays >= 4)
    _, small = _risk("lmwh", "heparin-thrombocytopenia", day=5)
    assert 5 < later.max() / small.max() < 20


def test_two_weeks_of_heparin_cost_as_many_platelets_as_published():
    evidence = library().evidence()
    plugin = library().interventions["unfractionated-heparin"]
    made = plugin(plugin.Params(), evidence)
    (harm,) = [h for h in made.harms() if h.event == "heparin-thrombocytopenia"]
    per_day = evidence["unfractionated_heparin.thrombocytopenia_per_day"]
    view = {"past_hit": np.array([False])}
    today = town().today(0)
    days = [replace(today, stay_day=np.array([d], np.int32), in_hospital=np.array([True])) for d in range(30)]
    total = sum(float(harm.daily_probability(view, day)[0]) for day in days)
    assert total == pytest.approx(14 * per_day)


def test_a_ceiling_on_the_bleeding_score_spares_bleeds_more_than_doses():
    weeks = [
        lived({"hospital-policy": {"policy": policy, "reassess_days": 1}}, DAYS, _some_bleeders())
        for policy in ("padua >= 1", "padua >= 1 and improve-bleeding < 7")
    ]
    measures = [m.name for m in weeks[0].life.outcomes.measures]
    code = measures.index("expected-major-bleed")
    bleeds, doses = zip(
        *((w.life.outcomes.daily[:, :, code].sum(), w.acted["hospital-policy"].sum()) for w in weeks), strict=True
    )
    assert 1 - bleeds[1] / bleeds[0] > 2 * (1 - doses[1] / doses[0]) > 0


def test_warfarin_takes_days_to_act_and_to_wear_off():
    life = lived({"warfarin": {"days": 0}}, days=0).life
    (plugin,) = life.interventions.plugins
    effects = [plugin.effect(town().today(day)) for day in range(DAYS)]
    days = [town().today(day) for day in range(DAYS)]
    long_stay = days[5].stay_day == 5
    assert [float(effects[day][long_stay].mean()) for day in range(DAYS)] == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    left = days[5].days_since_discharge == 2
    assert np.allclose(effects[5][left], 1 - 2 / 5)
    week = lived({"warfarin": {}}, days=1)
    assert np.array_equal(week.hazard, usual(1).hazard)


def test_heparin_and_a_tablet_together_multiply():
    both = lived({"lmwh": {}, "aspirin": {}}, days=1)
    treated = both.acted["lmwh"] > 0
    ratios = [library().evidence()[f"{room}.hazard_ratio"] for room in ("lmwh", "aspirin")]
    assert both.hazard[treated] == pytest.approx(np.prod(ratios) * usual(1).hazard[treated])


def test_two_drugs_add_their_bleeds():
    week = lived({"lmwh": {}, "fondaparinux": {}, "doac": {}}, days=2)
    measures = [m.name for m in week.life.outcomes.measures]
    assert measures.count("major-bleed") == 1
