"""What each way of looking sees of clots whose days are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from popsim.clots.kinds import Site
from popsim.clots.observation import METHODS, SCREENING, Clots, Observation
from popsim.evidence import Evidence

NEVER = 2**40
OBSERVATION = Observation(Evidence.load())


def _clots(site: Site, onset: int, extension: int = NEVER, symptoms: int = NEVER, resolved: int = NEVER) -> Clots:
    return Clots(*(np.array([value], dtype=np.int64) for value in (int(site), onset, extension, symptoms, resolved)))


def _one(method: str, clots: Clots, day: int) -> float:
    return float(OBSERVATION.found(method, clots, day)[0])


@pytest.mark.parametrize(
    ("method", "proximal", "symptomatic", "published"),
    [
        ("venography", True, False, 1.0),
        ("venography", False, False, 1.0),
        ("whole_leg_ultrasound", True, True, 0.942),
        ("whole_leg_ultrasound", False, True, 0.635),
        ("whole_leg_ultrasound", True, False, 0.62),
        ("whole_leg_ultrasound", False, False, 0.48),
        ("proximal_ultrasound", True, True, 0.942),
        ("proximal_ultrasound", True, False, 0.62),
        ("proximal_ultrasound", False, True, 0.0),
        ("clinical", True, True, 1.0),
        ("clinical", True, False, 0.0),
        ("truth", False, False, 1.0),
    ],
)
def test_sensitivities_are_the_published_ones(method: str, proximal: bool, symptomatic: bool, published: float) -> None:
    seen = OBSERVATION.sensitivity(method, np.array([proximal]), np.array([symptomatic]))
    assert seen[0] == pytest.approx(published)


def test_a_clot_is_there_from_its_first_day_until_it_is_gone() -> None:
    clots = _clots(Site.FEMORAL, 5, resolved=9)
    assert [_one("venography", clots, day) for day in (4, 5, 8, 9)] == [0.0, 1.0, 1.0, 0.0]


def test_ultrasound_of_the_thigh_sees_a_calf_clot_once_it_has_grown() -> None:
    clots = _clots(Site.CALF, 0, extension=6)
    assert _one("proximal_ultrasound", clots, 5) == 0.0
    assert _one("proximal_ultrasound", clots, 6) == pytest.approx(0.62)


def test_ultrasound_sees_more_once_the_leg_hurts() -> None:
    clots = _clots(Site.POPLITEAL, 0, symptoms=10)
    assert _one("whole_leg_ultrasound", clots, 9) < _one("whole_leg_ultrasound", clots, 10)


def test_only_ultrasound_calls_healthy_legs_thrombosed() -> None:
    false = {method: OBSERVATION.false_positive(method) for method in METHODS}
    assert false.pop("whole_leg_ultrasound") == false.pop("proximal_ultrasound") == pytest.approx(0.062)
    assert set(false.values()) == {0.0}


@given(
    site=st.sampled_from([Site.CALF, Site.POPLITEAL, Site.FEMORAL, Site.ILIAC]),
    days=st.tuples(*[st.integers(0, 60)] * 4),
    day=st.integers(0, 80),
)
def test_no_examination_sees_more_than_the_truth_and_venography_misses_nothing(
    site: Site, days: tuple[int, int, int, int], day: int
) -> None:
    clots = _clots(site, *days)
    truth = _one("truth", clots, day)
    assert all(0.0 <= _one(method, clots, day) <= truth for method in METHODS)
    assert _one("venography", clots, day) == truth
    assert _one("proximal_ultrasound", clots, day) <= _one("whole_leg_ultrasound", clots, day)


def test_screening_methods_are_those_that_need_a_day() -> None:
    assert set(METHODS) - set(SCREENING) == {"truth", "clinical"}
