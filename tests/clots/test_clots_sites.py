"""Each site of each leg has its own hazard; what injures a vein raises that of its site in that leg."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from popsim.clots.course import draw_course
from popsim.clots.infections import KINDS
from popsim.clots.injuries import Injury, injury_weights
from popsim.clots.kinds import CLOT_SITES, Site
from popsim.clots.sites import site_weights
from popsim.clots.triad import Triad
from popsim.evidence import Evidence
from popsim.people import synthesise
from popsim.randomness import Draws
from popsim.routines.calendar import EpisodeKind, Episodes
from popsim.routines.reasons import REASON_CODES

EVIDENCE = Evidence.load().override({f"clots.{k}_per_year_{sex}": 0.0 for k in KINDS for sex in ("women", "men")})
KNOWN = EVIDENCE.room("clots")
DRAWS = Draws(1)
SURELY_NOT_CHANCE = 1e-6
HIP, KNEE = 0, 1


def people(count=4000, pregnant=False):
    made = synthesise(DRAWS, np.arange(count), EVIDENCE)
    made["pregnant"] = np.full(count, pregnant)
    return made


def operations(reason, count, day=3):
    """Everybody has this operation on one day."""
    rows = np.arange(count)
    fields = {
        "row": rows,
        "kind": np.full(count, EpisodeKind.OPERATION, dtype=np.uint8),
        "first_day": np.full(count, day, dtype=np.int32),
        "last_day": np.full(count, day, dtype=np.int32),
        "reason": np.full(count, REASON_CODES[reason], dtype=np.uint8),
        "stay": np.zeros(count, dtype=np.int32),
        "length_days": np.zeros(count),
        "mobility": np.zeros(count, dtype=np.uint8),
    }
    return Episodes(**{name: fields[name] for name in Episodes.__dataclass_fields__})


def triad(reason="surgery", day=3, count=4000, **more):
    return Triad(people(count, **more), operations(reason, count, day), DRAWS, EVIDENCE)


def clots_of(model, leg, day=5, repeats=20):
    """Where the clots of one leg of everybody start."""
    rows = np.tile(np.arange(len(model.constitution)), repeats)
    meets = model.circumstances(day, np.ones(len(model.constitution)))
    ids = np.arange(len(rows))
    onsets = meets.onsets(rows, ids, np.full(len(rows), leg), np.zeros(len(rows), np.int64), day)
    return rows, draw_course(onsets, DRAWS, EVIDENCE).site


def test_ordinary_legs_have_a_mean_of_one_and_the_shares_of_the_registry():
    weights = site_weights(KNOWN)
    assert weights.sum() == pytest.approx(2)
    shares = np.array([KNOWN[f"site_share_{site.name.lower()}"] for site in CLOT_SITES])
    np.testing.assert_allclose(weights.mean(axis=0), shares / shares.sum())
    ratios = [KNOWN[f"side_ratio_{site.name.lower()}"] for site in CLOT_SITES]
    np.testing.assert_allclose(weights[0] / weights[1], ratios)


def test_pregnancy_moves_clots_up_and_left_and_makes_no_more_of_them():
    weights, usual = site_weights(KNOWN, pregnant=True), site_weights(KNOWN)
    assert weights.sum() == pytest.approx(2)
    assert weights[:, Site.ILIAC].sum() > 2 * usual[:, Site.ILIAC].sum()
    assert 0.75 < weights[0].sum() / 2 < 0.95
    np.testing.assert_allclose(triad(pregnant=True).sites.on(0).sum(axis=0), 2.0)


@pytest.mark.parametrize("leg", [0, 1])
@pytest.mark.parametrize("reason", ["surgery", "hip-replacement", "knee-replacement", "trauma"])
def test_clots_start_where_leg_and_operation_say(leg, reason):
    model = triad(reason)
    rows, site = clots_of(model, leg)
    weights = model.sites.weights(5, np.full(len(rows), leg), rows)
    expected = (weights / weights.sum(axis=1, keepdims=True)).sum(axis=0)
    assert stats.chisquare(np.bincount(site, minlength=4), expected).pvalue > SURELY_NOT_CHANCE


def test_a_hip_operation_injures_the_femoral_vein_and_a_knee_operation_the_veins_below():
    hip, knee = injury_weights(KNOWN, Injury.HIP), injury_weights(KNOWN, Injury.KNEE)
    assert hip.sum() == pytest.approx(KNOWN["wall_injury_hip"] - 1)
    assert knee.sum() == pytest.approx(KNOWN["wall_injury_knee"] - 1)
    assert hip[Site.FEMORAL] / hip.sum() > 5 * knee[Site.FEMORAL] / knee.sum()
    assert knee[Site.CALF] + knee[Site.POPLITEAL] > 0.95 * knee.sum()


@pytest.mark.parametrize("joint", ["hip", "knee"])
def test_one_leg_is_operated_on_and_heals_in_a_time_of_its_own(joint):
    model, plain = triad(f"{joint}-replacement"), triad()
    usual, healed = plain.sites.on(5), 3 + int(KNOWN[f"wall_injury_{joint}_days"])
    for day, injured in ((2, 0), (3, 1), (healed - 1, 1), (healed, 0)):
        raised = model.sites.on(day) - usual
        np.testing.assert_allclose(raised.sum(axis=0), injured * (KNOWN[f"wall_injury_{joint}"] - 1), atol=1e-9)
        assert ((raised > 1e-9).sum(axis=0) == injured).all()
    right = (model.sites.on(5) - usual)[1] > 1e-9
    assert stats.binomtest(int(right.sum()), len(right)).pvalue > SURELY_NOT_CHANCE


def test_the_operated_leg_does_not_depend_on_who_else_is_there():
    whole = triad("hip-replacement", count=400).sites.on(5)
    some = people(400).take(slice(100, 300))
    part = Triad(some, operations("hip-replacement", 200), DRAWS, EVIDENCE).sites.on(5)
    np.testing.assert_array_equal(part, whole[:, 100:300])


@given(st.integers(0, 30), st.sampled_from(["surgery", "hip-replacement", "knee-replacement"]), st.booleans())
def test_a_legs_hazard_is_the_sum_over_its_sites(day, reason, pregnant):
    model = triad(reason, count=50, pregnant=pregnant)
    amount = model.sites.on(day) * np.arange(1, 51)
    by_site = model.sites.split(day, amount)
    np.testing.assert_allclose(by_site.sum(axis=0), amount.sum(axis=0))
    rows = np.arange(50)
    one_by_one = sum(model.sites.weights(day, np.full(50, leg), rows) * np.arange(1, 51)[:, None] for leg in (0, 1))
    np.testing.assert_allclose(by_site, one_by_one.T)
    for leg in (0, 1):
        np.testing.assert_allclose(
            model.sites.weights(day, np.full(50, leg), rows).sum(axis=1), model.sites.on(day)[leg]
        )


def test_clots_after_an_operation_are_mostly_provoked_and_others_not_at_all():
    meets = triad(day=3).circumstances(5, np.ones(4000))
    late, before = triad(day=3).circumstances(400, np.ones(4000)), triad(day=3).circumstances(1, np.ones(4000))
    rows = np.arange(4000)
    shares = [m.onsets(rows, rows, rows % 2, rows * 0, 5).provoked for m in (meets, late, before)]
    np.testing.assert_allclose(shares[0], 1 - 1 / KNOWN["ratio_surgery"])
    assert (shares[1] < 0.01).all()
    assert (shares[2] == 0).all()


def one_kind(kind, count, first, last):
    rows = np.arange(count)
    plain = operations("medical", count, first)
    columns = {name: getattr(plain, name) for name in Episodes.__dataclass_fields__}
    return Episodes(**columns | {"row": rows, "kind": np.full(count, kind), "last_day": np.full(count, last)})


def test_a_cast_injures_one_leg_for_as_long_as_it_is_worn():
    some = people(1000)
    some["plaster_cast"] = np.arange(1000) < 500
    none = people(1000)
    model, plain = (Triad(p, operations("surgery", 1000), DRAWS, EVIDENCE).sites for p in (some, none))
    raised = model.on(0) - plain.on(0)
    np.testing.assert_allclose(raised.sum(axis=0), np.where(some["plaster_cast"], KNOWN["wall_injury_cast"] - 1, 0))
    assert 150 < (raised[0] > 0).sum() < 350
    np.testing.assert_allclose(model.on(int(KNOWN["wall_injury_cast_days"])), plain.on(0))


def test_some_patients_in_intensive_care_have_a_catheter_in_the_groin_that_spares_the_calf():
    count = 4000
    icu = Triad(people(count), one_kind(EpisodeKind.ICU, count, 3, 8), DRAWS, EVIDENCE).sites
    plain = triad(count=count).sites
    raised = (icu.on(5) - plain.on(5)).sum(axis=0)
    assert (raised > 1e-9).mean() == pytest.approx(KNOWN["femoral_catheter_share"], abs=0.02)
    healed = 9 + int(KNOWN["wall_injury_catheter_days"])
    assert ((icu.on(healed - 1) - plain.on(5)).sum(axis=0) > 1e-9).any()
    np.testing.assert_allclose(icu.on(healed), plain.on(5))
    rows, left = np.arange(count), np.zeros(count, dtype=np.int64)
    added = icu.weights(5, left, rows) - plain.weights(5, left, rows)
    assert added[:, [Site.CALF, Site.POPLITEAL]].max() < 1e-12 < added[:, Site.FEMORAL].max()


def test_an_intervention_can_injure_one_leg_and_its_clots_lie_where_those_under_a_cast_do():
    model, dose = triad(count=100), np.zeros((2, 100))
    wall = np.ones((2, 100))
    wall[1, 7] = KNOWN["wall_injury_cast"]
    raised = model.hazard(1, dose, wall=wall) / model.hazard(1, dose)
    assert (np.delete(raised, 7, axis=1) == 1).all()
    assert raised[0, 7] == 1 < raised[1, 7]
    leg, row = np.array([1]), np.array([7])
    added = model.sites.weights(1, leg, row, wall) - model.sites.weights(1, leg, row)
    np.testing.assert_allclose(added[0], injury_weights(KNOWN, Injury.CAST), atol=1e-12)
    split = model.sites.split(1, model.sites.on(1, wall), wall)
    np.testing.assert_allclose(split[:, 7].sum(), model.sites.on(1, wall)[:, 7].sum())


def test_a_calf_clot_owed_to_an_injured_wall_grows_less_often():
    rows = np.arange(4000)
    legs = rows % 2
    grows = {
        reason: triad(reason).circumstances(5, np.ones(4000)).onsets(rows, rows, legs, rows * 0, 5).growth_factor
        for reason in ("surgery", "knee-replacement")
    }
    assert (grows["surgery"] == 1).all()
    operated = grows["knee-replacement"] < 1
    assert 0.4 < operated.mean() < 0.6
    least = KNOWN["extension_injured_factor"]
    assert ((least < grows["knee-replacement"][operated]) & (grows["knee-replacement"][operated] < least + 0.1)).all()


def test_clots_lie_as_usual_again_once_childbed_is_over():
    model, usual = triad(pregnant=True, count=500), triad(count=500)
    rows = np.arange(500)
    left = np.zeros(500, dtype=np.int64)
    assert (model.sites.weights(0, left, rows) != usual.sites.weights(0, left, rows)).mean() > 0.98
    over = int(KNOWN["pregnancy_known_days"] + KNOWN["puerperium_days"])
    np.testing.assert_array_equal(model.sites.weights(over, left, rows), usual.sites.weights(over, left, rows))
    np.testing.assert_array_equal(model.sites.on(over), usual.sites.on(over))


@given(st.lists(st.tuples(st.integers(0, 150), st.sampled_from([None, 0, 1])), min_size=2, max_size=8))
def test_no_day_and_no_intervention_leaves_anything_in_the_sites_of_another(asked):
    walls = [np.where(np.arange(100).reshape(2, 50) % some == 0, 3.0, 1.0) for some in (2, 7)]
    some = people(50)
    some["pregnant"] = np.arange(50) < 20
    some["plaster_cast"] = np.arange(50) > 30
    operated = operations("knee-replacement", 30, day=40)
    kept = Triad(some, operated, DRAWS, EVIDENCE).sites
    for day, which in asked:
        wall, fresh = None if which is None else walls[which], Triad(some, operated, DRAWS, EVIDENCE).sites
        np.testing.assert_array_equal(kept.on(day, wall), fresh.on(day, wall))
        np.testing.assert_array_equal(kept.split(day, np.ones((2, 50)), wall), fresh.split(day, np.ones((2, 50)), wall))


def test_what_is_kept_of_a_day_is_not_to_be_written_to():
    model = triad(count=50)
    for kept in (model.sites.on(5), model.coagulability(5), model.changing.provocation(5)):
        with pytest.raises(ValueError, match="read-only"):
            kept[...] = 0.0


def test_several_injuries_of_a_leg_add_up():
    some = people(200)
    some["plaster_cast"] = np.ones(200, dtype=bool)
    model = Triad(some, operations("knee-replacement", 200, day=0), DRAWS, EVIDENCE).sites
    wall = np.full((2, 200), 3.0)
    raised = model.on(1, wall) - triad(count=200).sites.on(1)
    knee, cast = KNOWN["wall_injury_knee"] - 1.0, KNOWN["wall_injury_cast"] - 1.0
    np.testing.assert_allclose(raised.sum(axis=0), knee + cast + 2 * 2.0)
    rows = np.arange(200)
    for leg in (0, 1):
        np.testing.assert_allclose(model.weights(1, rows * 0 + leg, rows, wall).sum(axis=1), model.on(1, wall)[leg])
