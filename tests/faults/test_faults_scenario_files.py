# ruff: noqa: E501  messages stand as they are read
"""Every way to get a scenario wrong that we could think of, and the exact words its author reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenario_faults_plugins import REGISTRY

from popsim.errors import InputError
from popsim.runs.scenario import Scenario
from popsim.runs.scenario_errors import ScenarioError
from popsim.runs.shipped import shipped_scenarios

if TYPE_CHECKING:
    from pathlib import Path

TOP = 'name = "x"\ntitle = "X"\ndays = 7\n'
PEOPLE = "[people]\ncount = 10\n"
VALID = TOP + PEOPLE
# fmt: off
FAULTS: list[tuple[str, str, list[str]]] = [
    ('empty', "", ['1: expected a scenario (the file is empty)']),
    ('only a comment', "# nothing\n", ['1: expected a scenario (the file is empty)']),
    ('no equals sign', VALID + "days\n", ['6: expected valid TOML (got a name without = and a value, column 5)']),
    ('no value', 'name =\n', ['1: expected valid TOML (got a value that is no number, date, true, false or text in quotes, column 7)']),
    ('unclosed text', 'name = "x\ntitle = "X"\n', ['1: expected valid TOML (got a text that does not close on its line, column 10)']),
    ('unclosed list', VALID + "[people.where]\nage = [20, 64\n", ['7: expected valid TOML (got a list that does not close)']),
    ('unclosed table header', TOP + "[people\ncount = 1\n", ["4: expected valid TOML (got a table's name that does not close, column 8)"]),
    ('key twice', TOP + "days = 8\n" + PEOPLE, ['4: expected valid TOML (got a key that is already set, column 9)']),
    ('table twice', VALID + "[people]\n", ['6: expected valid TOML (got a table that is already there, column 8)']),
    ('table and list of tables', VALID + "[trips]\nmode = 'car'\n[[trips]]\n", ['8: expected valid TOML (got a key that is already set, column 8)']),
    ('bare word', TOP.replace('"X"', "X") + PEOPLE, ['2: expected valid TOML (got a value that is no number, date, true, false or text in quotes, column 9)']),
    ('bad escape', TOP.replace('"X"', '"C:\\Users"') + PEOPLE, ['2: expected valid TOML (got a backslash that begins no escape; put such a text in single quotes, column 14)']),
    ('control character', TOP.replace('"X"', '"\x07"') + PEOPLE, ['2: expected valid TOML (got a character that may not stand there, column 10)']),
    ('impossible date', VALID.replace("7", "2024-13-40"), ['3: expected valid TOML (got something behind the value that does not belong to it, column 12)']),
    ('leading zero', VALID.replace("7", "007"), ['3: expected valid TOML (got something behind the value that does not belong to it, column 9)']),
    ('nested too deeply', "x = " + "[" * 5000 + "]" * 5000 + "\n", ['1: expected valid TOML (got lists or tables nested too deeply)']),
    ('thousands of digits', VALID.replace("7", "9" * 5000), ['3: expected valid TOML (got a number of 5,000 digits)']),
    ('thousands of hexadecimal digits', VALID.replace("7", "0x" + "f" * 5000), ['3: days: expected a number that fits a computer (got one of 20,000 bits)']),
    ('name with a path', VALID.replace('"x"', '"../x"'), ["1: name: expected 1 to 64 lower-case letters, digits, '-' and '_', beginning with a letter or digit (got '../x')"]),
    ('name in capitals', VALID.replace('"x"', '"Office"'), ["1: name: expected 1 to 64 lower-case letters, digits, '-' and '_', beginning with a letter or digit (got 'Office')"]),
    ('name too long', VALID.replace('"x"', '"' + "a" * 65 + '"'), ["1: name: expected 1 to 64 lower-case letters, digits, '-' and '_', beginning with a letter or digit (got 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…')"]),
    ('name with a newline', VALID.replace('"x"', '"x\\n"'), ["1: name: expected 1 to 64 lower-case letters, digits, '-' and '_', beginning with a letter or digit (got 'x\\n')"]),
    ('name is a number', VALID.replace('"x"', "7"), ["1: name: expected 1 to 64 lower-case letters, digits, '-' and '_', beginning with a letter or digit (got 7)"]),
    ('empty title', VALID.replace('"X"', '""'), ["2: title: expected a text of 1 to 200 characters (got '')"]),
    ('nothing given', "seed = 1\n", ["1: name: expected 1 to 64 lower-case letters, digits, '-' and '_', beginning with a letter or digit (got nothing)", '1: title: expected a text of 1 to 200 characters (got nothing)', '1: days: expected a whole number from 1 to 36,500 (got nothing)', '1: people: expected a table (got nothing); begin it with [people]']),
    ('no days', VALID.replace("days = 7\n", ""), ['1: days: expected a whole number from 1 to 36,500 (got nothing)']),
    ('days a float', VALID.replace("7", "7.0"), ['3: days: expected a whole number from 1 to 36,500 (got 7.0)']),
    ('days in words', VALID.replace("7", '"7"'), ["3: days: expected a whole number from 1 to 36,500 (got '7')"]),
    ('days zero', VALID.replace("7", "0"), ['3: days: expected a whole number from 1 to 36,500 (got 0)']),
    ('days huge', VALID.replace("7", "99999999999999999999999"), ['3: days: expected a whole number from 1 to 36,500 (got 99999999999999999999999)']),
    ('days a date', VALID.replace("7", "2024-01-02"), ['3: days: expected a whole number from 1 to 36,500 (got the date or time 2024-01-02)']),
    ('days true', VALID.replace("7", "true"), ['3: days: expected a whole number from 1 to 36,500 (got true)']),
    ('seed negative', TOP + "seed = -1\n" + PEOPLE, ['4: seed: expected a whole number from 0 to 9,223,372,036,854,775,807 (got -1)']),
    ('seed infinite', TOP + "seed = inf\n" + PEOPLE, ['4: seed: expected a whole number from 0 to 9,223,372,036,854,775,807 (got inf)']),
    ('seed too large', TOP + "seed = 9223372036854775808\n" + PEOPLE, ['4: seed: expected a whole number from 0 to 9,223,372,036,854,775,807 (got 9223372036854775808)']),
    ('weekday misspelt', TOP + 'start_weekday = "tusday"\n' + PEOPLE, ["4: start_weekday: expected one of 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday' (got 'tusday'); did you mean 'tuesday'?"]),
    ('key misspelt', TOP + "sede = 2\n" + PEOPLE, ["4: sede: no such key; did you mean 'seed'?"]),
    ('key nobody knows', TOP + "zzz = 2\n" + PEOPLE, ['4: zzz: no such key; expected one of name, title, description, days, seed, start_weekday, people, routine, trips, stays, episodes, arms, outputs, evidence']),
    ('table misspelt', TOP + "[peple]\ncount = 10\n", ['1: people: expected a table (got nothing); begin it with [people]', "4: peple: no such key; did you mean 'people'?"]),
    ('people is a number', TOP + "people = 10\n", ['4: people: expected a table (got 10)']),
    ('no people', TOP + PEOPLE.replace("10", "0"), ['5: people.count: expected a whole number from 1 to 100,000,000 (got 0)']),
    ('people as a float', TOP + PEOPLE.replace("10", "1e6"), ['5: people.count: expected a whole number from 1 to 100,000,000 (got 1000000.0)']),
    ('people beyond the limit', TOP + PEOPLE.replace("10", "100_000_001"), ['5: people.count: expected a whole number from 1 to 100,000,000 (got 100000001)']),
    ('source misspelt', VALID + 'source = "us-adult"\n', ["6: people.source: expected 'us-adults' or the path of a .csv file (got 'us-adult'); did you mean 'us-adults'?"]),
    ('source file missing', VALID + 'source = "nobody.csv"\n', ["6: people.source: expected a file that exists, beside the scenario (got 'nobody.csv')"]),
    ('source no file can be', VALID + 'source = "a\\u0000.csv"\n', ["6: people.source: expected a file that exists, beside the scenario (got 'a\\x00.csv')"]),
    ('source a folder', VALID + 'source = "folder.csv"\n', ["6: people.source: expected a file that exists, beside the scenario (got 'folder.csv')"]),
    ('ages the wrong way', VALID + "[people.where]\nage = [64, 20]\n", ['7: people.where.age: expected two ages between 18 and 100, the lower one first (got 64 and 20)']),
    ('one age', VALID + "[people.where]\nage = [64]\n", ['7: people.where.age: expected a list of 2 values, each a whole number (got [64])']),
    ('age a number', VALID + "[people.where]\nage = 64\n", ['7: people.where.age: expected a list of 2 values, each a whole number (got 64)']),
    ('ages in words', VALID + '[people.where]\nage = ["20",\n  "64"]\n', ["7: people.where.age: expected a whole number (got '20')", "8: people.where.age: expected a whole number (got '64')"]),
    ('ages nobody has', VALID + "[people.where]\nage = [150, 160]\n", ['7: people.where.age: expected two ages between 18 and 100, the lower one first (got 150 and 160)']),
    ('sex misspelt', VALID + '[people.where]\nsex = "femal"\n', ["7: people.where.sex: expected 'female' or 'male' (got 'femal'); did you mean 'female'?"]),
    ('work not a list', VALID + '[people.where]\nwork = "desk"\n', ["7: people.where.work: expected a list, each one of 'none', 'desk', 'standing', 'active', 'driving' (got 'desk')"]),
    ('work misspelt', VALID + '[people.where]\nwork = ["none", "desc"]\n', ["7: people.where.work: expected one of 'none', 'desk', 'standing', 'active', 'driving' (got 'desc'); did you mean 'desk'?"]),
    ('where misspelt', VALID + '[people.where]\nagee = [20, 64]\n', ["7: people.where.agee: no such key; did you mean 'age'?"]),
    ('set unknown column', VALID + "[people.set]\nheigth_cm = 170\n", ["7: people.set.heigth_cm: no such key; did you mean 'height_cm'?"]),
    ('set out of range', VALID + "[people.set]\nweight_kg = 700\nage_years = 30.5\n", ['7: people.set.weight_kg: expected a number from 30 to 300 (got 700)', '8: people.set.age_years: expected a whole number from 18 to 110 (got 30.5)']),
    ('set flag by number', VALID + "[people.set]\nsmoker = 1\n", ['7: people.set.smoker: expected true or false (got 1)']),
    ('set not a number', VALID + "[people.set]\nfidget_factor = nan\n", ['7: people.set.fidget_factor: expected a number from 0.05 to 20 (got nan)']),
    ('set sex by number', VALID + "[people.set]\nsex = 0\n", ["7: people.set.sex: expected 'female' or 'male' (got 0)"]),
    ('set a list', VALID + "[people]\n".replace("[people]", "[[people.set]]") + "sex = 'male'\n", ['6: people.set: expected a table (got [a table])']),
    ('diaries file missing', VALID + '[routine]\nsource = "sub/days.csv"\n', ["7: routine.source: expected a file that exists, beside the scenario (got 'sub/days.csv')"]),
    ('no diaries', VALID + "[routine]\ndiaries_per_group = 0\n", ['7: routine.diaries_per_group: expected a whole number from 1 to 10,000 (got 0)']),
    ('trips a table', VALID + "[trips]\nmode = 'car'\n", ['6: trips: expected a list (got a table); write [[trips]] instead of [trips]']),
    ('trip without mode', VALID + "[[trips]]\nhours = 4\nday = 1\n", ["6: trips.mode: expected one of 'flight', 'car', 'train' (got nothing)"]),
    ('trip by boat', VALID + '[[trips]]\nmode = "boat"\nhours = 4\nday = 1\n', ["7: trips.mode: expected one of 'flight', 'car', 'train' (got 'boat')"]),
    ('trip without day', VALID + '[[trips]]\nmode = "car"\nhours = 4\n', ['6: trips: give either day or between = [first, last], one is needed']),
    ('trip too long', VALID + '[[trips]]\nmode = "car"\nhours = 25\nday = 1\n', ['8: trips.hours: expected a number above 0 and of at most 24 (got 25)']),
    ('trip misspelt', VALID + '[[trips]]\nmode = "car"\nhour = 4\nday = 1\n', ["8: trips.hour: no such key; did you mean 'hours'?"]),
    ('trip after the end', VALID + '[[trips]]\nmode = "car"\nhours = 4\nday = 7\n', ['9: trips.day: expected a day from 0 to 6, as the scenario has 7 (got 7)']),
    ('second trip wrong', VALID + '[[trips]]\nmode = "car"\nhours = 4\nday = 1\n\n[[trips]]\nmode = "car"\nhours = 4\nday = 1\nshare = 1.5\n', ['15: trips.share: expected a number from 0 to 1 (got 1.5)']),
    ('unknown airport', VALID + '[[trips]]\nmode = "flight"\nroute = "LHR-XXX"\nday = 1\n', ["8: trips.route: no airport has the IATA code 'XXX'; did you mean 'YXX'?"]),
    ('stay misspelt', VALID + '[[stays]]\nreason = "medcal"\nday = 1\n', ["7: stays.reason: expected one of 'medical', 'surgery', 'hip-replacement', 'knee-replacement', 'stroke', 'trauma', 'cancer-surgery', 'general-surgery', 'emergency-surgery' (got 'medcal'); did you mean 'medical'?"]),
    ('stay after the end', VALID + '[[stays]]\nreason = "medical"\nbetween = [7, 9]\n', ['8: stays.between: expected a day from 0 to 6, as the scenario has 7 (got 7)']),
    ('stay backwards', VALID + '[[stays]]\nreason = "medical"\nbetween = [3, 1]\n', ['6: stays: between needs 0 <= first <= last (got 3, 1)']),
    ('stay share', VALID + '[[stays]]\nreason = "medical"\nday = 1\nshare = "all"\n', ["9: stays.share: expected a number from 0 to 1 (got 'all')"]),
    ('no arms', TOP + "arms = []\n" + PEOPLE, ['4: arms: expected a list with at least one item (got [])']),
    ('arms a table', VALID + "[arms]\nname = 'a'\n", ['6: arms: expected a list with at least one item (got a table); write [[arms]] instead of [arms]']),
    ('arm without a name', VALID + "[[arms]]\nlabel = 'A'\n", ["6: arms.name: expected 1 to 64 lower-case letters, digits, '-' and '_', beginning with a letter or digit (got nothing)"]),
    ('arms with one name', VALID + "[[arms]]\nname = 'a'\n[[arms]]\nname = 'b'\n[[arms]]\nname = 'a'\n", ["11: arms.name: expected a name of its own (got 'a', as on line 7)"]),
    ('arm misspelt', VALID + "[[arms]]\nname = 'a'\nlable = 'A'\n", ["8: arms.lable: no such key; did you mean 'label'?"]),
    ('arm plugins a list', VALID + "[[arms]]\nname = 'a'\nplugins = ['exercise']\n", ["8: arms.plugins: expected a table (got ['exercise'])"]),
    ('plugin a number', VALID + "[[arms]]\nname = 'a'\nplugins.exercise = 3\n", ['8: arms.plugins.exercise: expected a table (got 3)']),
    ('plugin by a bad name', VALID + "[[arms]]\nname = 'a'\n[arms.plugins.'../x']\n", ['8: arms.plugins."../x": expected a name of 1 to 64 lower-case letters, digits, \'-\' and \'_\', beginning with a letter or digit (got \'../x\')']),
    ('plugin misspelt', VALID + "[[arms]]\nname = 'a'\n[arms.plugins.exersize]\n", ["8: arms.plugins.exersize: no such plugin is installed; did you mean 'exercise'?"]),
    ('plugin nobody knows', VALID + "[[arms]]\nname = 'a'\n[arms.plugins.zzz]\n", ['8: arms.plugins.zzz: no such plugin is installed; popsim plugins lists those that are']),
    ('plugin broken', VALID + "[[arms]]\nname = 'a'\n[arms.plugins.cracked]\n", ['8: arms.plugins.cracked: this plugin is broken: cracked-package: ImportError: no module glass']),
    ('parameter misspelt', VALID + "[[arms]]\nname = 'a'\n[arms.plugins.exercise]\nminuets = 5\n", ["9: arms.plugins.exercise.minuets: no such key; did you mean 'minutes'?"]),
    ('parameter out of range', VALID + "[[arms]]\nname = 'a'\n[arms.plugins.exercise]\nminutes = 500\ncoverage = -0.1\n", ['9: arms.plugins.exercise.minutes: expected a whole number from 1 to 60 (got 500)', '10: arms.plugins.exercise.coverage: expected a number from 0 to 1 (got -0.1)']),
    ('parameter of the wrong type', VALID + "[[arms]]\nname = 'a'\n[arms.plugins.exercise]\nminutes = '5'\nduring = 'work'\n", ["9: arms.plugins.exercise.minutes: expected a whole number from 1 to 60 (got '5')", "10: arms.plugins.exercise.during: expected a list with at least one item, each a text (got 'work')"]),
    ('parameter not a number', VALID + "[[arms]]\nname = 'a'\n[arms.plugins.exercise]\nadherence = nan\n", ['9: arms.plugins.exercise.adherence: expected a number from 0 to 1 (got nan)']),
    ('parameter missing', VALID + "[[arms]]\nname = 'a'\n[arms.plugins.exercise]\n[arms.plugins.dose]\n", ['9: arms.plugins.dose.policy: expected a text: all or none (got nothing)']),
    ('parameter in the wrong form', VALID + "[[arms]]\nname = 'a'\n[arms.plugins.dose]\npolicy = 'some'\n", ["9: arms.plugins.dose.policy: expected a text: all or none (got 'some')"]),
    ('outputs negative', VALID + "[outputs]\ntrace_people = -1\n", ['7: outputs.trace_people: expected a whole number from 0 to 100,000 (got -1)']),
    ('outputs misspelt', VALID + "[outputs]\ntrace_day = 1\n", ["7: outputs.trace_day: no such key; did you mean 'trace_days'?"]),
    ('constant misspelt', VALID + '[evidence]\n"people.bmi_leest" = 1\n', ['7: evidence."people.bmi_leest": no such constant; popsim evidence lists them; did you mean \'people.bmi_least\'?']),
    ('constant without a room', VALID + "[evidence]\nbmi = 1\n", ['7: evidence.bmi: no such constant; popsim evidence lists them']),
    ('constant of no room', VALID + '[evidence]\n"nowhere.bmi" = 1\n', ['7: evidence."nowhere.bmi": no such constant; popsim evidence lists them']),
    ('constant not a number', VALID + '[evidence]\n"people.bmi_least" = nan\n', ['7: evidence."people.bmi_least": expected a finite number (got nan)']),
    ('constant in words', VALID + '[evidence]\n"people.bmi_least" = "12"\n', ['7: evidence."people.bmi_least": expected a number (got \'12\')']),
    ('constant without quotes', VALID + "[evidence]\npeople.bmi_least = 12\n", ['6: evidence: expected each name whole and in quotes, such as "people.bmi_least"']),
    ('constant too large', VALID + '[evidence]\n"people.bmi_least" = 1e999\n', ['7: evidence."people.bmi_least": expected a finite number (got inf)']),
    ('many at once', 'name = "X"\ntitle = 3\ndaays = 7\n[people]\ncount = "ten"\n[people.where]\nage = [20]\n[[arms]]\nname = "a"\n[arms.plugins.exercise]\nminutes = 0\n[evidence]\n"clots.x" = 1\n', ["1: name: expected 1 to 64 lower-case letters, digits, '-' and '_', beginning with a letter or digit (got 'X')", '1: days: expected a whole number from 1 to 36,500 (got nothing)', '2: title: expected a text of 1 to 200 characters (got 3)', "3: daays: no such key; did you mean 'days'?", "5: people.count: expected a whole number from 1 to 100,000,000 (got 'ten')", '7: people.where.age: expected a list of 2 values, each a whole number (got [20])', '11: arms.plugins.exercise.minutes: expected a whole number from 1 to 60 (got 0)', '13: evidence."clots.x": no such constant; popsim evidence lists them']),
]
# fmt: on


@pytest.mark.parametrize(("text", "expected"), [pytest.param(text, words, id=name) for name, text, words in FAULTS])
def test_a_wrong_scenario_is_told_line_key_and_expectation(text: str, expected: list[str], tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    path = tmp_path / "s.toml"
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_text(text, path, REGISTRY)
    assert str(caught.value).splitlines() == [f"{path}:{line}" for line in expected]
    assert len(caught.value.problems) == len(expected)


def test_the_scenario_that_all_faults_are_made_from_is_fine(tmp_path: Path) -> None:
    assert Scenario.from_text(VALID, tmp_path / "s.toml", REGISTRY).people.count == 10


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", ":1: expected a scenario (the file is empty)"),
        (b'name = "x"\ntitle = "\xff"\n', ":2: expected UTF-8 text (got byte 0xff)"),
        (VALID.encode("utf-16"), ":1: expected UTF-8 text (got byte 0xff)"),
        (b"\0" * 10, ":1: expected valid TOML (got a line that begins with neither a name nor [, column 1)"),
        (b"#" * 1_000_001, ": expected a scenario of at most 1,000,000 bytes"),
        (
            b'name = "x"\r\ntitle = 3\r\n' + VALID[22:].encode(),
            ":2: title: expected a text of 1 to 200 characters (got 3)",
        ),
    ],
    ids=["empty", "not UTF-8", "UTF-16", "zeros", "too large", "Windows line ends"],
)
def test_a_file_that_is_no_text_or_no_scenario(content: bytes, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        Scenario.load(path)
    assert str(caught.value) == f"{path}{expected}"


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_bytes(b"\xef\xbb\xbf" + VALID.encode())
    assert Scenario.load(path).name == "x"


def test_a_folder_is_no_scenario(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        Scenario.load(tmp_path)
    assert str(caught.value) == f"{tmp_path}: expected a scenario file (got a folder)"


def test_a_misspelt_name_gets_the_closest() -> None:
    with pytest.raises(InputError) as caught:
        Scenario.load("ofice")
    assert str(caught.value) == (
        "ofice: expected a file, or the name of a scenario that ships: long-haul, office, ward, screened-ward (found neither); "
        "did you mean 'office'?"
    )


TEXTS = [path.read_text(encoding="utf-8") for path in shipped_scenarios().values()] + [text for _, text, _ in FAULTS]
JUNK = st.sampled_from(
    ['"', "[", "]]", "=", "{", "}", ",", "\n", "-1", "nan", "1e999", "true", "[[arms]]\n", "'''", "."]
)


@settings(max_examples=300, deadline=None)
@given(text=st.sampled_from([t for t in TEXTS if len(t) < 4000]), at=st.floats(0, 1), cut=st.integers(0, 20), junk=JUNK)
def test_no_damage_to_a_scenario_ever_leads_to_anything_but_sentences(
    text: str, at: float, cut: int, junk: str
) -> None:
    place = int(at * len(text))
    damaged = text[:place] + junk + text[place + cut :]
    try:
        Scenario.from_text(damaged, "s.toml", REGISTRY)
    except ScenarioError as error:
        for line in str(error).splitlines():
            assert line.startswith("s.toml:")
            assert "another value" not in line
