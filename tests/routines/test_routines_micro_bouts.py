"""Bouts within half-hours: sitting, standing, pottering and walking come out as the registry and step data say."""

from __future__ import annotations

import csv
import importlib.util
from functools import lru_cache
from itertools import groupby, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from popsim.evidence.registry import Evidence
from popsim.people.population import Work
from popsim.randomness import Draws
from popsim.routines.activities import CORE_ACTIVITIES
from popsim.routines.day_model import DayKind, Days, DayType, Doing, data_file, group_traits
from popsim.routines.micro_bouts import CODE, Habits, minutes_by_activity, pool_from_minutes, steps_per_day
from popsim.routines.routine import build_routine

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from popsim.routines.bouts import DiaryPool
    from popsim.routines.routine import Routine

ROOT = Path(__file__).resolve().parents[2]
FITBIT = ROOT.parent / "shared" / "data" / "fitbit"
needs_fitbit = pytest.mark.skipif(not FITBIT.exists(), reason="the minute steps are not in ../shared/data/fitbit")
ON_THE_MOVE = [CODE[name] for name in ("potter", "walk", "exercise")]
SEATED = [code for code, activity in enumerate(CORE_ACTIVITIES) if "seated" in activity.tags]
PER_GROUP = 120


@lru_cache(maxsize=1)
def shipped() -> Routine:
    return build_routine(Draws(7), PER_GROUP)


def adults_rows(work: Work | None = None, bands: tuple[int, ...] = (1, 2)) -> NDArray[np.int64]:
    """Diaries of people of these age bands, weekdays five times for each weekend day."""
    number = np.arange(len(shipped().pool))
    group, kind = number // (3 * PER_GROUP), number // PER_GROUP % 3
    works, band, _ = group_traits(group)
    wanted = np.isin(band, bands) & ((works == work) if work is not None else (works <= Work.ACTIVE))
    return np.concatenate([np.repeat(number[wanted & (kind == k)], 5 if k == DayKind.WEEKDAY else 1) for k in DayKind])


def mean_of(values: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(values[rows].mean(axis=0))


def all_day(doing: Doing, work: Work = Work.DESK, band: int = 1, n: int = 400) -> DiaryPool:
    """Days wholly given to one doing, with no travel."""
    ids, ones = np.arange(n), np.ones(n, dtype=np.int64)
    days = Days(ids, ones * 0, ones * DayType.FREE, ones * work, ones * band, ones * 0)
    habits = Habits.from_evidence(Evidence.load())
    still = habits._replace(travel=np.zeros_like(habits.travel))
    return still.fill(Draws(3), days, np.full((n, 48), doing, dtype=np.uint8))


def test_every_day_holds_1440_minutes() -> None:
    pool = shipped().pool
    assert np.all(np.add.reduceat(pool.minutes.astype(np.int64), pool.starts[:-1]) == 1440)
    assert pool.minutes.min() >= 1


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 9), st.integers(1, 400)), min_size=1, max_size=12), min_size=1, max_size=4
    )
)
def test_minutes_become_the_bouts_a_plain_loop_finds(days: list[list[tuple[int, int]]]) -> None:
    rows = [np.resize(np.repeat([c for c, _ in day], [m for _, m in day]), 1440) for day in days]
    pool = pool_from_minutes(np.array(rows, dtype=np.uint8))
    plain = [[(int(code), len(list(run))) for code, run in groupby(row.tolist())] for row in rows]
    assert list(pool.days()) == plain


def test_bouts_number_a_few_dozen_a_day() -> None:
    bouts = np.diff(shipped().pool.starts)
    assert 38 < bouts.mean() < 50
    assert np.quantile(bouts, 0.99) < 100


@pytest.mark.parametrize(
    ("doing", "work", "name"),
    [
        (Doing.WORK, Work.DESK, "work_desk"),
        (Doing.WORK, Work.STANDING, "work_standing"),
        (Doing.WORK, Work.ACTIVE, "work_active"),
        (Doing.HOUSEWORK, Work.NONE, "housework"),
        (Doing.LEISURE, Work.NONE, "leisure"),
        (Doing.ERRANDS, Work.NONE, "errands"),
    ],
)
def test_postures_take_the_share_of_time_the_registry_gives_them(doing: Doing, work: Work, name: str) -> None:
    got = minutes_by_activity(all_day(doing, work)).mean(axis=0) / 1440
    evidence = Evidence.load().room("routines")
    for posture in ("stand", "potter", "walk", "exercise"):
        assert got[CODE[posture]] == pytest.approx(evidence.get(f"{name}_{posture}_share", 0.0), abs=0.02)


