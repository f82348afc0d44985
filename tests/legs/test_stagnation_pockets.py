"""Still legs turn dangerous as the gap form of the slow chain says; what is worn acts in the direction it should."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest
from benchmarks.plain_mesa import Bout, PlainLeg, Rates
from hypothesis import given, settings
from hypothesis import strategies as st

from popsim.evidence import Evidence
from popsim.legs import kernel
from popsim.legs.fit import LEG_EFFECTS, combine_fits, effect
from popsim.legs.reduced import STILL as POSTURES
from popsim.legs.reduced import ReducedLeg
from popsim.legs.response import BoutKinds, Responses, leg_traits
from popsim.legs.stagnation import NEVER_MIN, Activation, Pockets, Washout
from popsim.legs.wardrobe import MAX_DEVICES, Device, Wardrobe
from popsim.people import synthesise
from popsim.randomness import Draws
from popsim.routines.activities import ACTIVITIES, CODES, CORE_ACTIVITIES, Regime, Stillness

EVIDENCE = Evidence.load()
PEOPLE = synthesise(Draws(1), np.arange(60), EVIDENCE)
KINDS = BoutKinds.of(CORE_ACTIVITIES)
STILL = [a for a in CORE_ACTIVITIES if a.stillness is not Stillness.WALKING]


class StandInPump:
    """Blood falls with every mmHg of compression and rises with leaks; good enough to hang stagnation on."""

    TABLE = np.array(
        [[55, 9, 24, 15], [45, 2, 24, 15], [110, 69, 2.3, 2], [97, 55, 2.7, 2.3],
         [123, 91, 1.9, 1.5], [85, 45, 6, 5], [40, 22, 15, 9], [51, 24, 12, 10]], dtype=float
    )  # fmt: skip

    def response(self, traits):
        table = np.broadcast_to(self.TABLE, (traits["calf_strength"].shape[1], 2, 8, 4)).copy()
        table[..., 0] *= (1 + 0.2 * (traits["superficial_leak"] + traits["deep_leak"]).T)[..., None]
        table[..., 0] -= 0.3 * traits["compression_mmhg"].T[..., None]
        return table

    RESIDENCE, RENEWED = np.array([0.8, 0.1, 2.6, 2.2]), np.array([0.3, 0.4, 0.28, 0.23])

    def washout(self, traits):
        """Leaks hold blood and let it fall back, strength renews it, compression drives it on."""
        traits = {"calf_strength": np.ones((2, 1)), **traits}
        leak = traits.get("deep_leak", 0.0 * traits["calf_strength"])
        pressed = 1 + 0.01 * traits.get("compression_mmhg", 0.0 * leak)
        residence = (1 + leak).T[..., None] * self.RESIDENCE / pressed.T[..., None]
        renewed = (traits["calf_strength"] / (1 + leak)).T[..., None] * self.RENEWED
        return np.stack([residence, renewed], axis=-1)


PUMP = StandInPump()


def washed(**changes):
    """The washout of everybody's legs with these traits instead of their own."""
    shape = (2, len(PEOPLE))
    return washout_of({name: np.broadcast_to(value, shape) for name, value in {**PUMPED, **changes}.items()}, PUMP)


def washout_of(traits, pump):
    return Washout.of(pump.washout(traits), pump.washout({})[0, 0])


def activation(regime, stillness, people, fit, washout, evidence):
    """Of one kind of bout, each ``(2, N)``."""
    return Activation(*(of[0] for of in Pockets([(regime, stillness)], evidence).activation(people, fit, washout)))


PUMPED = leg_traits(PEOPLE, {})
WASHOUT = washout_of(PUMPED, PUMP)
HEALTHY = washed(calf_strength=1.0, deep_leak=0.0)
factors = st.floats(0.2, 5)


def known(name):
    return EVIDENCE[f"stagnation.{name}"]


