"""Behaviours as anybody could add them: who lives so, what the day becomes, and what that does to legs."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pytest
from library_worlds import library, lived

from popsim.life import Life
from popsim.people.population import Sex, Work
from popsim.runs.scenario import Scenario
from popsim.world import World

if TYPE_CHECKING:
    from popsim.hooks import DailyRoutine

EVIDENCE = library().evidence()
ORDINARY = [("sleep", 180), ("drive", 40), ("sit-work", 480), ("walk", 20), ("sit-home", 360), ("sleep", 360)]
_CITY = """
name = "city"
title = "A small city"
days = 7
seed = 5
[people]
count = 400
{where}
[routine]
diaries_per_group = 6
{routine}
"""


@lru_cache(maxsize=12)
def city(routine: str = "", where: str = "", share: float = 1.0) -> World:
    """A city in which some live by a routine."""
    table = f"[routine.plugins.{routine}]\nshare = {share}\n" if routine else ""
    people = f"[people.where]\n{where}\n" if where else ""
    return World.build(Scenario.from_text(_CITY.format(where=people, routine=table), None, library()), library())


def made(name: str, **settings: object) -> DailyRoutine:
    kind = library().routines[name]
    return kind(kind.Params.model_validate(settings), EVIDENCE)


def minutes(world: World, weekday: int, *activities: str) -> np.ndarray:
    """Minutes of everybody on an ordinary weekday in these activities."""
    codes = [a.name for a in world.activities]
    wanted = [codes.index(name) for name in activities]
    by_diary = [sum(m for a, m in world.pool.day(i) if a in wanted) for i in range(len(world.pool))]
    return np.array(by_diary)[world.week[weekday]]


def measured(world: World, measure: str, days: int = 7) -> np.ndarray:
    """A measure of everybody over a week, ``(N,)``."""
    life, total = Life(world, "usual"), np.zeros(len(world.people))
    for _ in range(days):
        life.live_day()
        total += getattr(life.legs, measure).sum(axis=0)
    return total


@pytest.mark.parametrize("name", ["truck-driver", "gaming-weekend", "night-nurse", "care-home"])
def test_every_kind_of_day_has_24_hours(name: str):
    routine = made(name)
    for kind in routine.kinds:
        assert sum(m for _, m in routine.day(kind, ORDINARY)) == 1440
        assert all(m > 0 for _, m in routine.day(kind, ORDINARY))
    for constant in routine.evidence_names:
        assert constant in EVIDENCE


@pytest.mark.parametrize(("share", "who"), [(0.0, 0.0), (0.5, 0.5), (1.0, 1.0)])
def test_a_share_of_those_who_could_live_so_does(share: float, who: float):
    where = 'age = [80, 95]\nwork = ["none"]'
    in_chair = minutes(city("care-home", where, share), 2, "day-room-chair") > 0
    assert in_chair.mean() == pytest.approx(who, abs=0.1)


def test_truck_drivers_are_at_the_wheel_and_in_the_cab_on_workdays():
    world = city("truck-driver")
    driving = world.people["work"] == Work.DRIVING
    assert driving.any()
    expected = 2 * EVIDENCE["truck_driver.stretch_min"]
    assert np.all(minutes(world, 1, "drive")[driving] == expected)
    assert np.all(minutes(world, 1, "cab-bunk")[driving] > 300)
    assert not minutes(world, 1, "cab-bunk")[~driving].any()
    assert not minutes(world, 6, "cab-bunk").any()


def test_truck_drivers_sit_more_than_other_drivers():
    where = 'work = ["driving"]'
    plain, trucks = (measured(city(name, where), "pooled_ml_min") for name in ("", "truck-driver"))
    assert trucks.sum() != plain.sum()
    sat = [minutes(city(name, where), 1, "drive", "waiting") for name in ("", "truck-driver")]
    assert sat[1].mean() > sat[0].mean()


def test_players_hardly_leave_the_chair_at_weekends_and_stagnate():
    where = "age = [18, 35]"
    plain, gaming = city("", where), city("gaming-weekend", where)
    assert np.all(minutes(gaming, 5, "gaming") >= 700)
    assert not minutes(gaming, 3, "gaming").any()
    assert measured(gaming, "dose_min").sum() > 1.02 * measured(plain, "dose_min").sum()


def test_old_players_do_not_play():
    assert not minutes(city("gaming-weekend", "age = [60, 90]"), 5, "gaming").any()


def test_night_nurses_work_their_nights_and_sleep_by_day():
    world = city("night-nurse", 'work = ["standing", "active"]')
    kinds = made("night-nurse").kinds
    week = made("night-nurse").week(_View(world))
    nights = round(EVIDENCE["night_nurse.nights"])
    assert np.all(np.isin(week, [1, 2]).sum(axis=0) == nights)
    assert np.all((week == 3).sum(axis=0) == 1)
    between = made("night-nurse").day(kinds[1], ORDINARY)
    asleep = next(i for i, bout in enumerate(between) if bout[0] == "sleep")
    begins = sum(m for _, m in between[:asleep])
    assert 3 * 60 <= begins <= 6 * 60  # between 07:00 and 10:00
    on_feet = sum(m for a, m in between if a in ("potter", "walk"))
    assert on_feet > 400


class _View(dict[str, np.ndarray]):
    """The columns and draws of a world's people, as a plugin sees them."""

    def __init__(self, world: World) -> None:
        super().__init__({name: world.people[name] for name in world.people})
        self._ids, self._draws = world.people.ids, world.draws

    def __len__(self) -> int:
        return len(self._ids)

    def draw(self, decision: str, **at: int) -> np.ndarray:
        return self._draws.uniform(f"test/{decision}", self._ids, **at)


