"""The half-hour chain lives days as the respondents of the American Time Use Survey lived them."""

from __future__ import annotations

import csv
import importlib.util
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays as np_arrays

from popsim.people.population import Sex, Work
from popsim.randomness import Draws
from popsim.routines.day_model import (
    AGE_BAND_LABELS,
    AGE_BANDS,
    DayKind,
    Days,
    DayType,
    Doing,
    age_band,
    data_file,
    group_count,
    group_index,
    group_traits,
    load_day_model,
    pack_probabilities,
    unpack_probabilities,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[2]
ATUS = ROOT.parent / "shared" / "data" / "atus"
needs_atus = pytest.mark.skipif(not ATUS.exists(), reason="the survey's days are not in ../shared/data/atus")
PER_GROUP = 3000


@lru_cache(maxsize=1)
def script() -> Any:
    spec = importlib.util.spec_from_file_location("derive_day_model", ROOT / "scripts" / "derive_day_model.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@lru_cache(maxsize=1)
def respondents() -> Any:
    return script().Respondents(ATUS)


def drawn(seed: int, kind: int, work: Any, band: Any, sex: Any, n: int = PER_GROUP) -> NDArray[np.uint8]:
    """Days of people alike, working or not as often as the model says."""
    model, draws, ids = load_day_model(), Draws(seed), np.arange(n)
    work, band, sex, kinds = (np.broadcast_to(np.asarray(v), n).astype(np.int64) for v in (work, band, sex, kind))
    share = model.working_share[kinds, work, band, sex]
    day_type = (draws.uniform("test.day_type", ids) < share).astype(np.int64)
    return model.draw(draws, Days(ids, kinds, day_type, work, band, sex))


def mean_minutes(slots: NDArray[np.uint8]) -> NDArray[np.float64]:
    return np.array([30.0 * (slots == doing).sum(axis=1).mean() for doing in Doing])


def like_respondents(copies: int = 2) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.int64]]:
    """Model days with the traits and day types of the respondents, the respondents' own, and their day types."""
    own = respondents()
    rows = np.repeat(np.arange(len(own.ids)), copies)
    days = Days(
        np.arange(len(rows)), np.zeros(len(rows), np.int64), own.day_type[rows], own.work[rows], own.band[rows],
        own.sex[rows],
    )  # fmt: skip
    return load_day_model().draw(Draws(11), days), own.slots, own.day_type


