"""Height, body mass index, smoking and pregnancy against the health survey they come from."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from popsim.evidence.registry import Evidence
from popsim.people import Sex, Where, synthesise
from popsim.people.tables import cells, people_tables, quantile
from popsim.randomness import Draws

if TYPE_CHECKING:
    from numpy.typing import NDArray

SURVEY = Path(__file__).resolve().parents[3] / "shared" / "data" / "nhanes_2009_2012" / "nhanes_body.csv.gz"
EVIDENCE = Evidence.load()
GROUPS = [(20, 29), (30, 39), (40, 49), (50, 59), (60, 69), (70, 79)]

needs_survey = pytest.mark.skipif(not SURVEY.exists(), reason="the health survey is not here")


@pytest.fixture(scope="module")
def survey() -> list[dict[str, str]]:
    with gzip.open(SURVEY, "rt") as stream:
        return [r for r in csv.DictReader(stream) if r["PregnantNow"] != "Yes"]


def measured(rows: list[dict[str, str]], low: int, high: int, sex: Sex, column: str) -> tuple[NDArray, NDArray]:
    inside = [r for r in rows if low <= int(r["Age"]) <= high and r["Gender"] == sex.name.lower() and r[column]]
    return np.array([float(r[column]) for r in inside]), np.array([float(r["WTMEC2YR"]) for r in inside])


def weighted_share(mask: NDArray, weight: NDArray) -> tuple[float, float]:
    """Share and its standard error, doubled in variance for the survey's clustering."""
    share = float(np.average(mask, weights=weight))
    effective = weight.sum() ** 2 / np.sum(weight**2) / 2.0
    return share, float(np.sqrt(max(share * (1.0 - share), 0.01) / effective))


@needs_survey
@pytest.mark.parametrize("sex", list(Sex))
@pytest.mark.parametrize(("low", "high"), GROUPS)
def test_heights_and_body_mass_follow_the_survey_at_every_quantile(
    survey: list[dict[str, str]], low: int, high: int, sex: Sex
) -> None:
    made = synthesise(Draws(4), np.arange(20_000), EVIDENCE, Where(age=(low, high), sex=sex.name.lower()))
    for column, values in (("Height", made["height_cm"]), ("BMI", made.bmi)):
        real, weight = measured(survey, low, high, sex, column)
        for cut in np.quantile(values, (0.05, 0.25, 0.5, 0.75, 0.95)):
            expected, error = weighted_share(real <= cut, weight)
            assert abs(np.mean(values <= cut) - expected) < 4.0 * error, (column, cut)


@needs_survey
def test_as_many_are_obese_as_the_survey_found(survey: list[dict[str, str]]) -> None:
    for sex in Sex:
        for low, high in GROUPS:
            made = synthesise(Draws(4), np.arange(20_000), EVIDENCE, Where(age=(low, high), sex=sex.name.lower()))
            real, weight = measured(survey, low, high, sex, "BMI")
            expected, error = weighted_share(real >= 30.0, weight)
            assert abs(np.mean(made.bmi >= 30.0) - expected) < 4.0 * error


@needs_survey
def test_as_many_smoke_as_the_survey_found(survey: list[dict[str, str]]) -> None:
    for sex in Sex:
        for low, high in GROUPS:
            inside = [r for r in survey if low <= int(r["Age"]) <= high and r["Gender"] == sex.name.lower()]
            asked = [r for r in inside if r["SmokeNow"] or r["Smoke100"] == "No"]
            smokes = np.array([r["SmokeNow"] == "Yes" for r in asked])
            expected, error = weighted_share(smokes, np.array([float(r["WTINT2YR"]) for r in asked]))
            made = synthesise(Draws(4), np.arange(20_000), EVIDENCE, Where(age=(low, high), sex=sex.name.lower()))
            assert abs(made["smoker"].mean() - expected) < 4.0 * error


def test_a_third_of_adults_are_obese_as_published_for_2009_to_2012() -> None:
    people = synthesise(Draws(2), np.arange(200_000), EVIDENCE)
    assert np.mean(people.bmi >= 30.0) == pytest.approx(0.353, abs=0.01)


def test_heights_stand_at_the_tabulated_quantiles() -> None:
    people = synthesise(Draws(9), np.arange(100_000), EVIDENCE, Where(age=(40, 40), sex="male"))
    cell = cells(np.array([40]), np.array([1]))
    for z, share in ((-2.0, 0.02275), (-1.0, 0.15866), (0.0, 0.5), (1.0, 0.84134), (2.0, 0.97725)):
        height = quantile(people_tables().height_cm, cell, np.array([z]))[0]
        assert np.mean(people["height_cm"] <= height) == pytest.approx(share, abs=0.006)


def test_tall_people_weigh_more_but_are_not_fatter() -> None:
    men = synthesise(Draws(9), np.arange(100_000), EVIDENCE, Where(age=(30, 60), sex="male"))
    assert np.corrcoef(men["height_cm"], men["weight_kg"])[0, 1] == pytest.approx(0.40, abs=0.05)
    assert abs(np.corrcoef(men["height_cm"], men.bmi)[0, 1]) < 0.05


def test_body_mass_is_skewed_to_the_right() -> None:
    women = synthesise(Draws(9), np.arange(50_000), EVIDENCE, Where(sex="female"))
    low, middle, high = np.quantile(women.bmi, (0.05, 0.5, 0.95))
    assert high - middle > 1.5 * (middle - low)


def test_pregnancies_include_the_weeks_after_birth() -> None:
    women = synthesise(Draws(9), np.arange(100_000), EVIDENCE, Where(age=(30, 30), sex="female"))
    expected = people_tables().pregnant[Sex.FEMALE, 12] * EVIDENCE["people.pregnancy_with_puerperium_ratio"]
    assert women["pregnant"].mean() == pytest.approx(expected, rel=0.06)
