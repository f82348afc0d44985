"""Activities, routines and episodes of plugins: they are lived, kept, checked, and leave others alone."""

from __future__ import annotations

import textwrap

import numpy as np
import pytest

from popsim.errors import PopsimError
from popsim.hooks import PluginError, load_plugins
from popsim.life import Life
from popsim.routines.activities import CORE_ACTIVITIES
from popsim.routines.calendar import EpisodeKind
from popsim.runs.running import run
from popsim.runs.scenario import Scenario
from popsim.store import RunFolder, logical_hash
from popsim.world import World

PLUGIN = """
import numpy as np
from pydantic import Field
from popsim.hooks import (
    Activity, DailyRoutine, Episode, EpisodeKind, Intervention, Mobility, Regime, RoutineParams, Settings, Stillness,
    hookimpl, with_breaks,
)

ON_FEET = frozenset({"upright", "walking", "work"})
TREADMILL = Activity("treadmill-desk", "At a treadmill desk", Regime.WALKING, Stillness.WALKING, ON_FEET)
STOOL = Activity("stool", "On a stool", Regime.SITTING, Stillness.DESK, frozenset({"seated", "work"}))

class Nights(DailyRoutine):
    name = "test-nights"
    label = "Nights"
    kinds = ("night", "stool-day")
    reads = frozenset({"age_years"})

    class Params(RoutineParams):
        nights: int = Field(2, ge=0, le=5, description="Nights a week")

    def eligible(self, people):
        return people["age_years"] < 65

    def week(self, people):
        week = np.zeros((7, len(people)), dtype=np.int64)
        week[: self.params.nights] = 1
        week[5] = 2
        return week

    def day(self, kind, ordinary):
        if kind == "night":
            return [("sleep", 480), ("sit-home", 480), ("sit-work", 240), ("treadmill-desk", 240)]
        return [("stool" if doing == "sit-home" else doing, minutes) for doing, minutes in ordinary]

class Tour(Episode):
    name = "test-tour"
    label = "A coach tour"
    plans = 2

    class Params(Settings):
        hours: int = Field(8, ge=1, le=20, description="Hours on the coach a day")

    def plan(self, people):
        return (people.draw("long") < 0.5).astype(np.int64)

    def days(self, plan):
        day = [("ride", 60 * self.params.hours), ("sleep", 1440 - 60 * self.params.hours)]
        return [day] * (2 + plan)

class Ward(Episode):
    name = "test-ward"
    label = "On the ward"
    kind = EpisodeKind.MEDICAL_STAY
    reason = "stroke"
    mobility = Mobility.BEDBOUND
    recovery_days = 1

    def days(self, plan):
        return [[("ward-bed", 1440)], [("ward-bed", 720), ("ill-at-home", 720)], [("ill-at-home", 1440)]]

class Breaks(Intervention):
    name = "test-breaks"
    label = "Breaks"
    writes = frozenset({"day"})

    def edit_day(self, day):
        return with_breaks(day, "walk", every_min=30, break_min=2, during={"work"}, activities=self.activities)

@hookimpl
def popsim_activities():
    return [TREADMILL, STOOL]

@hookimpl
def popsim_routines():
    return [Nights]

@hookimpl
def popsim_episodes():
    return [Tour, Ward]

@hookimpl
def popsim_interventions():
    return [Breaks]
"""
ROUTINE = "\n[routine.plugins.test-nights]\nshare = 0.5\n"
EPISODES = """
[[episodes]]
kind = "test-ward"
day = 1
share = 0.3
[[episodes]]
kind = "test-tour"
between = [0, 3]
share = 0.6
[episodes.settings]
hours = 10
"""


@pytest.fixture
def folder(tmp_path):
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    (plugins / "days.py").write_text(textwrap.dedent(PLUGIN), encoding="utf-8")
    return plugins


