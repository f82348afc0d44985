"""Random numbers are a pure function of seed, decision, person, day, leg and counter, and look like random numbers."""

from __future__ import annotations

import ast
import hashlib
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit
from scipy import stats

import popsim
from popsim.randomness import Draws, stream_key, unit_draw

MASK = (1 << 64) - 1
SURELY_NOT_CHANCE = 1e-6
PEOPLE = np.arange(200_000)


def mixed(x: int) -> int:
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def slow_draw(seed: int, decision: str, person: int, day: int, leg: int, k: int) -> float:
    """The generator in whole numbers of any size, written from its description."""
    key = int.from_bytes(hashlib.blake2b(f"{seed}\0{decision}".encode(), digest_size=8).digest(), "little")
    counter = (day << 24) | (leg << 22) | k
    x = mixed(key ^ ((person * 0x9E3779B97F4A7C15 + 0xD1342543DE82EF95) & MASK))
    x = mixed((x + counter * 0xD1342543DE82EF95 + 0x9E3779B97F4A7C15) & MASK)
    return ((x >> 12) + 0.5) * 2.0**-52


seeds = st.integers(0, 2**63 - 1)
persons = st.integers(0, 2**62)
whens = st.tuples(st.integers(0, 2**40 - 1), st.integers(0, 3), st.integers(0, 2**22 - 1))


@given(seeds, st.text(max_size=20), persons, whens)
def test_every_draw_equals_that_of_a_generator_in_unbounded_integers(seed, decision, person, when):
    day, leg, k = when
    drawn = Draws(seed).uniform(decision, person, day=day, leg=leg, k=k)[0]
    assert drawn == slow_draw(seed, decision, person, day, leg, k)