def test_residents_of_care_homes_stagnate_more_than_others_of_their_age():
    where = 'age = [80, 95]\nwork = ["none"]'
    plain, residents = city("", where), city("care-home", where)
    assert minutes(residents, 0, "day-room-chair").min() == EVIDENCE["care_home.chair_min"]
    assert measured(residents, "dose_min").sum() > measured(plain, "dose_min").sum()


def test_pregnant_women_clot_more_the_later_and_most_after_birth():
    world = city("", 'age = [20, 40]\nsex = "female"')
    plain = lived({}, 1, world).hazard
    ratios = []
    for day in (0, 50, 200, 290):
        week = lived({"pregnancy": {"on_day": -day}}, 1, world)
        took = week.acted["pregnancy"] > 0
        assert took.mean() > 0.8
        ratios.append(float(week.hazard[took].sum() / plain[took].sum()))
    assert ratios[0] == ratios[1] == pytest.approx(EVIDENCE["pregnancy.clot_ratio_early"])
    assert ratios[1] < ratios[2] < ratios[3] == pytest.approx(EVIDENCE["pregnancy.clot_ratio_puerperium"])


def test_the_womb_narrows_pelvic_veins_in_the_second_half_only():
    world = city("", 'age = [20, 40]\nsex = "female"')
    plain = lived({}, 1, world).pooled_ml_min.sum()
    early, late = (lived({"pregnancy": {"on_day": -day}}, 1, world).pooled_ml_min.sum() for day in (50, 200))
    assert early == pytest.approx(plain, rel=1e-12)
    assert late > plain


def test_men_and_old_women_do_not_become_pregnant():
    world = city()
    takers = lived({"pregnancy": {}}, 0, world).life.interventions.takers["pregnancy"]
    assert takers.any()
    assert np.all(world.people["sex"][takers] == Sex.FEMALE)
    assert world.people["age_years"][takers].max() <= 45
    assert not world.people["pregnant"][takers].any()


def test_a_cast_stills_one_leg_for_its_weeks():
    life = lived({"plaster-cast": {"days": 3}}, 0, city()).life
    (device,) = life.interventions.devices
    stiff = np.asarray(device.fit["ankle_range_factor"]) == 0
    assert np.all(stiff.sum(axis=0) == 1)
    assert 0.4 < stiff[0].mean() < 0.6
    week, plain = lived({"plaster-cast": {"days": 3}}, 6, city()), lived({}, 6, city())
    assert np.all(week.acted["plaster-cast"] == 3)
    assert week.hazard.sum() > 1.5 * plain.hazard.sum()


def test_a_cast_injures_the_leg_it_is_on_and_brings_the_published_ratio_in_all():
    life, plain = lived({"plaster-cast": {}}, 3, city()).life, lived({}, 3, city()).life
    takers = life.interventions.takers["plaster-cast"]
    stiff = np.asarray(life.interventions.devices[0].fit["ankle_range_factor"]) == 0
    injured = EVIDENCE["clots.wall_injury_cast"]
    np.testing.assert_array_equal(life.effects.wall, np.where(stiff & takers, injured, 1.0))
    brought = life.clotting.expected[:, takers].sum() / plain.clotting.expected[:, takers].sum()
    _, low, high = EVIDENCE.constant("plaster_cast.clot_ratio").spread
    assert low < brought < high
    by_leg = life.clotting.expected / plain.clotting.expected
    assert by_leg[stiff & takers].min() > 4.9
    assert by_leg[~stiff & takers].mean() == pytest.approx(1.0, abs=0.1)


def test_nobody_in_plaster_gets_a_second_cast():
    world = city()
    world.people["plaster_cast"] = np.arange(len(world.people)) % 2 == 0
    assert not (lived({"plaster-cast": {}}, 0, world).life.interventions.takers["plaster-cast"][::2]).any()


def test_in_plaster_one_walks_half_as_much():
    plugin = library().interventions["plaster-cast"]
    edited = plugin(plugin.Params(), EVIDENCE).edit_day(ORDINARY)
    assert sum(m for a, m in edited if a == "walk") == 10
    assert sum(m for _, m in edited) == 1440


def test_every_offer_of_a_behaviour_is_known():
    assert {"truck-driver", "gaming-weekend", "night-nurse", "care-home"} <= set(library().routines)
    assert {"pregnancy", "plaster-cast"} <= set(library().interventions)
    assert {"cab-bunk", "gaming", "day-room-chair"} <= set(library().activities)
