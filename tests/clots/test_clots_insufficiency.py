"""Years of pressure, reflux and swelling bring varicose veins, insufficiency, skin change and ulcers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from popsim.clots.insufficiency import (
    CEAP_CLASSES,
    INSUFFICIENT,
    SYMPTOMS,
    VARICES,
    Insufficiency,
    Load,
    step_hazards,
)
from popsim.clots.kinds import EventKind
from popsim.community import Community
from popsim.evidence import Evidence
from popsim.people import synthesise
from popsim.randomness import Draws

EVIDENCE = Evidence.load()
KNOWN = EVIDENCE.room("insufficiency")
PEOPLE = synthesise(Draws(1), np.arange(6000), EVIDENCE)
USUAL_ML, SWELLING_ML = KNOWN["reference_pooled_ml"], KNOWN["reference_oedema_ml"]


def lived(people=PEOPLE, years=1, pooled_ml=USUAL_ML, oedema_ml=SWELLING_ML, evidence=EVIDENCE):
    """Venous disease after some years of the same load, and the legs that leaked anew."""
    veins, legs = Insufficiency(people, Draws(2), evidence), people.copy()
    pooled = np.broadcast_to(np.asarray(pooled_ml) * 1440.0, (2, len(people)))
    oedema, alive = np.full((2, len(people)), oedema_ml), np.ones(len(people), dtype=bool)
    for day in range(round(364 * years)):
        for leg, row, traits in veins.live(day, pooled, oedema, legs, alive):
            legs["superficial_leak"][leg, row] = traits["superficial_leak"]
    return veins, legs


def any_leg(veins, step):
    return veins.reached[step].any(axis=0)


def new_cases(before, after, step):
    return (any_leg(after, step) & ~any_leg(before, step)).sum() / (~any_leg(before, step)).sum()


def test_adults_below_65_get_varices_and_insufficiency_as_often_as_in_edinburgh(registry):
    """1.4 (1.1-1.7) and 0.7 (0.5-0.9) % a year, with the loads of a week that they lived."""
    from popsim.runs.scenario import Scenario

    town = Community(
        Scenario.from_text('name = "a"\ntitle = "a"\ndays = 7\n[people]\ncount = 1500\nwhere = { age = [18, 64] }\n'),
        registry=registry,
    )
    while town.running:
        town.step()
    veins, people = town.life.veins, town.world.people
    hazards = step_hazards(people, veins.load, KNOWN)
    for step, low, high in ((VARICES, 0.011, 0.017), (INSUFFICIENT, 0.005, 0.009)):
        free = ~veins.reached[step].any(axis=0)
        assert low < np.mean(-np.expm1(-hazards[step][:, free].sum(axis=0))) < high
    assert 0.05 < veins.reached[INSUFFICIENT].any(axis=0).mean() < 0.11
    assert veins.evaluated


def test_drawn_steps_agree_with_their_hazards():
    often = EVIDENCE.override({"insufficiency.varices_per_leg_year": 0.2})
    before, (after, _) = Insufficiency(PEOPLE, Draws(2), often), lived(evidence=often)
    usual = np.full((2, len(PEOPLE)), 1.0)
    hazard = step_hazards(PEOPLE, Load(usual * USUAL_ML, usual * SWELLING_ML), often.room("insufficiency"))[VARICES]
    chance = -np.expm1(-hazard * 364 / 365.25)[~before.reached[VARICES]]
    drawn = (after.reached[VARICES] & ~before.reached[VARICES]).sum()
    assert abs(drawn - chance.sum()) < 5 * np.sqrt(np.sum(chance * (1 - chance)))


@pytest.mark.parametrize("column", ["deep_leak", "superficial_leak", "perforator_leak"])
def test_more_reflux_means_faster_disease(column):
    worse = PEOPLE.copy()
    worse[column] = worse[column] + 0.4
    load = Load(np.full((2, 1), USUAL_ML), np.full((2, 1), SWELLING_ML))
    before, after = (step_hazards(people, load, KNOWN) for people in (PEOPLE, worse))
    assert (after[INSUFFICIENT:] > before[INSUFFICIENT:]).all()
    assert (after[VARICES] >= before[VARICES]).all()
    assert (after[VARICES] > before[VARICES]).all() == (column != "superficial_leak")


@given(st.floats(90, 200), st.floats(1.01, 1.6), st.floats(0, 200))
def test_more_blood_pooled_and_more_swelling_mean_faster_disease(pooled_ml, more, oedema_ml):
    few = PEOPLE.take(slice(0, 20))

    def at(pooled, oedema):
        return step_hazards(few, Load(np.full((2, 20), pooled), np.full((2, 20), oedema)), KNOWN)

    usual = at(pooled_ml, oedema_ml)
    assert (at(pooled_ml * more, oedema_ml) > usual).all()
    assert (at(pooled_ml, oedema_ml + 20)[INSUFFICIENT] > usual[INSUFFICIENT]).all()


def test_an_arm_whose_legs_pool_less_never_has_an_earlier_step():
    rate = EVIDENCE.override(
        {"insufficiency.varices_per_leg_year": 0.1, "insufficiency.insufficiency_per_leg_year": 0.05}
    )
    (usual, _), (spared, _) = (lived(pooled_ml=ml, evidence=rate) for ml in (USUAL_ML, 0.9 * USUAL_ML))
    assert (spared.reached <= usual.reached).all()
    assert spared.reached.sum() < usual.reached.sum()


def test_new_varicose_veins_leak():
    veins, legs = lived(evidence=EVIDENCE.override({"insufficiency.varices_per_leg_year": 0.5}))
    new = veins.reached[VARICES] & (PEOPLE["superficial_leak"] == 0)
    assert new.sum() > 1000
    assert (legs["superficial_leak"][new] == EVIDENCE["people.superficial_leak_median_mild"]).all()
    np.testing.assert_array_equal(legs["superficial_leak"][~new], PEOPLE["superficial_leak"][~new])


def test_steps_follow_one_another_and_each_is_told_once():
    fast = EVIDENCE.override({f"insufficiency.{n}_per_leg_year": 1.0 for n in ("insufficiency", "skin", "ulcer")})
    veins, _ = lived(years=2, evidence=fast)
    _, insufficient, skin, ulcer = veins.reached
    assert (skin <= insufficient).all()
    assert (ulcer <= skin).all()
    assert ulcer.sum() > 500
    assert 0 < veins.open_ulcer.sum() < ulcer.sum()
    events = {name: np.concatenate([part[name] for part in veins.events]) for name in veins.events[0]}
    for kind in (EventKind.VARICES, EventKind.CHRONIC_INSUFFICIENCY):
        places = np.stack([events["leg"], events["row"]])[:, events["kind"] == kind]
        assert len(np.unique(places, axis=1).T) == places.shape[1]
    again = np.unique(events["row"][events["kind"] == EventKind.VENOUS_ULCER], return_counts=True)[1]
    assert again.max() > 2  # an ulcer heals and may come again


def test_classes_and_scores_rise_with_disease():
    veins, _ = lived(years=0.1)
    ceap = veins.ceap()
    assert ceap.max() < len(CEAP_CLASSES)
    assert (ceap[veins.reached[INSUFFICIENT]] >= 2).all()
    score = veins.vcss(np.ones(len(PEOPLE), dtype=bool))
    means = [score[ceap == code].mean() for code in range(len(CEAP_CLASSES)) if (ceap == code).sum() > 5]
    assert (np.diff(means) > 0).all()
    assert score.max() <= 27
    assert (score >= veins.vcss(np.zeros(len(PEOPLE), dtype=bool))).all()


@pytest.mark.parametrize("symptom", SYMPTOMS)
def test_symptoms_are_felt_as_often_as_published_and_more_often_in_fuller_legs(symptom):
    place = SYMPTOMS.index(symptom)
    usual, fuller = (lived(years=0.05, pooled_ml=ml)[0].symptoms()[place] for ml in (USUAL_ML, 1.15 * USUAL_ML))
    assert abs(usual.mean() - KNOWN[f"{symptom}_share"]) < 0.05
    assert (fuller >= usual).all()
    assert fuller.sum() > usual.sum()


def test_a_leg_has_the_same_veins_in_any_company():
    whole, _ = lived(evidence=EVIDENCE.override({"insufficiency.varices_per_leg_year": 0.3}))
    part, _ = lived(
        PEOPLE.take(slice(100, 400)), evidence=EVIDENCE.override({"insufficiency.varices_per_leg_year": 0.3})
    )
    np.testing.assert_array_equal(part.reached, whole.reached[:, :, 100:400])
    np.testing.assert_array_equal(part.symptoms(), whole.symptoms()[:, 100:400])
