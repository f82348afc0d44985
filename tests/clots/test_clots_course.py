"""What clots do: each step as often and as late as the registry says, in an order that can happen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from popsim.clots.course import NEVER_DAY, Onsets, course_events, draw_course
from popsim.clots.kinds import CLOT_SITES, NO_LEG, Detection, EventKind, Site
from popsim.evidence import Evidence
from popsim.randomness import Draws

EVIDENCE = Evidence.load()
SURELY_NOT_CHANCE = 1e-6
MANY = 200_000
DAY = 30


def onsets(count=MANY, day=DAY, leg=0, episode=0):
    rows = np.arange(count)
    return Onsets(rows, rows + 7, np.full(count, leg), np.full(count, episode), day)


def drawn(count=MANY, seed=1, **constants):
    return draw_course(onsets(count), Draws(seed), EVIDENCE.override({f"clots.{n}": v for n, v in constants.items()}))


def known(name):
    return EVIDENCE[f"clots.{name}"]


COURSE = drawn()
PROXIMAL = (COURSE.site != Site.CALF) | (COURSE.extension_day < NEVER_DAY)
PROXIMAL_FROM = np.where(COURSE.extension_day < NEVER_DAY, COURSE.extension_day, DAY)


def assert_share(happened, probability):
    assert stats.binomtest(int(np.sum(happened)), len(happened), probability).pvalue > SURELY_NOT_CHANCE


def assert_waits(days, mean):
    """Whole days, rounded up, of an exponential waiting time of this mean."""
    last = int(3 * mean)
    assert days.min() >= 1
    counts = np.bincount(np.minimum(days, last + 1), minlength=last + 2)[1:]
    left = np.append(np.exp(-np.arange(last + 1) / mean), 0.0)
    assert stats.chisquare(counts, -np.diff(left) * len(days), sum_check=False).pvalue > SURELY_NOT_CHANCE


@pytest.mark.parametrize("site", CLOT_SITES)
def test_clots_start_where_the_shares_say(site):
    assert_share(COURSE.site == site, known(f"site_share_{site.name.lower()}"))


def test_calf_clots_extend_as_often_and_as_late_as_published():
    calf = COURSE.site == Site.CALF
    extends = COURSE.extension_day < NEVER_DAY
    assert_share(extends[calf], known("extension_probability"))
    assert not extends[~calf].any()
    assert_waits(COURSE.extension_day[extends] - DAY, known("extension_mean_days"))


def test_symptoms_come_to_calf_and_proximal_clots_as_often_as_each_should():
    no_embolism = drawn(embolism_symptomatic_proximal=0.0)
    hurts = no_embolism.symptoms_day < NEVER_DAY
    proximal = (no_embolism.site != Site.CALF) | (no_embolism.extension_day < NEVER_DAY)
    assert_share(hurts[~proximal], known("symptoms_distal"))
    assert_share(hurts[proximal], known("symptoms_proximal"))
    assert_waits(no_embolism.symptoms_day[hurts] - DAY, known("symptoms_mean_days"))


def test_only_proximal_clots_embolise():
    assert (COURSE.silent_embolism_day[~PROXIMAL] == NEVER_DAY).all()
    assert (COURSE.embolism_day[~PROXIMAL] == NEVER_DAY).all()


def test_untreated_proximal_clots_embolise_as_often_and_as_late_as_they_should():
    untreated = drawn(treatment_prevents_embolism=0.0)
    embolises = untreated.embolism_day < NEVER_DAY
    assert_share(embolises[PROXIMAL], known("embolism_symptomatic_proximal"))
    assert_waits((untreated.embolism_day - PROXIMAL_FROM)[embolises], known("embolism_mean_days"))
    silent = COURSE.silent_embolism_day < NEVER_DAY
    assert_share(silent[PROXIMAL], known("embolism_silent_proximal"))
    assert_waits((COURSE.silent_embolism_day - PROXIMAL_FROM)[silent], known("embolism_mean_days"))


def test_treatment_of_a_diagnosed_clot_prevents_its_share_of_later_embolisms():
    never = drawn(treatment_prevents_embolism=0.0, symptoms_proximal=1.0, symptoms_distal=1.0)
    after_diagnosis = (never.embolism_day < NEVER_DAY) & (never.symptoms_day < never.embolism_day)
    treated = drawn(symptoms_proximal=1.0, symptoms_distal=1.0)
    still = treated.embolism_day < NEVER_DAY
    assert_share(~still[after_diagnosis], known("treatment_prevents_embolism"))
    before = (never.embolism_day < NEVER_DAY) & ~after_diagnosis
    assert still[before].all()
    assert not still[~after_diagnosis & ~before].any()


def test_a_symptomatic_embolism_kills_as_often_as_published():
    embolism = COURSE.embolism_day < NEVER_DAY
    assert_share(COURSE.fatal[embolism], known("embolism_fatal"))
    assert not COURSE.fatal[~embolism].any()


def test_proximal_clots_destroy_valves_and_leave_scars_as_often_as_they_should():
    assert_share(COURSE.valves_lost[PROXIMAL], known("valves_lost_proximal"))
    assert_share(COURSE.scarred[PROXIMAL], known("scarred_proximal"))
    assert not COURSE.valves_lost[~PROXIMAL].any()
    assert not COURSE.scarred[~PROXIMAL].any()
    np.testing.assert_array_equal(COURSE.proximal_day, np.where(PROXIMAL, PROXIMAL_FROM, NEVER_DAY))


def test_clots_dissolve_in_their_time_when_nothing_else_happens():
    quiet = drawn(
        extension_probability=0, symptoms_distal=0, symptoms_proximal=0, embolism_silent_proximal=0,
        embolism_symptomatic_proximal=0,
    )  # fmt: skip
    assert_waits(quiet.resolved_day - DAY, known("resolution_mean_days"))


names = [n.removeprefix("clots.") for n in EVIDENCE if n.startswith(("clots.exten", "clots.symp", "clots.embol"))]
constants = st.fixed_dictionaries(
    {n: st.floats(0.5, 60) if n.endswith("days") else st.floats(0, 1) for n in names}
    | {"resolution_mean_days": st.floats(0.5, 200), "treatment_prevents_embolism": st.floats(0, 1)}
)


@settings(max_examples=40)
@given(constants, st.integers(0, 1000))
def test_steps_come_in_an_order_that_can_happen(values, seed):
    course = drawn(3000, seed, **values)
    never = NEVER_DAY
    steps = (course.extension_day, course.symptoms_day, course.silent_embolism_day, course.embolism_day)
    for step in steps:
        happens = step < never
        assert (step >= DAY).all()
        assert (course.resolved_day[happens] > step[happens]).all()
    proximal_from = np.where(course.extension_day < never, course.extension_day, DAY)
    for step in (course.silent_embolism_day, course.embolism_day):
        assert (step >= proximal_from).all() | (step[step < proximal_from] == never).all()
    both = (course.symptoms_day < never) & (course.embolism_day < never)
    assert (course.symptoms_day[both] <= course.embolism_day[both]).all()
    assert (course.embolism_day[course.fatal] < never).all()
    assert (course.resolved_day >= DAY).all()
    assert (course.resolved_day < never).all()


def test_a_clot_that_embolised_before_it_hurt_is_diagnosed_by_the_embolism():
    course = drawn(symptoms_proximal=1.0, symptoms_distal=1.0, embolism_symptomatic_proximal=1.0)
    embolised = course.embolism_day < NEVER_DAY
    diagnosed_first = course.symptoms_day[embolised]
    assert ((diagnosed_first == NEVER_DAY) | (diagnosed_first <= course.embolism_day[embolised])).all()
    assert (diagnosed_first == NEVER_DAY).any()


def test_legs_and_episodes_have_courses_of_their_own():
    courses = [
        draw_course(onsets(5000, leg=leg, episode=episode), Draws(1), EVIDENCE)
        for leg, episode in ((0, 0), (1, 0), (0, 1))
    ]
    for i, j in ((0, 1), (0, 2), (1, 2)):
        assert stats.pearsonr(courses[i].resolved_day, courses[j].resolved_day).pvalue > SURELY_NOT_CHANCE


@settings(max_examples=20)
@given(st.permutations(range(40)))
def test_a_clot_does_the_same_whichever_others_form_that_day(order):
    legs, episodes = np.arange(40) % 2, np.arange(40) // 20
    mixed = Onsets(np.arange(40), np.arange(40) + 100, legs, episodes, DAY)
    some = np.array(order[:17])
    fewer = Onsets(some, some + 100, legs[some], episodes[some], DAY)
    whole, part = draw_course(mixed, Draws(1), EVIDENCE), draw_course(fewer, Draws(1), EVIDENCE)
    for field in whole.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(part, field), getattr(whole, field)[some])


def test_events_tell_the_course_and_nothing_else():
    count = 4000
    start = onsets(count)
    course = drawn(count, embolism_fatal=0.5)
    events = course_events(start, course)
    by_kind = {
        EventKind.CLOT: np.full(count, DAY),
        EventKind.EXTENSION: course.extension_day,
        EventKind.SYMPTOMATIC_DVT: course.symptoms_day,
        EventKind.SILENT_EMBOLISM: course.silent_embolism_day,
        EventKind.SYMPTOMATIC_EMBOLISM: course.embolism_day,
        EventKind.FATAL_EMBOLISM: np.where(course.fatal, course.embolism_day, NEVER_DAY),
        EventKind.RESOLVED: course.resolved_day,
        EventKind.VALVES_LOST: np.where(course.valves_lost, course.resolved_day, NEVER_DAY),
        EventKind.VALVES_LOST: np.where(course.valves_lost, course.resolved_day, NEVER_DAY),
    }
    assert set(np.unique(events["kind"])) == {int(kind) for kind in by_kind}
    for kind, days in by_kind.items():
        these = events["kind"] == kind
        happens = days < NEVER_DAY
        np.testing.assert_array_equal(np.sort(events["person"][these]), start.person[happens])
        np.testing.assert_array_equal(events["day"][these], days[happens])
        lung = "EMBOLISM" in kind.name
        assert (events["leg"][these] == (NO_LEG if lung else 0)).all()
        seen = kind in (EventKind.SYMPTOMATIC_DVT, EventKind.SYMPTOMATIC_EMBOLISM, EventKind.FATAL_EMBOLISM)
        assert (events["detection"][these] == (Detection.CLINICAL if seen else Detection.TRUTH)).all()
        np.testing.assert_array_equal(events["site"][these], course.site[happens])
