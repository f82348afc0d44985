"""The compiled day of millions of legs is the same day as one leg's, one bout and one exponential at a time."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
from benchmarks.plain_mesa import Bout, PlainLeg, Rates
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numba import njit

from popsim.legs import exponential, kernel
from popsim.legs.remembering import LivedDays

few_examples = settings(max_examples=30)
RATES = Rates(1 / 468, 1 / 174)
KINDS = 5
WALK = 4
LOW = np.array([5.0, 2.0, 0.2, 0.2, 0.0, 5.0, 0.0, 1 / 468])
HIGH = np.array([160.0, 95.0, 60.0, 60.0, 200.0, 150.0, 1.0, 1 / 94])
"""Ranges of targets and rates of a bout, in the order of ``kernel.RESPONSES``."""
STATE_HIGH = np.array([160.0, 95.0, 1.0, 200.0, 900.0])
WALKING = np.arange(KINDS) == WALK

inlined_exp_minus = exponential.exp_minus


@njit
def exp_minus(x):
    return inlined_exp_minus(x)


@dataclass(frozen=True)
class Case:
    """Some people, what bouts mean to their legs bare and with a device, and a day for each."""

    days: tuple
    wear: np.ndarray
    responses: np.ndarray
    state: np.ndarray
    group: np.ndarray
    alive: np.ndarray

    @property
    def people(self):
        return len(self.days)

    @property
    def table(self):
        return np.ascontiguousarray(self.responses.transpose(0, 2, 3, 1))

    def live(self, order=None):
        """The day through the kernel with people in this order; results in the original order."""
        order = np.arange(self.people) if order is None else np.asarray(order, dtype=np.int64)
        pool, first, end = self.pool(order)
        state = np.ascontiguousarray(self.state[:, :, order])
        pooled, dose = np.full((2, len(order)), np.nan), np.full((2, len(order)), np.nan)
        tally = np.zeros((4, kernel.TALLIES * KINDS), dtype=np.int64)
        after = state.copy()
        kernel.live_day(
            np.arange(len(order)), pool, (first, end), self.meaning(order), self.table,
            tuple(RATES), state, (after, pooled, dose), (self.group[order], tally),
            no_memory(len(order), KINDS),
        )  # fmt: skip
        back = np.argsort(order)
        return after[:, :, back], pooled[:, back], dose[:, back], tally.reshape(4, kernel.TALLIES, KINDS).swapaxes(1, 2)

    def trace(self):
        everybody = np.arange(self.people)
        pool, first, end = self.pool(everybody)
        state = self.state.copy()
        record = np.empty((2 * int((end - first).sum()), kernel.TRACE_COLUMNS))
        written = kernel.trace_day(pool, (first, end), self.meaning(everybody), self.table, tuple(RATES), state, record)
        return state, record[:written]

    def pool(self, order):
        lengths = np.array([len(day) for day in self.days])
        starts = np.concatenate([[0], np.cumsum(lengths)])
        bouts = [bout for day in self.days for bout in day]
        activity = np.array([a for a, _ in bouts], dtype=np.uint8)
        minutes = np.array([m for _, m in bouts], dtype=np.uint16)
        first = starts[:-1][order]
        return (activity, minutes), first, np.where(self.alive[order], starts[1:][order], first)

    def meaning(self, order):
        slot_of = np.array([0, 1, 1, 0, 1], dtype=np.uint8)
        row_of = np.stack([order, order + self.people * self.wear[order]]).astype(np.int32)
        return slot_of, row_of, np.arange(KINDS, dtype=np.uint8), WALKING

    def bout(self, person, leg, activity):
        worn = activity in (1, 2, 4) and self.wear[person]
        row = self.responses[person + self.people * bool(worn), leg, activity]
        return Bout(*row.tolist(), bool(WALKING[activity]))

    def plain_legs(self):
        """The same day in plain Python: legs by side and person, and the sums by group and activity."""
        tally = np.zeros((4, KINDS, 4))
        sides = []
        for side in (0, 1):
            legs = [PlainLeg(*self.state[:, side, person].tolist()) for person in range(self.people)]
            for person, leg in enumerate(legs):
                for activity, minutes in self.days[person] if self.alive[person] else ():
                    sums = leg.live(self.bout(person, side, activity), minutes, RATES)
                    tally[self.group[person], activity] += [minutes, *sums]
            sides.append(legs)
        return sides, tally


def no_memory(people, activities):
    """Nothing booked, and a place for everybody's day."""
    booked, place = np.full(people, kernel.NOTHING, dtype=np.int32), np.arange(1, people + 1, dtype=np.int32)
    return booked, place, np.ones((people, 2)), *LivedDays(people, activities).kept[:3]


def random_case(seed, people, longest_bout=1440):
    rng = np.random.default_rng(seed)
    responses = LOW + rng.random((2 * people, 2, KINDS, kernel.RESPONSES)) * (HIGH - LOW)
    responses[:, :, WALK, kernel.HYPOXIA_AFTER] = 1e9
    state = rng.random((kernel.STATES, 2, people)) * STATE_HIGH[:, None, None]
    days = tuple(random_day(rng, longest_bout) for _ in range(people))
    alive = rng.random(people) < 0.9
    return Case(days, rng.integers(0, 2, people).astype(np.uint16), responses, state,
                rng.integers(0, 4, people).astype(np.uint8), alive)  # fmt: skip


