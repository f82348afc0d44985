"""Who is where when: the calendar of journeys and hospital stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from popsim.errors import InputError
from popsim.evidence.registry import Evidence
from popsim.people.population import Population
from popsim.randomness import Draws
from popsim.routines.activities import CODES, CORE_ACTIVITIES
from popsim.routines.calendar import Calendar, EpisodeKind, Episodes, columns
from popsim.routines.planning import plan_calendar
from popsim.routines.stays import REASON_CODES, Stay
from popsim.routines.trips import Trip

if TYPE_CHECKING:
    from popsim.routines.bouts import DiaryPool

EVIDENCE = Evidence.load()
FLIGHT = Trip(mode="flight", route="LHR-SIN", share=0.4, between=(3, 60), return_after_days=14)
DRIVE = Trip(mode="car", hours=7.0, share=0.5, between=(0, 80))
ILL = Stay(reason="medical", share=0.2, between=(0, 89))
HIP = Stay(reason="hip-replacement", share=0.15, between=(0, 60), icu_days=1)


def people(count: int, start: int = 0) -> Population:
    return Population(np.arange(start, start + count), {})


def plan(
    trips: list[Trip], stays: list[Stay], count: int = 500, days: int = 90, start: int = 0
) -> tuple[DiaryPool, Calendar, Episodes]:
    return plan_calendar(trips, stays, people(count, start), days, Draws(11), EVIDENCE)


def has(pool: DiaryPool, diary: int, tag: str) -> bool:
    return any(tag in CORE_ACTIVITIES[code].tags for code, _ in pool.day(diary))


trip_lists = st.lists(
    st.builds(
        Trip,
        mode=st.sampled_from(["flight", "car", "train"]),
        hours=st.floats(0.25, 24),
        share=st.floats(0.1, 1),
        between=st.tuples(st.integers(0, 10), st.integers(10, 39)),
        depart_hour=st.none() | st.floats(0, 23.9),
        return_after_days=st.none() | st.integers(4, 20),
    ),
    max_size=3,
)
stay_lists = st.lists(
    st.builds(
        Stay,
        reason=st.sampled_from(sorted(set(REASON_CODES) - {"journey"})),
        share=st.floats(0.1, 1),
        between=st.tuples(st.integers(0, 10), st.integers(10, 39)),
        icu_days=st.integers(0, 5),
        recovery_days=st.none() | st.integers(0, 20),
    ),
    max_size=3,
)


@given(trips=trip_lists, stays=stay_lists)
@settings(max_examples=40, deadline=None)
def test_no_person_lives_a_day_twice_and_all_days_lie_in_the_run(trips: list[Trip], stays: list[Stay]) -> None:
    pool, calendar, episodes = plan(trips, stays, count=60, days=40)
    person_days = list(zip(calendar.day.tolist(), calendar.row.tolist(), strict=True))
    assert len(set(person_days)) == len(person_days)
    assert person_days == sorted(person_days)
    assert np.all((calendar.day >= 0) & (calendar.day < 40))
    assert np.all((calendar.diary >= 0) & (calendar.diary < max(len(pool), 1)))
    assert all(sum(minutes for _, minutes in day) == 1440 for day in pool.days())
    assert np.all(episodes.first_day <= episodes.last_day)


@given(trips=trip_lists, stays=stay_lists, cut=st.integers(1, 59))
@settings(max_examples=25, deadline=None)
def test_slices_of_people_get_the_same_plans_as_the_whole(trips: list[Trip], stays: list[Stay], cut: int) -> None:
    pool, whole, all_episodes = plan(trips, stays, count=60, days=40)
    for start, stop in ((0, cut), (cut, 60)):
        part_pool, part, episodes = plan(trips, stays, count=stop - start, days=40, start=start)
        assert list(part_pool.days()) == list(pool.days())
        here = (whole.row >= start) & (whole.row < stop)
        np.testing.assert_array_equal(part.day, whole.day[here])
        np.testing.assert_array_equal(part.row + start, whole.row[here])
        np.testing.assert_array_equal(part.diary, whole.diary[here])
        theirs = (all_episodes.row >= start) & (all_episodes.row < stop)
        for name, column in columns(episodes).items():
            np.testing.assert_array_equal(column + (start if name == "row" else 0), columns(all_episodes)[name][theirs])


def test_the_pool_depends_on_the_scenario_only() -> None:
    everyone, nobody = plan([FLIGHT], [HIP])[0], plan([FLIGHT], [HIP], count=0)[0]
    assert list(everyone.days()) == list(nobody.days())


def test_without_trips_and_stays_every_day_is_ordinary() -> None:
    pool, calendar, episodes = plan([], [])
    assert (len(pool), len(calendar), len(episodes)) == (0, 0, 0)
    assert len(episodes.active(3)) == len(episodes.in_hospital(3)) == 0
    assert [len(part) for part in calendar.on(3)] == [0, 0]


def test_the_share_goes_and_days_spread_evenly() -> None:
    _, _, episodes = plan([DRIVE], [], count=20_000)
    assert len(episodes) / 20_000 == pytest.approx(0.5, abs=0.015)
    assert np.mean(episodes.first_day) == pytest.approx(40, abs=1)
    assert set(np.unique(episodes.first_day)) == set(range(81))


def test_everyone_who_flies_out_flies_back_a_fortnight_later() -> None:
    _, _, episodes = plan([FLIGHT], [])
    for row in np.unique(episodes.row):
        out, back = np.sort(episodes.first_day[episodes.row == row])
        assert 13 <= back - out <= 15  # the day one leaves home may lie before the day of departure
    assert set(episodes.kind) == {EpisodeKind.FLIGHT}
    assert set(np.round(24 * episodes.length_days, 2)) == {13.0}


def test_a_way_back_after_the_end_of_the_run_is_left_out() -> None:
    _, calendar, episodes = plan([Trip(mode="car", hours=2.0, day=5, return_after_days=20)], [], days=10)
    assert len(episodes) == 500
    assert set(calendar.day) == {5}


def test_a_stay_wins_over_a_trip_and_the_earlier_listed_over_the_later() -> None:
    trip, other = Trip(mode="car", hours=2.0, day=5), Trip(mode="train", hours=3.0, day=5)
    stay = Stay(reason="medical", day=4, length_days=3.0, share=0.5)
    pool, calendar, episodes = plan([trip, other], [stay])
    ill = episodes.row[episodes.of_kind(EpisodeKind.MEDICAL_STAY)]
    travelling = episodes.row[episodes.of_kind(EpisodeKind.JOURNEY)]
    assert 0 < len(ill) < 500
    assert set(ill) | set(travelling) == set(range(500))
    assert not set(ill) & set(travelling)
    assert len(travelling) == len(set(travelling))
    hours = episodes.length_days[episodes.of_kind(EpisodeKind.JOURNEY)] * 24
    np.testing.assert_allclose(hours, 2.0)
    rows, diaries = calendar.on(5)
    assert {row for row, diary in zip(rows, diaries, strict=True) if has(pool, diary, "hospital")} == set(ill)


def test_who_falls_ill_before_the_way_out_does_not_come_back_either() -> None:
    trip = Trip(mode="flight", hours=3.0, day=10, depart_hour=12.0, return_after_days=30)
    stay = Stay(reason="medical", day=9, length_days=4.0, recovery_days=0)
    _, _, episodes = plan([trip], [stay])
    assert not len(episodes.of_kind(EpisodeKind.FLIGHT))


@given(
    nights=st.integers(1, 20), icu=st.integers(0, 4), reason=st.sampled_from(["medical", "trauma", "hip-replacement"])
)
@settings(max_examples=30, deadline=None)
def test_the_course_of_a_stay_follows_its_episodes(nights: int, icu: int, reason: str) -> None:
    icu = min(icu, nights)
    stay = Stay(reason=reason, day=2, length_days=float(nights), icu_days=icu, mobility="walking", recovery_days=3)
    pool, calendar, episodes = plan([], [stay], count=1, days=60)
    course = [pool.day(int(calendar.on(day)[1][0])) for day in range(2, 60) if len(calendar.on(day)[0])]
    surgical = reason != "medical"
    main = int(episodes.of_kind(EpisodeKind.SURGERY_STAY if surgical else EpisodeKind.MEDICAL_STAY)[0])
    length = int(episodes.length_days[main])
    assert length >= nights
    assert episodes.last_day[main] - episodes.first_day[main] == length
    assert len(course) == length + 1 + 3
    operated = [day for day, bouts in enumerate(course) if any(code == CODES["operation"] for code, _ in bouts)]
    noted = episodes.first_day[episodes.of_kind(EpisodeKind.OPERATION)] - 2
    assert operated == noted.tolist()
    assert len(operated) == surgical
    sedated = sum(minutes for bouts in course for code, minutes in bouts if code == CODES["icu-bed"])
    assert (icu - 1) * 1440 < sedated + 1 <= icu * 1440 + 1
    hospital = [any("hospital" in CORE_ACTIVITIES[code].tags for code, _ in bouts) for bouts in course]
    assert hospital == [True] * (length + 1) + [False] * 3


def test_active_and_in_hospital_agree_with_a_plain_search() -> None:
    _, _, episodes = plan([FLIGHT, DRIVE], [ILL, HIP])
    for day in range(-1, 100, 7):
        touched = (episodes.first_day <= day) & (episodes.last_day >= day)
        np.testing.assert_array_equal(episodes.active(day), np.flatnonzero(touched))
        stays = np.isin(episodes.kind, [EpisodeKind.MEDICAL_STAY, EpisodeKind.SURGERY_STAY])
        np.testing.assert_array_equal(episodes.in_hospital(day), np.sort(episodes.row[touched & stays]))


def test_stays_are_numbered_within_each_person() -> None:
    later, sooner = (Stay(reason="medical", day=day, length_days=2.0, share=0.7) for day in (60, 20))
    _, _, episodes = plan([DRIVE], [later, sooner])
    hospital = episodes.of_kind(EpisodeKind.MEDICAL_STAY)
    for row in np.unique(episodes.row[hospital]):
        mine = hospital[episodes.row[hospital] == row]
        assert episodes.stay[mine].tolist() == list(range(len(mine)))
    assert set(episodes.stay[episodes.of_kind(EpisodeKind.JOURNEY)]) == {-1}
    recovery = episodes.of_kind(EpisodeKind.RECOVERY)
    parts = set(zip(episodes.row[recovery].tolist(), episodes.stay[recovery].tolist(), strict=True))
    assert parts == set(zip(episodes.row[hospital].tolist(), episodes.stay[hospital].tolist(), strict=True))


def test_episodes_know_their_reason() -> None:
    _, _, episodes = plan([FLIGHT], [HIP])
    assert set(episodes.reason[episodes.of_kind(EpisodeKind.SURGERY_STAY)]) == {REASON_CODES["hip-replacement"]}
    assert set(episodes.reason[episodes.of_kind(EpisodeKind.FLIGHT)]) == {REASON_CODES["journey"]}


def test_a_trip_or_stay_after_the_end_of_the_run_is_refused() -> None:
    with pytest.raises(InputError, match=r"trips\[0\]: would begin on day 90, but the run ends with day 89"):
        plan([Trip(mode="car", hours=2.0, day=90)], [])
    with pytest.raises(InputError, match=r"stays\[1\]"):
        plan([], [ILL, Stay(reason="medical", day=200)])


def test_a_way_back_before_arrival_is_refused() -> None:
    with pytest.raises(InputError, match=r"return_after_days: must be at least 2, because the way out takes 13 hours"):
        plan([Trip(mode="flight", route="LHR-SIN", day=1, return_after_days=1)], [])


def test_a_departure_in_the_small_hours_of_day_0_keeps_what_lies_in_the_run() -> None:
    _, calendar, episodes = plan([Trip(mode="flight", hours=2.0, day=0, depart_hour=6.0)], [], count=3)
    assert calendar.day.tolist() == [0, 0, 0]
    assert episodes.first_day.tolist() == [-1, -1, -1]


class Witness(Evidence):
    """Evidence that notes which constants were asked for."""

    def __init__(self) -> None:
        super().__init__({constant.name: constant for constant in EVIDENCE.constants()})
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> float:
        self.asked.add(name)
        return super().__getitem__(name)


def test_every_constant_of_trips_and_stays_is_used() -> None:
    witness = Witness()
    trips = [Trip(mode="flight", route="LHR-SIN", day=1), *(Trip(mode=m, hours=9.0, day=1) for m in ("car", "train"))]
    stays = [Stay(reason=reason, day=2) for reason in sorted(set(REASON_CODES) - {"journey"})]
    plan_calendar(trips, stays, people(20), 90, Draws(11), witness)
    elsewhere = ("stays.import_", "stays.alike_", "stays.paresis_")  # stays from a file and legs after a stroke ask
    ours = {name for name in EVIDENCE if name.startswith(("trips.", "stays.")) and not name.startswith(elsewhere)}
    assert ours <= witness.asked
