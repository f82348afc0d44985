"""Counting on event tables whose answers are known by hand or by a slow count."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from validation_tables import case, clot, counted, death, seen

from popsim.analysis.batches import DAYS_PER_YEAR
from popsim.clots.kinds import Site
from popsim.routines.calendar import EpisodeKind, Episodes
from popsim.validation.estimators import estimate, statistic
from popsim.validation.observed import BLOCKS

ALL = np.ones(BLOCKS, dtype=bool)
FEMORAL = Site.FEMORAL


def _number(of, observed, *more) -> float:  # type: ignore[no-untyped-def]
    tallies = [counted(of, run, i) for i, run in enumerate((observed, *more))]
    return statistic(of, tallies)(ALL)


def test_an_incidence_rate_is_events_over_the_time_lived() -> None:
    observed = seen([*clot(0, 10), *clot(1, 20), *death(2, 49)], people=3, days=100)
    rate = _number(case(estimator={"kind": "incidence_rate", "per": 1000}), observed)
    assert rate == pytest.approx(2 / (100 + 100 + 50) * DAYS_PER_YEAR * 1000)


def test_after_the_first_event_nobody_is_at_risk_of_another_first_one() -> None:
    observed = seen([*clot(0, 9), *clot(0, 60, episode=1)], people=2, days=100)
    first = counted(case(numerator={"first": True}), observed)
    assert first.count.tolist() == [1, 0]
    assert first.days.tolist() == [10, 100]


def test_events_outside_the_window_do_not_count() -> None:
    observed = seen([*clot(0, 4), *clot(1, 5), *clot(2, 9), *clot(3, 10)], people=4, days=100)
    assert counted(case(window={"from_day": 5, "to_day": 9}), observed).count.tolist() == [0, 1, 1, 0]


def test_by_onset_an_event_belongs_to_the_day_its_clot_formed() -> None:
    observed = seen(clot(0, 5, symptomatic_dvt=30), people=1, days=100)
    clinical = {"detection": {"method": "clinical"}}
    assert counted(case(window={"to_day": 9, "by": "onset"}, **clinical), observed).count.sum() == 1
    assert counted(case(window={"to_day": 9}, **clinical), observed).count.sum() == 0


def test_whoever_died_before_the_window_is_not_followed() -> None:
    observed = seen(death(0, 4), people=2, days=100)
    assert len(counted(case(window={"from_day": 5, "to_day": 9}), observed).block) == 1


def test_screening_counts_with_the_chance_of_seeing_any_of_a_persons_clots() -> None:
    rows = [*clot(0, 0, leg=0), *clot(0, 0, leg=1), *clot(1, 0, site=FEMORAL), *clot(2, 0, resolved=6)]
    of = case(detection={"method": "whole_leg_ultrasound", "days": [7]}, estimator={"kind": "cumulative_incidence"})
    assert counted(of, seen(rows, 4, 100)).risk == pytest.approx([1 - 0.52**2, 0.62, 0, 0])


def test_unconfirmed_ultrasound_finds_clots_in_healthy_legs() -> None:
    looking = {"method": "whole_leg_ultrasound", "days": [7, 14], "confirmed": False}
    of = case(detection=looking, estimator={"kind": "cumulative_incidence"})
    assert counted(of, seen([], 1, 100)).risk == pytest.approx([1 - 0.938**4])


def test_asymptomatic_findings_leave_out_clots_that_were_diagnosed() -> None:
    rows = [*clot(0, 0, site=FEMORAL, symptomatic_dvt=5), *clot(1, 0, site=FEMORAL, symptomatic_dvt=9)]
    of = case(detection={"method": "venography", "days": [7]}, numerator={"events": ["found"], "symptoms": False})
    assert counted(of, seen(rows, 2, 100)).count.tolist() == [0, 1]


def test_a_setting_is_where_the_person_is_on_the_events_day() -> None:
    """Person 0 is in hospital from day 4 to 9 and from 20 to 22, person 1 from day 0 to 6."""
    rows = [*clot(0, 0, symptomatic_dvt=9), *clot(0, 0, leg=1, symptomatic_dvt=10), *clot(1, 0, symptomatic_dvt=7)]
    rows += [*clot(0, 12, episode=1, symptomatic_dvt=21), *clot(2, 0, symptomatic_dvt=5)]
    observed = replace(seen(rows, 3, 100), world=SimpleNamespace(episodes=stays((0, 4, 9), (1, 0, 6), (0, 20, 22))))
    days = {
        setting: counted(
            case(detection={"method": "clinical"}, numerator={"setting": setting}), observed
        ).count.tolist()
        for setting in ("hospital", "community")
    }
    assert days == {"hospital": [2, 0, 0], "community": [1, 1, 1]}


def stays(*each: tuple[int, int, int]) -> Episodes:
    """Stays of people from one day to another, by first day, and a journey that is none."""
    row, first, last = (
        np.array(column) for column in zip(*sorted((*each, (2, 0, 50)), key=lambda s: s[1]), strict=True)
    )
    kind = np.where(last == 50, EpisodeKind.JOURNEY, EpisodeKind.MEDICAL_STAY).astype(np.uint8)
    none = np.zeros(len(row))
    days = (first.astype(np.int32), last.astype(np.int32))
    return Episodes(row, kind, *days, none.astype(np.uint8), none.astype(np.int32), none, none.astype(np.uint8))


def test_level_is_that_of_the_day() -> None:
    rows = [*clot(0, 0, extension=5, symptomatic_dvt=9), *clot(1, 0, extension=9, symptomatic_dvt=5)]
    of = case(detection={"method": "clinical"}, numerator={"events": ["symptomatic_dvt"], "level": "proximal"})
    assert counted(of, seen(rows, 2, 100)).count.tolist() == [1, 0]


def test_sides_and_sites_are_told_apart() -> None:
    rows = [*clot(0, 0, leg=0, site=FEMORAL), *clot(1, 0, leg=1, site=FEMORAL), *clot(2, 0, leg=0)]
    left = case(estimator={"kind": "share"}, among={"events": ["clot"]}, numerator={"side": "left"})
    femoral = case(estimator={"kind": "share"}, among={"events": ["clot"]}, numerator={"sites": ["femoral"]})
    assert [_number(of, seen(rows, 3, 100)) for of in (left, femoral)] == pytest.approx([2 / 3, 2 / 3])


def test_an_embolism_belongs_to_the_clot_that_could_have_sent_it() -> None:
    rows = [*clot(0, 0, leg=0), *clot(0, 3, leg=1, extension=8, symptomatic_embolism=20)]
    observed = seen(rows, 1, 100)
    lung = observed.events.kind == "symptomatic_embolism"
    assert observed.clot_leg[observed.events.clot[lung]].tolist() == [1]


def test_a_proportion_asks_what_follows_the_same_clot_within_days() -> None:
    rows = [
        *clot(0, 0, symptomatic_dvt=5, extension=10),
        *clot(1, 0, symptomatic_dvt=5, extension=60),
        *clot(2, 0, symptomatic_dvt=5, leg=0),
        *clot(2, 0, extension=7, leg=1),
    ]
    of = {"numerator": {"events": ["extension"]}, "among": {"events": ["symptomatic_dvt"]}}
    clots = case(estimator={"kind": "proportion", "within": [0, 42]}, **of)
    people = case(estimator={"kind": "proportion", "within": [0, 42], "link": "person"}, **of)
    rest = case(estimator={"kind": "proportion", "within": [0, 42], "complement": True}, **of)
    assert [_number(c, seen(rows, 3, 100)) for c in (clots, people, rest)] == pytest.approx([1 / 3, 2 / 3, 2 / 3])


def test_a_proportion_can_look_back() -> None:
    rows = [
        *clot(0, 0, site=FEMORAL, silent_embolism=3, symptomatic_dvt=9),
        *clot(1, 0, site=FEMORAL, symptomatic_dvt=9),
    ]
    of = case(
        estimator={"kind": "proportion", "within": [-365, 0]},
        numerator={"events": ["silent_embolism"]},
        among={"events": ["symptomatic_dvt"]},
    )
    assert _number(of, seen(rows, 2, 100)) == 0.5


def test_case_fatality_counts_every_death() -> None:
    rows = [
        *clot(0, 0, site=FEMORAL, symptomatic_embolism=10, fatal_embolism=10),
        *clot(1, 0, site=FEMORAL, symptomatic_embolism=10),
        *death(1, 39),
        *clot(2, 0, site=FEMORAL, symptomatic_embolism=10),
        *death(2, 41),
        *clot(3, 0, site=FEMORAL, symptomatic_embolism=10),
    ]
    of = case(
        estimator={"kind": "proportion", "within": [0, 30], "link": "person"},
        numerator={"events": ["fatal_embolism", "death"]},
        among={"events": ["symptomatic_embolism"], "first": True},
    )
    assert _number(of, seen(rows, 4, 100)) == 0.5


def test_a_lag_runs_to_the_first_event_that_follows() -> None:
    rows = [x for person, lag in enumerate((3, 9, 30)) for x in clot(person, 5, symptomatic_dvt=5 + lag)]
    of = {"numerator": {"events": ["symptomatic_dvt"]}, "among": {"events": ["clot"]}}
    median = case(estimator={"kind": "median_lag"}, **of)
    late = case(estimator={"kind": "percentile_lag", "percentile": 90}, **of)
    assert [_number(c, seen([*rows, *clot(3, 5)], 4, 100)) for c in (median, late)] == [9, 30]


def _two(kind: str, **more: object) -> object:
    return case(estimator={"kind": kind}, groups=[{"name": "a"}, {"name": "b"}], **more)


def test_ratios_compare_the_first_group_with_the_second() -> None:
    exposed = seen([*clot(0, 10), *clot(1, 20), *clot(2, 30)], people=4, days=100)
    plain = seen(clot(0, 10), people=4, days=100)
    assert _number(_two("risk_ratio"), exposed, plain) == pytest.approx(3)
    assert _number(_two("rate_ratio"), exposed, plain) == pytest.approx(3)
    assert _number(_two("odds_ratio"), exposed, plain) == pytest.approx((3 / 1) / (1 / 3))
    # both clots of day 10 precede the others: 1/(4+4) are unexposed among those at risk, and so on
    assert _number(_two("hazard_ratio"), exposed, plain) > 3


def test_a_slope_is_the_growth_of_the_log_rate_per_unit() -> None:
    groups = [{"name": "four", "exposure": 4}, {"name": "eight", "exposure": 8}]
    of = case(estimator={"kind": "slope_per_unit"}, groups=groups)
    four, eight = seen(clot(0, 1), 4, 100), seen([*clot(0, 1), *clot(1, 1)], 4, 100)
    assert _number(of, four, eight) == pytest.approx(np.log(2) / 4)
    straight = case(estimator={"kind": "slope_per_unit", "scale": "linear"}, groups=groups)
    assert _number(straight, four, eight) == pytest.approx((2 - 1) / 400 * DAYS_PER_YEAR / 4)


@st.composite
def _tables(draw: st.DrawFn) -> tuple[list[object], int]:
    people = draw(st.integers(1, 6))
    rows: list[object] = []
    for person in range(people):
        days = sorted(draw(st.lists(st.integers(0, 39), max_size=3, unique=True)))
        dies = draw(st.one_of(st.none(), st.integers(days[-1] if days else 0, 39)))
        for episode, day in enumerate(days):
            rows += clot(person, day, episode=episode)
        rows += death(person, dies) if dies is not None else []
    return rows, people


@given(table=_tables(), first=st.integers(0, 20), length=st.integers(0, 19), only_first=st.booleans())
def test_counts_and_days_are_those_of_a_count_day_by_day(
    table: tuple[list[object], int], first: int, length: int, only_first: bool
) -> None:
    rows, people = table
    last = first + length
    count = days = 0
    for person in range(people):
        clots = {r[1] for r in rows if r[0] == person and r[4] == "clot"}  # type: ignore[index]
        dies = min([r[1] for r in rows if r[0] == person and r[4] == "death"], default=39)  # type: ignore[index]
        if only_first and clots and min(clots) < first:
            continue
        for day in range(first, min(last, dies) + 1):
            days += 1
            count += day in clots
            if only_first and day in clots:
                break
    of = case(window={"from_day": first, "to_day": last}, numerator={"first": only_first})
    found = counted(of, seen(rows, people, 40))  # type: ignore[arg-type]
    assert (found.days.sum(), found.count.sum()) == (days, count)


def test_the_jackknife_of_a_proportion_is_close_to_the_binomial_error() -> None:
    people = 1000
    rows = [x for person in range(people) if person * 7919 % 10 < 3 for x in clot(person, 5)]
    of = case(estimator={"kind": "cumulative_incidence"})
    found = estimate(statistic(of, [counted(of, seen(rows, people, 100))]), "cumulative_incidence")
    assert found.value == pytest.approx(0.3)
    assert found.low < 0.3 < found.high
    spread = [
        estimate(statistic(of, [counted(of, seen(_scattered(people, seed), people, 100))]), "cumulative_incidence")
        for seed in range(30)
    ]
    assert np.mean([s.mc_se for s in spread]) == pytest.approx(np.sqrt(0.3 * 0.7 / people), rel=0.1)


def _scattered(people: int, seed: int) -> list[object]:
    from popsim.randomness import Draws

    hit = Draws(seed).uniform("test.hit", np.arange(people)) < 0.3
    return [x for person in np.flatnonzero(hit).tolist() for x in clot(person, 5)]


def test_groups_that_share_their_people_have_a_ratio_without_error() -> None:
    observed = seen([x for person in range(0, 500, 3) for x in clot(person, 5)], 500, 100)
    of = _two("risk_ratio")
    found = estimate(statistic(of, [counted(of, observed, 0), counted(of, observed, 1)]), "risk_ratio")  # type: ignore[arg-type]
    assert (found.value, found.mc_se) == (1.0, 0.0)