def random_day(rng, longest_bout):
    day, left = [], 1440
    while left:
        minutes = min(left, int(rng.integers(1, rng.integers(2, longest_bout + 1))))
        day.append((int(rng.integers(0, KINDS)), minutes))
        left -= minutes
    return day


cases = st.builds(random_case, st.integers(0, 2**32), st.integers(1, 40), st.sampled_from([20, 200, 1440]))


@few_examples
@given(cases)
def test_the_kernel_agrees_with_a_plain_leg(case):
    state, pooled, dose, tally = case.live()
    legs, sums = case.plain_legs()
    for side in (0, 1):
        for row, name in enumerate(("volume_ml", "pressure_mmhg", "activation", "oedema_ml", "since_walk_min")):
            plain = [getattr(leg, name) for leg in legs[side]]
            np.testing.assert_allclose(state[row, side], plain, rtol=1e-11, atol=1e-12, err_msg=name)
        np.testing.assert_allclose(pooled[side], [leg.pooled_ml_min for leg in legs[side]], rtol=1e-11)
        np.testing.assert_allclose(dose[side], [leg.dose_min for leg in legs[side]], rtol=1e-10, atol=1e-10)
    bouts = 2 * sum(len(day) for day in case.days)
    np.testing.assert_array_equal(tally[:, :, 0], sums[:, :, 0])
    for column, scale in ((1, 1e3), (2, 1e3), (3, 1e6)):
        np.testing.assert_allclose(tally[:, :, column] / scale, sums[:, :, column], rtol=1e-10, atol=bouts / scale)


@few_examples
@given(cases, st.randoms(use_true_random=False))
def test_neither_the_order_of_people_nor_their_neighbours_change_a_bit(case, shuffler):
    order = list(range(case.people))
    shuffler.shuffle(order)
    *lived, tally = case.live()
    *other, other_tally = case.live(order)
    for same, shuffled in zip(lived, other, strict=True):
        np.testing.assert_array_equal(shuffled[..., case.alive], same[..., case.alive])
    np.testing.assert_array_equal(other_tally, tally)


@few_examples
@given(cases, st.integers(0, 39))
def test_where_shards_are_cut_changes_no_bit(case, cut):
    cut = min(cut, case.people)
    whole = case.live()
    parts = [case.live(range(case.people)[part]) for part in (slice(0, cut), slice(cut, None))]
    for row in range(3):
        joined = np.concatenate([part[row] for part in parts], axis=-1)
        np.testing.assert_array_equal(joined[..., case.alive], whole[row][..., case.alive])
    np.testing.assert_array_equal(parts[0][3] + parts[1][3], whole[3])


@few_examples
@given(cases)
def test_the_dead_neither_pool_blood_nor_gather_dose(case):
    state, pooled, dose, tally = replace(case, alive=np.zeros(case.people, dtype=bool)).live()
    assert not pooled.any()
    assert not dose.any()
    assert not tally.any()
    np.testing.assert_array_equal(state, case.state)


@few_examples
@given(cases)
def test_the_dead_stay_as_they_were_beside_the_living(case):
    state, pooled, dose, _ = case.live()
    np.testing.assert_array_equal(state[..., ~case.alive], case.state[..., ~case.alive])
    assert not pooled[:, ~case.alive].any()
    assert not dose[:, ~case.alive].any()


@few_examples
@given(cases)
def test_a_trace_ends_where_the_day_ends_and_its_bouts_add_up_to_the_tally(case):
    state, record = case.trace()
    whole_state, pooled, _, tally = case.live()
    np.testing.assert_array_equal(state[..., case.alive], whole_state[..., case.alive])
    person, leg, activity = (record[:, c].astype(int) for c in (0, 1, 5))
    minutes, volume, pressure = record[:, 4], record[:, 8] * record[:, 4], record[:, 10] * record[:, 4]
    summed = np.zeros((4, KINDS, 3))
    np.add.at(summed, (case.group[person], activity), np.column_stack([minutes, volume, pressure]))
    np.testing.assert_array_equal(summed[:, :, 0], tally[:, :, 0])
    np.testing.assert_allclose(summed[:, :, 1:], tally[:, :, 1:3] / 1e3, rtol=1e-9, atol=len(record) * 1e-3)
    volumes = np.zeros((2, case.people))
    np.add.at(volumes, (leg, person), volume)
    np.testing.assert_allclose(volumes, pooled, rtol=1e-12, atol=1e-9)


