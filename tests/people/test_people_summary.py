"""The summary of a population says what its columns say."""

from __future__ import annotations

import json

import numpy as np

from popsim.evidence.registry import Evidence
from popsim.people import Population, Where, population_summary, synthesise
from popsim.randomness import Draws


def test_counts_add_up_and_the_summary_is_json() -> None:
    people = synthesise(Draws(1), np.arange(3000), Evidence.load())
    summary = json.loads(json.dumps(population_summary(people)))
    assert summary["people"] == 3000
    for topic in ("sex", "age_group", "work"):
        assert sum(row["count"] for row in summary[topic].values()) == 3000
    assert summary["traits"]["factor_v_leiden"]["count"] == int(people["factor_v_leiden"].sum())
    assert summary["bmi"]["obese"]["share"] == np.mean(people.bmi >= 30.0)
    assert summary["reflux"]["superficial_leak"]["share"] == np.mean(np.any(people["superficial_leak"] > 0, axis=0))
    assert summary["legs"]["calf_strength"]["left"]["median"] == np.median(people["calf_strength"][0])


def test_a_condition_shows_in_the_summary() -> None:
    people = synthesise(Draws(1), np.arange(50), Evidence.load(), Where(sex="female", work=["desk"], age=[40, 59]))
    summary = population_summary(people)
    assert summary["sex"]["female"]["share"] == summary["work"]["desk"]["share"] == 1.0
    assert summary["age_group"]["40–59"]["count"] == 50


def test_missing_columns_and_missing_people_are_no_obstacle() -> None:
    assert population_summary(Population(np.arange(0), {})) == {"people": 0}
    summary = population_summary(Population(np.arange(2), {"age_years": np.array([20, 80])}))
    assert summary["age_years"]["mean"] == 50.0
    assert "work" not in summary
