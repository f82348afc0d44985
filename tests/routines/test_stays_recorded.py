"""Recorded stays: who has which, and what its days ask of the legs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from popsim.errors import InputError
from popsim.evidence.registry import Evidence
from popsim.people import Population, Where, synthesise
from popsim.people.population import Sex
from popsim.randomness import Draws
from popsim.routines.activities import CODES
from popsim.routines.calendar import EpisodeKind, Episodes
from popsim.routines.planning import plan_calendar
from popsim.routines.reasons import REASON_CODES, REASONS, Mobility
from popsim.routines.stays import Stay
from popsim.routines.stays_recorded import RecordedStay, load_stays, write_stays

if TYPE_CHECKING:
    from pathlib import Path

EVIDENCE = Evidence.load()
HEADER = "person_id,age_years,sex,reason,units,mobility,operation_day,doses\n"
DAYS = 60


def people(count: int, **where: object) -> Population:
    return synthesise(Draws(4), np.arange(count), EVIDENCE, Where(**where))


def planned(folder: Path, crowd: Population, **settings_: object) -> tuple[list[dict[str, int]], Episodes]:
    """Minutes of every day of every person in the calendar, and the episodes."""
    stay = Stay.model_validate({"file": "stays.csv", "day": 1, **settings_})
    pool, calendar, episodes = plan_calendar([], [stay], crowd, DAYS, Draws(4), EVIDENCE, folder)
    days = []
    for day, row, diary in zip(calendar.day, calendar.row, calendar.diary, strict=True):
        minutes = {"day": int(day), "row": int(row)}
        for activity, length in pool.day(int(diary)):
            minutes[str(activity)] = minutes.get(str(activity), 0) + length
        days.append(minutes)
    return days, episodes


def one_stay(folder: Path, line: str, **settings_: object) -> tuple[list[dict[str, int]], Episodes]:
    (folder / "stays.csv").write_text(HEADER + line + "\n", encoding="utf-8")
    return planned(folder, people(1), **settings_)


def minutes(days: list[dict[str, int]], day: int, name: str) -> int:
    return next(d for d in days if d["day"] == day).get(str(CODES[name]), 0)


def test_nights_in_intensive_care_are_where_the_file_says(tmp_path: Path) -> None:
    days, episodes = one_stay(tmp_path, "1,60,female,medical,WIIWWIW,walking,,")
    in_icu = [day for day in range(1, 9) if minutes(days, day, "icu-bed") == 1440]
    assert in_icu == [2, 3, 6]
    icu = episodes.of_kind(EpisodeKind.ICU)
    assert episodes.first_day[icu].tolist() == [2, 6]
    assert episodes.length_days[icu].tolist() == [2, 1]
    (stay,) = episodes.of_kind(EpisodeKind.MEDICAL_STAY)
    assert (episodes.first_day[stay], episodes.last_day[stay], episodes.length_days[stay]) == (1, 8, 7)


def test_patients_are_mobilised_anew_after_intensive_care(tmp_path: Path) -> None:
    days, _ = one_stay(tmp_path, "1,60,female,medical,WWWWIWWW,walking,,")
    on_feet = [minutes(days, day, "ward-walk") for day in range(1, 9)]
    assert on_feet[1] < on_feet[2] < on_feet[3]
    assert on_feet[5] == on_feet[1]
    assert on_feet[6] == on_feet[2]


@pytest.mark.parametrize(("operation", "day"), [("0", 1), ("3", 4), ("", 2)])
def test_an_operation_is_on_its_day_and_else_as_usual(tmp_path: Path, operation: str, day: int) -> None:
    days, episodes = one_stay(tmp_path, f"1,60,male,emergency-surgery,WWWWW,limited,{operation},")
    assert minutes(days, day, "operation") == EVIDENCE["stays.operation_min"]
    (entry,) = episodes.of_kind(EpisodeKind.OPERATION)
    assert episodes.first_day[entry] == day


def test_recovery_follows_discharge(tmp_path: Path) -> None:
    days, episodes = one_stay(tmp_path, "1,60,female,medical,WW,walking,,", recovery_days=5)
    assert [d["day"] for d in days] == list(range(1, 9))
    (entry,) = episodes.of_kind(EpisodeKind.RECOVERY)
    assert (episodes.first_day[entry], episodes.last_day[entry]) == (4, 8)


def test_everybody_has_the_stay_of_one_of_about_the_same_age_and_sex(tmp_path: Path) -> None:
    stays = [
        RecordedStay(i, age, sex, REASON_CODES["medical"], "W" * (i + 1), Mobility.WALKING, doses="-" * (i + 1))
        for i, (age, sex) in enumerate([(30, 0), (30, 1), (33, 1), (80, 0), (80, 1), (84, 0)])
    ]
    write_stays(tmp_path / "stays.csv", stays)
    crowd = people(400)
    _, episodes = planned(tmp_path, crowd, recovery_days=0)
    assert len(episodes) == 400
    nights = episodes.length_days.astype(int)[np.argsort(episodes.row)]
    for age, sex, lived in zip(crowd["age_years"].astype(int), crowd["sex"], nights, strict=True):
        misfits = [abs(s.age_years - age) + 10 * (s.sex != sex) for s in stays]
        assert misfits[lived - 1] <= min(misfits) + 5
    women_of_about_eighty = (crowd["sex"] == Sex.FEMALE) & (np.abs(crowd["age_years"].astype(int) - 82) <= 2)
    assert set(nights[women_of_about_eighty]) == {4, 6}


def test_a_cohort_has_its_own_stays(tmp_path: Path) -> None:
    write_stays(tmp_path / "stays.csv", [RecordedStay(7, 50, 0, 1, "WWW"), RecordedStay(3, 50, 0, 1, "WW")])
    crowd = synthesise(Draws(1), np.array([3, 5, 7]), EVIDENCE)
    _, episodes = planned(tmp_path, crowd, match="person", recovery_days=0)
    assert dict(zip(episodes.row.tolist(), episodes.length_days.tolist(), strict=True)) == {0: 2.0, 2: 3.0}


def test_a_reason_narrows_the_file(tmp_path: Path) -> None:
    write_stays(tmp_path / "stays.csv", [RecordedStay(1, 50, 0, 1, "WWW"), RecordedStay(2, 50, 0, 5, "WW")])
    _, episodes = planned(tmp_path, people(20), reason="stroke", recovery_days=0)
    assert set(episodes.reason) == {REASON_CODES["stroke"]}
    with pytest.raises(InputError, match="no stay of the reason trauma"):
        planned(tmp_path, people(3), reason="trauma")


def test_a_slice_of_the_people_has_the_stays_it_has_in_the_whole(tmp_path: Path) -> None:
    stays = [RecordedStay(i, 20 + 5 * i, i % 2, 1, "WI" * (1 + i % 4)) for i in range(14)]
    write_stays(tmp_path / "stays.csv", stays)
    crowd = people(60)
    whole, _ = planned(tmp_path, crowd, share=0.5)
    part, _ = planned(tmp_path, crowd.take(slice(20, 40)), share=0.5)
    assert [d | {"row": d["row"] + 20} for d in part] == [d for d in whole if 20 <= d["row"] < 40]


@settings(max_examples=40, deadline=None)
@given(
    units=st.lists(st.text("WI", min_size=1, max_size=12), min_size=1, max_size=5),
    reason=st.sampled_from(REASONS[1:]),
    mobility=st.sampled_from([-1, *Mobility]),
)
def test_every_day_of_every_stay_is_planned_once(
    tmp_path_factory: pytest.TempPathFactory, units: list[str], reason: object, mobility: int
) -> None:
    folder = tmp_path_factory.mktemp("stays")
    code = REASONS.index(reason)  # type: ignore[arg-type]
    stays = [RecordedStay(i, 50, 0, code, u, mobility, doses="-" * len(u)) for i, u in enumerate(units)]
    write_stays(folder / "stays.csv", stays)
    assert load_stays(folder / "stays.csv").stays == tuple(stays)
    crowd = people(len(units))
    days, _ = planned(folder, crowd, match="person", recovery_days=2)
    for row, of_stay in enumerate(units):
        mine = [d for d in days if d["row"] == row]
        assert [d["day"] for d in mine] == list(range(1, len(of_stay) + 4))
        assert all(sum(v for k, v in d.items() if k not in ("day", "row")) == 1440 for d in mine)
        asleep = [minutes(mine, 1 + night, "icu-bed") > 0 for night in range(len(of_stay))]
        assert asleep == [letter == "I" for letter in of_stay]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("1,60,female,medical,WXW,,,", "2: units must be one letter per day, of W, I (got 'WXW')"),
        ("1,60,female,medical,,,,", "2: units is empty"),
        ("1,6,female,medical,W,,,", "2: age_years must be a whole number from 18 to 110 (got '6')"),
        ("1,60,woman,medical,W,,,", "2: sex must be one of female, male (got 'woman')"),
        ("1,60,male,stroke,W,,0,", "2: operation_day is given, but stroke stays have no operation"),
        ("1,60,male,surgery,WW,,2,", "2: operation_day must be a whole number from 0 to 1 (got '2')"),
        ("1,60,male,surgery,WW,,,P", "2: doses must have a letter for each of the 2 days in units (got 1)"),
        ("1,60,male,sugery,WW,,,", "did you mean 'surgery'"),
        ("1,60,male,medical,W,,,\n1,61,male,medical,W,,,", "3: person 1 has a stay on line 2 already"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_by_line(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "stays.csv").write_text(HEADER + line + "\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        load_stays(tmp_path / "stays.csv")
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"file": "a.csv", "drg": ["193"]}, "drg comes from the file"),
        ({"file": "a.csv", "length_days": 3.0}, "length_days comes from the file"),
        ({"file": "a.csv", "icu_days": 3}, "icu_days comes from the file"),
        ({"reason": "medical", "match": "person"}, "match is for stays from a file"),
        ({"file": "a.toml"}, "file"),
    ],
)
def test_an_entry_that_contradicts_its_file_is_refused(entry: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Stay.model_validate({"day": 0, **entry})
