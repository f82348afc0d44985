"""A diagnosed thrombosis leaves a post-thrombotic leg as often and as badly as in two years of follow-up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from popsim.clots.aftermath import SEVERITIES, aftermath, villalta
from popsim.clots.course import NEVER_DAY, Onsets, draw_course
from popsim.clots.dice import Dice
from popsim.clots.hazard import constitution
from popsim.clots.kinds import EventKind
from popsim.evidence import Evidence
from popsim.people import synthesise
from popsim.randomness import Draws

EVIDENCE = Evidence.load()
KNOWN = EVIDENCE.room("clots")
MANY = 60_000
DRAWS = Draws(1)
SURELY_NOT_CHANCE = 1e-6


def patients():
    """People as hazards choose them."""
    people = synthesise(DRAWS, np.arange(MANY), EVIDENCE)
    upto = np.cumsum(constitution(people, EVIDENCE))
    chosen = people.take(np.searchsorted(upto, (np.arange(MANY) + 0.5) / MANY * upto[-1]))
    chosen.ids = np.arange(MANY)
    return chosen


PEOPLE = patients()
ROWS = np.arange(MANY)
ONSETS = Onsets(ROWS, ROWS, ROWS % 2, np.zeros(MANY, np.int64), 10)
COURSE = draw_course(ONSETS, DRAWS, EVIDENCE)
FOUND = COURSE.symptoms_day < NEVER_DAY
EVENTS = aftermath(ONSETS, COURSE, PEOPLE, DRAWS, EVIDENCE)


def score(onsets=ONSETS, course=COURSE, people=PEOPLE):
    return villalta(onsets, course, people, Dice(onsets.person, onsets.leg, onsets.episode, DRAWS), KNOWN)


def test_severities_come_as_often_as_in_two_years_of_follow_up():
    """43 % any, 13 % at least moderate, 3 % severe (Kahn 2008), within the width of its intervals."""
    count = {name: np.sum(EVENTS["kind"] == kind) for name, kind in SEVERITIES.items()}
    found = FOUND.sum()
    assert 0.38 < sum(count.values()) / found < 0.48
    assert 0.09 < (count["moderate"] + count["severe"]) / found < 0.18
    assert 0.015 < count["severe"] / found < 0.05


def test_only_diagnosed_thromboses_count_and_each_once():
    syndrome = np.isin(EVENTS["kind"], list(SEVERITIES.values()))
    persons = EVENTS["person"][syndrome]
    assert FOUND[persons].all()
    assert len(np.unique(persons)) == len(persons)
    delay = EVENTS["day"][syndrome] - COURSE.symptoms_day[persons]
    assert delay.min() > KNOWN["post_thrombotic_first_days"]
    assert delay.max() <= KNOWN["post_thrombotic_last_days"]
    np.testing.assert_array_equal(EVENTS["leg"][syndrome], persons % 2)


WORSE = {
    "valves lost": ("valves_lost", "villalta_valves_lost"),
    "a scar": ("scarred", "villalta_scarred"),
}


@pytest.mark.parametrize("damage", WORSE)
def test_what_the_clot_left_behind_makes_the_leg_worse(damage):
    field, points = WORSE[damage]
    worse, better = (score(course=replace(COURSE, **{field: np.full(MANY, flag)})) for flag in (True, False))
    np.testing.assert_allclose(worse - better, KNOWN[points])


def test_a_clot_higher_up_or_in_a_leg_that_had_one_makes_the_leg_worse():
    high, low = (score(course=replace(COURSE, site=np.full(MANY, site))) for site in (3, 0))
    np.testing.assert_allclose(high - low, KNOWN["villalta_femoral_iliac"])
    second = replace(ONSETS, episode=np.ones(MANY, np.int64))
    assert np.mean(score(onsets=second)) - np.mean(score()) == pytest.approx(KNOWN["villalta_earlier_clot"], abs=0.2)


def test_platelets_are_lost_in_the_second_week_of_treatment():
    often = EVIDENCE.override({"clots.thrombocytopenia_on_treatment": 0.4})
    events = aftermath(ONSETS, COURSE, PEOPLE, DRAWS, often)
    lost = events["kind"] == EventKind.TREATMENT_THROMBOCYTOPENIA
    treated = int(np.sum(COURSE.diagnosed_day < NEVER_DAY))
    assert stats.binomtest(int(lost.sum()), treated, 0.4).pvalue > SURELY_NOT_CHANCE
    after = events["day"][lost] - COURSE.diagnosed_day[events["person"][lost]]
    assert set(after.tolist()) == set(range(5, 15))


def test_a_clot_that_nobody_diagnoses_leaves_nothing_to_tell():
    silent = np.flatnonzero(COURSE.diagnosed_day == NEVER_DAY)[:5]
    few = Onsets(silent, silent, silent % 2, np.zeros(5, np.int64), 10)
    events = aftermath(few, draw_course(few, DRAWS, EVIDENCE), PEOPLE, DRAWS, EVIDENCE)
    assert events.keys() == EVENTS.keys()
    assert all(len(column) == 0 and column.dtype == EVENTS[name].dtype for name, column in events.items())
