"""A hospital's policy: scores decide on the day of assessment, errors and overrides change what they say."""

from __future__ import annotations

import numpy as np
import pytest
from library_worlds import DAYS, intervention, lived, town
from pydantic import ValidationError


def _inside() -> np.ndarray:
    return np.array([town().today(day).in_hospital for day in range(DAYS)])


def _acting(**settings: object) -> np.ndarray:
    """On whom the policy acts, ``(days, N)``."""
    life = lived({"hospital-policy": settings}, days=0).life
    return np.array(
        [
            life.interventions.effects(town().today(day), life.death_day >= day).acting["hospital-policy"]
            for day in range(DAYS)
        ]
    )


def test_heparin_goes_to_those_above_the_threshold_and_below_the_ceiling():
    given = _acting(policy="padua >= 4 and improve-bleeding < 5", reassess_days=1)
    for day in range(DAYS):
        today = town().today(day)
        wanted = today.in_hospital & (today.score("padua") >= 4) & (today.score("improve-bleeding") < 5)
        assert np.array_equal(given[day], wanted)
    without_ceiling = _acting(policy="padua >= 4", reassess_days=1)
    assert given.sum() < without_ceiling.sum()


def test_a_decision_stands_until_the_next_assessment():
    daily, every_five = (_acting(policy="caprini >= 7", reassess_days=days) for days in (1, 5))
    stays = np.array([town().today(day).stay_day for day in range(DAYS)])
    assert np.array_equal(daily[stays == 0], every_five[stays == 0])
    began_later = (daily & ~np.where(stays == 0, daily, False).any(axis=0))[(stays > 0) & (stays < 5)]
    assert began_later.any()
    first = np.array([every_five[:, who][stays[:, who] == 0].any() for who in range(300)])
    assert np.array_equal(
        every_five[(stays > 0) & (stays < 5)], np.broadcast_to(first, stays.shape)[(stays > 0) & (stays < 5)]
    )


def test_a_misread_score_stays_misread_until_the_next_assessment():
    right, wrong = (
        _acting(policy="padua >= 4", reassess_days=6),
        _acting(policy="padua >= 4", reassess_days=6, score_error_points=2.0),
    )
    changed = (right ^ wrong)[_inside()].mean()
    assert 0.1 < changed < 0.5
    days_given, days_inside = wrong.sum(axis=0), _inside().sum(axis=0)
    assert np.all((days_given == 0) | (days_given == days_inside))


def test_clinicians_who_always_object_turn_the_policy_round():
    followed, objected = _acting(policy="padua >= 4"), _acting(policy="padua >= 4", override_share=1.0)
    assert np.array_equal(objected, _inside() & ~followed)


def test_some_overrides_change_some_decisions():
    followed, some = _acting(policy="padua >= 4"), _acting(policy="padua >= 4", override_share=0.2)
    assert 0.12 < (followed ^ some)[_inside()].mean() < 0.28
    assert not np.any(some & ~_inside())


def test_a_delayed_decision_is_the_same_some_days_later():
    at_once, later = (_acting(policy="caprini >= 5", reassess_days=30, delay_days=days) for days in (0, 2))
    stays = np.array([town().today(day).stay_day for day in range(DAYS)])
    assert not later[(stays >= 0) & (stays < 2)].any()
    assert later[2:][stays[2:] >= 2].any()
    assert np.array_equal(later[stays >= 2], at_once[stays >= 2])


def test_everyone_and_nobody():
    assert np.array_equal(_acting(policy="everyone"), _inside())
    assert not _acting(policy="nobody").any()


def test_a_policy_names_the_scores_it_asks_for():
    assert intervention("hospital-policy").scores() == ("padua", "improve-bleeding")
    assert intervention("doac", policy="caprini >= 5").scores() == ("caprini", "improve-bleeding")


@pytest.mark.parametrize("policy", ["padua > = 4", "if padua >= 4", "padua >= 4 and", "somebody"])
def test_a_policy_that_cannot_be_read_is_refused(policy):
    with pytest.raises(ValidationError, match="policy"):
        intervention("hospital-policy", policy=policy)