@given(st.sampled_from(STILL), factors, st.floats(0, 10))
def test_every_still_activity_follows_the_gap_form(activity, time_factor, bursts):
    """Hypoxia time, target and rate by hand for each leg: p = e^(-f t), r = p/on + (1-p)/off, X = p/(on r)."""
    fit = {"pocket_time_factor": time_factor, "bursts_per_min": bursts}
    got = activation(activity.regime, activity.stillness, PEOPLE, fit, WASHOUT, EVIDENCE)
    assert {array.shape for array in got} == {(2, 60)}
    on, off = known("activation_on_min"), known("activation_off_min")
    name = activity.stillness.name.lower()
    for row in range(0, 60, 7):
        for leg in (0, 1):
            after = got.hypoxia_after_min[leg, row]
            own = known(f"bursts_{name}_per_min") * PEOPLE["fidget_factor"][row]
            passive, renewed = known("flushing_passive_share"), PEOPLE["calf_strength"][leg, row]
            often = own * (passive + (1 - passive) * renewed / (1 + PEOPLE["deep_leak"][leg, row])) + bursts
            p = exp(-often * after)
            rate = p / on + (1 - p) / off
            assert got.rate_per_min[leg, row] == pytest.approx(rate, rel=1e-12)
            assert got.target[leg, row] == pytest.approx(p / (on * rate), rel=1e-12)


@pytest.mark.parametrize("activity", ["sit-work", "flight-seat", "stand", "sleep", "ward-bed", "operation"])
def test_a_pocket_turns_hypoxic_when_its_oxygen_has_fallen_to_the_threshold(activity):
    """Oxygen followed in small steps through a still leg: dy/dt = k (1 - y) - y / tau, from 1, in every fourth leg."""
    doing, usual = ACTIVITIES[activity], known("pocket_washout_sitting")
    got = activation(doing.regime, doing.stillness, PEOPLE, {}, WASHOUT, EVIDENCE).hypoxia_after_min
    ill = known("washout_ill_bed_ratio") if activity in ("ward-bed", "operation") else 1.0
    posture = POSTURES.index({"sleep": Regime.SUPINE, "ward-bed": Regime.SUPINE, "operation": Regime.SUPINE}.get(
        activity, doing.regime))  # fmt: skip
    tau = known("pocket_hypoxia_sitting_min") / minutes_to_hypoxia(usual, 1.0)
    for row in range(0, 60, 4):
        rate = 2.6 / (StandInPump.RESIDENCE[posture] * (1 + PEOPLE["deep_leak"][0, row]))
        expected = tau * minutes_to_hypoxia(usual * ill * rate, 1.0)
        factor = PEOPLE["pocket_factor"][0, row]
        assert got[0, row] == pytest.approx(min(expected * factor, NEVER_MIN), rel=2e-3)


def minutes_to_hypoxia(washout, tau, step=1e-4):
    """Time until oxygen has fallen to the threshold, in units of tau; for ever where washout holds it above."""
    if washout / (1 + washout) >= known("pocket_oxygen_threshold"):
        return NEVER_MIN
    oxygen, time = 1.0, 0.0
    while oxygen > known("pocket_oxygen_threshold"):
        oxygen += step * (washout * (1 - oxygen) - oxygen / tau)
        time += step
    return time


def median_hypoxia(activity, washout=HEALTHY):
    doing = ACTIVITIES[activity]
    after = activation(doing.regime, doing.stillness, PEOPLE, {}, washout, EVIDENCE).hypoxia_after_min
    return float(np.median(after / PEOPLE["pocket_factor"]))


def test_healthy_legs_lying_stay_fresh_longer_than_sitting_and_sick_ones_less_long():
    """With the microscope's own residences: 2.1 times as long lying, 1.7 times ill in bed, raised legs never."""
    healthy = washout_of({}, ReducedLeg.load())
    sitting = median_hypoxia("sit-work", healthy)
    assert sitting == pytest.approx(known("pocket_hypoxia_sitting_min"))
    assert median_hypoxia("sleep", healthy) / sitting == pytest.approx(2.1, abs=0.05)
    assert median_hypoxia("ward-bed", healthy) / sitting == pytest.approx(1.7, abs=0.05)
    assert median_hypoxia("legs-raised", healthy) > 0.1 * NEVER_MIN


