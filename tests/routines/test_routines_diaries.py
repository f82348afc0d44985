"""Diaries that people kept: what is accepted, what is refused and how it is said, who lives them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from popsim.cli.import_diaries import command
from popsim.errors import InputError
from popsim.people.population import Population
from popsim.randomness import Draws
from popsim.routines.activities import CORE_ACTIVITIES
from popsim.routines.diaries import DiaryDay, load_diaries, mean_minutes, read_days, write_days
from popsim.routines.diaries_read import SYNONYMS, activity_names

CODE = {activity.name: code for code, activity in enumerate(CORE_ACTIVITIES)}
HEADER = "person_id,start,end,activity\n"
SIMPLE = HEADER + "a,04:00,07:00,sleep\na,07:00,22:30,sit-work\na,22:30,04:00,sleep\n"


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "diaries.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def people(n: int, *, age: int = 50, sex: int = 0, work: int = 1) -> Population:
    columns = {"age_years": np.full(n, age), "sex": np.full(n, sex), "work": np.full(n, work)}
    return Population(np.arange(n), columns)


def test_a_simple_diary_becomes_one_day_of_bouts(tmp_path: Path) -> None:
    pool = load_diaries(written(tmp_path, SIMPLE)).pool
    assert pool.day(0) == [(CODE["sleep"], 180), (CODE["sit-work"], 930), (CODE["sleep"], 330)]


def test_a_day_from_midnight_is_turned_to_start_at_four(tmp_path: Path) -> None:
    text = HEADER + "a,00:00,06:30,sleep\na,06:30,23:00,stand\na,23:00,24:00,sit-home\n"
    assert load_diaries(written(tmp_path, text)).pool.day(0) == [
        (CODE["sleep"], 150), (CODE["stand"], 990), (CODE["sit-home"], 60), (CODE["sleep"], 240),
    ]  # fmt: skip


def test_dated_rows_give_several_days_and_their_kind(tmp_path: Path) -> None:
    text = HEADER + (
        "a,2016-04-15T04:00,2016-04-15T20:00,walk\n"  # a Friday
        "a,2016-04-15T20:00,2016-04-16T08:00,sleep\n"
        "a,2016-04-16 08:00,2016-04-16 20:00,sit\n"
        "a,2016-04-16T20:00,2016-04-18T04:00,sleep\n"
    )
    with pytest.raises(InputError, match="lasts more than 24 hours"):
        read_days(written(tmp_path, text))
    text = text.replace("20:00,2016-04-18T04:00,sleep", "20:00,2016-04-17T04:00,sleep")
    days = read_days(written(tmp_path, text))
    assert [day.kind for day in days] == [0, 1]
    assert days[1].bouts == ((CODE["sleep"], 240), (CODE["sit-home"], 720), (CODE["sleep"], 480))


@pytest.mark.parametrize("name", ["Sleeping", "TV", "sit_home", "SIT home", "Walking", "car"])
def test_other_names_of_activities_are_understood(tmp_path: Path, name: str) -> None:
    text = HEADER + f"a,04:00,05:00,{name}\na,05:00,04:00,stand\n"
    assert load_diaries(written(tmp_path, text)).pool.day(0)[0][1] == 60


def test_every_synonym_names_a_core_activity_and_only_one() -> None:
    synonyms = [name for names in SYNONYMS.values() for name in names]
    assert set(SYNONYMS) <= set(CODE)
    assert len(set(synonyms)) == len(synonyms)
    assert not set(synonyms) & set(CODE)
    assert all(activity_names(CORE_ACTIVITIES)[name] == code for name, code in CODE.items())


BAD_FILES = {
    "no such file": (None, "cannot read the file"),
    "empty": ("", "person_id is missing"),
    "header only": (HEADER, "at least one row"),
    "not text": (b"person_id,start,end,activity\n\xff\xfe,04:00,05:00,sleep\n", "UTF-8"),
    "column missing": ("person_id,start,stop,activity\n", "end is missing"),
    "column unknown": ("person_id,start,end,activity,agee\n", "did you mean 'age'"),
    "column twice": ("person_id,start,end,activity,age,age\n", "'age' is given twice"),
    "too few values": (HEADER + "a,04:00,05:00\n", ":2: expected 4 values (got 3)"),
    "no person": (HEADER + ",04:00,04:00,sleep\n", "person_id is empty"),
    "activity misspelt": (
        SIMPLE.replace("sit-work", "sit-wrok"),
        "unknown activity 'sit-wrok'; did you mean 'sit-work'?",
    ),
    "time misspelt": (SIMPLE.replace("22:30,04:00", "22.30,04:00"), ":4: start must be HH:MM"),
    "hour past 24": (SIMPLE.replace("a,07:00", "a,25:00"), "start must be HH:MM"),
    "minute past 59": (SIMPLE.replace("a,07:00", "a,06:75"), "start must be HH:MM"),
    "time zone": (HEADER + "a,2016-04-15T04:00+02:00,2016-04-16T04:00+02:00,sleep\n", "without a time zone"),
    "date without time": (HEADER + "a,2016-04-15,2016-04-16,sleep\n", "start must be HH:MM or an ISO date and time"),
    "date on one side": (HEADER + "a,2016-04-15T04:00,04:00,sleep\n", "both have a date or neither"),
    "gap": (SIMPLE.replace("a,07:00,", "a,07:10,"), ":3: person a has a gap of 10 min after line 2"),
    "overlap": (SIMPLE.replace("a,07:00,", "a,06:45,"), ":3: person a has an overlap of 15 min with line 2"),
    "gap over midnight": (SIMPLE.replace("a,22:30,04:00", "a,00:30,04:00"), "a gap of 120 min after line 3"),
    "short day": (SIMPLE.replace("22:30,04:00", "22:30,03:00"), "23 h 00 min, expected 24 hours"),
    "no time passes": (SIMPLE + "a,04:00,04:00,walk\n", "ends when it starts"),
    "backwards": (HEADER + "a,2016-04-16T05:00,2016-04-16T04:00,sleep\n", "ends before it starts"),
    "age in words": ("person_id,start,end,activity,age\na,04:00,04:00,sleep,old\n", "age must be whole years from 18"),
    "child": ("person_id,start,end,activity,age\na,04:00,04:00,sleep,7\n", "age must be whole years from 18"),
    "sex unknown": ("person_id,start,end,activity,sex\na,04:00,04:00,sleep,femal\n", "did you mean 'female'"),
    "work unknown": ("person_id,start,end,activity,work\na,04:00,04:00,sleep,dsk\n", "did you mean 'desk'"),
    "day unknown": ("person_id,start,end,activity,day\na,04:00,04:00,sleep,sonday\n", "did you mean 'sunday'"),
    "two ages": (
        "person_id,start,end,activity,age\na,04:00,16:00,sleep,40\na,16:00,04:00,sit,50\n",
        ":3: person a has more than one age",
    ),
}


@pytest.mark.parametrize("fault", BAD_FILES)
def test_a_bad_file_is_refused_with_a_sentence_that_names_file_and_fault(tmp_path: Path, fault: str) -> None:
    text, said = BAD_FILES[fault]
    path = tmp_path / "absent.csv" if text is None else written(tmp_path, text)
    with pytest.raises(InputError) as error:
        load_diaries(path)
    assert said in str(error.value)
    assert str(path) in str(error.value)


def test_twenty_problems_are_shown_by_line_and_the_rest_counted(tmp_path: Path) -> None:
    text = HEADER + "".join(f"p{i},04:00,04:00,slep\n" for i in range(30))
    with pytest.raises(InputError) as error:
        load_diaries(written(tmp_path, text))
    said = str(error.value)
    assert "30 problems" in said
    assert said.count("unknown activity 'slep'; did you mean 'sleep'?") == 20
    assert "line 2:" in said
    assert "line 21:" in said
    assert "line 22:" not in said
    assert said.endswith("and 10 more")


BOUTS = st.lists(st.tuples(st.integers(0, len(CORE_ACTIVITIES) - 1), st.integers(1, 300)), min_size=1, max_size=30)


@st.composite
def diary_days(draw: st.DrawFn, person: str) -> DiaryDay:
    bouts = draw(BOUTS)
    day, left = [], 1440
    for code, minutes in bouts:
        if left and not (day and day[-1][0] == code):
            day.append((code, min(minutes, left)))
            left -= day[-1][1]
    day[-1] = (day[-1][0], day[-1][1] + left)
    kind = draw(st.sampled_from([None, 0, 1, 2]))
    age, sex = draw(st.sampled_from([None, 18, 66, 110])), draw(st.sampled_from([None, 0, 1]))
    return DiaryDay(person, tuple(day), kind, age, sex, draw(st.sampled_from([None, 0, 4])))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_days_written_are_read_back_the_same(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    days = [data.draw(diary_days(f"person {i}")) for i in range(data.draw(st.integers(1, 4)))]
    path = tmp_path_factory.mktemp("written") / "days.csv"
    write_days(path, days)
    assert read_days(path) == days


def test_several_days_of_one_person_are_read_back_the_same(tmp_path: Path) -> None:
    lying, busy = ((CODE["lie"], 1440),), ((CODE["sleep"], 400), (CODE["walk"], 1040))
    days = [DiaryDay("a", lying, 0, 30, 1, 2), DiaryDay("a", busy, 2, 30, 1, 2), DiaryDay("a", lying, 1, 30, 1, 2)]
    write_days(tmp_path / "days.csv", days)
    assert read_days(tmp_path / "days.csv") == days


def traits_file(folder: Path) -> Path:
    rows = [
        ("desk-woman", "weekday", 50, "female", "desk"),
        ("desk-man", "weekday", 50, "male", "desk"),
        ("old-woman", "weekday", 80, "f", "none"),
        ("desk-sunday", "sunday", 50, "female", "desk"),
    ]
    lines = [f"{name},04:00,04:00,sleep,{day},{age},{sex},{work}\n" for name, day, age, sex, work in rows]
    return written(folder, "person_id,start,end,activity,day,age,sex,work\n" + "".join(lines))


def test_people_live_the_diaries_that_fit_their_work_day_age_and_sex(tmp_path: Path) -> None:
    routine = load_diaries(traits_file(tmp_path))
    week = routine.week(people(200), Draws(1))
    assert set(week[:5].ravel().tolist()) == {0}
    assert set(week[6].tolist()) == {3}
    assert set(routine.week(people(200, sex=1), Draws(1))[0].tolist()) == {1}
    assert set(routine.week(people(200, age=80, work=0), Draws(1)).ravel().tolist()) == {2}


def test_without_traits_every_diary_is_as_likely(tmp_path: Path) -> None:
    text = HEADER + "".join(f"p{i},04:00,04:00,sleep\n" for i in range(4))
    monday = load_diaries(written(tmp_path, text)).week(people(8000), Draws(3))[0]
    share = np.bincount(monday, minlength=4) / len(monday)
    assert np.abs(share - 0.25).max() < 4 * np.sqrt(0.25 * 0.75 / len(monday))


def test_mean_minutes_add_up_to_a_day(tmp_path: Path) -> None:
    means = mean_minutes(read_days(written(tmp_path, SIMPLE)))
    assert means == {"sit-work": 930.0, "sleep": 510.0}


def test_the_command_reports_and_writes_a_file_that_loads_the_same(tmp_path: Path) -> None:
    path, out = written(tmp_path, SIMPLE), tmp_path / "plain.csv"
    result = CliRunner().invoke(command, [str(path), "--out", str(out)])
    assert result.exit_code == 0
    assert "1 day of 1 person" in result.output
    assert "930.0" in result.output
    assert load_diaries(out).pool.day(0) == load_diaries(path).pool.day(0)


def test_the_command_prints_json(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, [str(written(tmp_path, SIMPLE)), "--json"])
    assert '"sit-work": 930.0' in result.output


def test_an_unwritable_target_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot write the file"):
        write_days(tmp_path / "absent" / "days.csv", read_days(written(tmp_path, SIMPLE)))


def test_the_synonyms_in_the_documentation_are_those_understood() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "routines.md").read_text(encoding="utf-8")
    table = page.split("| activity | also |")[1]
    told = {name: tuple(other.split(", ")) for name, other in re.findall(r"\| `([a-z-]+)` \| (.+) \|", table)}
    assert told == SYNONYMS
