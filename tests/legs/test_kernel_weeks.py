"""Repeated weeks may be taken over instead of lived anew, and nobody can tell from the results."""

from __future__ import annotations

import numpy as np
import pytest

from popsim.evidence import Evidence
from popsim.legs import kernel
from popsim.legs.living import Legs
from popsim.legs.remembering import LivedDays
from popsim.legs.response import BoutKinds
from popsim.legs.wardrobe import Device, Wardrobe
from popsim.people import synthesise
from popsim.randomness import Draws
from popsim.routines.activities import CODES, CORE_ACTIVITIES
from popsim.routines.bouts import DiaryPool

EVIDENCE = Evidence.load()
COUNT = 50
PEOPLE = synthesise(Draws(1), np.arange(COUNT), EVIDENCE)
KINDS = BoutKinds.of(CORE_ACTIVITIES)
DIARIES = 40
RNG = np.random.default_rng(3)


class SteadyPump:
    """Every leg answers posture alike."""

    TABLE = np.array(
        [[55, 9, 24, 15], [45, 2, 24, 15], [110, 69, 2.3, 2], [97, 55, 2.7, 2.3],
         [123, 91, 1.9, 1.5], [85, 45, 6, 5], [40, 22, 15, 9], [51, 24, 12, 10]], dtype=float
    )  # fmt: skip

    def response(self, traits):
        return np.broadcast_to(self.TABLE, (traits["calf_strength"].shape[1], 2, 8, 4)).copy()

    def washout(self, traits):
        people = next(iter(traits.values()), np.ones((2, 1))).shape[1]
        return np.broadcast_to(np.stack([[0.8, 0.1, 2.6, 2.2], [0.3, 0.4, 0.28, 0.23]], axis=-1), (people, 2, 4, 2))


class LeakyPump(SteadyPump):
    """Deep reflux fills the leg and holds its pressure up."""

    def response(self, traits):
        return super().response(traits) * (1 + traits["deep_leak"].T[..., None, None] * [1, 1, 0, 0])


def random_days(count, names):
    for _ in range(count):
        cuts = np.sort(RNG.choice(np.arange(1, 1440), RNG.integers(1, 20), replace=False))
        minutes = np.diff([0, *cuts, 1440])
        yield [(CODES[names[RNG.integers(len(names))]], int(m)) for m in minutes]


POOL = DiaryPool.from_days(random_days(DIARIES, ("sleep", "sit-work", "flight-sleep", "icu-bed", "walk", "stand")))
HEALTHY = DiaryPool.from_days(random_days(DIARIES, ("sleep", "sit-work", "walk", "stand")))
WEEK = RNG.integers(0, DIARIES, (7, COUNT)).astype(np.int32)
STOCKING = Device(
    "stocking", np.ones(COUNT, dtype=bool), {"pocket_time_factor": 2.0}, np.ones(len(CORE_ACTIVITIES), dtype=bool)
)


def town(evidence=EVIDENCE, *, reuse, pump=SteadyPump):
    wardrobe = Wardrobe(PEOPLE, KINDS, pump(), evidence, [STOCKING])
    return Legs(PEOPLE, wardrobe, evidence, len(CORE_ACTIVITIES), reuse=reuse)


def plan(day):
    """Who lives which diary with what on: some travel, one takes to stockings, one dies."""
    diary, wear = WEEK[day % 7].copy(), np.zeros(COUNT, dtype=np.uint16)
    if day == 24:
        diary[:5] = 7
    wear[10:20] = day % 7 < 5
    wear[20] = day > 17
    alive = np.ones(COUNT, dtype=bool)
    alive[30] = day < 16
    alive[31] = day < 29
    return diary, wear, alive


def lived(legs, days, plan=plan, pool=POOL):
    for day in range(days):
        legs.live(pool, *plan(day))
        yield legs.state.copy(), legs.pooled_ml_min.copy(), legs.dose_min.copy(), legs.tally.copy()