@given(seeds, st.lists(persons, min_size=1, max_size=30, unique=True), whens, st.randoms(use_true_random=False))
def test_a_person_draws_the_same_in_any_company_and_order(seed, ids, when, shuffler):
    day, leg, k = when
    together = dict(zip(ids, Draws(seed).uniform("some.thing", ids, day=day, leg=leg, k=k), strict=True))
    shuffled = shuffler.sample(ids, len(ids) // 2 + 1)
    again = Draws(seed).uniform("some.thing", shuffled, day=day, leg=leg, k=k)
    assert [together[person] for person in shuffled] == again.tolist()


@given(seeds, persons, whens)
def test_draws_lie_strictly_between_zero_and_one(seed, person, when):
    day, leg, k = when
    drawn = Draws(seed)
    assert 0.0 < drawn.uniform("a", person, day=day, leg=leg, k=k)[0] < 1.0
    assert np.isfinite(drawn.normal("a", person, day=day, leg=leg, k=k)[0])
    assert 0.0 < drawn.exponential("a", person, day=day, leg=leg, k=k)[0] < 40.0


@pytest.mark.parametrize("bits", [0, MASK])
def test_even_the_extreme_words_stay_inside_the_unit_interval(bits):
    assert 0.0 < ((bits >> 12) + 0.5) * 2.0**-52 < 1.0


@pytest.mark.parametrize("when", [{"day": -1}, {"leg": 4}, {"k": 1 << 22}, {"day": 1 << 40}, {"k": -1}])
def test_a_counter_that_does_not_fit_is_refused(when):
    with pytest.raises(ValueError, match="a draw needs"):
        Draws(1).uniform("a", 1, **when)


def test_scopes_keep_plugins_apart_from_the_core_and_each_other():
    draws = Draws(3)
    streams = [draws, draws.under("plugin/one"), draws.under("plugin/two"), draws.under("plugin").under("one")]
    values = [tuple(d.uniform("uptake", np.arange(5))) for d in streams]
    assert len(set(values[:3])) == 3
    assert values[3] == values[1]


# Streams that a run really compares with each other: neighbours in every direction.
STREAMS = {
    "usual": {"decision": "clots.threshold"},
    "other decision": {"decision": "clots.thresholds"},
    "other seed": {"seed": 8},
    "next day": {"day": 1},
    "a week later": {"day": 7},
    "other leg": {"leg": 1},
    "next episode": {"k": 1},
    "next person": {"shift": 1},
    "person of the next block": {"shift": 8192},
    "negated seed": {"seed": 2**62},
}


def stream(seed=7, decision="clots.threshold", shift=0, **when):
    return Draws(seed).uniform(decision, PEOPLE + shift, **when)


@pytest.mark.parametrize("name", STREAMS)
def test_each_stream_is_uniform(name):
    drawn = stream(**STREAMS[name])
    counts = np.bincount((drawn * 1000).astype(int), minlength=1000)
    assert stats.chisquare(counts).pvalue > SURELY_NOT_CHANCE
    assert stats.kstest(drawn, "uniform").pvalue > SURELY_NOT_CHANCE
    low_bits = (drawn * 2.0**52).astype(np.uint64) & np.uint64(255)
    assert stats.chisquare(np.bincount(low_bits.astype(int), minlength=256)).pvalue > SURELY_NOT_CHANCE


@pytest.mark.parametrize("pair", list(combinations(STREAMS, 2)), ids=" and ".join)
def test_streams_are_independent_of_each_other(pair):
    a, b = (stream(**STREAMS[name]) for name in pair)
    assert stats.pearsonr(a, b).pvalue > SURELY_NOT_CHANCE
    cells = np.bincount((a * 20).astype(int) * 20 + (b * 20).astype(int), minlength=400)
    assert stats.chisquare(cells).pvalue > SURELY_NOT_CHANCE
    low = np.bincount(((a * 2.0**52).astype(np.int64) & 15) * 16 + ((b * 2.0**52).astype(np.int64) & 15), minlength=256)
    assert stats.chisquare(low).pvalue > SURELY_NOT_CHANCE


def test_one_person_draws_independently_from_day_to_day():
    drawn = np.array([Draws(1).uniform("plugin/x/keeps-to-it", 17, day=day)[0] for day in range(20_000)])
    assert stats.kstest(drawn, "uniform").pvalue > SURELY_NOT_CHANCE
    for lag in (1, 2, 7, 28):
        assert stats.pearsonr(drawn[:-lag], drawn[lag:]).pvalue > SURELY_NOT_CHANCE


def test_normals_and_exponentials_have_their_distributions():
    assert stats.kstest(Draws(2).normal("a", PEOPLE), "norm").pvalue > SURELY_NOT_CHANCE
    assert stats.kstest(Draws(2).exponential("a", PEOPLE), "expon").pvalue > SURELY_NOT_CHANCE


def test_both_legs_are_the_draws_of_leg_zero_and_one():
    both = Draws(2).both_legs("a", PEOPLE[:50], day=3, k=2)
    assert np.array_equal(both, [Draws(2).uniform("a", PEOPLE[:50], day=3, leg=leg, k=2) for leg in (0, 1)])


@njit(nogil=True)
def how_often_below(key, probability, people, days):
    count = 0
    for person in range(people):
        for day in range(days):
            count += unit_draw(key, person, np.uint64(day) << np.uint64(24)) < probability
    return count


def test_an_hourly_probability_of_one_in_a_hundred_million_occurs_at_its_rate():
    people, hours = 100_000, 24_000
    count = how_often_below(np.uint64(stream_key(11, "rare")), 1e-8, people, hours)
    low, high = stats.poisson.ppf([1e-6, 1 - 1e-6], people * hours * 1e-8)
    assert low <= count <= high


def test_rare_events_through_thresholds_occur_at_their_rate_too():
    """A million people each at risk for a year at an hourly hazard of 1e-8: 87.6 events are expected."""
    hazard_of_a_year = 365 * 24 * 1e-8
    count = int((Draws(4).exponential("clots.threshold", np.arange(1_000_000)) < hazard_of_a_year).sum())
    low, high = stats.poisson.ppf([1e-6, 1 - 1e-6], 1e6 * hazard_of_a_year)
    assert low <= count <= high


METHODS = {"uniform", "normal", "exponential", "both_legs", "chance", "leg_scores"}


def decisions_in(path: Path) -> set[str]:
    """The literal names of decisions that a module hands to draws, placeholders of f-strings as ``{}``."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        first = node.args[0]
        if node.func.attr in METHODS and isinstance(first, ast.Constant) and isinstance(first.value, str):
            found.add(first.value)
        elif node.func.attr in METHODS and isinstance(first, ast.JoinedStr):
            found.add("".join(p.value if isinstance(p, ast.Constant) else "{}" for p in first.values))
    return found


def test_no_two_modules_share_a_decision():
    where = defaultdict(set)
    for path in sorted(Path(popsim.__file__).parent.rglob("*.py")):
        for decision in decisions_in(path):
            where[decision].add(path.name)
    whole = {decision: files for decision, files in where.items() if "{}" not in decision}
    assert len(whole) > 10
    assert {decision: files for decision, files in whole.items() if len(files) > 1} == {}


def test_draws_of_legs_and_numbers_of_their_own_are_those_of_each_alone():
    leg, k = PEOPLE % 2, PEOPLE % 5
    together = Draws(4).each("a", PEOPLE, leg, k)
    alone = [Draws(4).uniform("a", p, leg=int(p % 2), k=int(p % 5))[0] for p in PEOPLE]
    assert np.array_equal(together, alone)
    with pytest.raises(ValueError, match="leg < 4"):
        Draws(4).each("a", PEOPLE[:2], np.array([0, 4]), np.array([0, 0]))
    with pytest.raises(ValueError, match="leg < 4"):
        Draws(4).each("a", PEOPLE[:2], np.array([0, 1]), np.array([0, -1]))