@few_examples
@given(cases)
def test_a_trace_tells_each_day_without_gaps(case):
    _, record = case.trace()
    for person in range(case.people):
        for leg in (0, 1):
            mine = record[(record[:, 0] == person) & (record[:, 1] == leg)]
            if not case.alive[person]:
                assert len(mine) == 0
                continue
            assert [(int(a), int(m)) for a, m in mine[:, [5, 4]]] == case.days[person]
            np.testing.assert_array_equal(mine[:, 2], np.arange(len(mine)))
            np.testing.assert_array_equal(mine[:, 3], np.cumsum(mine[:, 4]) - mine[:, 4])
            np.testing.assert_array_equal(mine[1:, 6], mine[:-1, 7])
            assert mine[0, 6] == case.state[kernel.VOLUME, leg, person]


def split_in_two(day, rng):
    pieces = []
    for activity, minutes in day:
        cut = int(rng.integers(0, minutes))
        pieces += [(activity, part) for part in (cut, minutes - cut) if part]
    return pieces


@few_examples
@given(cases, st.integers(0, 2**32))
def test_cutting_bouts_in_two_changes_nothing_but_rounding(case, seed):
    rng = np.random.default_rng(seed)
    cut = replace(case, days=tuple(split_in_two(day, rng) for day in case.days))
    for whole, pieces in zip(case.live()[:3], cut.live()[:3], strict=True):
        np.testing.assert_allclose(pieces, whole, rtol=1e-9, atol=1e-9)


@few_examples
@given(cases)
def test_every_state_stays_within_what_legs_can_do(case):
    state, pooled, dose, _ = case.live()
    assert (state[kernel.ACTIVATION] >= 0).all()
    assert (state[kernel.ACTIVATION] <= 1).all()
    assert (dose >= 0).all()
    assert (dose <= 1440 * (1 + 1e-12)).all()
    assert (state[kernel.SINCE_WALK] <= case.state[kernel.SINCE_WALK] + 1440 + 1e-9).all()
    highest = np.maximum(case.responses[..., kernel.VOLUME_TARGET].max(), case.state[kernel.VOLUME].max())
    assert (pooled <= 1440 * highest * (1 + 1e-12)).all()
    assert (state[kernel.VOLUME] >= 0).all()


@few_examples
@given(cases, st.integers(1, 600))
def test_a_day_that_ends_with_a_walk_ends_with_empty_pockets(case, walk):
    days = tuple([(1, 1440 - walk), (WALK, walk)] for _ in case.days)
    state, *_ = replace(case, days=days, alive=np.ones(case.people, dtype=bool)).live()
    assert not state[kernel.SINCE_WALK].any()


@few_examples
@given(cases, st.integers(1, 600), st.integers(1, 700))
def test_a_leg_that_sat_still_for_longer_before_is_never_less_activated(case, earlier, later):
    """The same day begun with a longer time since the last walk, everything else alike."""
    sooner, longer = case.state.copy(), case.state.copy()
    sooner[kernel.SINCE_WALK], longer[kernel.SINCE_WALK] = earlier, earlier + later
    # Below its target a hypoxic leg only gains; what it may lose above is fading, at the slowest rate there is.
    responses = case.responses.copy()
    responses[:, :, :WALK, kernel.ACTIVATION_TARGET] = 1.0
    case = replace(case, responses=responses)
    before, after = replace(case, state=sooner).live(), replace(case, state=longer).live()
    assert (after[0][kernel.ACTIVATION] >= before[0][kernel.ACTIVATION] - 1e-12).all()
    assert (after[2] >= before[2] - 1e-9).all()


@few_examples
@given(cases)
def test_a_walk_in_place_of_a_still_bout_never_adds_dose(case):
    """Walking fades at the slowest rate, so the rest of the day starts lower and its pockets later turn hypoxic."""
    responses = case.responses.copy()
    responses[:, :, :WALK, kernel.ACTIVATION_TARGET] = 1.0
    case = replace(case, responses=responses)
    walked = replace(case, days=tuple([(WALK, day[0][1]), *day[1:]] for day in case.days))
    assert (walked.live()[2] <= case.live()[2] + 1e-9).all()


@given(st.floats(0, 32))
@example(0.0)
@example(32.0)
def test_the_polynomial_exponential_is_the_exponential(x):
    assert abs(exp_minus(x) - math.exp(-x)) < 6e-14


@given(st.floats(0, 32), st.floats(0, 32))
def test_the_polynomial_exponential_falls(x, y):
    low, high = sorted((x, y))
    assert exp_minus(high) <= exp_minus(low) * (1 + 1e-13)
    assert 0 < exp_minus(high) <= 1


@given(st.floats(32, 1e300))
def test_beyond_thirty_two_time_constants_nothing_is_left(x):
    assert exp_minus(x) == exp_minus(32.0)
    assert exp_minus(x) < 1.3e-14


def test_no_time_changes_nothing():
    assert exp_minus(0.0) == 1.0


@pytest.mark.parametrize("people", [1, 15, 16, 17, 31, 32, 33, 100])
def test_blocks_that_are_not_full_are_lived_like_full_ones(people):
    case = random_case(3, 100)
    whole, part = case.live(), case.live(range(people))
    for row in range(3):
        np.testing.assert_array_equal(
            part[row][..., case.alive[:people]], whole[row][..., :people][..., case.alive[:people]]
        )
