"""Stays with recorded drugs are lived as they were treated: on those days, those people, and nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from library_worlds import library

from popsim.life import Life
from popsim.runs.scenario import Scenario
from popsim.world import World

if TYPE_CHECKING:
    from pathlib import Path

EVIDENCE = library().evidence()
STAYS = """\
person_id,age_years,sex,reason,units,doses
0,70,female,medical,WWWWW,-PPT-
1,60,male,hip-replacement,WWIW,PPPP
2,50,male,medical,WWW,---
"""
PEOPLE = "person_id,age_years,sex\n0,70,female\n1,60,male\n2,50,male\n3,40,male\n"
SCENARIO = """
name = "recorded"
title = "Recorded stays"
days = 9
[people]
source = "people.csv"
count = 4
[routine]
diaries_per_group = 4
[[stays]]
file = "stays.csv"
match = "{match}"
day = 1
[[arms]]
name = "usual"
[[arms]]
name = "as-treated"
plugins = {{ recorded-prophylaxis = {{ {settings} }} }}
"""


@pytest.fixture
def lived(tmp_path: Path):
    """Whom it acted on, by day, ``(9, 4)``; and both arms' lives."""

    def go(settings: str = "", match: str = "person"):
        (tmp_path / "stays.csv").write_text(STAYS, encoding="utf-8")
        (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
        text = SCENARIO.format(settings=settings, match=match)
        world = World.build(Scenario.from_text(text, tmp_path / "x.toml", library()), library())
        arms = [Life(world, name) for name in ("usual", "as-treated")]
        acted, blood = [], []
        for _ in range(9):
            for life in arms:
                life.live_day()
            acted.append(arms[1].effects.acting["recorded-prophylaxis"].copy())
            blood.append(arms[1].effects.blood.copy())
        return np.array(acted), np.array(blood), arms

    return go


def test_doses_are_given_on_the_days_that_were_recorded(lived):
    acted, _, _ = lived()
    days = [np.flatnonzero(acted[:, person]).tolist() for person in range(4)]
    assert days == [[2, 3, 4], [1, 2, 3, 4], [], []]


def test_treatment_can_be_left_out(lived):
    acted, _, _ = lived("treatment = false")
    assert np.flatnonzero(acted[:, 0]).tolist() == [2, 3]


def test_prophylaxis_acts_as_heparin_does_and_treatment_as_that_of_a_clot(lived):
    _, blood, _ = lived()
    prophylaxis, treated = EVIDENCE["lmwh.hazard_ratio"], 1.0 - EVIDENCE["clots.treatment_prevents_recurrence"]
    assert blood[:6, 0].tolist() == pytest.approx([1.0, 1.0, prophylaxis, prophylaxis, treated, 1.0])


def test_fewer_clots_and_more_bleeding_are_expected_of_those_who_got_it(lived):
    _, _, (usual, treated) = lived()
    before, after = (life.clotting.expected.sum(axis=0) for life in (usual, treated))
    assert np.all(after[:2] < 0.9 * before[:2])
    np.testing.assert_array_equal(after[2:], before[2:])
    code = {m.name: i for i, m in enumerate(treated.outcomes.measures)}["expected-major-bleed"]
    by_day = treated.outcomes.daily[:, :, code].sum(axis=1)
    assert np.flatnonzero(by_day).tolist() == [1, 2, 3, 4]
    assert treated.outcomes.used == {"enoxaparin-40mg": 7000}


def test_people_alike_get_what_their_stay_got(lived):
    acted, _, _ = lived(match="alike")
    assert acted.any()
    assert not acted[0].any()


def test_drawn_stays_have_no_record():
    from library_worlds import lived as town_lived

    week = town_lived({"recorded-prophylaxis": {}}, 3)
    assert not week.acted["recorded-prophylaxis"].any()
