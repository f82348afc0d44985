"""Kidneys, illnesses and circumstances: as common as the evidence says, commoner in the old, hazard untouched."""

from __future__ import annotations

import numpy as np
import pytest

from popsim.clots.hazard import constitution
from popsim.evidence.registry import Evidence
from popsim.people import Population, Where, synthesise
from popsim.people.population import EVENTS, ILLNESSES
from popsim.randomness import Draws

EVIDENCE = Evidence.load()
N = 200_000


@pytest.fixture(scope="module")
def everyone() -> Population:
    return synthesise(Draws(7), np.arange(N), EVIDENCE)


@pytest.mark.parametrize("name", [n for n in ILLNESSES if n != "obstetric_history"])
def test_an_illness_is_as_common_as_the_evidence_says(everyone: Population, name: str) -> None:
    expected = EVIDENCE[f"people.{name}_share"]
    error = np.sqrt(expected * (1 - expected) / N)
    assert abs(everyone[name].mean() - expected) < 5 * error


def test_only_women_have_an_obstetric_history(everyone: Population) -> None:
    women = everyone["sex"] == 0
    expected = EVIDENCE["people.obstetric_history_share_women"]
    assert abs(everyone["obstetric_history"][women].mean() - expected) < 5 * np.sqrt(expected / women.sum())
    assert not everyone["obstetric_history"][~women].any()


@pytest.mark.parametrize("name", EVENTS)
def test_nobody_has_what_only_a_cohort_can_tell(everyone: Population, name: str) -> None:
    assert not everyone[name].any()


def test_kidneys_weaken_with_age_and_about_one_adult_in_fifteen_has_weak_ones(everyone: Population) -> None:
    weak, age = everyone["gfr_ml_min"] < 60, everyone["age_years"]
    shares = [weak[(age >= low) & (age < low + 20)].mean() for low in (20, 40, 60, 80)]
    assert shares == sorted(shares)
    assert shares[0] < 0.01
    assert 0.3 < shares[-1] < 0.5
    assert 0.05 < weak.mean() < 0.08


@pytest.mark.parametrize("name", ["lung_disease", "past_cancer", "recent_bleeding", "swollen_legs"])
def test_old_people_are_iller(name: str) -> None:
    young, old = (
        synthesise(Draws(3), np.arange(60_000), EVIDENCE, Where(age=ages))[name].mean() for ages in ((20, 40), (70, 90))
    )
    assert old > 1.5 * young


def test_illnesses_for_scores_leave_the_hazard_alone(everyone: Population) -> None:
    people = everyone.take(slice(0, 100)).copy()
    before = constitution(people, EVIDENCE)
    for name in {*ILLNESSES, *EVENTS} - {"family_history_vte"}:
        people[name] = np.ones(100, dtype=bool)
    np.testing.assert_array_equal(constitution(people, EVIDENCE), before)


def test_drawing_illnesses_changes_nobody_elses_traits() -> None:
    """A person's body, blood and legs hang on decisions of their own."""
    first = synthesise(Draws(7), np.arange(50), EVIDENCE)
    again = synthesise(Draws(7), np.arange(50), EVIDENCE.override({"people.sepsis_share": 0.9}))
    changed = [name for name in first if not np.array_equal(first[name], again[name])]
    assert changed == ["sepsis"]
