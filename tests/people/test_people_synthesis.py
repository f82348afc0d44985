"""Synthetic people: who they are does not depend on who else is made, and together they look like the population."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from popsim.errors import InputError
from popsim.evidence.registry import Evidence
from popsim.people import COLUMNS, LEFT, RIGHT, Population, Sex, Where, Work, synthesise
from popsim.people.making import Making
from popsim.people.shares import trait_shares
from popsim.people.synthesis import RECIPE
from popsim.people.tables import AGES, N_AGES, cells, people_tables
from popsim.people.where import matching
from popsim.randomness import Draws

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

EVIDENCE = Evidence.load()
VALUES = EVIDENCE.room("people")
N = 200_000


@dataclass(frozen=True)
class Recorder(Draws):
    """Draws that keep a list of what was asked of them."""

    asked: list[tuple[str, int, int]] = field(default_factory=list)

    def uniform(
        self, decision: str, person: ArrayLike, *, day: int = 0, leg: int = 0, k: int = 0
    ) -> NDArray[np.float64]:
        self.asked.append((decision, leg, k))
        return super().uniform(decision, person, day=day, leg=leg, k=k)


@pytest.fixture(scope="module")
def everyone() -> Population:
    return synthesise(Draws(7), np.arange(N), EVIDENCE)


def share_is(mask: NDArray[np.bool_], expected: float) -> bool:
    """Within five standard errors of a binomial share."""
    return abs(float(np.mean(mask)) - expected) < 5.0 * np.sqrt(expected * (1.0 - expected) / len(mask)) + 1e-12


def aged(people: Population, low: int, high: int, sex: Sex | None = None) -> NDArray[np.bool_]:
    age = people["age_years"]
    return np.asarray((age >= low) & (age <= high) & ((people["sex"] == sex) if sex is not None else True))


def wanted() -> st.SearchStrategy[Where]:
    ages = st.lists(st.integers(18, 95), min_size=2, max_size=2).map(sorted)
    works = st.lists(st.sampled_from(["none", "desk", "standing", "active"]), min_size=1, unique=True)
    return st.builds(Where, age=st.none() | ages, sex=st.sampled_from([None, "female", "male"]), work=st.none() | works)


def test_every_declared_column_is_made_with_its_type_shape_and_bounds(everyone: Population) -> None:
    assert list(everyone) == list(COLUMNS)
    for name, column in COLUMNS.items():
        values = everyone[name]
        assert values.dtype == column.dtype
        assert values.shape == ((N,) if column.per == "person" else (2, N))
        assert column.low <= values.min() <= values.max() <= column.high


@settings(max_examples=20, deadline=None)
@given(ids=st.lists(st.integers(0, 2**62), min_size=1, max_size=30, unique=True), where=st.none() | wanted())
def test_a_person_is_the_same_whoever_else_is_made(ids: list[int], where: Where | None) -> None:
    whole = synthesise(Draws(3), np.array(ids), EVIDENCE, where)
    alone = synthesise(Draws(3), np.array(ids[-1:]), EVIDENCE, where)
    backwards = synthesise(Draws(3), np.array(ids[::-1]), EVIDENCE, where)
    for name in COLUMNS:
        np.testing.assert_array_equal(alone[name], whole[name][..., -1:])
        np.testing.assert_array_equal(backwards[name], whole[name][..., ::-1])


def test_another_seed_makes_other_people(everyone: Population) -> None:
    others = synthesise(Draws(8), np.arange(1000), EVIDENCE)
    assert not np.array_equal(others["height_cm"], everyone["height_cm"][:1000])


def test_no_two_columns_share_a_decision_and_no_decision_repeats_a_draw() -> None:
    draws = Recorder(1)
    people = Making(np.arange(5000), draws, EVIDENCE, matching(None))
    owner: dict[str, str] = {}
    for name, make in RECIPE.items():
        draws.asked.clear()
        people.columns[name] = make(people)
        assert draws.asked, name
        assert len(set(draws.asked)) == len(draws.asked)
        for decision, _, _ in draws.asked:
            assert decision.startswith("people.")
            assert owner.setdefault(decision, name) == name


@settings(max_examples=25, deadline=None)
@given(where=wanted())
def test_everyone_made_matches_the_condition(where: Where) -> None:
    people = synthesise(Draws(5), np.arange(400), EVIDENCE, where)
    low, high = where.age or (18, 100)
    assert np.all(aged(people, low, high))
    assert where.sex is None or np.all(people["sex"] == Sex[where.sex.upper()])
    assert where.work is None or set(people["work"].tolist()) <= {Work[w.upper()] for w in where.work}


def test_conditioning_is_exact_not_approximate(everyone: Population) -> None:
    """People made under a condition are distributed as those who happen to match it among all."""
    where = Where(age=(30, 69), work=("desk", "driving"))
    made = synthesise(Draws(11), np.arange(N), EVIDENCE, where)
    found = everyone.take(aged(everyone, 30, 69) & np.isin(everyone["work"], [Work.DESK, Work.DRIVING]))
    for traits in (
        lambda p: p["sex"] == Sex.MALE,
        lambda p: p["work"] == Work.DRIVING,
        lambda p: p["age_years"] < 45,
        lambda p: (p["age_years"] >= 60) & (p["sex"] == Sex.FEMALE),
    ):
        a, b = traits(made), traits(found)
        error = np.sqrt(a.var() / len(a) + b.var() / len(b))
        assert abs(a.mean() - b.mean()) < 5.0 * error


@pytest.mark.parametrize(
    ("where", "part"),
    [
        (Where(age=(70, 60)), "got 70 and 60"),
        (Where(age=(101, 110)), "between 18 and 100"),
        (Where(age=(3, 12)), "got 3 and 12"),
        (Where(work=()), "nobody in the population matches"),
        (Where(age=(100, 100), sex="female", work=("driving",)), "nobody in the population matches"),
    ],
)
def test_a_condition_nobody_meets_is_an_input_error(where: Where, part: str) -> None:
    with pytest.raises(InputError, match=part):
        synthesise(Draws(1), np.arange(3), EVIDENCE, where)


@pytest.mark.parametrize(
    "given_where",
    [{"aeg": [18, 20]}, {"age": ["18", "20"]}, {"age": [18]}, {"age": [18.5, 20]}, {"sex": "f"}, {"work": ["office"]}],
)
def test_a_misspelt_condition_is_refused(given_where: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Where.model_validate(given_where)


def test_an_empty_population_is_possible() -> None:
    assert len(synthesise(Draws(1), np.arange(0), EVIDENCE)) == 0


def test_ages_and_sexes_follow_the_pyramid(everyone: Population) -> None:
    expected = people_tables().people.ravel() / people_tables().people.sum()
    found = np.bincount(cells(everyone["age_years"], everyone["sex"]), minlength=2 * N_AGES)
    chi2 = np.sum((found - N * expected) ** 2 / (N * expected))
    assert chi2 < 165 + 5 * np.sqrt(2 * 165)


@pytest.mark.parametrize(("low", "high"), [(18, 24), (25, 44), (45, 64), (65, 100)])
def test_work_follows_the_time_use_survey(everyone: Population, low: int, high: int) -> None:
    tables, inside = people_tables(), (low <= AGES) & (high >= AGES)
    for sex in Sex:
        weights = tables.people[sex, inside]
        for kind in Work:
            expected = float(np.average(tables.work[sex, inside, kind], weights=weights))
            assert share_is(everyone["work"][aged(everyone, low, high, sex)] == kind, expected)


@pytest.mark.parametrize(
    ("constant", "low", "high", "sex", "trait"),
    [
        ("non_o_blood_share", 18, 100, None, "non_o_blood"),
        ("factor_v_leiden_share", 18, 100, None, "factor_v_leiden"),
        ("prothrombin_share", 18, 100, None, "prothrombin_g20210a"),
        ("contraceptive_share_women_18_49", 18, 49, Sex.FEMALE, "oral_contraceptive"),
        ("hormone_therapy_share_women_40_plus", 40, 100, Sex.FEMALE, "hormone_therapy"),
        ("cancer_share", 18, 100, None, "active_cancer"),
        ("heart_failure_share", 20, 100, None, "heart_failure"),
        ("prior_vte_share", 18, 100, None, "prior_vte"),
        ("varices_share_men_18_64", 18, 64, Sex.MALE, "superficial_leak"),
        ("varices_share_women_18_64", 18, 64, Sex.FEMALE, "superficial_leak"),
        ("deep_reflux_share_men_18_64", 18, 64, Sex.MALE, "deep_leak"),
        ("deep_reflux_share_women_18_64", 18, 64, Sex.FEMALE, "deep_leak"),
    ],
)
def test_population_shares_are_those_of_the_registry(
    everyone: Population, constant: str, low: int, high: int, sex: Sex | None, trait: str
) -> None:
    has = everyone[trait] if COLUMNS[trait].per == "person" else np.any(everyone[trait] > 0.0, axis=0)
    assert share_is(has[aged(everyone, low, high, sex)], VALUES[constant])


def test_overriding_a_share_in_the_registry_changes_the_people() -> None:
    people = synthesise(Draws(7), np.arange(20_000), EVIDENCE.override({"people.varices_share_women_18_64": 0.6}))
    women = aged(people, 18, 64, Sex.FEMALE)
    assert share_is(np.any(people["superficial_leak"] > 0.0, axis=0)[women], 0.6)


@pytest.mark.parametrize(
    ("constant", "value"),
    [
        ("people.varices_share_men_18_64", 1.2),
        ("people.heart_failure_odds_ratio_per_decade", 0.0),
        ("people.leak_correlation", -0.1),
        ("people.fidget_factor_log_sd", -1.0),
        ("people.calf_strength_45_years", 1.0),
    ],
)
def test_constants_with_which_nobody_can_be_made_are_refused(constant: str, value: float) -> None:
    with pytest.raises(InputError, match=f"{constant}: expected a number from"):
        synthesise(Draws(1), np.arange(3), EVIDENCE.override({constant: value}))


@pytest.mark.parametrize("trait", ["active_cancer", "heart_failure", "prior_vte", "varices", "insufficiency"])
def test_diseases_rise_with_age_without_jumps_and_level_off_at_eighty(trait: str) -> None:
    share = trait_shares(VALUES)[trait]
    steps = np.diff(np.log(share / (1.0 - share)), axis=1)
    young = AGES[1:] <= 80
    assert np.all(steps[:, young] > 0.0)
    assert steps.max() < 0.12
    np.testing.assert_allclose(steps[:, ~young], 0.0, atol=1e-12)


def test_hormones_and_pregnancies_are_womens_and_exclude_each_other(everyone: Population) -> None:
    female = everyone["sex"] == Sex.FEMALE
    pill, therapy, pregnant = (everyone[c] for c in ("oral_contraceptive", "hormone_therapy", "pregnant"))
    assert not np.any((pill | therapy | pregnant) & ~female)
    assert not np.any(pill & therapy)
    assert not np.any(pregnant & (pill | therapy))
    assert everyone["age_years"][pregnant].max() < 50
    assert everyone["age_years"][therapy].min() >= 40


def test_carriers_of_factor_v_leiden_had_more_clots_before(everyone: Population) -> None:
    carriers = everyone["factor_v_leiden"]
    ratio = everyone["prior_vte"][carriers].mean() / everyone["prior_vte"][~carriers].mean()
    assert ratio == pytest.approx(VALUES["prior_vte_ratio_factor_v_leiden"], rel=0.2)


def test_calves_weaken_with_age_through_the_two_medians_of_the_registry() -> None:
    for age in (45, 82):
        people = synthesise(Draws(1), np.arange(40_000), EVIDENCE, Where(age=(age, age)))
        assert np.median(people["calf_strength"]) == pytest.approx(VALUES[f"calf_strength_{age}_years"], rel=0.01)
    old = synthesise(Draws(1), np.arange(5_000), EVIDENCE, Where(age=(90, 95)))
    young = synthesise(Draws(1), np.arange(5_000), EVIDENCE, Where(age=(18, 25)))
    assert np.median(old["calf_strength"]) < 0.5
    assert np.median(young["calf_strength"]) == pytest.approx(1.0, abs=0.01)
    assert old["ankle_range"].mean() < 0.8 < young["ankle_range"].mean()


def test_two_legs_of_a_person_resemble_each_other_where_they_should(everyone: Population) -> None:
    thirty = everyone.take(aged(everyone, 30, 34))
    strength = np.log(thirty["calf_strength"])
    assert np.corrcoef(strength)[0, 1] == pytest.approx(VALUES["calf_strength_correlation"], abs=0.02)
    assert np.corrcoef(np.log(everyone["pocket_factor"]))[0, 1] == pytest.approx(0.0, abs=0.01)
    leaks = everyone["superficial_leak"]
    both = np.all(leaks > 0.0, axis=0)
    assert share_is(both[np.any(leaks > 0.0, axis=0)], VALUES["superficial_leak_both_legs_share"])
    assert np.corrcoef(leaks[LEFT], leaks[RIGHT])[0, 1] > 0.15


def test_left_and_right_legs_leak_alike(everyone: Population) -> None:
    for column in ("superficial_leak", "deep_leak"):
        left, right = (everyone[column] > 0.0).mean(axis=1)
        assert left == pytest.approx(right, rel=0.03)


def test_log_normal_spreads_are_those_of_the_registry(everyone: Population) -> None:
    for column in ("pocket_factor", "fidget_factor"):
        logs = np.log(everyone[column])
        assert logs.std() == pytest.approx(VALUES[f"{column}_log_sd"], rel=0.02)
        assert np.median(logs) == pytest.approx(0.0, abs=0.005)


def test_chronic_insufficiency_lies_between_skin_changes_and_any_oedema_in_the_bonn_vein_study() -> None:
    """Of people aged 18-79 in Bonn 3.6 % had C4-C6 and 17.0 % C3-C6; a check the model was not built from."""
    weights = people_tables().people * (AGES <= 79)
    share = float(np.average(trait_shares(VALUES)["insufficiency"], weights=weights))
    assert 0.036 < share < 0.17


def test_strong_leaks_are_commoner_in_old_age_and_after_a_clot(everyone: Population) -> None:
    strong = np.any(everyone["deep_leak"] > 0.2, axis=0)
    assert strong[everyone["prior_vte"]].mean() > 4.0 * strong[~everyone["prior_vte"]].mean()
    strong = np.any(everyone["superficial_leak"] > 0.2, axis=0)
    assert strong[aged(everyone, 65, 100)].mean() > 2.0 * strong[aged(everyone, 18, 39)].mean()