@pytest.fixture
def build(folder, small_text):
    """The world of a small scenario with more text, and the plugins above."""

    def make(more="", rows=slice(None), **changes):
        scenario = Scenario.from_text(small_text(people=200, days=7, stays=False, more=more, **changes))
        return World.build(scenario, load_plugins(folder), rows)

    return make


def day_of(world, day, row):
    names = [a.name for a in world.activities]
    return [(names[a], m) for a, m in world.pool.day(int(world.diary(day)[row]))]


def test_activities_get_codes_behind_the_cores_in_order_of_name(build):
    assert build(ROUTINE).activities[: len(CORE_ACTIVITIES)] == CORE_ACTIVITIES
    assert [a.name for a in build(ROUTINE).activities[len(CORE_ACTIVITIES) :]] == ["stool", "treadmill-desk"]
    assert build().activities == CORE_ACTIVITIES


def test_a_share_of_the_eligible_live_by_a_routine_and_the_others_as_before(build):
    world, plain = build(ROUTINE), build()
    nights = [day_of(world, 0, row) == [("sleep", 480), ("sit-home", 480), ("sit-work", 240), ("treadmill-desk", 240)]
              for row in range(200)]  # fmt: skip
    young = world.people["age_years"] < 65
    assert not np.any(np.array(nights) & ~young)
    assert 0.35 < np.mean(np.array(nights)[young]) < 0.65
    for row in np.flatnonzero(~np.array(nights)):
        assert [day_of(world, d, row) for d in range(7)] == [day_of(plain, d, row) for d in range(7)]


def test_a_kind_of_day_can_be_an_ordinary_day_changed(build):
    world, plain = build(ROUTINE), build()
    lived = [row for row in range(200) if any(doing == "stool" for doing, _ in day_of(world, 5, row))]
    assert lived
    for row in lived:
        ordinary = [("stool" if doing == "sit-home" else doing, minutes) for doing, minutes in day_of(plain, 5, row)]
        assert day_of(world, 5, row) == ordinary
        assert day_of(world, 3, row) == day_of(plain, 3, row)


def test_episodes_take_days_in_a_row_and_none_that_is_taken(build):
    world = build(EPISODES)
    ward = world.episodes.kind == EpisodeKind.MEDICAL_STAY
    tours = world.episodes.kind == EpisodeKind.JOURNEY
    assert 30 < ward.sum() < 95
    assert set((world.episodes.last_day - world.episodes.first_day)[tours].tolist()) == {1, 2}
    for row, first, last in zip(*(getattr(world.episodes, c)[tours] for c in ("row", "first_day", "last_day")),
                                strict=True):  # fmt: skip
        for day in range(first, min(last, 6) + 1):
            assert day_of(world, day, row) == [("ride", 600), ("sleep", 840)]
    both = set(world.episodes.row[ward].tolist()) & set(world.episodes.row[tours].tolist())
    for row in both:
        stay = {1, 2, 3}
        own = tours & (world.episodes.row == row)
        tour = set(range(int(world.episodes.first_day[own][0]), int(world.episodes.last_day[own][0]) + 1))
        assert not stay & tour


def test_a_stay_is_seen_as_one_by_interventions_until_discharge(build):
    world = build(EPISODES)
    rows = world.episodes.row[world.episodes.kind == EpisodeKind.MEDICAL_STAY]
    inside = [world.today(day).in_hospital[rows].all() for day in range(5)]
    assert inside == [False, True, True, False, False]
    today = world.today(1)
    assert not today.walks_freely[rows].any()
    assert (today.reason[~today.in_hospital] == -1).all()
    assert (world.today(3).days_since_discharge[rows] == 1).all()


def test_breaks_know_the_activities_of_plugins(build):
    world = build(ROUTINE, arms="[arms.plugins.test-breaks]\n")
    life = Life(world, "usual")
    life.live_day()
    names = [a.name for a in world.activities]
    days = [[(names[a], m) for a, m in life.days.pool.day(int(d))] for d in np.unique(life.diary)]
    assert max(m for day in days for doing, m in day if doing == "sit-work") <= 30