def test_an_override_of_the_registry_changes_the_day() -> None:
    evidence = Evidence.load()
    busier = evidence.override({"routines.leisure_walk_share": evidence["routines.leisure_walk_share"] * 3})
    walked = [
        minutes_by_activity(build_routine(Draws(7), 20, evidence=e).pool)[:, CODE["walk"]].mean()
        for e in (evidence, busier)
    ]
    assert walked[1] > walked[0] + 8


def test_drivers_sit_at_the_wheel_and_clerks_at_a_desk() -> None:
    minutes = minutes_by_activity(shipped().pool)
    drivers, clerks = mean_of(minutes, adults_rows(Work.DRIVING)), mean_of(minutes, adults_rows(Work.DESK))
    assert drivers[CODE["drive"]] > clerks[CODE["drive"]] + 120
    assert clerks[CODE["sit-work"]] > 200
    assert drivers[CODE["sit-work"]] == 0


def test_work_on_the_feet_and_active_work_have_more_steps_than_desks_and_age_has_fewer() -> None:
    steps = steps_per_day(shipped().pool, Evidence.load())
    desk, standing, active = (mean_of(steps, adults_rows(w)) for w in (Work.DESK, Work.STANDING, Work.ACTIVE))
    old, oldest = (mean_of(steps, adults_rows(Work.NONE, (band,))) for band in (3, 4))
    assert desk + 1000 < standing < active
    assert oldest + 1000 < old < mean_of(steps, adults_rows(Work.NONE, (2,)))


def test_desk_workers_sit_longer_than_those_who_stand() -> None:
    sitting = minutes_by_activity(shipped().pool)[:, SEATED].sum(axis=1)
    desk, standing = mean_of(sitting, adults_rows(Work.DESK)), mean_of(sitting, adults_rows(Work.STANDING))
    assert 9 * 60 < desk < 12 * 60
    assert standing < desk - 150


def test_sleepers_rise_as_often_as_the_registry_says() -> None:
    pool = all_day(Doing.SLEEP)
    rises = np.add.reduceat((pool.activity == CODE["potter"]).astype(int), pool.starts[:-1]).mean() / 24
    assert rises == pytest.approx(Evidence.load()["routines.night_rises_per_hour"], rel=0.1)


def test_adults_travel_about_as_long_as_the_survey_says() -> None:
    minutes = minutes_by_activity(shipped().pool)
    wheels = mean_of(minutes, adults_rows(Work.DESK))[[CODE["drive"], CODE["ride"]]].sum()
    assert 45 < wheels < 85  # 75 to 90 minutes by all means, some on foot, some within half-hours of another name


def test_habits_fill_a_day_alike_whoever_else_is_filled() -> None:
    n = 50
    ids, ones = np.arange(n), np.ones(n, dtype=np.int64)
    days, habits = Days(ids, ones * 0, ones, ones, ones, ones * 0), Habits.from_evidence(Evidence.load())
    slots = np.repeat(np.arange(11, dtype=np.uint8), 5)[None, :48].repeat(n, axis=0)
    whole = habits.fill(Draws(9), days, slots)
    part = habits.fill(Draws(9), Days(*(np.ascontiguousarray(column[20:30]) for column in days)), slots[20:30])
    assert list(part.days()) == [whole.day(i) for i in range(20, 30)]


def test_daily_steps_and_walking_are_near_the_step_data() -> None:
    """Worn days of tracker users had 9100 steps; all their days, unworn time counted as still, 7600."""
    rows = adults_rows()
    steps = mean_of(steps_per_day(shipped().pool, Evidence.load()), rows)
    minutes = mean_of(minutes_by_activity(shipped().pool), rows)
    assert 7000 < steps < 9600
    assert 35 < minutes[CODE["walk"]] < 55
    assert 170 < minutes[CODE["potter"]] < 270


