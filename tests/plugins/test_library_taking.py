"""Drugs: on whom and when they act, the published ratio on the days they act, and the harm they do."""

from __future__ import annotations

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
        assert expected == pytest.approx(harm.daily_probability * days, rel=1e-6, abs=1e-9)
    assert outcomes.used == {cost.item: round(1000 * cost.quantity) * days for cost in plugin.costs}


def test_heparin_and_a_tablet_together_multiply():
    both = lived({"lmwh": {}, "aspirin": {}}, days=1)
    treated = both.acted["lmwh"] > 0
    ratios = [library().evidence()[f"{room}.hazard_ratio"] for room in ("lmwh", "aspirin")]
    assert both.hazard[treated] == pytest.approx(np.prod(ratios) * usual(1).hazard[treated])


def test_two_drugs_add_their_bleeds():
    week = lived({"lmwh": {}, "fondaparinux": {}, "doac": {}}, days=2)
    measures = [m.name for m in week.life.outcomes.measures]
    assert measures.count("major-bleed") == 1