@given(st.sampled_from(STILL), st.floats(0.05, 1.0), st.floats(0.05, 1.0))
def test_a_leaking_or_weak_leg_is_never_less_activated(activity, leak, strength):
    def target(**traits):
        washout = washed(**traits)
        got = activation(activity.regime, activity.stillness, PEOPLE, {}, washout, EVIDENCE)
        return np.where(got.hypoxia_after_min < NEVER_MIN, got.target, 0.0)

    healthy = target(deep_leak=0.0, calf_strength=1.0)
    assert (target(deep_leak=leak, calf_strength=1.0) >= healthy - 1e-15).all()
    assert (target(deep_leak=0.0, calf_strength=strength) >= healthy - 1e-15).all()
    assert (target(deep_leak=0.0, calf_strength=1.0, compression_mmhg=18.0) <= healthy + 1e-15).all()


def test_a_walking_leg_never_turns_hypoxic_and_fades_at_the_slow_rate():
    got = activation(Regime.WALKING, Stillness.WALKING, PEOPLE, {}, WASHOUT, EVIDENCE)
    assert (got.hypoxia_after_min == NEVER_MIN).all()
    assert (got.target == 0).all()
    np.testing.assert_allclose(got.rate_per_min, 1 / known("activation_off_min"))


def test_a_sedated_leg_that_never_moves_approaches_full_activation():
    got = activation(Regime.SUPINE, Stillness.SEDATED, PEOPLE, {}, WASHOUT, EVIDENCE)
    np.testing.assert_allclose(got.target, 1.0)
    np.testing.assert_allclose(got.rate_per_min, 1 / known("activation_on_min"))


@given(st.sampled_from(STILL), factors, st.floats(0, 10), st.floats(0, 10))
def test_more_movement_and_slower_pockets_never_raise_activation(activity, time_factor, bursts, more):
    def target(**fit):
        return activation(activity.regime, activity.stillness, PEOPLE, fit, WASHOUT, EVIDENCE).target

    less = target(pocket_time_factor=time_factor, bursts_per_min=bursts)
    assert (target(pocket_time_factor=time_factor, bursts_per_min=bursts + more) <= less + 1e-15).all()
    assert (target(pocket_time_factor=time_factor * (1 + more), bursts_per_min=bursts) <= less + 1e-15).all()
    assert (less >= 0).all()
    assert (less <= 1).all()


def test_the_order_of_danger_is_that_of_movement():
    """Median legs: desk below cramped seat below sleep in a seat; own bed below sick bed below sedation."""

    def median(name):
        doing = ACTIVITIES[name]
        return np.median(activation(doing.regime, doing.stillness, PEOPLE, {}, WASHOUT, EVIDENCE).target)

    assert median("sit-work") < median("flight-seat") < median("flight-sleep")
    assert median("sleep") < median("ward-bed") < median("icu-bed")


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from(STILL), st.integers(1, 300)), min_size=1, max_size=8), st.integers(1, 400))
def test_the_longer_the_last_walk_ago_the_more_activated_a_leg_that_never_fidgets(bouts, earlier):
    """A leg that holds quite still all day: starting it later after its last walk never lowers its activation."""
    rates = Rates(1 / known("activation_off_min"), 1 / known("oedema_time_constant_min"))
    ends = []
    for since in (0.0, float(earlier)):
        leg = PlainLeg(100.0, 50.0, 0.1, 0.0, since)
        for doing, minutes in bouts:
            still = activation(doing.regime, Stillness.SEDATED, PEOPLE, {}, WASHOUT, EVIDENCE)
            hypoxia, target, rate = (float(array[0, 0]) for array in still)
            leg.live(Bout(100, 50, 1, 1, 0, hypoxia, target, rate, walking=False), minutes, rates)
        ends.append((leg.activation, leg.dose_min))
    assert ends[1][0] >= ends[0][0] - 1e-12
    assert ends[1][1] >= ends[0][1] - 1e-9