def test_runs_keep_what_was_done_and_do_not_depend_on_shards(folder, small_text, tmp_path):
    scenario = Scenario.from_text(small_text(people=120, days=7, more=ROUTINE + EPISODES))
    whole, cut = (run(scenario, out=tmp_path, engine="inline", shards=n, plugins_dir=folder) for n in (1, 5))
    assert logical_hash(whole.database) == logical_hash(cut.database)
    with whole.results as results:
        minutes = results.query(
            "SELECT sum(leg_minutes) AS n FROM pooling JOIN activity ON activity = activity.id"
            " WHERE activity.name = 'treadmill-desk'"
        ).to_pylist()[0]["n"]
    assert minutes > 0


def test_a_plugin_that_is_not_used_brings_no_activity_along(folder, small_text, tmp_path):
    scenario = Scenario.from_text(small_text(people=60, days=3))
    beside = run(scenario, out=tmp_path, engine="inline", plugins_dir=folder)
    alone = run(scenario, out=tmp_path, engine="inline")
    assert logical_hash(beside.database) == logical_hash(alone.database)


WRONG = {
    "unknown activity": ('("treadmill-desk", 240)', '("moonwalk", 240)', "day uses the unknown activity 'moonwalk'"),
    "day too long": ('("treadmill-desk", 240)', '("treadmill-desk", 999)', "day returned a day of 2199 minutes"),
    "week of wrong shape": ("np.zeros((7, len(people))", "np.zeros((8, len(people))", "week returned int64 of shape"),
    "unknown kind": ("week[5] = 2", "week[5] = 3", "week must lie between 0 and 2"),
    "raises": ("week[5] = 2", "week[9] = 2", "week raised IndexError"),
    "plan in words": ("(people.draw", "'long' if 1 else (people.draw", "plan returned <U4"),
    "no days": ("[day] * (2 + plan)", "None", "days raised TypeError"),
    "exits": ("week[5] = 2", "raise SystemExit(3)", "week raised SystemExit: 3"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_a_plugin_gets_wrong_is_one_sentence_with_its_name(build, folder, case):
    right, wrong, said = WRONG[case]
    text = (folder / "days.py").read_text(encoding="utf-8")
    assert right in text
    (folder / "days.py").write_text(text.replace(right, wrong), encoding="utf-8")
    with pytest.raises(PluginError, match=r"^plugin test-(nights|tour)") as caught:
        build(ROUTINE + EPISODES)
    assert said in str(caught.value)


def test_settings_and_names_are_checked_with_their_place(build):
    with pytest.raises(PopsimError, match=r"nights: expected a whole number from 0 to 5"):
        build("\n[routine.plugins.test-nights]\nnights = 9\n")
    with pytest.raises(PopsimError, match=r"episodes.kind: no such plugin is installed; did you mean 'test-tour'"):
        build('\n[[episodes]]\nkind = "test-tuor"\nday = 1\n')
    with pytest.raises(PopsimError, match=r"episodes.settings.hours: expected a whole number from 1 to 20"):
        build('\n[[episodes]]\nkind = "test-tour"\nday = 1\n[episodes.settings]\nhours = 21\n')
    with pytest.raises(PopsimError, match="give either day or between"):
        build('\n[[episodes]]\nkind = "test-tour"\n')
    with pytest.raises(PopsimError, match="expected a day from 0 to 6"):
        build('\n[[episodes]]\nkind = "test-tour"\nday = 7\n')


def test_the_report_tells_the_time_that_routines_and_episodes_take(small_text, folder, tmp_path):
    scenario = Scenario.from_text(small_text(people=60, days=4, stays=False, more=ROUTINE + EPISODES))
    result = run(scenario, out=tmp_path / "runs", engine="inline", shards=1, plugins_dir=folder)
    (record,) = RunFolder.open(result.path).committed()
    seconds = record["record"]["plugin_seconds"]
    assert {"test-nights", "test-ward"} <= set(seconds)
    assert min(seconds.values()) > 0
