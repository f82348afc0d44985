"""Infections outside hospital come and go, and the hazard they bring is the published one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from popsim.clots.coagulation import ChangingFactor
from popsim.clots.infections import KINDS, Infections, daily_excess, yearly_incidence
from popsim.evidence import Evidence
from popsim.people import synthesise
from popsim.people.population import Sex
from popsim.randomness import Draws
from popsim.routines.calendar import EpisodeKind, Episodes
from popsim.routines.stays import REASON_CODES

EVIDENCE = Evidence.load()
KNOWN = EVIDENCE.room("clots")
PEOPLE = synthesise(Draws(1), np.arange(20_000), EVIDENCE)
YEAR = 365.25


def only(kind):
    return {**KNOWN, **{f"{other}_per_year_{sex}": 0.0 for other in KINDS if other != kind for sex in ("women", "men")}}


@pytest.mark.parametrize("kind", KINDS)
def test_the_excess_fades_and_its_mean_is_the_published_ratio(kind):
    excess = daily_excess(kind, KNOWN)
    assert len(excess) == KNOWN[f"{kind}_days"]
    assert 1 + excess.mean() == pytest.approx(KNOWN[f"ratio_{kind}"])
    assert (np.diff(excess) < 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_as_many_people_begin_one_as_the_incidence_says(kind):
    infections = Infections(PEOPLE, Draws(1), only(kind))
    days = 180
    highest = 1 + daily_excess(kind, KNOWN)[0]
    begun = sum(int((infections.on(day) >= highest * (1 - 1e-12)).sum()) for day in range(days))
    expected = yearly_incidence(kind, PEOPLE, KNOWN).sum() * days / YEAR
    assert begun == pytest.approx(expected, rel=0.03, abs=5 * expected**0.5)


@pytest.mark.parametrize("kind", KINDS)
def test_people_have_had_infections_before_the_first_day_too(kind):
    infections = Infections(PEOPLE, Draws(1), only(kind))
    ill = np.array([(infections.on(day) > 1).mean() for day in (0, 100, 200)])
    np.testing.assert_allclose(ill, ill.mean(), rtol=0.15)


def test_women_have_more_urinary_infections_and_the_old_more_of_all():
    few = PEOPLE.copy()
    few["age_years"] = np.full(len(few), 50)
    urinary = yearly_incidence("urinary_infection", few, KNOWN)
    women = few["sex"] == Sex.FEMALE
    np.testing.assert_allclose(urinary, np.where(women, 0.12, 0.03))
    few["age_years"] = np.full(len(few), 80)
    assert (yearly_incidence("infection", few, KNOWN) > 1.5 * KNOWN["infection_per_year_men"] * 0.99).all()


@given(st.lists(st.integers(0, 400), min_size=2, max_size=12))
def test_a_day_is_the_same_whatever_was_asked_before(days):
    some = PEOPLE.take(slice(0, 200))
    infections = Infections(some, Draws(1), KNOWN)
    for day in days:
        np.testing.assert_array_equal(infections.on(day), Infections(some, Draws(1), KNOWN).on(day))


def test_a_day_before_the_first_can_be_asked_about():
    infections = Infections(PEOPLE, Draws(1), KNOWN)
    assert 0 < (infections.on(-1) > 1).mean() < (infections.on(0) > 1).mean() * 1.2
    assert (infections.on(-1000) == 1).all()


def test_a_slice_of_the_people_has_the_same_infections():
    part = Infections(PEOPLE.take(slice(100, 300)), Draws(1), KNOWN).on(40)
    np.testing.assert_array_equal(part, Infections(PEOPLE, Draws(1), KNOWN).on(40)[100:300])


def test_a_patient_in_hospital_carries_the_worse_of_illness_and_infection_not_both():
    count = 4000
    some = PEOPLE.take(slice(0, count))
    ward = Episodes(
        row=np.arange(count),
        kind=np.full(count, EpisodeKind.MEDICAL_STAY, dtype=np.uint8),
        first_day=np.zeros(count, dtype=np.int32),
        last_day=np.full(count, 9, dtype=np.int32),
        reason=np.full(count, REASON_CODES["medical"], dtype=np.uint8),
        stay=np.zeros(count, dtype=np.int32),
        length_days=np.full(count, 9.0),
        mobility=np.zeros(count, dtype=np.uint8),
    )
    both = ChangingFactor(ward, count, EVIDENCE, population=some, draws=Draws(1)).provocation(5)
    infected = Infections(some, Draws(1), KNOWN).on(5)
    np.testing.assert_array_equal(both, np.maximum(infected, KNOWN["ratio_acute_illness"]))
    assert (infected > 1).any()
