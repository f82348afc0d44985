"""What clots do: each step as often and as late as the registry says, in an order that can happen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from popsim.clots.care import CARE_EFFECTS
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
    weight = {one: known(f"site_share_{one.name.lower()}") for one in CLOT_SITES}
    assert_share(COURSE.site == site, weight[site] / sum(weight.values()))


def test_calf_clots_extend_as_often_and_as_late_as_published():
    untreated = drawn(treatment_prevents_extension=0.0)
    calf = untreated.site == Site.CALF
    extends = untreated.extension_day < NEVER_DAY
    assert_share(extends[calf], known("extension_probability"))
    assert not extends[~calf].any()
    assert_waits(untreated.extension_day[extends] - DAY, known("extension_mean_days"))


def test_clots_owed_to_an_operation_extend_more_and_drugs_slow_them():
    for provoked, slowed in ((0.0, 1.0), (0.5, 1.0), (1.0, 1.0), (1.0, 0.4)):
        started = replace(onsets(), provoked=np.full(MANY, provoked), growth_factor=np.full(MANY, slowed))
        course = draw_course(started, Draws(1), EVIDENCE.override({"clots.treatment_prevents_extension": 0.0}))
        low, high = known("extension_probability"), known("extension_probability_provoked")
        extends = course.extension_day[course.site == Site.CALF] < NEVER_DAY
        assert_share(extends, (low + provoked * (high - low)) * slowed)


def test_a_third_of_calf_clots_lyse_within_three_days_and_do_nothing_else():
    quiet = drawn(symptoms_distal=1.0, embolism_silent_distal=1.0, resolution_calf_mean_days=1e9)
    lysed = (quiet.proximal_day == NEVER_DAY) & (quiet.resolved_day < DAY + 1000)
    assert_share(lysed[quiet.site == Site.CALF], known("lysis_early_share"))
    assert (quiet.resolved_day[lysed] <= DAY + known("lysis_early_days")).all()
    for step in (quiet.extension_day, quiet.symptoms_day, quiet.silent_embolism_day, quiet.embolism_day):
        assert (step[lysed] == NEVER_DAY).all()


def test_a_clot_that_will_grow_hurts_no_more_than_another_until_it_has_grown():
    """Of the clots still in the calf, those that will grow are found as often as the others."""
    course = drawn(
        seed=3, symptoms_distal=0.2, symptoms_proximal=0.2, treatment_prevents_extension=0.0, lysis_early_share=0.0,
        extension_mean_days=50, symptoms_mean_days=5, embolism_symptomatic_proximal=0.0,
    )  # fmt: skip
    calf, grows = course.site == Site.CALF, course.extension_day < NEVER_DAY
    early = course.symptoms_day <= np.minimum(course.extension_day, DAY + 5)
    lasting = course.extension_day > DAY + 5
    counts = [[np.sum(early[calf & lasting & g]), np.sum(~early[calf & lasting & g])] for g in (grows, ~grows)]
    assert stats.chi2_contingency(counts).pvalue > SURELY_NOT_CHANCE


def test_symptoms_of_a_clot_that_grew_come_from_the_day_it_is_proximal():
    course = drawn(
        extension_probability=1.0, symptoms_distal=0.0, embolism_symptomatic_proximal=0.0, lysis_early_share=0.0
    )
    grown = course.site == Site.CALF
    hurts = course.symptoms_day < NEVER_DAY
    assert_share(hurts[grown], known("symptoms_proximal"))
    assert_waits((course.symptoms_day - course.extension_day)[grown & hurts], known("symptoms_mean_days"))


def test_symptoms_come_to_calf_and_proximal_clots_as_often_as_each_should():
    course = drawn(embolism_symptomatic_proximal=0.0, lysis_early_share=0.0, extension_probability=0.0)
    hurts, proximal = course.symptoms_day < NEVER_DAY, course.site != Site.CALF
    assert_share(hurts[~proximal], known("symptoms_distal"))
    assert_share(hurts[proximal], known("symptoms_proximal"))
    assert_waits(course.symptoms_day[hurts] - DAY, known("symptoms_mean_days"))


def test_only_proximal_clots_send_emboli_that_hurt():
    assert (COURSE.embolism_day[~PROXIMAL] == NEVER_DAY).all()


def test_untreated_proximal_clots_embolise_as_often_and_as_late_as_they_should():
    untreated = drawn(treatment_prevents_embolism=0.0, embolism_silent_distal=0.0)
    embolises, from_day = untreated.embolism_day < NEVER_DAY, untreated.proximal_day
    proximal = from_day < NEVER_DAY
    assert_share(embolises[proximal], known("embolism_symptomatic_proximal"))
    assert_waits((untreated.embolism_day - from_day)[embolises], known("embolism_mean_days"))
    silent = untreated.silent_embolism_day < NEVER_DAY
    assert_share(silent[proximal], known("embolism_silent_proximal"))
    assert_waits((untreated.silent_embolism_day - from_day)[silent], known("embolism_silent_mean_days"))


def test_a_third_of_diagnosed_thromboses_have_silent_embolism_by_then():
    found = COURSE.symptoms_day < NEVER_DAY
    assert 0.27 < np.mean(COURSE.silent_embolism_day[found] <= COURSE.symptoms_day[found]) < 0.37


STEPS = {
    "embolism": ("embolism_day", "treatment_prevents_embolism"),
    "silent embolism": ("silent_embolism_day", "treatment_prevents_embolism"),
    "extension": ("extension_day", "treatment_prevents_extension"),
}


@pytest.mark.parametrize("step", STEPS)
def test_treatment_prevents_its_share_of_what_would_come_while_it_lasts(step):
    field, efficacy = STEPS[step]
    hurting = {"symptoms_distal": 1.0, "symptoms_proximal": 1.0, "treatment_days": 20, "lysis_early_share": 0.0,
               "embolism_silent_mean_days": 20, "embolism_sudden_death": 0.0}  # fmt: skip
    never = drawn(treatment_prevents_embolism=0.0, treatment_prevents_extension=0.0, **hurting)
    treated = drawn(
        **{efficacy: known(efficacy)}, **hurting | {"extension_probability": known("extension_probability")}
    )
    due, still = getattr(never, field), getattr(treated, field) < NEVER_DAY
    diagnosed = never.diagnosed_day if field == "silent_embolism_day" else never.symptoms_day
    same = (treated.extension_day == never.extension_day) | (field == "extension_day")
    during = (due < NEVER_DAY) & (due > diagnosed) & (due <= diagnosed + 20) & same
    assert during.sum() > 500
    assert_share(~still[during], known(efficacy))
    assert still[(due < NEVER_DAY) & (due <= diagnosed) & same].all()
    if field != "silent_embolism_day":
        assert still[(due < NEVER_DAY) & (due > diagnosed + 20) & same].all()


def test_care_filters_emboli_and_makes_treatment_longer_and_stronger():
    start = onsets()

    def cared(**effects):
        care = {n: np.full(MANY, effects.get(n, e.neutral)) for n, e in CARE_EFFECTS.items()}
        return draw_course(replace(start, care=care), Draws(1), EVIDENCE)

    for field in COURSE.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(cared(), field), getattr(COURSE, field))
    filtered = cared(embolism_factor=0.0)
    assert (filtered.embolism_day == NEVER_DAY).all()
    assert (filtered.silent_embolism_day == NEVER_DAY).all()
    longer, untreated = cared(treatment_days=720.0), cared(treatment_factor=0.0)
    found = COURSE.diagnosed_day < NEVER_DAY
    usual = COURSE.treated_until[found] - COURSE.diagnosed_day[found]
    assert (usual == known("treatment_days")).all()
    assert set((longer.treated_until - longer.diagnosed_day)[longer.diagnosed_day < NEVER_DAY]) == {720}
    assert np.sum(untreated.embolism_day < NEVER_DAY) > np.sum(COURSE.embolism_day < NEVER_DAY)


def test_a_quarter_of_embolisms_kill_at_once_and_a_tenth_of_the_others_within_a_month():
    embolism = COURSE.embolism_day < NEVER_DAY
    assert_share(COURSE.sudden[embolism], known("embolism_sudden_death"))
    later = embolism & ~COURSE.sudden
    assert_share(COURSE.fatal[later], known("embolism_fatal"))
    assert not COURSE.fatal[~embolism].any()
    assert (COURSE.death_day[COURSE.sudden] == COURSE.embolism_day[COURSE.sudden]).all()
    within = COURSE.death_day[later & COURSE.fatal] - COURSE.embolism_day[later & COURSE.fatal]
    assert within.min() >= 1
    assert within.max() == known("fatality_days")


def test_a_diagnosed_thrombosis_is_followed_by_death_within_a_month_as_often_as_it_should():
    found = (COURSE.symptoms_day < NEVER_DAY) & ~COURSE.fatal
    dies = COURSE.death_day < NEVER_DAY
    assert_share(dies[found], known("thrombosis_death"))
    assert not dies[~found & ~COURSE.fatal].any()
    within = (COURSE.death_day - COURSE.symptoms_day)[found & dies]
    assert (within >= 1).all()
    assert (within <= known("fatality_days")).all()


def test_proximal_clots_destroy_valves_and_leave_scars_as_often_as_they_should():
    assert_share(COURSE.valves_lost[PROXIMAL], known("valves_lost_proximal"))
    assert_share(COURSE.scarred[PROXIMAL], known("scarred_proximal"))
    assert not COURSE.valves_lost[~PROXIMAL].any()
    assert not COURSE.scarred[~PROXIMAL].any()
    np.testing.assert_array_equal(COURSE.proximal_day, np.where(PROXIMAL, PROXIMAL_FROM, NEVER_DAY))


QUIET = dict.fromkeys(
    ("extension_probability", "symptoms_distal", "symptoms_proximal", "embolism_silent_proximal",
     "embolism_silent_distal", "embolism_symptomatic_proximal", "lysis_early_share"), 0.0,
)  # fmt: skip


def test_clots_dissolve_in_their_time_when_nothing_else_happens():
    quiet = drawn(**QUIET)
    calf = quiet.site == Site.CALF
    assert_waits((quiet.resolved_day - DAY)[calf], known("resolution_calf_mean_days"))
    assert_waits((quiet.resolved_day - DAY)[~calf], known("resolution_proximal_mean_days"))
    np.testing.assert_array_equal(quiet.freed_day[calf], quiet.resolved_day[calf])
    assert (quiet.freed_day <= quiet.resolved_day).all()


def test_half_of_diagnosed_proximal_clots_still_show_after_a_year():
    found = (COURSE.symptoms_day < NEVER_DAY) & (COURSE.proximal_day <= COURSE.symptoms_day)
    assert 0.4 < np.mean(COURSE.resolved_day[found] > COURSE.symptoms_day[found] + 365) < 0.6


names = [n.removeprefix("clots.") for n in EVIDENCE if n.startswith(("clots.exten", "clots.symp", "clots.embol"))]
constants = st.fixed_dictionaries(
    {n: st.floats(0.5, 60) if n.endswith("days") else st.floats(0, 1) for n in names}
    | {f"resolution_{where}_mean_days": st.floats(0.5, 200) for where in ("calf", "proximal")}
    | {"recanalisation_mean_days": st.floats(0.5, 200), "lysis_early_share": st.floats(0, 1)}
    | {f"treatment_prevents_{what}": st.floats(0, 1) for what in ("embolism", "extension")}
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
    assert (course.embolism_day >= proximal_from).all()
    assert (course.freed_day <= course.resolved_day).all()
    both = (course.symptoms_day < never) & (course.embolism_day < never)
    assert (course.symptoms_day[both] <= course.embolism_day[both]).all()
    assert (course.embolism_day[course.fatal] < never).all()
    assert (course.freed_day >= DAY).all()
    dies = course.death_day < never
    assert (course.death_day[dies] >= np.minimum(course.symptoms_day, course.embolism_day)[dies]).all()
    assert (course.diagnosed_day <= np.minimum(course.symptoms_day, never)).all()
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
    start = onsets(count, leg=1, episode=3)
    course = draw_course(start, Draws(1), EVIDENCE.override({"clots.embolism_fatal": 0.5}))
    events = course_events(start, course)
    by_kind = {
        EventKind.CLOT: np.full(count, DAY),
        EventKind.EXTENSION: course.extension_day,
        EventKind.SYMPTOMATIC_DVT: course.symptoms_day,
        EventKind.SILENT_EMBOLISM: course.silent_embolism_day,
        EventKind.SYMPTOMATIC_EMBOLISM: np.where(course.sudden, NEVER_DAY, course.embolism_day),
        EventKind.FATAL_EMBOLISM: np.where(course.fatal, course.death_day, NEVER_DAY),
        EventKind.THROMBOSIS_DEATH: np.where(course.fatal, NEVER_DAY, course.death_day),
        EventKind.RESOLVED: course.resolved_day,
        EventKind.VALVES_LOST: np.where(course.valves_lost, course.freed_day, NEVER_DAY),
    }
    assert set(np.unique(events["kind"])) == {int(kind) for kind in by_kind}
    for kind, days in by_kind.items():
        these = events["kind"] == kind
        happens = days < NEVER_DAY
        told = sorted(zip(events["person"][these].tolist(), events["day"][these].tolist(), strict=True))
        assert told == sorted(zip(start.person[happens].tolist(), days[happens].tolist(), strict=True))
        lung = "EMBOLISM" in kind.name
        assert (events["leg"][these] == (NO_LEG if lung else 1)).all()
        if kind != EventKind.FATAL_EMBOLISM:
            seen = kind in (EventKind.SYMPTOMATIC_DVT, EventKind.SYMPTOMATIC_EMBOLISM, EventKind.THROMBOSIS_DEATH)
            assert (events["detection"][these] == (Detection.CLINICAL if seen else Detection.TRUTH)).all()
        np.testing.assert_array_equal(events["site"][these], course.site[events["person"][these] - 7])
    fatal = events["kind"] == EventKind.FATAL_EMBOLISM
    sudden = course.sudden[events["person"][fatal] - 7]
    assert (events["detection"][fatal] == np.where(sudden, Detection.AUTOPSY, Detection.CLINICAL)).all()
    assert (events["episode"] == 7).all()


def test_an_embolism_tells_by_its_number_which_clot_sent_it():
    numbers = [onsets(1, leg=leg, episode=episode).number[0] for episode in range(5) for leg in (0, 1)]
    assert len(set(numbers)) == 10