def rows_of_means() -> list[dict[str, str]]:
    with data_file("atus_mean_minutes.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def told(row: dict[str, str]) -> NDArray[np.float64]:
    return np.array([float(row[doing.name.lower()]) for doing in Doing])


def test_probabilities_are_probabilities() -> None:
    model = load_day_model()
    np.testing.assert_allclose(model.start.sum(axis=-1), 1.0)
    totals = model.goes_to.sum(axis=-1)
    assert np.all(np.isclose(totals, 1.0) | (totals == 0.0))
    assert model.leave.min() >= 0.0
    assert model.leave.max() <= 1.0
    assert np.all(model.pull[DayKind.WEEKDAY] == 1.0)
    assert np.all(np.diagonal(model.goes_to, axis1=-2, axis2=-1) == 0.0)


def test_people_without_work_have_no_working_days() -> None:
    assert np.all(load_day_model().working_share[:, Work.NONE] == 0.0)


@given(np_arrays(np.float64, 20, elements=st.floats(0.0, 1.0)))
def test_a_packed_probability_is_off_by_less_than_half_a_percent(p: NDArray[np.float64]) -> None:
    assert np.abs(unpack_probabilities(pack_probabilities(p)) - p).max() <= 0.004


def test_groups_are_numbered_without_gaps() -> None:
    groups = np.arange(group_count())
    np.testing.assert_array_equal(group_index(*group_traits(groups)), groups)


def test_age_bands_begin_at_their_lower_bounds() -> None:
    np.testing.assert_array_equal(
        age_band(np.array([18, 24, 25, 44, 45, 64, 65, 74, 75, 110])), [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    )


def test_a_day_depends_only_on_seed_and_id() -> None:
    model, n = load_day_model(), 400
    ids, ones = np.arange(n), np.ones(n, dtype=np.int64)
    whole = Days(ids, ones * 0, ones, ones, ones, ids % 2)
    part = Days(*(np.ascontiguousarray(column[37:200][::-1]) for column in whole))
    np.testing.assert_array_equal(model.draw(Draws(5), part), model.draw(Draws(5), whole)[37:200][::-1])


def test_every_working_day_holds_work_and_no_free_day_of_the_employed_does() -> None:
    n = 2000
    ids, ones = np.arange(n), np.ones(n, dtype=np.int64)
    for kind in DayKind:
        for day_type in DayType:
            days = Days(ids, ones * kind, ones * day_type, 1 + ids % 4, ids % 5, ids % 2)
            worked = (load_day_model().draw(Draws(2), days) == Doing.WORK).any(axis=1)
            assert np.all(worked == (day_type == DayType.WORKING))


WEEKDAY_ROWS = [row for row in rows_of_means() if row["day"] == "weekday" and int(row["n"]) >= 200]


@pytest.mark.parametrize("row", WEEKDAY_ROWS, ids=lambda row: f"{row['job']} {row['age_band']}")
def test_weekdays_have_the_mean_minutes_of_the_survey(row: dict[str, str]) -> None:
    work, band = Work[row["job"].upper()], AGE_BAND_LABELS.index(row["age_band"])
    tolerance, sexes = 12.0, np.arange(PER_GROUP) % 2
    if ATUS.exists():
        own = respondents()
        sexes = np.resize(own.sex[(own.work == work) & (own.band == band)], PER_GROUP)
    else:
        tolerance = 40.0  # what ships does not tell how many of a group are women, who do more of the household's work
    got = mean_minutes(drawn(21, DayKind.WEEKDAY, work, band, sexes))
    sampling = 300.0 / np.sqrt(float(row["n"]))  # cells merge and shrink where few people answered
    assert np.abs(got - told(row)).max() < tolerance + sampling


WEEKEND_ROWS = [row for row in rows_of_means() if row["day"] != "weekday" and int(row["n"]) >= 200]


@pytest.mark.parametrize("row", WEEKEND_ROWS, ids=lambda r: f"{r['day']} {r['job']} {r['age_band']} {r['sex']}")
def test_weekends_have_the_mean_minutes_of_the_survey(row: dict[str, str]) -> None:
    band, sex = AGE_BAND_LABELS.index(row["age_band"]), Sex[row["sex"].upper()]
    counts = [0, *(_answered(work, row["age_band"]) for work in list(Work)[1:])]
    mixed = np.searchsorted(np.cumsum(counts) / sum(counts), (np.arange(PER_GROUP) + 0.5) / PER_GROUP)
    work = Work.NONE if row["job"] == "none" else mixed
    got = mean_minutes(drawn(22, DayKind[row["day"].upper()], work, band, sex))
    tolerance = 14.0 if row["job"] == "none" else 25.0  # kinds of work are spread otherwise among men and women
    assert np.abs(got - told(row)).max() < tolerance


def _answered(work: Work, band: str) -> int:
    return next(int(r["n"]) for r in rows_of_means() if r["job"] == work.name.lower() and r["age_band"] == band)


def test_weekends_bring_more_sleep_and_less_work_to_the_employed() -> None:
    by_kind = {kind: mean_minutes(drawn(23, kind, Work.DESK, 1, 0)) for kind in DayKind}
    week, saturday, sunday = (by_kind[kind] for kind in DayKind)
    assert saturday[Doing.WORK] < 0.5 * week[Doing.WORK]
    assert sunday[Doing.WORK] < saturday[Doing.WORK]
    assert sunday[Doing.SLEEP] > saturday[Doing.SLEEP] > week[Doing.SLEEP] + 20
    assert sunday[Doing.OTHER] > saturday[Doing.OTHER]


def test_working_days_on_weekends_are_shorter() -> None:
    def hours(kind: DayKind) -> float:
        slots = drawn(24, kind, Work.DESK, 1, 1, 8000)
        worked = (slots == Doing.WORK).sum(axis=1)
        return float(worked[worked > 0].mean() / 2)

    assert 0.55 < hours(DayKind.SATURDAY) / hours(DayKind.WEEKDAY) < 0.8


@needs_atus
@pytest.mark.parametrize("doing", [Doing.SLEEP, Doing.WORK, Doing.LEISURE, Doing.EATING, Doing.HOUSEWORK])
@pytest.mark.parametrize("day_type", list(DayType), ids=lambda t: t.name.lower())
def test_the_share_of_people_doing_a_thing_follows_the_clock(doing: Doing, day_type: DayType) -> None:
    drawn_days, own, types = like_respondents()
    model_share = (drawn_days[np.repeat(types, 2) == day_type] == doing).mean(axis=0)
    survey_share = (own[types == day_type] == doing).mean(axis=0)
    assert np.abs(model_share - survey_share).max() < 0.03


def spells(slots: NDArray[np.uint8], doing: Doing) -> NDArray[np.int64]:
    """Lengths in half-hours of all spells of a doing, by running through the days one by one."""
    lengths = []
    for day in slots.tolist():
        run = 0
        for now in [*day, -1]:
            if now == doing:
                run += 1
            elif run:
                lengths.append(run)
                run = 0
    return np.array(lengths)


@needs_atus
@pytest.mark.parametrize("doing", [Doing.SLEEP, Doing.WORK, Doing.LEISURE])
def test_spells_last_as_long_as_in_the_survey(doing: Doing) -> None:
    drawn_days, own, _ = like_respondents()
    got, real = spells(drawn_days[::6], doing), spells(own[::3], doing)
    assert abs(got.mean() / real.mean() - 1) < 0.08
    assert np.abs(np.quantile(got, [0.25, 0.5, 0.75]) - np.quantile(real, [0.25, 0.5, 0.75])).max() <= 1
    grid = np.arange(1, 30)
    cdf = [(lengths[:, None] <= grid).mean(axis=0) for lengths in (got, real)]
    assert np.abs(cdf[0] - cdf[1]).max() < 0.08


@needs_atus
def test_hours_worked_vary_between_people_as_in_the_survey() -> None:
    drawn_days, own, types = like_respondents()
    got = (drawn_days[np.repeat(types, 2) == DayType.WORKING] == Doing.WORK).sum(axis=1) / 2
    real = (own[types == DayType.WORKING] == Doing.WORK).sum(axis=1) / 2
    assert abs(got.std() / real.std() - 1) < 0.1
    assert np.abs(np.quantile(got, [0.1, 0.5, 0.9]) - np.quantile(real, [0.1, 0.5, 0.9])).max() <= 1.0


@needs_atus
def test_the_shipped_chain_is_what_the_script_estimates() -> None:
    module, own = script(), respondents()
    cell, parents = module.merged_cells(own)
    mine = cell[own.day_type, own.work, own.band, own.sex]
    with np.load(data_file("day_model.npz")) as shipped:
        np.testing.assert_array_equal(shipped["cell"], cell)
        np.testing.assert_array_equal(shipped["leave"], pack_probabilities(module.leaving(own, mine, parents)))
        np.testing.assert_array_equal(shipped["goes_to"], pack_probabilities(module.destinations(own, mine, parents)))
        np.testing.assert_array_equal(shipped["start"], pack_probabilities(module.starts(own, mine, parents)))


@needs_atus
def test_no_cell_holds_fewer_days_than_may_be_told() -> None:
    module, own = script(), respondents()
    cell, _ = module.merged_cells(own)
    sizes = np.bincount(cell[own.day_type, own.work, own.band, own.sex])
    assert sizes.min() >= module.FEWEST
    assert len(AGE_BANDS) == len(AGE_BAND_LABELS)