def test_steps_follow_the_clock_as_in_the_step_data() -> None:
    evidence, pool, rows = Evidence.load(), shipped().pool, adults_rows()
    cadence = np.zeros(len(CORE_ACTIVITIES))
    for name in ("potter", "walk", "exercise"):
        cadence[CODE[name]] = evidence[f"routines.{name}_steps_per_min"]
    by_minute = cadence[np.repeat(pool.activity, pool.minutes).reshape(-1, 1440)[rows]]
    from_four = by_minute.reshape(len(rows), 24, 60).sum(axis=2).mean(axis=0)
    with data_file("steps_by_hour.csv").open(encoding="utf-8") as file:
        measured = np.array([float(row["steps"]) for row in csv.DictReader(file)])
    profile = np.roll(from_four, 4)
    assert np.corrcoef(profile, measured)[0, 1] > 0.93
    assert np.abs(profile / profile.sum() - measured / measured.sum()).max() < 0.025


def moves(day: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """Lengths of stretches on the move, and of the rests between them that begin from 08:00 to 22:00."""
    on, off, at, ended = [], [], 240, None
    for moving, run in groupby(day, key=lambda bout: bout[0] in ON_THE_MOVE):
        minutes = sum(m for _, m in run)
        if moving:
            if ended is not None and 480 <= ended < 1320:
                off.append(at - ended)
            on.append(minutes)
            ended = at + minutes
        at += minutes
    return on, off


@lru_cache(maxsize=1)
def fitbit() -> Any:
    path = ROOT / "scripts" / "derive_walking_bouts.py"
    spec = importlib.util.spec_from_file_location("derive_walking_bouts", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@needs_fitbit
def test_rests_and_bouts_on_the_move_last_as_long_as_in_the_step_data() -> None:
    module = fitbit()
    real = [module.bouts(day) for day in module.worn_days(FITBIT / "minuteStepsWide_merged.csv.gz")]
    real_on = np.array([b - a for day in real for a, b, _ in day])
    real_off = np.array([y[0] - x[1] for d in real for x, y in pairwise(d) if 480 <= x[1] < 1320])
    got = [moves(shipped().pool.day(int(row))) for row in adults_rows()[::25]]
    on, off = (np.array([n for pair in got for n in pair[i]]) for i in (0, 1))
    real_off, off = real_off[real_off <= 120], off[off <= 120]
    assert abs(np.mean([len(pair[0]) for pair in got]) / np.mean([len(day) for day in real]) - 1) < 0.2
    assert abs(on.mean() / real_on.mean() - 1) < 0.15
    assert abs(off.mean() / real_off.mean() - 1) < 0.35
    assert abs(off[off > 60].sum() / off.sum() - real_off[real_off > 60].sum() / real_off.sum()) < 0.12
    grid = np.arange(1, 120)
    for mine, theirs, most in ((on, real_on, 0.12), (off, real_off, 0.15)):
        apart = np.abs((mine[:, None] <= grid).mean(axis=0) - (theirs[:, None] <= grid).mean(axis=0))
        assert apart.max() < most


@needs_fitbit
def test_the_shipped_hours_and_shapes_are_what_the_script_derives() -> None:
    module = fitbit()
    days = module.worn_days(FITBIT / "minuteStepsWide_merged.csv.gz")
    with data_file("steps_by_hour.csv").open(encoding="utf-8") as file:
        np.testing.assert_allclose([float(r["steps"]) for r in csv.DictReader(file)], module.hourly(days), atol=0.06)
    walks = [b - a for day in days for a, b, cadence in module.bouts(day) if cadence >= module.WALK_CADENCE]
    with data_file("walking_bouts.csv").open(encoding="utf-8") as file:
        np.testing.assert_allclose([float(r["walk"]) for r in csv.DictReader(file)], module.shape(walks), atol=1e-4)
    assert np.mean(walks) == pytest.approx(Evidence.load()["routines.walk_bout_min"], abs=0.05)


@needs_fitbit
def test_how_alike_a_persons_days_are_is_what_the_script_derives() -> None:
    alike = fitbit().days_alike(fitbit().worn_days_by_user(FITBIT / "minuteStepsWide_merged.csv.gz"))
    assert alike == pytest.approx(Evidence.load()["routines.days_alike"], abs=0.01)