def test_weeks_taken_over_differ_from_weeks_lived_anew_by_less_than_a_billionth():
    for day, (fresh, reused) in enumerate(zip(lived(town(reuse=False), 45), lived(town(reuse=True), 45), strict=True)):
        for anew, taken in zip(fresh[:3], reused[:3], strict=True):
            np.testing.assert_allclose(taken, anew, rtol=2e-9, atol=1e-9, err_msg=f"day {day}")
        np.testing.assert_array_equal(reused[3][:, :, 0], fresh[3][:, :, 0])
        np.testing.assert_allclose(reused[3], fresh[3], rtol=1e-8, atol=COUNT)


def test_only_days_that_nobody_has_lived_before_are_lived():
    """The first day had no night before, so day 7 is new to all; after it, to those whose legs still remember that."""
    legs = town(reuse=True)
    counts = []
    for day in range(45):
        before = legs.lived
        legs.live(POOL, *plan(day))
        counts.append(legs.lived - before)
    assert counts[:8] == [COUNT] * 8
    assert max(counts[8:14]) < COUNT / 2
    assert counts[13] == 0
    assert 5 <= counts[24] < 10
    assert counts[44] == 0


def test_without_reuse_everybody_lives_every_day():
    legs = town(reuse=False)
    for _ in lived(legs, 30):
        pass
    assert legs.lived == 30 * COUNT


def test_the_dead_leave_the_sums():
    def dying(day):
        diary, wear, alive = plan(day)
        return diary, wear, alive & (day < 20)

    *_, (_, pooled, dose, tally) = lived(town(reuse=True), 40, dying)
    assert not pooled.any()
    assert not dose.any()
    assert not tally.any()


@pytest.mark.parametrize("reuse", [True, False])
def test_a_person_lives_alike_in_any_company(reuse):
    alone = PEOPLE.take(slice(12, 13))
    wardrobe = Wardrobe(alone, KINDS, SteadyPump(), EVIDENCE, [])
    legs = Legs(alone, wardrobe, EVIDENCE, len(CORE_ACTIVITIES), reuse=reuse)

    def bare(day):
        diary, wear, alive = plan(day)
        return diary, np.zeros_like(wear), alive

    for day, (state, pooled, dose, _) in enumerate(lived(town(reuse=reuse), 30, bare)):
        diary, wear, alive = (values[12:13] for values in bare(day))
        legs.live(POOL, diary, wear, alive)
        np.testing.assert_array_equal(legs.state[:, :, 0], state[:, :, 12])
        np.testing.assert_array_equal(legs.pooled_ml_min[:, 0], pooled[:, 12])
        np.testing.assert_array_equal(legs.dose_min[:, 0], dose[:, 12])


@pytest.mark.parametrize("fades_in_min", [468.0, 844.0, 5000.0, 40_000.0])
def test_a_leg_that_forgets_slowly_is_not_taken_over_too_soon(fades_in_min):
    """A scenario may set how fast activation fades; what is taken over must have forgotten by then."""
    evidence = EVIDENCE.override({"stagnation.activation_off_min": fades_in_min})
    days = []
    for reuse in (False, True):
        legs = town(evidence, reuse=reuse)
        legs.state[kernel.ACTIVATION] = 1.0
        days.append([dose for _, _, dose, _ in lived(legs, 40, pool=HEALTHY)])
    fresh, reused = days
    np.testing.assert_allclose(reused[20:], fresh[20:], rtol=1e-12, atol=1e-9 * fades_in_min)


