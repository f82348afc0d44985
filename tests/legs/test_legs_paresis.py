"""A stroke paralyses one leg of most patients on the day of admission, and that leg stagnates more than the other."""

from __future__ import annotations

import numpy as np
import pytest

from popsim.community import Community
from popsim.runs.scenario import Scenario

STROKES = """
name = "strokes"
title = "Patients who have a stroke on the third day, and their neighbours"
days = 6
[people]
count = 400
[routine]
diaries_per_group = 5
[evidence]
"clots.base_hazard_per_leg_day" = 1e-14
[[stays]]
reason = "stroke"
day = 2
length_days = 10
mobility = "bedbound"
"""


@pytest.fixture(scope="module")
def doses(registry):
    """The community after its run, with each day's dose ``(days, 2, N)``."""
    community = Community(Scenario.from_text(STROKES), registry=registry)
    before, dose = community.world.people["calf_strength"], []
    while community.running:
        community.step()
        dose.append(community.life.legs.dose_min.copy())
    paralysed = community.life.legs.people["calf_strength"] < before
    return community, paralysed, np.stack(dose)


def test_one_leg_of_most_patients_is_paralysed_either_side_alike(doses):
    community, paralysed, _ = doses
    known = community.world.evidence
    assert not paralysed.all(axis=0).any()
    assert paralysed.any(axis=0).mean() == pytest.approx(known["stays.paresis_share"], abs=0.06)
    assert paralysed[0].sum() / paralysed.sum() == pytest.approx(0.5, abs=0.09)
    strength = community.life.legs.people["calf_strength"][paralysed]
    np.testing.assert_array_equal(strength, known["legs.condition_paralysis_calf_strength"])


def test_the_paralysed_leg_stagnates_more_than_the_other_from_the_stroke_on(doses):
    _, paralysed, dose = doses
    struck = paralysed.any(axis=0)
    weak, other = np.where(paralysed, dose, 0).sum(axis=1), np.where(~paralysed, dose, 0).sum(axis=1)
    ratio = weak[:, struck].mean(axis=1) / other[:, struck].mean(axis=1)
    assert ratio[:2] == pytest.approx(1.0, abs=0.35)
    assert (ratio[3:] > 1.1).all()


def test_nobody_else_is_paralysed(registry):
    community = Community(Scenario.from_text(STROKES.replace('"stroke"', '"medical"')), registry=registry)
    while community.running:
        community.step()
    np.testing.assert_array_equal(community.life.legs.people["calf_strength"], community.world.people["calf_strength"])
