"""Who is counted: traits, anchors, scores and matched exposures, read from the people who were simulated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from popsim.routines.calendar import EpisodeKind
from popsim.validation import Limits, load_case, run_case
from popsim.validation.case import Group, Window
from popsim.validation.observed import read_arm
from popsim.validation.tallies import tally

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from popsim.hooks import PluginRegistry
    from popsim.validation.observed import Observed
    from popsim.world import World

WARD = """\
id = "W1"
title = "A ward"

[scenario]
days = 20
seed = 3
routine = { diaries_per_group = 8 }

[scenario.people]
count = 300
where = { age = [40, 90] }

[[scenario.stays]]
reason = "general-surgery"
share = 0.7
between = [0, 4]

[scenario.evidence]
"clots.base_hazard_per_leg_day" = 2.0e-5
"""
TARGET = '\n[target]\nestimate = 1\nlow = 0.001\nhigh = 1000\ndefinition = "d"\nsource = "s"\nconfidence = "c"\n'


def _run(tmp_path: Path, registry: PluginRegistry, tables: str) -> float:
    path = tmp_path / "case.toml"
    path.write_text(WARD + tables + TARGET, encoding="utf-8")
    return run_case(load_case(path, registry), registry, Limits(people=300)).outcome.value


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory, registry: PluginRegistry) -> tuple[Observed, World]:
    """One run, and its people made again."""
    from popsim.runs.running import run
    from popsim.world import World

    folder = tmp_path_factory.mktemp("ward")
    path = folder / "case.toml"
    window = "[window]\nto_day = 5\n[detection]\nmethod = 'truth'\n[estimator]\nkind = 'incidence_rate'\n"
    path.write_text(WARD + window + TARGET, encoding="utf-8")
    scenario = load_case(path, registry).scenarios[0]
    world = World.build(scenario, registry)
    with run(scenario, out=folder).results as results:
        return read_arm(results, "usual", 300, 20, world), world


@pytest.mark.parametrize(
    ("since", "kinds", "which"),
    [
        ("operation", [EpisodeKind.OPERATION], "first_day"),
        ("admission", [EpisodeKind.MEDICAL_STAY, EpisodeKind.SURGERY_STAY], "first_day"),
        ("discharge", [EpisodeKind.MEDICAL_STAY, EpisodeKind.SURGERY_STAY], "last_day"),
    ],
)
def test_days_count_from_each_persons_own_anchor(
    lived: tuple[Observed, World], since: str, kinds: list[EpisodeKind], which: str
) -> None:
    observed, world = lived
    anchor, has = observed.anchor(Window(since=since, to_day=3))  # type: ignore[arg-type]
    episodes = world.episodes
    own = {
        int(row): int(day)
        for row, day, kind in zip(episodes.row, getattr(episodes, which), episodes.kind, strict=True)
        if kind in kinds
    }
    assert 150 < len(own) < 270
    assert set(np.flatnonzero(has)) == set(own)
    assert all(anchor[row] == day for row, day in own.items())


WITHOUT_A_CLOT = [
    "death",
    "major_bleeding",
    "relevant_bleeding",
    "intracranial_bleeding",
    "fatal_bleeding",
    "varices",
    "chronic_insufficiency",
    "venous_ulcer",
]


def test_every_event_of_a_clot_finds_its_clot(lived: tuple[Observed, World]) -> None:
    observed, _ = lived
    formed = np.isin(observed.events.kind, WITHOUT_A_CLOT, invert=True)
    assert (observed.events.clot[formed] >= 0).all()
    assert (observed.clot_row[observed.events.clot[formed]] == observed.events.row[formed]).all()


@pytest.mark.parametrize(
    "where", [{"age_years": [60, 75]}, {"sex": "male"}, {"smoker": True}, {"bmi": [30, 60], "sex": "female"}]
)
def test_groups_are_chosen_by_traits(
    lived: tuple[Observed, World], where: dict[str, object], make_case: Callable[..., object]
) -> None:
    observed, world = lived
    people = world.people
    slow = 0
    for i in range(len(people)):
        fits = True
        for name, wanted in where.items():
            value = float(people.bmi[i] if name == "bmi" else people[name][i])
            if isinstance(wanted, list):
                fits &= wanted[0] <= value <= wanted[1]
            else:
                fits &= value == {"male": 1, "female": 0, True: 1}[wanted]  # type: ignore[index]
        slow += fits and observed.last_day[i] >= 0
    assert len(_tally(observed, make_case, where).block) == slow > 0


def _tally(observed: Observed, make_case: Callable[..., object], where: dict[str, object]) -> object:
    from popsim.clots.observation import Observation
    from popsim.evidence import Evidence

    of = make_case()
    return tally(of, Group(name="a", where=where), observed, Observation(Evidence.load()))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def make_case() -> Callable[..., object]:
    """Makes a plain case."""
    from validation_tables import case

    return lambda: case(window={"to_day": 19}, scenario={"days": 20})


def test_a_score_that_adds_up_risks_tells_patients_apart(tmp_path: Path, registry: PluginRegistry) -> None:
    tables = """
[window]
to_day = 19
[detection]
method = "truth"
[estimator]
kind = "c_statistic"
[predictor]
{}
"""
    by_score = _run(tmp_path, registry, tables.format('score = "caprini"\nday = 4'))
    by_age = _run(tmp_path, registry, tables.format("columns = { age_years = 1.0 }"))
    against_age = _run(tmp_path, registry, tables.format("columns = { age_years = -1.0 }"))
    assert by_score > 0.5
    assert by_age > 0.5
    assert by_age + against_age == pytest.approx(1.0)


def test_the_same_people_without_their_operation_have_fewer_clots(tmp_path: Path, registry: PluginRegistry) -> None:
    tables = """
[window]
to_day = 19
[detection]
method = "truth"
[estimator]
kind = "rate_ratio"
basis = "{}"
[[groups]]
name = "operated"
[[groups]]
name = "not"
scenario = {{ stays = [] }}
"""
    assert all(_run(tmp_path, registry, tables.format(basis)) > 2 for basis in ("events", "expected"))


def test_operated_people_can_be_held_against_the_others_of_the_run(tmp_path: Path, registry: PluginRegistry) -> None:
    tables = """
[window]
to_day = 14
[detection]
method = "truth"
[estimator]
kind = "{}"
[[groups]]
name = "operated"
window = {{ since = "operation", to_day = 14 }}
[[groups]]
name = "everybody"
"""
    assert all(_run(tmp_path, registry, tables.format(kind)) > 1 for kind in ("risk_ratio", "hazard_ratio"))


@given(st.integers(1, 60))
def test_lags_of_clots_drawn_alone_do_not_hang_on_their_number(hundreds: int) -> None:
    from popsim.evidence import Evidence
    from popsim.randomness import Draws
    from popsim.validation.observed import many_clots

    few = many_clots(100, 60, Draws(1), Evidence.load())
    more = many_clots(100 + hundreds, 60, Draws(1), Evidence.load())
    assert (few.clots.extension_day == more.clots.extension_day[:100]).all()
    assert (few.clots.symptoms_day == more.clots.symptoms_day[:100]).all()
