"""The probability of a first clot: right on average, and hardly moved by the dice that move everything else."""

from __future__ import annotations

import numpy as np
import pytest

from popsim.clots.clotting import Clotting
from popsim.clots.recurrence import Recurrence
from popsim.evidence import Evidence
from popsim.people import synthesise
from popsim.randomness import Draws

EVIDENCE = Evidence.load()
PEOPLE = synthesise(Draws(1), np.arange(4000), EVIDENCE)
ALIVE = np.ones(len(PEOPLE), dtype=bool)
DAYS = 60


def lived(dice: int, hazard: float = 2e-3) -> tuple[Clotting, int, float]:
    """Some weeks in which everybody's legs have this hazard, but for what earlier clots do; clots, firsts expected."""
    clotting, formed, expected = Clotting(PEOPLE, Draws(dice), EVIDENCE), 0, 0.0
    for day in range(DAYS):
        clotting.advance(day, hazard * clotting.recurrence.on(day), ALIVE)
        formed += len(clotting.first_rows)
        expected += float(clotting.first.today.sum())
    return clotting, formed, expected


def test_it_is_one_minus_the_exponential_of_the_hazard_whatever_the_dice_do() -> None:
    usual = Recurrence(PEOPLE, Draws(1), EVIDENCE)
    free = [usual.on(day).sum(axis=0)[~PEOPLE["prior_vte"]] for day in range(DAYS)]
    clotting = lived(1)[0]
    chance = 1.0 - clotting.first.free[~PEOPLE["prior_vte"]]
    assert chance == pytest.approx(-np.expm1(-2e-3 * np.sum(free, axis=0)), rel=1e-9)
    assert len(clotting.recurrence.news(DAYS)[0]) > 10  # diagnosed clots, which must not matter


def test_as_many_first_clots_form_as_are_expected_and_expectation_is_far_steadier() -> None:
    runs = [lived(dice)[1:] for dice in range(12)]
    formed, expected = np.array(runs).T
    assert formed.mean() == pytest.approx(expected.mean(), abs=3 * formed.std() / np.sqrt(len(runs)))
    spread = [np.std([one.sum() for one in column.reshape(6, 2)]) for column in (formed, expected)]
    assert spread[1] < spread[0] / 5


def test_a_clot_found_in_the_run_brings_what_it_adds_to_what_there_was_before() -> None:
    people = PEOPLE.copy()
    people["prior_vte"] = np.arange(len(people)) < 10
    before, after = (Recurrence(people, Draws(1), EVIDENCE) for _ in range(2))
    for row in (5, 50):
        after.diagnosed(row, 0, 3, 90)
    for day in (3, 4, 89, 90, 400):
        rows, brought = after.news(day)
        assert rows.tolist() == [5, 50]
        assert before.on(day)[:, rows] * brought == pytest.approx(after.on(day)[:, rows], rel=1e-12)
    assert before.news(4)[0].size == 0


def test_the_dead_have_no_first_clot() -> None:
    clotting = Clotting(PEOPLE, Draws(1), EVIDENCE)
    clotting.advance(0, np.ones((2, len(PEOPLE))), ~ALIVE)
    assert clotting.first.today.sum() == 0
    assert len(clotting.first_rows) == 0
