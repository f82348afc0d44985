"""Pregnancy, childbed and pill run their course around their published means."""

from __future__ import annotations

import numpy as np
import pytest

from popsim.clots.coagulation import ChangingFactor, pill_ratios, pregnancy_ratios
from popsim.clots.infections import KINDS
from popsim.evidence import Evidence
from popsim.people import synthesise
from popsim.randomness import Draws
from popsim.routines.calendar import Episodes

EVIDENCE = Evidence.load().override({f"clots.{k}_per_year_{sex}": 0.0 for k in KINDS for sex in ("women", "men")})
KNOWN = EVIDENCE.room("clots")
NOBODY = Episodes(*(np.zeros(0, dtype=np.int64) for _ in Episodes.__dataclass_fields__))


def women(count=40_000, **columns):
    people = synthesise(Draws(1), np.arange(count), EVIDENCE)
    for name in ("pregnant", "oral_contraceptive"):
        people[name] = np.full(count, columns.get(name, False))
    return people


def factor(people, day=0):
    return ChangingFactor(NOBODY, len(people), EVIDENCE, population=people, draws=Draws(1)).on(day)


def test_others_are_not_touched_and_without_people_the_means_stay():
    assert (factor(women()) == 1).all()
    assert (ChangingFactor(NOBODY, 5, EVIDENCE).on(0) == 1).all()


@pytest.mark.parametrize("column", ["pregnant", "oral_contraceptive"])
def test_the_course_has_a_mean_of_one_on_the_first_day(column):
    got = factor(women(**{column: True}))
    assert abs(got.mean() - 1) < 5 * got.std() / np.sqrt(len(got))


def test_childbed_carries_five_times_the_hazard_of_pregnancy_and_ends_after_six_weeks():
    before, after = pregnancy_ratios(KNOWN)
    assert after / before == pytest.approx(KNOWN["puerperium_to_pregnancy"])
    people = women(200, pregnant=True)
    course = ChangingFactor(NOBODY, 200, EVIDENCE, population=people, draws=Draws(1))
    days = np.array([course.on(day) for day in range(320)]) * KNOWN["ratio_pregnant"]
    assert set(np.round(np.unique(days), 6)) == {1.0, round(before, 6), round(after, 6)}
    assert days[-1] == pytest.approx(1.0)
    birth = np.argmax(days > before * 1.01, axis=0)
    waiting = days[0] < before * 1.01
    lasts = (days > before * 1.01).sum(axis=0)
    np.testing.assert_array_equal(lasts[waiting & (birth > 0)], KNOWN["puerperium_days"])


def test_the_pill_is_worst_in_its_first_months():
    settled, start = pill_ratios(KNOWN)
    assert 1 < settled < KNOWN["ratio_oral_contraceptive"] < start == KNOWN["contraceptive_start_ratio"]
    people = women(300, oral_contraceptive=True)
    course = ChangingFactor(NOBODY, 300, EVIDENCE, population=people, draws=Draws(1))
    days = np.array([course.on(day) for day in range(0, 3000, 50)]) * KNOWN["ratio_oral_contraceptive"]
    assert (np.diff(days, axis=0) <= 0).all()
    assert (days[5] <= days[0]).all()
    assert days.max() <= start
    np.testing.assert_allclose(days[-1], settled, rtol=1e-3)
