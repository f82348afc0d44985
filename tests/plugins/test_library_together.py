"""The whole library: absent without uptake, lived in pairs and all at once in any order, evidence in place."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
import pytest
from library_worlds import library, lived, town, usual

from popsim.hooks.contract import class_problem
from popsim.legs.fit import combine_fits
from popsim.outcomes import CORE_MEASURES
from popsim.world import World

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMES = list(library().interventions)
CONDITIONS = {"plaster-cast", "pregnancy"}
AT_ONCE = [name for name in NAMES if name not in CONDITIONS]
"""Interventions, but for what happens to people: legs hold so many devices at a time, and conditions raise hazard."""
PAIR_DAYS = 2
PAIR_PEOPLE = slice(0, 80)


def _as_shipped(names: Iterable[str]) -> dict[str, dict[str, object]]:
    return {name: {} for name in names}


@pytest.mark.parametrize("name", NAMES)
def test_without_uptake_it_leaves_no_trace(name):
    week = lived({name: {"coverage": 0.0}}, PAIR_DAYS)
    assert np.array_equal(week.counted, usual(PAIR_DAYS).counted)
    assert week.life.outcomes.used == {}
    assert not any(
        week.life.outcomes.daily[:, :, code].any()
        for code in range(len(CORE_MEASURES), len(week.life.outcomes.measures))
    )


@pytest.mark.parametrize("name", NAMES)
def test_half_the_uptake_reaches_about_half_of_the_people_and_only_them(name):
    full, half = (lived({name: {"coverage": share}}, 1).life.interventions.takers[name] for share in (1.0, 0.5))
    assert np.all(full[half])
    assert half.sum() == pytest.approx(0.5 * full.sum(), abs=4 * np.sqrt(0.25 * full.sum()) + 1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_it_declares_what_it_is(name):
    kind = library().interventions[name]
    assert class_problem(kind) == ""
    assert kind.label
    assert kind.__doc__
    assert kind.writes
    evidence = library().evidence()
    assert all(constant in evidence for constant in kind.evidence_names)
    for field in kind.Params.model_fields.values():
        assert field.description


def test_the_library_lives_in_pairs():
    """Taking one thing does not change who takes another, and drugs multiply."""
    few = World.build(town().scenario, library(), PAIR_PEOPLE)
    alone = {name: lived({name: {}}, PAIR_DAYS, few).acted[name] for name in NAMES}
    for pair in combinations(NAMES, 2):
        together = lived(_as_shipped(pair), PAIR_DAYS, few)
        assert all(np.array_equal(together.acted[name], alone[name]) for name in pair), pair
        assert np.isfinite(together.counted).all()


def test_effects_on_the_leg_combine_whatever_the_order():
    life = lived(_as_shipped(AT_ONCE), 0).life
    fits = [device.fit for device in life.interventions.devices]
    assert len(fits) >= 9
    everybody = np.arange(len(life.world.people))
    for both in combinations(fits, 2):
        forth, back = (combine_fits([(fit, everybody) for fit in pair], len(everybody)) for pair in (both, both[::-1]))
        assert forth.keys() == back.keys()
        assert all(np.allclose(forth[name], back[name], rtol=1e-12) for name in forth)


def test_everything_at_once_in_whatever_order_it_is_listed():
    began = perf_counter()
    listed = lived(_as_shipped(AT_ONCE))
    seconds = perf_counter() - began
    reversed_ = lived(_as_shipped(reversed(AT_ONCE)))
    assert np.array_equal(listed.counted, reversed_.counted)
    assert listed.life.outcomes.used == reversed_.life.outcomes.used
    assert listed.hazard.sum() < 0.2 * usual().hazard.sum()
    _print_cost(listed.life.interventions.seconds(), seconds)


def test_slices_of_people_live_as_the_whole_does():
    whole = lived(_as_shipped(AT_ONCE), 3)
    world = town()
    for rows in (slice(0, 120), slice(120, 300)):
        part = lived(_as_shipped(AT_ONCE), 3, World.build(world.scenario, library(), rows))
        assert np.array_equal(part.hazard, whole.hazard[rows])
        assert all(np.array_equal(part.acted[name], whole.acted[name][rows]) for name in AT_ONCE)


def test_another_seed_changes_who_takes_up_what():
    world = replace(town(), draws=replace(town().draws, seed=12))
    taken = [lived({"aspirin": {"coverage": 0.5}}, 1, w).life.interventions.takers["aspirin"] for w in (town(), world)]
    assert not np.array_equal(*taken)


def _print_cost(own: dict[str, float], everything: float) -> None:
    """Microseconds a person and day that the plugins' own code takes, and that a day with all of them takes."""
    began = perf_counter()
    lived({})
    bare = perf_counter() - began
    person_days = 6 * len(town().people)
    print(f"\nall {len(own)} interventions: {1e6 * sum(own.values()) / person_days:.2f} us a person-day in own code,")
    print(f"{1e6 * (everything - bare) / person_days:.1f} us added with editing days and fitting legs (small town)")
    for name, seconds in sorted(own.items(), key=lambda pair: -pair[1])[:5]:
        print(f"  {name}: {1e6 * seconds / person_days:.2f}")
