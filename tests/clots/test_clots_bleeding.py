"""Everybody bleeds now and then, the old and ill more often, and most of all while a clot is treated."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from popsim.clots.bleeding import DAYS_PER_YEAR, RISKS, Bleeding, bleeding_hazard
from popsim.clots.kinds import EventKind
from popsim.evidence import Evidence
from popsim.people import synthesise
from popsim.randomness import Draws

EVIDENCE = Evidence.load()
KNOWN = EVIDENCE.room("clots")
PEOPLE = synthesise(Draws(1), np.arange(20_000), EVIDENCE)
NOBODY = np.zeros(0, dtype=np.int64)
SURELY_NOT_CHANCE = 1e-6
OFTEN = EVIDENCE.override({"clots.bleeding_major_per_year": 2.0})


def lived(people=PEOPLE, days=60, treated=NOBODY, evidence=OFTEN, alive=None):
    bleeding, expected, killed = Bleeding(people, Draws(4), evidence), 0.0, []
    for day in range(days):
        dead = bleeding.advance(day, np.ones(len(people), bool) if alive is None else alive, treated)
        killed += [(int(row), day) for row in dead]
        expected = expected + bleeding.today
    events = {name: np.concatenate([part[name] for part in bleeding.events]) for name in bleeding.events[0]}
    return events, expected, killed


EVENTS, EXPECTED, KILLED = lived()


def number(kind, events=EVENTS):
    return int(np.sum(events["kind"] == kind))


def test_sampled_bleeds_agree_with_the_expected_number():
    assert abs(number(EventKind.MAJOR_BLEEDING) - EXPECTED.sum()) < 5 * np.sqrt(EXPECTED.sum())


def test_shares_of_bleeds_are_those_of_the_registry():
    major, relevant = number(EventKind.MAJOR_BLEEDING), number(EventKind.RELEVANT_BLEEDING)
    share = KNOWN["bleeding_relevant_to_major"] / (1 + KNOWN["bleeding_relevant_to_major"])
    assert stats.binomtest(relevant, major + relevant, share).pvalue > SURELY_NOT_CHANCE
    inside = number(EventKind.INTRACRANIAL_BLEEDING)
    assert stats.binomtest(inside, major, KNOWN["bleeding_intracranial_share"]).pvalue > SURELY_NOT_CHANCE
    assert len(KILLED) == number(EventKind.FATAL_BLEEDING)
    assert 0.04 < len(KILLED) / major < 0.08


def test_treatment_multiplies_bleeding_of_those_treated_only():
    treated = np.arange(0, len(PEOPLE), 2)
    rare = EVIDENCE.override({"clots.bleeding_major_per_year": 0.03})
    events, expected, _ = lived(treated=treated, evidence=rare)
    _, usual, _ = lived(evidence=rare)
    np.testing.assert_allclose(expected[1::2], usual[1::2])
    np.testing.assert_allclose(expected[::2] / usual[::2], KNOWN["bleeding_ratio_treated"], rtol=0.1)
    assert (np.isin(events["row"], treated)).mean() > 0.85


def test_patients_treated_for_a_clot_bleed_about_as_often_as_a_cohort_of_old_patients_did():
    """8.5 (7.0-10.4) major bleeds per 100 years at 65 and over, within a factor of one and a half."""
    old = PEOPLE.take(PEOPLE["age_years"] >= 65)
    rate = bleeding_hazard(old, KNOWN).mean() * DAYS_PER_YEAR * KNOWN["bleeding_ratio_treated"]
    assert 8.5 / 1.5 < rate * 100 < 8.5 * 1.5


@pytest.mark.parametrize("risk", RISKS)
def test_each_risk_multiplies_the_hazard_by_its_ratio(risk):
    with_it, without = PEOPLE.copy(), PEOPLE.copy()
    with_it[risk], without[risk] = (np.full(len(PEOPLE), flag) for flag in (True, False))
    ratio = bleeding_hazard(with_it, KNOWN) / bleeding_hazard(without, KNOWN)
    np.testing.assert_allclose(ratio, KNOWN[f"bleeding_ratio_{risk}"])


def test_the_dead_do_not_bleed_and_company_changes_nothing():
    alive = np.arange(len(PEOPLE)) % 3 > 0
    events, _, _ = lived(days=20, alive=alive)
    assert alive[events["row"]].all()
    part, _, _ = lived(PEOPLE.take(slice(500, 900)), days=20)
    whole, _, _ = lived(days=20)
    here = (whole["person"] >= 500) & (whole["person"] < 900)
    for name in ("person", "day", "kind"):
        np.testing.assert_array_equal(part[name], whole[name][here])


def test_more_hazard_never_means_a_later_first_bleeding():
    def first(evidence):
        events, _, _ = lived(PEOPLE.take(slice(0, 3000)), evidence=evidence, days=40)
        day = np.full(3000, 999)
        major = events["kind"] == EventKind.MAJOR_BLEEDING
        np.minimum.at(day, events["row"][major], events["day"][major])
        return day

    assert (first(EVIDENCE.override({"clots.bleeding_major_per_year": 3.0})) <= first(OFTEN)).all()
