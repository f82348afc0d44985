"""The shipped tables say what the surveys say, and are re-derived byte for byte where the surveys are at hand."""

from __future__ import annotations

import csv
import gzip
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from popsim.people.population import Sex
from popsim.people.tables import AGES, N_AGES, cells, normal_score, people_tables, quantile

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
SURVEYS = ROOT.parent / "shared" / "data"
SHIPPED = ROOT / "popsim" / "people" / "data"

needs_surveys = pytest.mark.skipif(not SURVEYS.exists(), reason="the survey files the tables come from are not here")


def derivation() -> ModuleType:
    spec = importlib.util.spec_from_file_location("derive_people_tables", ROOT / "scripts" / "derive_people_tables.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@needs_surveys
def test_the_shipped_tables_are_what_the_script_derives_from_the_surveys(tmp_path: Path) -> None:
    derivation().derive(SURVEYS, tmp_path)
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {p.name: p.read_text() for p in SHIPPED.glob("*.csv")}


def test_every_shipped_table_says_where_it_is_from_and_how_it_was_made() -> None:
    for path in SHIPPED.glob("*.csv"):
        first, second = path.read_text().splitlines()[:2]
        assert first.startswith("# ")
        assert second == "# Derived by scripts/derive_people_tables.py."


def test_the_pyramid_holds_the_adults_of_2024() -> None:
    assert people_tables().people.sum() == 266_978_268


def test_women_outnumber_men_in_old_age_only() -> None:
    women, men = people_tables().people
    assert np.all(women[AGES >= 70] > men[AGES >= 70])
    assert np.all(men[AGES <= 30] > women[AGES <= 30])


def test_shares_of_work_sum_to_one_and_retirement_follows_working_age() -> None:
    work = people_tables().work
    np.testing.assert_allclose(work.sum(axis=-1), 1.0)
    for sex in Sex:
        idle = dict(zip(AGES.tolist(), work[sex, :, 0].tolist(), strict=True))
        assert idle[40] < 0.4 < idle[67] < idle[80]


def test_quantiles_rise_with_the_normal_score_at_every_age() -> None:
    tables = people_tables()
    for table in (tables.height_cm, tables.bmi, tables.weight_kg):
        assert table.shape == (2, N_AGES, 11)
        assert np.all(np.diff(table, axis=-1) > 0.0)


@given(z=st.floats(-4.0, 4.0), age=st.integers(18, 110), sex=st.sampled_from([0, 1]))
def test_the_normal_score_of_a_quantile_is_the_score_it_was_taken_at(z: float, age: int, sex: int) -> None:
    cell, table = cells(np.array([age]), np.array([sex])), people_tables().height_cm
    assert normal_score(table, cell, quantile(table, cell, np.array([z])))[0] == pytest.approx(z, abs=1e-9)


def test_people_older_than_the_tables_use_the_oldest_row() -> None:
    assert cells(np.array([110]), np.array([1]))[0] == cells(np.array([100]), np.array([1]))[0] == 2 * N_AGES - 1


@needs_surveys
def test_the_life_table_agrees_with_the_social_security_table_of_2015() -> None:
    with (SURVEYS / "us_life_tables/ssa_2015_death_prob.csv").open() as stream:
        rows = [r for r in csv.DictReader(stream) if 30 <= int(r["age"]) <= 95]
    ours = people_tables().death_probability
    ratio = [ours[Sex[r["sex"].upper()], int(r["age"]) - 18] / float(r["prob"]) for r in rows]
    assert 0.75 < min(ratio) < max(ratio) < 1.35


@needs_surveys
def test_occupations_cover_every_respondent_in_work() -> None:
    work_of = derivation().work_of
    with gzip.open(SURVEYS / "atus/atus_halfhour_joined.csv.gz", "rt") as stream:
        kinds = {work_of(row) for row in csv.DictReader(stream)}
    assert kinds == {"none", "desk", "standing", "active", "driving"}


def test_a_weighted_quantile_counts_a_weight_of_two_as_two_people() -> None:
    module = derivation()
    values, shares = np.array([1.0, 2.0, 5.0]), np.array([0.1, 0.5, 0.9])
    twice = module.weighted_quantiles(values, np.array([10.0, 20.0, 10.0]), shares)
    assert twice[1] == 2.0
    np.testing.assert_allclose(twice, module.weighted_quantiles(values, np.array([1.0, 2.0, 1.0]), shares))
