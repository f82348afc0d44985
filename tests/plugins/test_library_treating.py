"""Treating legs and clots: veins closed and stented, filters, length of treatment, a calf that grows stronger."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from library_worlds import DAYS, library, lived, town

from popsim.clots.care import CARE_EFFECTS
from popsim.clots.kinds import EventKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from popsim.world import World

EVIDENCE = library().evidence()


def _with(**columns: object) -> World:
    """The town with these columns changed for everybody."""
    crowd = town().people.copy()
    for name, value in columns.items():
        crowd[name] = np.broadcast_to(np.asarray(value), crowd[name].shape).astype(crowd[name].dtype)
    return replace(town(), people=crowd)


def _fits(name: str, world: World, **settings: object) -> dict[str, NDArray[np.float64]]:
    (device,) = lived({name: settings}, 0, world).life.interventions.devices
    return {effect: np.asarray(value) for effect, value in device.fit.items()}


def _care(name: str, day: int = 0, **settings: object) -> dict[str, NDArray[np.float64]]:
    life = lived({name: settings}, 0).life
    alive = np.ones(len(town().people), dtype=bool)
    return dict(life.interventions.effects(town().today(day), alive).care)


def test_a_closed_vein_leaks_no_more_and_less_blood_is_left_in_the_leg():
    leaking = _with(superficial_leak=0.6)
    plain, treated = lived({}, 2, leaking), lived({"saphenous-ablation": {}}, 2, leaking)
    assert treated.acted["saphenous-ablation"].all()
    assert 0.8 < treated.pooled_ml_min.sum() / plain.pooled_ml_min.sum() < 0.995


@pytest.mark.parametrize("method", ["laser", "radiofrequency", "stripping", "foam"])
def test_so_many_veins_stay_closed_as_published(method: str):
    factor = _fits("saphenous-ablation", _with(superficial_leak=0.6), method=method)["superficial_leak_factor"]
    closed = np.mean(factor < 1)
    expected = EVIDENCE[f"saphenous_ablation.closed_share_{method}"]
    assert abs(closed - expected) < 4 * np.sqrt(expected * (1 - expected) / factor.size)
    assert set(np.unique(factor)) == {EVIDENCE["saphenous_ablation.leak_left"], 1.0}


def test_only_leaking_legs_are_treated():
    left_only = _with(superficial_leak=np.array([[0.6], [0.0]]))
    factor = _fits("saphenous-ablation", left_only)["superficial_leak_factor"]
    assert (factor[0] < 1).any()
    assert np.all(factor[1] == 1)
    assert (
        not lived({"saphenous-ablation": {}}, 0, _with(superficial_leak=0.0))
        .life.interventions.takers["saphenous-ablation"]
        .any()
    )


def test_a_stent_opens_a_narrow_vein_as_often_as_published():
    narrow = _with(outflow_resistance=6.0)
    factor = _fits("iliac-stent", narrow)["outflow_resistance_factor"]
    assert np.unique(factor).tolist() == pytest.approx([EVIDENCE["iliac_stent.resistance_restored"] / 6, 1.0])
    assert np.mean(factor < 1) == pytest.approx(EVIDENCE["iliac_stent.patent_share"], abs=0.07)
    plain, stented = lived({}, 2, narrow), lived({"iliac-stent": {}}, 2, narrow)
    assert stented.pooled_ml_min.sum() < 0.98 * plain.pooled_ml_min.sum()
    wide = lived({"iliac-stent": {}}, 0, _with(outflow_resistance=1.0))
    assert not wide.life.interventions.takers["iliac-stent"].any()


def test_a_filter_catches_emboli_and_makes_clots():
    care = _care("vena-cava-filter", only_after_clots=False)
    assert np.all(care["embolism_factor"] == EVIDENCE["vena_cava_filter.embolism_ratio"])
    week = lived({"vena-cava-filter": {"only_after_clots": False}}, 1)
    plain = lived({}, 1)
    assert week.hazard == pytest.approx(EVIDENCE["vena_cava_filter.clot_ratio"] * plain.hazard)


def test_a_filter_is_for_those_who_had_a_clot():
    takers = lived({"vena-cava-filter": {}}, 0).life.interventions.takers["vena-cava-filter"]
    assert np.array_equal(takers, town().people["prior_vte"])


def test_treatment_lasts_as_long_as_said_and_some_miss_doses():
    care = _care("clot-treatment", days=700, doses_taken_share=0.5)
    assert np.all(care["treatment_days"] == 700)
    missing = care["treatment_factor"] == 0.5
    assert missing.mean() == pytest.approx(EVIDENCE["clot_treatment.missing_habit_share"], abs=0.08)
    assert np.all(care["treatment_factor"][~missing] == 1.0)
    assert np.array_equal(_care("clot-treatment", days=90, doses_taken_share=0.5)["treatment_factor"] == 0.5, missing)


@pytest.mark.parametrize("name", ["saphenous-ablation", "iliac-stent", "vena-cava-filter"])
def test_what_goes_wrong_goes_wrong_once_on_the_day(name: str):
    world = _with(superficial_leak=0.6, outflow_resistance=6.0, prior_vte=True)
    life = lived({name: {"on_day": 2}}, 0, world).life
    alive = np.ones(len(world.people), dtype=bool)
    for day in range(5):
        effects = life.interventions.effects(world.today(day), alive)
        assert effects.acting[name].all() == (day >= 2)
        risks = [risk.probability for risk in effects.risks]
        assert all((p > 0).all() if day == 2 else not p.any() for p in risks)
        assert bool(risks) == (day >= 2)


def test_every_change_of_care_has_an_intervention():
    written = {write for kind in library().interventions.values() for write in kind.writes if write.startswith("care.")}
    assert written == {f"care.{name}" for name in CARE_EFFECTS}


def test_a_calf_grows_stronger_by_thirds_of_the_programme():
    weak = _with(calf_strength=0.5)
    life = lived({"calf-physiotherapy": {"weeks": 3}}, 0, weak).life
    alive = np.ones(len(weak.people), dtype=bool)
    gain = EVIDENCE["calf_physiotherapy.strength_gain"]
    factors = [np.asarray(device.fit["calf_strength_factor"]) for device in life.interventions.devices]
    assert [float(f.mean()) for f in factors] == pytest.approx([1 + gain / 3, 1 + 2 * gain / 3, 1 + gain])
    worn = [int(life.interventions.effects(weak.today(day), alive).wear[0]) for day in (0, 6, 7, 13, 14, 20, 21, 100)]
    assert worn == [0, 0, 1, 1, 2, 2, 4, 4]


def test_the_longer_the_programme_the_less_blood_is_left_behind():
    weak = _with(calf_strength=0.5)
    weak = replace(weak, scenario=weak.scenario.with_overrides(days=15))
    ratios = [
        lived({"calf-physiotherapy": {"weeks": 3}}, days, weak).pooled_ml_min.sum()
        / lived({}, days, weak).pooled_ml_min.sum()
        for days in (7, 15)
    ]
    assert ratios[0] == 1.0
    assert ratios[1] < 0.9999


def _events(plugins: dict[str, dict[str, object]], days: int = 6, **constants: float) -> dict[str, int]:
    """How many events of each kind happen in a town where clots are common."""
    common = {"clots.base_hazard_per_leg_day": 5e-4, **constants}
    world = replace(town(), evidence=town().evidence.override(common))
    world = replace(world, scenario=world.scenario.with_overrides(days=max(days, DAYS)))
    kinds = lived(plugins, days, world).life.close().events["kind"]
    return {kind.name: int(np.sum(kinds == kind)) for kind in EventKind}


def test_a_filter_lets_fewer_clots_reach_the_lungs():
    same_clots = {"vena_cava_filter.clot_ratio": 1.0}
    everybody = {"vena-cava-filter": {"only_after_clots": False}}
    plain, filtered = _events({}, 40, **same_clots), _events(everybody, 40, **same_clots)
    lungs = ("SILENT_EMBOLISM", "SYMPTOMATIC_EMBOLISM", "FATAL_EMBOLISM")
    before, after = (sum(events[kind] for kind in lungs) for events in (plain, filtered))
    assert before > 60
    assert after / before == pytest.approx(EVIDENCE["vena_cava_filter.embolism_ratio"], abs=0.2)


def test_longer_treatment_puts_recurrence_off_and_missed_doses_bring_it_back():
    short = {
        "clots.treatment_days": 5.0,
        "clot_treatment.missing_habit_share": 1.0,
        "clots.symptoms_proximal": 0.9,
        "clots.symptoms_distal": 0.5,
    }
    plain, longer, missed = (
        _events(plugins, 120, **short)["RECURRENCE"]
        for plugins in (
            {},
            {"clot-treatment": {"days": 400}},
            {"clot-treatment": {"days": 400, "doses_taken_share": 0.0}},
        )
    )
    assert plain > 15
    assert longer < 0.85 * plain
    assert abs(missed - plain) <= 0.1 * plain
