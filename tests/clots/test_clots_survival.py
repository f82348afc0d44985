"""Survival without a clot: events, censoring by death, and hazards tell the same curve."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight

from popsim.clots.clotting import Clotting
from popsim.clots.kinds import EventKind
from popsim.clots.survival import DIAGNOSED, FollowUp
from popsim.community import Community
from popsim.evidence import Evidence
from popsim.people import synthesise
from popsim.randomness import Draws

DAYS = 40
RISKY = f"""
name = "risky"
title = "People who clot often"
days = {DAYS}
seed = 4
[people]
count = 1500
where = {{ age = [75, 95] }}
[routine]
diaries_per_group = 5
[evidence]
"clots.base_hazard_per_leg_day" = 3e-4
"""


def product_limit(days, observed):
    """Kaplan and Meier's estimate in plain Python: share alive after each day."""
    alive, curve = 1.0, {}
    for day in sorted(set(days.tolist())):
        at_risk = int(np.sum(days >= day))
        alive *= 1 - int(np.sum((days == day) & observed)) / at_risk
        curve[day] = alive
    return curve


def statsmodels_estimate(days, observed):
    fitted = SurvfuncRight(days, observed.astype(int))
    return dict(zip(fitted.surv_times.tolist(), fitted.surv_prob.tolist(), strict=True))


ORACLES = [product_limit, statsmodels_estimate]


@pytest.fixture(scope="module")
def risky(registry):
    from popsim.runs.scenario import Scenario

    community = Community(Scenario.from_text(RISKY), registry=registry)
    while community.running:
        community.step()
    return community, community.close().events


@pytest.mark.parametrize("kinds", [(EventKind.CLOT,), DIAGNOSED])
@pytest.mark.parametrize("oracle", ORACLES)
def test_the_curve_is_that_of_independent_estimates(risky, oracle, kinds):
    followed = FollowUp.until(risky[1], 1500, DAYS, kinds)
    assert followed.observed.sum() > 10
    assert (~followed.observed & (followed.days < DAYS)).sum() > 3
    curve = dict(zip(*(values.tolist() for values in followed.kaplan_meier()), strict=True))
    for day, share in oracle(followed.days, followed.observed).items():
        assert curve[day] == pytest.approx(share, rel=1e-12)


@given(st.lists(st.tuples(st.integers(1, 30), st.booleans()), min_size=1, max_size=40))
def test_it_is_so_whoever_is_censored_when(follow_up):
    days, observed = (np.array(values) for values in zip(*follow_up, strict=True))
    curve = dict(zip(*(v.tolist() for v in FollowUp(days, observed).kaplan_meier()), strict=True))
    for day, share in product_limit(days, observed).items():
        assert curve[day] == pytest.approx(share, abs=1e-12)


def test_at_constant_hazard_the_curve_is_exponential():
    people = synthesise(Draws(1), np.arange(20_000), Evidence.load())
    clots, alive = Clotting(people, Draws(2), Evidence.load()), np.ones(20_000, dtype=bool)
    for day in range(DAYS):
        clots.advance(day, np.full((2, 20_000), 0.01), alive)
    events = {name: np.concatenate([part[name] for part in clots.events]) for name in ("row", "day", "kind")}
    events = {name: values[events["kind"] == EventKind.CLOT] for name, values in events.items()}
    days, survival = FollowUp.until(events, 20_000, DAYS, (EventKind.CLOT,)).kaplan_meier()
    exact = np.exp(-0.02 * days)
    assert (np.abs(survival - exact) < 5 * np.sqrt(exact * (1 - exact) / 20_000)).all()


def test_death_censors_and_a_clot_on_the_day_of_death_counts():
    columns = {
        "row": np.array([0, 0, 1, 1, 2]),
        "day": np.array([3, 3, 5, 9, 2]),
        "kind": np.array([EventKind.CLOT, EventKind.DEATH, EventKind.DEATH, EventKind.CLOT, EventKind.FATAL_BLEEDING]),
    }
    followed = FollowUp.until(columns, 4, 20, (EventKind.CLOT,))
    assert followed.days.tolist() == [4, 6, 3, 20]
    assert followed.observed.tolist() == [True, False, False, False]