def test_a_flight_of_four_hours_without_moving_does_what_the_closed_form_says():
    """Numbers by hand: 71 minutes of fading from 0, then growth toward the target for the rest."""
    hypoxia, on = 71.0, 94.0
    leg = PlainLeg(100.0, 50.0, 0.0, 0.0, 0.0)
    leg.live(Bout(100, 50, 1, 1, 0, hypoxia, 1.0, 1 / on, walking=False), 240, Rates(1 / 468, 1 / 174))
    grown = 240 - hypoxia
    assert leg.activation == pytest.approx(1 - exp(-grown / on))
    assert leg.dose_min == pytest.approx(grown - on * (1 - exp(-grown / on)))


def responses(**fit):
    legs = Responses(KINDS, PUMP, EVIDENCE)
    table = legs.empty(len(PEOPLE))
    legs.fill(table, PEOPLE, fit)
    return side_by_side(table)


@given(st.floats(0, 60), st.floats(0, 60))
def test_more_compression_never_swells_a_leg_nor_fills_it(pressure, more):
    less, tighter = responses(compression_mmhg=pressure), responses(compression_mmhg=pressure + more)
    for column in (kernel.VOLUME_TARGET, kernel.PRESSURE_TARGET, kernel.OEDEMA_TARGET):
        assert (tighter[..., column] <= less[..., column] + 1e-9).all()
    assert (tighter[..., kernel.OEDEMA_TARGET] >= 0).all()


def test_a_leg_swells_by_every_mmhg_above_the_threshold():
    table = responses()
    above = np.maximum(table[..., kernel.PRESSURE_TARGET] - known("oedema_threshold_mmhg"), 0)
    np.testing.assert_allclose(table[..., kernel.OEDEMA_TARGET], known("oedema_ml_per_mmhg") * above)


@pytest.mark.parametrize("name", LEG_EFFECTS)
def test_the_neutral_value_of_every_effect_changes_nothing(name):
    np.testing.assert_array_equal(responses(**{name: LEG_EFFECTS[name].neutral}), responses())


@pytest.mark.parametrize("name", LEG_EFFECTS)
def test_every_effect_reaches_the_legs(name):
    """Away from neutral, some trait or some stillness differs."""
    known_effect = LEG_EFFECTS[name]
    value = 0.5 * (known_effect.low + known_effect.neutral) if known_effect.neutral else 2.0
    changed = leg_traits(PEOPLE, {name: value})
    bare = leg_traits(PEOPLE, {})
    pumped = any(not np.array_equal(changed[n], bare[n]) for n in bare)
    still = not np.array_equal(responses(**{name: value}), responses())
    assert pumped or still


def test_no_effect_bends_an_ankle_beyond_normal():
    assert (leg_traits(PEOPLE, {"ankle_range_factor": 5.0})["ankle_range"] <= 1).all()


def on_everybody(fits, people=1):
    """Effects of fits that all wear."""
    return combine_fits([(fit, np.arange(people)) for fit in fits], people)


def effects_of(known):
    """Values an effect may have; a product of several, as floats keep it, is nothing only where one of them is."""
    return st.floats(known.low, min(known.high, 5)).filter(lambda value: not 0 < value < 1e-60)


values_of = {name: effects_of(known) for name, known in LEG_EFFECTS.items()}
fits = st.fixed_dictionaries({}, optional=values_of)


