"""After a diagnosed clot: little hazard while it is treated, much when treatment stops, less with every year."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from popsim.clots.clotting import Clotting
from popsim.clots.hazard import constitution
from popsim.clots.kinds import EventKind
from popsim.clots.recurrence import Recurrence
from popsim.evidence import Evidence
from popsim.people import synthesise
from popsim.randomness import Draws

EVIDENCE = Evidence.load()
PEOPLE = synthesise(Draws(1), np.arange(3000), EVIDENCE)
STOPPED = EVIDENCE.override({"clots.prior_vte_mean_days": 0.0})
YEAR = 365.25
TYPICAL = EVIDENCE["clots.prior_vte_reference_factor"] / constitution(PEOPLE, EVIDENCE)
EXCESS = (EVIDENCE["clots.ratio_prior_vte"] - 1) * TYPICAL ** (1 - EVIDENCE["clots.prior_vte_constitution_power"])
"""Of everybody, had they had a clot whose treatment stops now."""


def known(name):
    return EVIDENCE[f"clots.{name}"]


def everybody_had_one(value=True):
    people = PEOPLE.copy()
    people["prior_vte"] = np.full(len(people), value)
    return people


def test_nobody_without_an_earlier_clot_is_touched():
    factor = Recurrence(PEOPLE, Draws(1), EVIDENCE).on(0)
    assert (factor[:, ~PEOPLE["prior_vte"]] == 1).all()
    assert (factor[:, PEOPLE["prior_vte"]] > 1).all()


def test_the_hazard_ratio_starts_where_the_registry_says_and_halves_its_excess_in_the_decay_time():
    ratio = Recurrence(everybody_had_one(), Draws(1), STOPPED)
    np.testing.assert_allclose(ratio.on(0) - 1, [EXCESS, EXCESS])
    np.testing.assert_allclose(ratio.on(round(known("prior_vte_decay_days"))) - 1, [EXCESS / 2, EXCESS / 2], rtol=1e-3)


def test_a_typical_patient_has_the_ratio_of_the_registry_and_risky_ones_less():
    order = np.argsort(TYPICAL)
    ratio = Recurrence(everybody_had_one(), Draws(1), STOPPED).on(0)[0]
    assert (np.diff(ratio[order]) >= 0).all()
    assert np.interp(1.0, TYPICAL[order], ratio[order]) == pytest.approx(known("ratio_prior_vte"), rel=1e-2)


def test_factor_v_leiden_matters_less_for_a_second_clot_than_for_a_first():
    people = everybody_had_one()
    hazard = []
    for carrier in (True, False):
        people["factor_v_leiden"] = np.full(len(people), carrier)
        people["oral_contraceptive"] = np.zeros(len(people), dtype=bool)
        hazard.append(constitution(people, EVIDENCE) * Recurrence(people, Draws(1), STOPPED).on(0)[0])
    ratio = hazard[0] / hazard[1]
    assert (ratio > 1.4).all()
    assert np.median(ratio) < 2


def test_one_decay_time_carries_recurrences_over_ten_years():
    """Cumulative hazards at five and ten years relative to the first, as in Prandoni 2007, within its intervals."""
    shape = np.cumsum(1 / (1 + np.arange(3653) / known("prior_vte_decay_days")))
    first = -np.log(1 - 0.11) / shape[int(YEAR) - 1]
    for years, low, high in ((5, 0.25, 0.33), (10, 0.34, 0.46)):
        assert low < 1 - np.exp(-first * shape[int(years * YEAR) - 1]) < high


def test_the_same_leg_carries_its_share_of_the_excess_and_treatment_most_of_it_away():
    few = everybody_had_one(value=False)
    ratio = Recurrence(few, Draws(1), EVIDENCE)
    ratio.diagnosed(5, 1, day=10, treated_until=100)
    assert ratio.had(5)
    assert not ratio.had(6)
    assert (ratio.on(10)[:, 5] == 1).all()
    assert ratio.treated(10).tolist() == []
    assert ratio.treated(50).tolist() == [5]
    assert ratio.treated(100).tolist() == []
    during, after = ratio.on(50)[:, 5], ratio.on(100)[:, 5]
    np.testing.assert_allclose(during, after * (1 - known("treatment_prevents_recurrence")))
    excess = after - 1
    assert excess[1] / excess.sum() == pytest.approx(known("prior_vte_ipsilateral_share"))
    assert after.mean() == pytest.approx(1 + EXCESS[5])


@given(st.integers(0, 5000), st.integers(1, 5000))
def test_the_excess_never_grows_while_nothing_happens(day, later):
    ratio = Recurrence(everybody_had_one(), Draws(1), EVIDENCE)
    assert (ratio.on(day + later) < ratio.on(day)).all()


def test_stronger_treatment_leaves_less():
    few = everybody_had_one(value=False)
    ratio = Recurrence(few, Draws(1), EVIDENCE)
    for row, factor in enumerate((0.0, 0.5, 1.0, 5.0)):
        ratio.diagnosed(row, 0, 0, 100, factor)
    left = ratio.on(50)[0, :4] / ratio.on(100)[0, :4]
    np.testing.assert_allclose(left, [1, 1 - known("treatment_prevents_recurrence") / 2, 0.1, 0], atol=1e-12)


def test_a_second_diagnosed_clot_is_a_recurrence_and_a_first_is_not():
    surely = {"symptoms_distal": 1.0, "symptoms_proximal": 1.0, "embolism_symptomatic_proximal": 0.0}
    evidence = EVIDENCE.override({f"clots.{name}": value for name, value in surely.items()})
    clots, alive = Clotting(PEOPLE, Draws(3), evidence), np.ones(len(PEOPLE), dtype=bool)
    diagnosed, again = {}, []
    for day in range(200):
        clots.advance(day, np.full((2, len(PEOPLE)), 5e-3 if day < 100 else 0.0), alive)
    for part in clots.events:
        for row, kind, when in zip(part["row"], part["kind"], part["day"], strict=True):
            if kind == EventKind.SYMPTOMATIC_DVT and when < 200:
                diagnosed.setdefault(int(row), []).append(int(when))
            if kind == EventKind.RECURRENCE:
                again.append((int(row), int(when)))
    expected = []
    for row, days in diagnosed.items():
        expected += [(row, day) for day in (sorted(days) if PEOPLE["prior_vte"][row] else sorted(days)[1:])]
    assert len(expected) > 200
    assert sorted(again) == sorted(expected)


def test_a_diagnosis_counts_at_once_for_who_asks_about_the_same_day_again():
    asked, fresh = (Recurrence(PEOPLE, Draws(1), EVIDENCE) for _ in range(2))
    row = int(np.flatnonzero(PEOPLE["prior_vte"])[0])
    for day, who in ((20, 5), (20, row), (90, 5)):
        asked.on(100), asked.news(100)
        for ratio in (asked, fresh):
            ratio.diagnosed(who, 0, day, treated_until=day + 30)
        np.testing.assert_array_equal(asked.on(100), fresh.on(100))
    rows, brought = asked.news(100)
    assert sorted(rows.tolist()) == sorted([5, row])
    before = Recurrence(PEOPLE, Draws(1), EVIDENCE).on(100)[:, rows]
    np.testing.assert_allclose(brought, asked.on(100)[:, rows] / before)
