"""Case files: what is wrong is said with file, line and key before anything runs."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import popsim.validation
from popsim.errors import InputError
from popsim.runs.scenario_errors import ScenarioError
from popsim.validation import find_cases, load_case, load_cases, shipped_cases
from popsim.validation.case_file import as_toml

if TYPE_CHECKING:
    from popsim.hooks import PluginRegistry

GOOD = """\
id = "H030"
title = "Patients"

[scenario]
days = 16

[scenario.people]
count = 200

[[scenario.stays]]
reason = "medical"
day = 0

[window]
since = "admission"
to_day = 14

[detection]
method = "venography"
days = [14]

[estimator]
kind = "cumulative_incidence"

[numerator]
events = ["found"]

[target]
estimate = 0.149
definition = "d"
source = "s"
confidence = "found"
"""
TWO_GROUPS = '[[groups]]\nname = "a"\n\n[[groups]]\nname = "b"\n\n[target]'


def _problem(tmp_path: Path, registry: PluginRegistry, *changes: tuple[str, str]) -> str:
    text = GOOD
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "case.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_case(path, registry)
    return str(caught.value).replace(str(path), "case.toml")


def test_a_good_file_is_read(tmp_path: Path, registry: PluginRegistry) -> None:
    path = tmp_path / "case.toml"
    path.write_text(GOOD, encoding="utf-8")
    loaded = load_case(path, registry)
    assert loaded.case.target.estimate == 0.149
    assert (loaded.scenarios[0].people.count, loaded.scenarios[0].outputs.trace_people) == (200, 0)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ('id = "H030"', 'id = "H 030"', 1, "id: expected"),
        ('title = "Patients"', 'title = "Patients"\nroll = "fitted"', 3, "did you mean 'role'"),
        ("days = 16", 'days = "16"', 5, "scenario.days: expected a whole number"),
        ("count = 200", "cuont = 200", 8, "scenario.people.cuont: no such key; did you mean 'count'"),
        ('reason = "medical"', 'reason = "medicla"', 11, "did you mean 'medical'"),
        ("day = 0", "day = 16", 12, "scenario.stays.day: expected a day from 0 to 15"),
        ('since = "admission"', 'since = "admision"', 15, "did you mean 'admission'"),
        ("to_day = 14", "from_day = 15\nto_day = 14", 17, "expected a day of at least from_day 15"),
        ('since = "admission"\nto_day = 14', "to_day = 16", 15, "expected days from 0 to 15"),
        ('"venography"', '"venogaphy"', 19, "detection.method: expected one of"),
        ('"venography"', '"clinical"', 19, "the event 'found' needs an examination"),
        ('"cumulative_incidence"', '"cumulative"', 23, "did you mean 'cumulative_incidence'"),
        ('"cumulative_incidence"', '"proportion"', 23, "expected a table [among]"),
        ('"cumulative_incidence"', '"c_statistic"', 23, "expected a table [predictor]"),
        ('"cumulative_incidence"', '"risk_ratio"', 1, "expected two groups for a risk_ratio"),
        ('"cumulative_incidence"', '"cumulative_incidence"\nbasis = "course"', 24, "'course' serves"),
        ('"cumulative_incidence"', '"attributable_fraction"', 1, "expected two groups for a attributable_fraction"),
        ('"cumulative_incidence"', '"cumulative_incidence"\nwithin = [9, 3]', 24, "the earlier day first"),
        ('["found"]', '["fuond"]', 26, "no such event 'fuond'; did you mean 'found'"),
        ('["found"]', '["found"]\nsites = ["thigh"]', 27, "no such site 'thigh'; expected one of calf"),
        ('["found"]', '["found"]\nlevel = "deep"', 27, "'distal' or 'proximal'"),
        ('["found"]', '["found"]\nsetting = "home"', 27, "'hospital' or 'community'"),
        ("[target]", "[among]\nevents = ['clot']\n\n[target]", 28, "expected no table [among]"),
        ("[target]", TWO_GROUPS, 28, "expected one group for a cumulative_incidence (got 2)"),
        ("[target]", '[[groups]]\nname = "a"\narm = "b"\n\n[target]', 30, "no such arm 'b'"),
        ("[target]", '[[groups]]\nname = "a"\nwhere = { smokes = true }\n\n[target]', 30, "did you mean 'smoker'"),
        ("[target]", '[[groups]]\nname = "a"\nwhere = { sex = "x" }\n\n[target]', 30, "one of female, male"),
        ("[target]", '[[groups]]\nname = "a"\nscenario = { days = 0 }\n\n[target]', 30, "scenario.days"),
        ("estimate = 0.149", "estimate = 0.149\nlow = 0.1", 28, "both low and high, or neither"),
        ("estimate = 0.149", "estimate = 0.149\nlow = 0.2\nhigh = 0.3", 29, "between low and high"),
        ('source = "s"', 'source = ""', 31, "target.source: expected a text"),
        ("estimate = 0.149", "estimate = nan", 29, "finite number"),
        ("[target]", "[target", 28, "expected valid TOML"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(
    tmp_path: Path, registry: PluginRegistry, old: str, new: str, line: int, words: str
) -> None:
    message = _problem(tmp_path, registry, (old, new))
    assert message.startswith(f"case.toml:{line}: "), message
    assert words in message


def test_an_unknown_plugin_of_an_arm_is_found(tmp_path: Path, registry: PluginRegistry) -> None:
    arm = '[[scenario.arms]]\nname = "a"\nplugins = { lmhw = {} }\n\n[window]'
    message = _problem(tmp_path, registry, ("[window]", arm))
    assert message.startswith("case.toml:16: scenario.arms.plugins.lmhw: no such plugin")
    assert "did you mean 'lmwh'" in message


def test_all_problems_are_told_at_once(tmp_path: Path, registry: PluginRegistry) -> None:
    message = _problem(tmp_path, registry, ('["found"]', '["fuond"]'), ("estimate = 0.149", "estimate = 1\nlow = 0.2"))
    assert len(message.splitlines()) == 2


def test_two_files_cannot_have_one_id(tmp_path: Path, registry: PluginRegistry) -> None:
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(GOOD, encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"expected an id of its own \(got 'H030', as in"):
        load_cases(find_cases([tmp_path]), registry)


def test_a_case_may_name_a_scenario_or_a_file(tmp_path: Path, registry: PluginRegistry) -> None:
    plain = GOOD[: GOOD.index("[scenario]")] + 'scenario = "{}"\n\n' + GOOD[GOOD.index("[window]") :]
    (tmp_path / "mine.toml").write_text('name = "mine"\ntitle = "Mine"\ndays = 15\n[people]\ncount = 9\n')
    path = tmp_path / "case.toml"
    for name, days in (("ward", 90), ("mine.toml", 15)):
        path.write_text(plain.format(name), encoding="utf-8")
        assert load_case(path, registry).scenarios[0].days == days
    path.write_text(plain.format("wrad"), encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"case.toml:4: scenario: .*did you mean 'ward'"):
        load_case(path, registry)


def test_groups_that_differ_in_nothing_share_their_scenario(tmp_path: Path, registry: PluginRegistry) -> None:
    groups = '[[groups]]\nname = "a"\n\n[[groups]]\nname = "b"\nscenario = {more}\n\n[target]'
    path = tmp_path / "case.toml"
    for more, same in (("{}", True), ("{ stays = [] }", False)):
        text = GOOD.replace("[target]", groups.replace("{more}", more)).replace("cumulative_incidence", "risk_ratio")
        path.write_text(text, encoding="utf-8")
        first, second = load_case(path, registry).scenarios
        assert (first is second) is same


@pytest.mark.parametrize("entry", ["nowhere.toml", "h999"])
def test_a_file_that_is_not_there_is_one_sentence(entry: str) -> None:
    with pytest.raises(InputError, match="expected a case file, a folder of them or the id of one that ships"):
        find_cases([entry])


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected a folder with case files"):
        find_cases([tmp_path])


def test_shipped_cases_go_by_id() -> None:
    assert [path.stem for path in find_cases(["h030", "T002"])] == ["h030-medenox-placebo", "t002-flights"]
    assert find_cases([]) == shipped_cases()


def test_every_shipped_case_is_sound_and_its_file_bears_its_id(registry: PluginRegistry) -> None:
    loaded = load_cases(shipped_cases(), registry)
    assert len(loaded) >= 38
    assert [one.path.stem.partition("-")[0].upper() for one in loaded] == [one.case.id for one in loaded]


def test_a_table_survives_being_written() -> None:
    table = {"a b": 1, "c": [1.5, {"d": 'say "x"', "e": True}], "f": {"g.h": -2, "i": []}}
    assert tomllib.loads(as_toml(table)) == table


def test_the_guide_shows_a_case_that_is_sound(tmp_path: Path, registry: PluginRegistry) -> None:
    guide = (Path(popsim.validation.__file__).parent / "guide.md").read_text(encoding="utf-8")
    path = tmp_path / "case.toml"
    path.write_text(guide.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    assert load_case(path, registry).case.id == "H030"