@given(st.lists(fits, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_devices_on_a_leg_does_not_matter(worn, shuffler):
    shuffled = shuffler.sample(worn, len(worn))
    one, other = on_everybody(worn), on_everybody(shuffled)
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_allclose(one[name], other[name], rtol=1e-13)


@given(fits)
def test_a_device_that_does_nothing_leaves_others_as_they_are(fit):
    neutral = {name: e.neutral for name, e in LEG_EFFECTS.items()}
    both = on_everybody([fit, neutral])
    for name in LEG_EFFECTS:
        np.testing.assert_array_equal(effect(both, name), effect(fit, name))


def device(name, tags, fit, owners=slice(None)):
    owned = np.zeros(60, dtype=bool)
    owned[owners] = True
    return Device(name, owned, fit, np.array([bool(set(tags) & a.tags) for a in CORE_ACTIVITIES]))


def side_by_side(table):
    """The kernel's order ``(n, M, 8, 2)`` back to ``(n, 2, M, 8)``."""
    return table.transpose(0, 3, 1, 2)


def dressed(wardrobe, worn, doing, who=range(60)):
    """The kernel's meaning for the days of some of sixty people, each with these activities."""
    first = np.zeros(len(who), dtype=np.int64)
    days = np.array([CODES[name] for name in doing], dtype=np.uint8), first, first + len(doing)
    return wardrobe.meaning(np.broadcast_to(worn, 60), np.array(who), days)


def row_of(wardrobe, wear, activity):
    """What the kernel would read for everybody wearing this during an activity, ``(60, 2, M, 8)``."""
    slot_of, rows, *_ = dressed(wardrobe, wear, [activity])
    return side_by_side(wardrobe.responses[rows[slot_of[CODES[activity]]]])


def test_a_device_acts_on_its_owners_during_its_activities_only():
    stocking = device("stocking", {"seated"}, {"compression_mmhg": 20.0}, slice(0, 30))
    wardrobe = Wardrobe(PEOPLE, KINDS, PUMP, EVIDENCE, [stocking])
    bare, worn = responses(), responses(compression_mmhg=20.0)
    np.testing.assert_array_equal(row_of(wardrobe, 1, "sit-work")[:30], worn[:30])
    np.testing.assert_array_equal(row_of(wardrobe, 1, "sit-work")[30:], bare[30:])
    np.testing.assert_array_equal(row_of(wardrobe, 1, "walk"), bare)
    np.testing.assert_array_equal(row_of(wardrobe, 0, "sit-work"), bare)


def test_a_leg_in_what_is_worn_is_worked_out_for_those_who_live_so_and_for_nobody_else():
    wardrobe = Wardrobe(PEOPLE, KINDS, PUMP, EVIDENCE, [device("stocking", {"seated"}, {"compression_mmhg": 20.0})])
    dressed(wardrobe, 1, ["sleep", "walk"])
    assert len(wardrobe.responses) == 60
    dressed(wardrobe, 1, ["sleep", "sit-work"], who=[3, 41])
    assert len(wardrobe.responses) == 62
    slot_of, rows, *_ = dressed(wardrobe, 0, ["sit-work"], who=[3])
    assert rows[slot_of[CODES["sit-work"]], [3, 41]].tolist() == [3, 61]


def test_a_leg_that_changes_in_one_arm_stays_as_it_was_in_the_other():
    stocking = device("stocking", {"seated"}, {"compression_mmhg": 20.0})
    changed = Wardrobe(PEOPLE, KINDS, PUMP, EVIDENCE, [stocking])
    other = Wardrobe(PEOPLE, KINDS, PUMP, EVIDENCE, [stocking], changed)
    row_of(changed, 1, "sit-work")
    for row in (7, 8, 7):
        changed.change(0, row, {"deep_leak": 2.0})
    people = PEOPLE.copy()
    people["deep_leak"][0, 7:9] = 2.0
    alone = Wardrobe(people, KINDS, PUMP, EVIDENCE, [stocking])
    for wear, activity, worn in ((1, "sit-work", {"compression_mmhg": 20.0}), (0, "sit-work", {}), (1, "walk", {})):
        np.testing.assert_array_equal(row_of(other, wear, activity), responses(**worn))
        np.testing.assert_array_equal(row_of(changed, wear, activity), row_of(alone, wear, activity))


def test_two_devices_act_together_where_both_are_worn():
    left_only = np.stack([np.full(60, 3.0), np.zeros(60)])
    devices = [
        device("stocking", {"seated", "lying"}, {"compression_mmhg": 20.0}),
        device("cuffs", {"lying"}, {"bursts_per_min": left_only, "compression_mmhg": 15.0}),
    ]
    wardrobe = Wardrobe(PEOPLE, KINDS, PUMP, EVIDENCE, devices)
    np.testing.assert_array_equal(
        row_of(wardrobe, 3, "sleep"), responses(compression_mmhg=20.0, bursts_per_min=left_only)
    )
    np.testing.assert_array_equal(row_of(wardrobe, 3, "sit-work"), responses(compression_mmhg=20.0))
    np.testing.assert_array_equal(
        row_of(wardrobe, 2, "sleep"), responses(compression_mmhg=15.0, bursts_per_min=left_only)
    )
    np.testing.assert_array_equal(row_of(wardrobe, 2, "sit-work"), responses())


@settings(max_examples=25)
@given(st.data())
def test_any_wardrobe_gives_each_person_the_combined_fit_of_what_acts(data):
    """Three devices of random owners and activities, worn in any order: the table always holds their combined fit."""
    tags = ["seated", "lying", "upright"]
    fits_given = [{"compression_mmhg": 10.0}, {"bursts_per_min": 1.0}, {"pocket_time_factor": 2.0}]
    devices = [
        device(
            f"d{i}",
            data.draw(st.sets(st.sampled_from(tags), min_size=1)),
            fit,
            slice(data.draw(st.integers(0, 59)), None),
        )
        for i, fit in enumerate(fits_given)
    ]
    wardrobe = Wardrobe(PEOPLE, KINDS, PUMP, EVIDENCE, devices)
    owned = sum(d.owners.astype(int) << i for i, d in enumerate(devices))
    for wear in data.draw(st.permutations(range(8)))[:4]:
        worn = owned & wear
        doing = ("sleep", "sit-work", "walk")
        slot_of, rows, *_ = dressed(wardrobe, worn, doing)
        for activity in doing:
            row = int(data.draw(st.integers(0, 59)))
            acting = [d.fit for i, d in enumerate(devices) if worn[row] >> i & 1 and d.during[CODES[activity]]]
            got = wardrobe.responses[[rows[slot_of[CODES[activity]], row]]]
            np.testing.assert_array_equal(side_by_side(got)[0], responses(**on_everybody(acting))[row])


def test_more_devices_than_a_leg_can_wear_are_refused():
    many = [device(f"d{i}", {"seated"}, {}) for i in range(MAX_DEVICES + 1)]
    with pytest.raises(Exception, match=f"at most {MAX_DEVICES} devices"):
        Wardrobe(PEOPLE, KINDS, PUMP, EVIDENCE, many)


def test_hundreds_of_combinations_of_devices_are_told_apart():
    """Every combination that is worn has a row of its own, however many there are."""
    rates = [0.1 * (1 << i) for i in range(9)]
    devices = [device(f"d{i}", {"seated"}, {"bursts_per_min": rate}) for i, rate in enumerate(rates)]
    wardrobe = Wardrobe(PEOPLE, KINDS, PUMP, EVIDENCE, devices)
    kind = KINDS.of_activity[CODES["sit-work"]]
    for wear in range(512):
        dressed(wardrobe, wear, ["sit-work"])
    for wear in (0, 1, 255, 256, 257, 300, 511):
        got = row_of(wardrobe, wear, "sit-work")[:, :, kind]
        np.testing.assert_allclose(got, responses(bursts_per_min=0.1 * wear)[:, :, kind], rtol=1e-12)