def test_a_day_of_some_people_leaves_the_others_alone():
    """The kernel itself: who is not listed keeps state, integrals and share of the tally."""
    legs = town(reuse=True)
    for _ in lived(legs, 3):
        pass
    wear, who = np.zeros(COUNT, dtype=np.uint16), np.array([4, 9, 40])
    wardrobe = Wardrobe(PEOPLE, KINDS, SteadyPump(), EVIDENCE, [])
    after = tuple(np.full(shape, -5.0) for shape in ((kernel.STATES, 2, COUNT), (2, COUNT), (2, COUNT)))
    activities = len(CORE_ACTIVITIES)
    tally = np.zeros((4, kernel.TALLIES, activities), dtype=np.int64)
    tally[:, -1] = 3
    first = POOL.starts[WEEK[0][who]].astype(np.int64)
    end = POOL.starts[WEEK[0][who] + 1].astype(np.int64)
    meaning = wardrobe.meaning(wear, who, (POOL.activity, first, end))
    group = np.zeros(COUNT, dtype=np.uint8)
    booked, place = np.full(COUNT, kernel.NOTHING, dtype=np.int32), np.arange(COUNT, 0, -1, dtype=np.int32)
    more, kept = np.ones((COUNT, 2)), LivedDays(COUNT, activities).kept
    kernel.live_day(
        who, (POOL.activity, POOL.minutes), (first, end), meaning, wardrobe.responses,
        (1 / 468, 1 / 174), legs.state, after, (group, tally.reshape(4, -1)),
        (booked, place, more, *kept[:3]),
    )  # fmt: skip
    others = np.setdiff1d(np.arange(COUNT), who)
    for values in after:
        assert (values[..., others] == -5.0).all()
        assert (values[..., who] >= 0.0).all()
    sums = kept.sums[place[who]].reshape(len(who), kernel.TALLIES, activities).astype(np.int64)
    assert (sums[:, 0].sum(axis=1) == 2880).all()
    np.testing.assert_array_equal(tally[0, :-1], sums[:, :-1].sum(axis=0))
    np.testing.assert_array_equal(tally[0, -1], 3 + sums[:, -1].sum(axis=0))
    assert not tally[1:, :-1].any()
    assert (tally[1:, -1] == 3).all()
    assert (booked[who] == place[who]).all()
    assert (booked[others] == kernel.NOTHING).all()
    assert not more[who].any()
    assert (more[others] == 1).all()


def test_a_leg_that_changes_for_good_lives_its_next_weeks_anew():
    """On the day of the change it still carries swelling from before, so that day cannot stand for the next week's."""
    weeks = []
    for reuse in (False, True):
        people = PEOPLE.copy()
        legs = Legs(people, Wardrobe(people, KINDS, LeakyPump(), EVIDENCE, [STOCKING]), EVIDENCE, 22, reuse=reuse)
        days = []
        for day in range(60):
            if day == 30:
                for row in range(COUNT):
                    legs.change(0, row, {"deep_leak": 2.0})
            legs.live(POOL, *plan(day))
            days.append((legs.state.copy(), legs.pooled_ml_min.copy()))
        weeks.append(days)
    for day, (anew, taken) in enumerate(zip(*weeks, strict=True)):
        for a, b in zip(anew, taken, strict=True):
            np.testing.assert_allclose(b, a, rtol=2e-9, atol=1e-7, err_msg=f"day {day}")


def other_plan(day):
    """The same people in another arm: some live other days, some wear nothing, one lives longer."""
    diary, wear, alive = plan(day)
    wear[10:15] = 0
    diary[36:40] = DIARIES + day % 2
    alive[31] = True
    return diary, wear, alive


def test_an_arm_that_shares_people_with_another_is_the_same_as_one_that_stands_alone():
    extra = DiaryPool.from_days(random_days(2, ("sleep", "icu-bed", "walk")))
    pool = POOL.joined(extra)
    first, sharing, alone = (town(reuse=True, pump=LeakyPump) for _ in range(3))
    sharing.follow(first, DIARIES)
    for day in range(40):
        if day == 9:
            first.change(0, 45, {"deep_leak": 0.5})
        for legs in (sharing, alone) if day == 13 else ():
            legs.change(1, 46, {"deep_leak": 0.5})
        first.live(pool, *plan(day))
        for legs in (sharing, alone):
            legs.live(pool, *other_plan(day))
        np.testing.assert_array_equal(sharing.state, alone.state)
        np.testing.assert_array_equal(sharing.pooled_ml_min, alone.pooled_ml_min)
        np.testing.assert_array_equal(sharing.dose_min, alone.dose_min)
        np.testing.assert_array_equal(sharing.tally, alone.tally)
    assert sharing.lived < 0.6 * alone.lived
