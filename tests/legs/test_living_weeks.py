"""Weeks that repeat are taken over, and nobody can tell the difference."""

from __future__ import annotations

import numpy as np
import pytest

from popsim.evidence import Evidence
from popsim.legs.living import Legs
from popsim.legs.reduced import ReducedLeg
from popsim.legs.response import BoutKinds
from popsim.legs.wardrobe import Wardrobe
from popsim.people import synthesise
from popsim.randomness import Draws
from popsim.routines.activities import CORE_ACTIVITIES
from popsim.routines.routine import build_routine

PEOPLE, DAYS = 60, 35
DISTURBED = {10: [3, 4], 20: [5], 21: [5], 30: [3]}
"""Days on which these people live somebody else's day."""


@pytest.fixture(scope="module")
def setting():
    evidence, draws = Evidence.load(), Draws(11)
    people = synthesise(draws, np.arange(PEOPLE), evidence)
    routine = build_routine(draws, 10)
    return people, routine, evidence, routine.week(people, draws)


def live(setting, reuse):
    """States and doses of every evening."""
    people, routine, evidence, week = setting
    wardrobe = Wardrobe(people, BoutKinds.of(CORE_ACTIVITIES), ReducedLeg.load(), evidence)
    legs = Legs(people, wardrobe, evidence, len(CORE_ACTIVITIES), reuse=reuse)
    bare, alive = np.zeros(PEOPLE, dtype=np.uint16), np.ones(PEOPLE, dtype=bool)
    evenings = []
    for day in range(DAYS):
        diary = week[day % 7].copy()
        for row in DISTURBED.get(day, ()):
            diary[row] = week[day % 7][0]
        alive[7] = day < 25
        legs.live(routine.pool, diary, bare, alive)
        evenings.append((legs.state.copy(), legs.dose_min.copy(), legs.pooled_ml_min.copy(), legs.tally.copy()))
    return evenings, legs.lived


def test_taking_weeks_over_changes_no_result_beyond_a_billionth(setting):
    reused, lived = live(setting, reuse=True)
    anew, all_days = live(setting, reuse=False)
    assert lived < 0.6 * all_days == 0.6 * PEOPLE * DAYS
    alive = np.arange(PEOPLE) != 7
    for (state, dose, pooled, tally), (state_0, dose_0, pooled_0, tally_0) in zip(reused, anew, strict=True):
        np.testing.assert_allclose(state[..., alive], state_0[..., alive], rtol=1e-8, atol=1e-8)
        np.testing.assert_allclose(dose, dose_0, rtol=1e-7, atol=1e-8)
        np.testing.assert_allclose(pooled, pooled_0, rtol=1e-9)
        np.testing.assert_allclose(tally, tally_0, rtol=1e-6, atol=2 * PEOPLE)


def test_a_disturbed_person_lives_anew_until_a_week_has_repeated(setting):
    evenings, _ = live(setting, reuse=True)
    people, routine, evidence, week = setting
    states = [state[:, :, 4] for state, *_ in evenings]
    assert not np.array_equal(states[10], states[3])
    assert not np.array_equal(states[12], states[5]) or np.allclose(states[12], states[5])
    np.testing.assert_array_equal(states[27], states[34])


def test_the_dead_leave_the_tally(setting):
    evenings, _ = live(setting, reuse=True)
    minutes = [int(tally[:, :, 0].sum()) for *_, tally in evenings]
    assert minutes[24] == PEOPLE * 2880
    assert minutes[25:] == [(PEOPLE - 1) * 2880] * (DAYS - 25)
