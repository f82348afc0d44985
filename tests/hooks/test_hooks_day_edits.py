"""Ready-made edits: plain Python and compiled code make the same days, alone and between authors' own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from popsim.hooks import Alternation, Breaks, Intervention, PluginError, Shortening
from popsim.hooks.edits import EditedDays
from popsim.routines.activities import CODES, CORE_ACTIVITIES, TAGS, Activity, Regime, Stillness
from popsim.routines.bouts import DiaryPool, merge_bouts

NAMES = [a.name for a in CORE_ACTIVITIES]


@st.composite
def days(draw):
    """A day of up to 25 bouts between which the clock runs evenly or not."""
    ends = [*sorted(draw(st.sets(st.integers(1, 1439), max_size=24))), 1440]
    minutes = np.diff([0, *ends]).tolist()
    return merge_bouts([(CODES[draw(st.sampled_from(NAMES))], m) for m in minutes])


names, lengths, tags = (
    st.sampled_from(NAMES),
    st.integers(1, 200),
    st.frozensets(st.sampled_from(sorted(TAGS)), max_size=4),
)
some = st.frozensets(names, max_size=3)
cycles = st.lists(st.tuples(names, st.integers(0, 90)), min_size=1, max_size=4).filter(lambda c: sum(m for _, m in c))
breaks = st.builds(Breaks, names, lengths, lengths, tags, st.sampled_from(["", "aisle-walk"]), st.booleans())
times = st.integers(0, 720), st.integers(720, 1440)
alternations = st.builds(Alternation, names, cycles.map(tuple), *times, only_with=some) | st.builds(
    Alternation, names, cycles.map(tuple), only_without=some
)
shortenings = st.builds(Shortening, some, names, st.integers(1, 5))
programs = st.lists(breaks | alternations | shortenings, max_size=3)


def _as_an_author_would(self, day):
    return Intervention.edit_day(self, day)


def editor(number, edits, own=False):
    methods = {"edits": lambda self: edits}
    if own:
        methods["edit_day"] = _as_an_author_would
    return type(f"E{number}", (Intervention,), {"name": f"e{number}", "writes": frozenset({"day"}), **methods})({}, {})


def by_hand(plain, editors, code):
    day = [(NAMES[activity], minutes) for activity, minutes in plain]
    for bit, one in enumerate(editors):
        if code >> bit & 1:
            day = [bout for bout in one.edit_day(day) if bout[1]]
    return merge_bouts([(CODES[name], minutes) for name, minutes in day])


@settings(max_examples=300, deadline=None)
@given(st.lists(days(), min_size=1, max_size=4), st.lists(st.tuples(programs, st.booleans()), min_size=1, max_size=4))
def test_compiled_edits_make_the_days_that_plain_python_makes(plain, given_editors):
    editors = [editor(number, edits, own) for number, (edits, own) in enumerate(given_editors)]
    edits = EditedDays(DiaryPool.from_days(plain), editors, CORE_ACTIVITIES)
    codes = np.arange(1 << len(editors))
    for _ in range(2):
        for index, day in enumerate(plain):
            lived = edits.lived(np.full(len(codes), index, dtype=np.int32), codes)
            assert [edits.pool.day(i) for i in lived.tolist()] == [by_hand(day, editors, c) for c in codes.tolist()]
            assert all(i == index for i, c in zip(lived.tolist(), codes.tolist(), strict=True) if not c)


@settings(max_examples=100, deadline=None)
@given(days(), programs)
def test_a_day_that_ready_made_edits_leave_as_it_was_stays_the_plain_one(plain, edits):
    one = editor(0, edits)
    lived = EditedDays(DiaryPool.from_days([plain]), [one], CORE_ACTIVITIES)
    index = lived.lived(np.zeros(1, dtype=np.int32), np.ones(1, dtype=np.int64))
    assert (index[0] == 0) == (by_hand(plain, [one], 1) == plain)


def test_more_editors_than_bits_in_a_step_act_in_their_order():
    """The walk of each is given up by the next, but for one minute in two."""
    edits = [[Shortening(frozenset({NAMES[k % 2 + 6]}), NAMES[(k + 1) % 2 + 6], one_in=2)] for k in range(40)]
    editors = [editor(number, edit) for number, edit in enumerate(edits)]
    plain, code = [(CODES["stand"], 1440)], (1 << 40) - 1 - (1 << 33)
    lived = EditedDays(DiaryPool.from_days([plain]), editors, CORE_ACTIVITIES)
    index = lived.lived(np.zeros(1, dtype=np.int32), np.array([code]))
    assert lived.pool.day(int(index[0])) == by_hand(plain, editors, code)


@settings(max_examples=60, deadline=None)
@given(st.lists(days(), min_size=2, max_size=6), st.lists(programs, min_size=1, max_size=3), st.data())
def test_a_later_slice_of_the_same_ordinary_days_lives_what_plain_python_makes(plain, given_editors, data):
    """Slices have trips and stays of their own behind the ordinary days, and arms live side by side."""
    editors = [editor(number, edits) for number, edits in enumerate(given_editors)]
    ordinary, codes = DiaryPool.from_days(plain[:-1]), np.arange(1 << len(editors))
    for own in (plain[-1], plain[0], plain[-1]):
        here = [*plain[:-1], own]
        arms = [EditedDays(DiaryPool.from_days(here), editors, CORE_ACTIVITIES, ordinary) for _ in range(2)]
        for arm in arms:
            index = data.draw(st.integers(0, len(here) - 1))
            lived = arm.lived(np.full(len(codes), index, dtype=np.int32), codes)
            made = [arm.pool.day(i) for i in lived.tolist()]
            assert made == [by_hand(here[index], editors, code) for code in codes.tolist()]


def test_an_ordinary_day_is_edited_once_for_all_slices_and_arms():
    plain = [[(CODES["sit-work"], 1000 + i), (CODES["sleep"], 440 - i)] for i in range(20)]
    ordinary, one = DiaryPool.from_days(plain), editor(0, [Breaks("walk", 30, 2, frozenset({"work"}))])
    index, everybody = np.arange(20, dtype=np.int32), np.ones(20, dtype=np.int64)
    first = EditedDays(ordinary, [one], CORE_ACTIVITIES, ordinary)
    made = [first.pool.day(i) for i in first.lived(index, everybody).tolist()]
    later = EditedDays(ordinary, [one], CORE_ACTIVITIES, ordinary)
    assert [later.pool.day(i) for i in later.lived(index, everybody).tolist()] == made
    assert later.seconds["e0"] == 0.0 < first.seconds["e0"]


def test_a_set_of_activities_never_lacks_one_that_is_there():
    """More activities than a set has bits: two that share one are taken for each other, and no day comes out wrong."""
    more = [Activity(f"a{k}", f"a{k}", Regime.SITTING, Stillness.DESK, frozenset()) for k in range(90)]
    activities = (*CORE_ACTIVITIES, *more)
    codes = {a.name: code for code, a in enumerate(activities)}
    for k in (0, 40, 63, 80):
        one = editor(0, [Shortening(frozenset({f"a{k}"}), "walk", one_in=2), Alternation("walk", ((f"a{k}", 1),))])
        edits = EditedDays(DiaryPool.from_days([[(codes[f"a{k}"], 1440)]]), [one], activities)
        index = edits.lived(np.zeros(1, dtype=np.int32), np.ones(1, dtype=np.int64))
        assert edits.pool.day(int(index[0])) == [(codes[f"a{k}"], 1440)]


def test_the_time_that_edits_take_together_is_shared_out_among_those_who_act():
    editors = [editor(number, [Breaks("walk", 30, 2, frozenset({"work"}))]) for number in range(3)]
    lived = EditedDays(DiaryPool.from_days([[(CODES["sit-work"], 1440)]]), editors, CORE_ACTIVITIES)
    lived.lived(np.zeros(1, dtype=np.int32), np.array([5]))
    assert lived.seconds["e0"] == lived.seconds["e2"] > lived.seconds["e1"] == 0


NONSENSE = {
    "an unknown activity": (lambda: [Breaks("fly", 30, 2, frozenset({"work"}))], "unknown activity 'fly'"),
    "breaks without end": (lambda: [Breaks("walk", 30, 0, frozenset({"work"}))], "breaks of at least 1 min"),
    "a cycle without end": (lambda: [Alternation("walk", (("stand", 0),))], "a cycle of at least 1 min"),
    "half minutes": (lambda: [Breaks("walk", 30.5, 2, frozenset({"work"}))], "edits raised TypeError"),
    "no edits": (lambda: None, "edits raised TypeError"),
    "words": (lambda: ["walk more"], "edits raised AttributeError"),
}


@pytest.mark.parametrize("case", NONSENSE)
def test_an_edit_that_makes_no_sense_is_an_error_with_the_plugins_name(case):
    edits, expected = NONSENSE[case]
    wrong = type("Wrong", (Intervention,), {"name": "wrong", "edits": lambda self: edits()})({}, {})
    with pytest.raises(PluginError, match="plugin wrong: ") as caught:
        EditedDays(DiaryPool.from_days([[(CODES["walk"], 1440)]]), [wrong], CORE_ACTIVITIES)
    assert expected in str(caught.value)
