"""129 real hospital stays, lived again under hospital policies."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from popsim.evidence.registry import Evidence
from popsim.hooks import load_plugins
from popsim.life import Life
from popsim.routines.stays_import import import_stays, write_imported
from popsim.runs.replay import replay, replay_text
from popsim.runs.scenario import Scenario
from popsim.world import World

if TYPE_CHECKING:
    from popsim.routines.stays_import import Imported
    from popsim.runs.replay import Replay, Treated

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT.parent / "shared" / "data" / "mimic3_demo"
pytestmark = pytest.mark.skipif(not SOURCE.is_dir(), reason="the MIMIC-III demo is not beside the repository")


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    folder = tmp_path_factory.mktemp("mimic")
    path = ROOT / "scripts" / "mimic_stays.py"
    spec = importlib.util.spec_from_file_location("mimic_stays", path)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.main(SOURCE, folder)
    return import_stays([folder], Evidence.load())


@pytest.fixture(scope="module")
def lived(imported: Imported) -> Replay:
    return replay(imported, load_plugins())


@pytest.fixture(scope="module")
def table(lived: Replay) -> dict[str, Treated]:
    return {row.policy: row for row in lived.table()}


def test_all_stays_and_people_are_there(imported: Imported) -> None:
    assert len(imported.stays) == 129
    assert len({record.person for record in imported.records}) == 100
    assert sum(stay.died for stay in imported.stays) == 40
    assert sum(patient.new_clot for patient in imported.patients) == 8


def test_nights_agree_with_the_times_of_the_source(imported: Imported) -> None:
    """Nights from 04:00 to 04:00 differ from elapsed days by less than one, but for stays of no night."""
    for stay, record in zip(imported.stays, imported.records, strict=True):
        days = (record.discharged - record.admitted).total_seconds() / 86400
        assert abs(stay.nights - days) < 1 or (stay.nights == 1 and days < 1)
        hours = sum((s.end - s.start).total_seconds() / 3600 for s in record.units if s.what == "icu")
        assert abs(stay.units.count("I") - hours / 24) < 1 + 0.5 * sum(s.what == "icu" for s in record.units)


def test_most_patients_were_given_something(imported: Imported) -> None:
    given = [set(stay.doses) != {"-"} for stay in imported.stays]
    assert sum(given) == 100
    assert sum("P" in stay.doses for stay in imported.stays) == 69


def test_patients_lie_for_most_of_their_stay_and_in_intensive_care_all_day(lived: Replay) -> None:
    assert np.all(lived.down_hours >= 24.0 * (lived.icu_nights - 1))
    assert np.all(lived.down_hours <= 24.0 * (lived.nights + 1))
    assert 18 < np.median(lived.down_hours / lived.nights) < 24


def test_everybody_and_nobody_frame_all_policies(table: dict[str, Treated]) -> None:
    assert table["everyone"].both + table["everyone"].only_policy == 129
    assert table["nobody"].both == table["nobody"].only_policy == table["nobody"].days == 0
    for row in table.values():
        assert row.both + row.only_policy + row.only_fact + row.neither == 129
        assert row.days <= table["everyone"].days
        assert row.both + row.only_fact == 100


def test_a_higher_threshold_and_a_ceiling_treat_fewer(table: dict[str, Treated]) -> None:
    assert table["Caprini, highest risk"].days < table["Caprini, high risk"].days
    for name in ("Padua, high risk", "IMPROVE, moderate risk"):
        spared = table[f"{name}, unless likely to bleed"]
        assert 0 < spared.days < table[name].days


def test_a_policy_of_ones_own(imported: Imported) -> None:
    (row,) = replay(imported, load_plugins(), {"old": "caprini >= 12"}).table()
    assert 0 < row.both + row.only_policy < 129


def test_the_manual_shows_these_figures(table: dict[str, Treated]) -> None:
    page = (ROOT / "docs" / "trips-and-stays.md").read_text(encoding="utf-8")
    shown = page.partition("<!-- replay: begin -->")[2].partition("<!-- replay: end -->")[0].strip().splitlines()[2:]
    assert shown == [
        f"| {r.policy} | `{r.rule}` | {r.both} | {r.only_policy} | {r.only_fact} | {r.neither} | {r.differently} "
        f"| {r.days} |"
        for r in table.values()
    ]


def test_what_was_given_in_fact_can_be_lived_as_an_arm(imported: Imported, tmp_path: Path) -> None:
    """Every stay has its doses on the days that were recorded, and clots are fewer than with nothing given."""
    write_imported(tmp_path, imported)
    text = replay_text(imported, ["padua >= 4"])
    registry = load_plugins()
    world = World.build(Scenario.from_text(text, tmp_path / "replay.toml", registry), registry)
    assert list(world.chosen) == ["usual", "as-treated", "rule-1"]
    lives = {name: Life(world, name) for name in world.chosen}
    given = np.zeros(len(imported.stays), dtype=np.int64)
    for _ in range(max(stay.nights for stay in imported.stays) + 1):
        for life in lives.values():
            life.alive[:] = True
            life.death_day[:] = world.scenario.days
            life.live_day()
        given += lives["as-treated"].effects.acting["recorded-prophylaxis"]
    assert given.tolist() == [len(stay.doses) - stay.doses.count("-") for stay in imported.stays]
    expected = {name: life.clotting.expected.sum() for name, life in lives.items()}
    assert expected["as-treated"] < 0.8 * expected["usual"]
    untouched = given == 0
    np.testing.assert_array_equal(
        lives["as-treated"].clotting.expected[:, untouched], lives["usual"].clotting.expected[:, untouched]
    )
