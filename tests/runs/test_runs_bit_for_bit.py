"""The same scenario and seed give the same numbers to the last bit, however the work is cut, placed or dressed up."""

from __future__ import annotations

import textwrap
from importlib.metadata import entry_points

import numpy as np
import pytest

from popsim.errors import PopsimError
from popsim.hooks import candidates
from popsim.runs.running import run
from popsim.runs.scenario import Scenario
from popsim.store import Results, logical_hash, pack

ARMS = """
[[arms]]
name = "everything"
[arms.plugins.walking-breaks]
every_min = 30
during = ["home", "work"]
coverage = 0.7
adherence = 0.6
[arms.plugins.compression-stockings]
coverage = 0.5
adherence = 0.8
[arms.plugins.lmwh]
policy = "padua >= 4"
"""
HIGH_RISK = '\n[evidence]\n"clots.base_hazard_per_leg_day" = 3e-4\n'


@pytest.fixture(scope="module")
def scenario(small_text):
    """Four hundred people for three weeks, ill often enough that much happens to them."""
    return Scenario.from_text(small_text(people=400, days=20, arms=ARMS, more=HIGH_RISK))


@pytest.fixture(scope="module")
def reference(scenario, tmp_path_factory):
    """The run in one piece."""
    return run(scenario, out=tmp_path_factory.mktemp("reference"), engine="inline", shards=1)


def rows(path, sql):
    with Results.open(path) as results:
        return results.query(sql).to_pylist()


def test_much_happens_in_the_run_that_others_are_compared_with(reference):
    """So that equal hashes below mean something."""
    kinds = {
        row["name"]: row["n"]
        for row in rows(
            reference.database,
            "SELECT k.name AS name, count(*) AS n FROM event JOIN event_kind k ON kind = k.id GROUP BY 1",
        )
    }
    assert kinds["clot"] > 50
    assert {"extension", "symptomatic_dvt", "silent_embolism", "death"} <= set(kinds)
    counts = {
        t: rows(reference.database, f"SELECT count(*) AS n FROM {t}")[0]["n"] for t in ("trace", "cost", "person")
    }
    assert all(counts.values())


@pytest.mark.parametrize("shards", [2, 7, 23])
def test_into_how_many_shards_people_are_cut_changes_nothing(scenario, reference, tmp_path, shards):
    cut = run(scenario, out=tmp_path, engine="inline", shards=shards)
    assert logical_hash(cut.database) == logical_hash(reference.database)


def test_worker_processes_change_nothing(scenario, reference, tmp_path):
    spread = run(scenario, out=tmp_path, engine="process", workers=2, shards=4)
    assert logical_hash(spread.database) == logical_hash(reference.database)


def test_the_same_seed_gives_the_same_run_and_another_seed_another(scenario, reference, tmp_path):
    again = run(scenario, out=tmp_path, engine="inline")
    other = run(scenario, out=tmp_path, engine="inline", seed=6)
    assert logical_hash(again.database) == logical_hash(reference.database)
    assert logical_hash(other.database) != logical_hash(reference.database)


def test_slices_lived_apart_and_packed_together_are_the_whole(scenario, reference, tmp_path):
    parts = [run(scenario, out=tmp_path, engine="inline", part=(i, 3)) for i in (3, 1, 2)]
    assert all(part.database is None for part in parts)
    whole = pack([part.path for part in parts], tmp_path / "whole.duckdb")
    assert logical_hash(whole) == logical_hash(reference.database)


def test_one_slice_alone_is_not_mistaken_for_the_whole(scenario, reference, tmp_path):
    part = run(scenario, out=tmp_path, engine="inline", part=(1, 3))
    with Results.open(part.path) as results:
        assert not results.complete
    assert logical_hash(part.path) != logical_hash(reference.database)


INERT = """
    from popsim.hooks import Intervention, hookimpl

    class Nothing(Intervention):
        name = "a-nothing"
        label = "Nothing at all"
        phase = 0
        writes = frozenset({"day", "blood"})

    @hookimpl
    def popsim_interventions():
        return [Nothing]
"""


@pytest.fixture
def inert(tmp_path):
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "nothing.py").write_text(textwrap.dedent(INERT), encoding="utf-8")
    return folder


def test_another_plugin_in_the_house_changes_nothing(scenario, reference, tmp_path, inert):
    beside = run(scenario, out=tmp_path, engine="inline", plugins_dir=inert)
    assert logical_hash(beside.database) == logical_hash(reference.database)


def test_a_broken_plugin_in_the_house_changes_nothing(scenario, reference, tmp_path, inert):
    (inert / "broken.py").write_text("raise SystemExit('broken')", encoding="utf-8")
    beside = run(scenario, out=tmp_path, engine="inline", plugins_dir=inert)
    assert logical_hash(beside.database) == logical_hash(reference.database)


def test_the_order_of_entry_points_changes_nothing(scenario, reference, tmp_path, monkeypatch):
    points = list(entry_points(group="popsim"))[::-1]
    monkeypatch.setattr(candidates, "entry_points", lambda group: points)
    turned = run(scenario, out=tmp_path, engine="inline")
    assert logical_hash(turned.database) == logical_hash(reference.database)


def test_the_order_in_which_an_arm_lists_its_plugins_changes_nothing(small_text, reference, tmp_path):
    tables = ARMS.split("[arms.plugins.")
    turned = tables[0] + "".join(f"[arms.plugins.{table}\n" for table in tables[:0:-1])
    text = small_text(people=400, days=20, arms=turned, more=HIGH_RISK)
    other = run(Scenario.from_text(text), out=tmp_path, engine="inline")
    assert logical_hash(other.database) == logical_hash(reference.database)


TABLES = {
    "event": "person, day, leg, site, kind, detection, episode",
    "pooling": "day, activity, age_group, leg_minutes, volume_ml_min, pressure_mmhg_min, activation_min",
    "summary": "day, age_group, measure, value",
    "replicate": "batch, measure, value",
    "cost": "item, quantity",
    "trace": "* EXCLUDE (arm)",
}


def arm_rows(path, arm):
    """What one arm left in every table, sorted."""
    chosen = f"WHERE arm = (SELECT id FROM arm WHERE name = '{arm}') ORDER BY ALL"
    return {table: rows(path, f"SELECT {columns} FROM {table} {chosen}") for table, columns in TABLES.items()}


NOBODY = """
[[arms]]
name = "nobody"
[arms.plugins.walking-breaks]
coverage = 0.0
[arms.plugins.compression-stockings]
coverage = 0.0
[arms.plugins.lmwh]
coverage = 0.0
[[arms]]
name = "never"
[arms.plugins.walking-breaks]
adherence = 0.0
[arms.plugins.compression-stockings]
adherence = 0.0
[[arms]]
name = "everybody"
[arms.plugins.walking-breaks]
every_min = 20
[[arms]]
name = "inert"
[arms.plugins.a-nothing]
"""


def test_a_coverage_of_nobody_is_the_plugin_absent(small_text, tmp_path, inert):
    text = small_text(people=400, days=20, arms=NOBODY, more=HIGH_RISK)
    result = run(Scenario.from_text(text), out=tmp_path, engine="inline", plugins_dir=inert)
    arms = {name: arm_rows(result.database, name) for name in ("usual", "nobody", "never", "everybody")}
    assert all(len(table) > 0 for name, table in arms["usual"].items() if name != "cost")
    assert arms["nobody"] == arms["usual"]
    # Stockings nobody wears are paid for all the same.
    assert {t: r for t, r in arms["never"].items() if t != "cost"} == {
        t: r for t, r in arms["usual"].items() if t != "cost"
    }
    assert arms["everybody"]["pooling"] != arms["usual"]["pooling"]


def test_an_intervention_that_does_nothing_changes_nothing(small_text, tmp_path, inert):
    text = small_text(people=400, days=20, arms=NOBODY, more=HIGH_RISK)
    result = run(Scenario.from_text(text), out=tmp_path, engine="inline", plugins_dir=inert)
    arms = {name: arm_rows(result.database, name) for name in ("usual", "inert")}
    assert arms["inert"] == arms["usual"]


def test_a_device_that_does_nothing_changes_no_more_than_rounding(small_text, tmp_path, inert):
    """Only which days are worked out from memory may differ, and with them a few units of the store's last place."""
    text = (inert / "nothing.py").read_text(encoding="utf-8").replace('"blood"', '"leg.compression_mmhg"')
    (inert / "nothing.py").write_text(text, encoding="utf-8")
    scenario = Scenario.from_text(small_text(people=400, days=20, arms=NOBODY, more=HIGH_RISK))
    result = run(scenario, out=tmp_path, engine="inline", plugins_dir=inert)
    usual, worn = (arm_rows(result.database, name) for name in ("usual", "inert"))
    assert worn["event"] == usual["event"]
    for table in ("pooling", "summary"):
        values = [np.array([list(row.values()) for row in rows[table]], dtype=float) for rows in (usual, worn)]
        np.testing.assert_allclose(values[1], values[0], rtol=1e-9, atol=20)


def test_arms_are_paired_person_by_person(reference):
    """The same people die of the same other causes on the same days, but for those whom a clot killed before."""
    deaths = rows(
        reference.database,
        "SELECT arm, person, day FROM event JOIN event_kind ON kind = event_kind.id WHERE event_kind.name = 'death'",
    )
    killed = {
        row["person"]
        for row in rows(
            reference.database,
            "SELECT person FROM event JOIN event_kind ON kind = event_kind.id WHERE event_kind.name = 'fatal_embolism'",
        )
    }
    by_arm = [
        {(r["person"], r["day"]) for r in deaths if r["arm"] == arm and r["person"] not in killed} for arm in (0, 1)
    ]
    assert by_arm[0] == by_arm[1]
    assert by_arm[0]


def test_the_smaller_run_is_the_beginning_of_the_larger(scenario, reference, tmp_path):
    """Half the people for half the days live as they do in the whole: the same traces, the same events."""
    small = run(scenario, people=200, days=10, out=tmp_path, engine="inline")
    kinds = "kind NOT IN (SELECT id FROM event_kind WHERE name = 'nothing')"
    query = f"SELECT * FROM event WHERE person < 200 AND day < 10 AND {kinds} ORDER BY ALL"
    assert rows(small.database, query) == rows(reference.database, query)
    assert len(rows(small.database, query)) > 10


def test_a_cohort_file_of_people_lives_the_same_in_any_shards(small_text, tmp_path):
    ages = np.arange(30, 90)
    lines = ["person_id,age_years,sex", *(f"{age},{age},{('female', 'male')[age % 2]}" for age in ages)]
    (tmp_path / "cohort.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    text = small_text(people=60, days=5, more=HIGH_RISK).replace("count = 60", 'count = 60\nsource = "cohort.csv"')
    text = text.replace("[people.where]\nage = [40, 90]\n", "")
    scenario = Scenario.from_text(text, tmp_path / "cohort.toml")
    hashes = {logical_hash(run(scenario, out=tmp_path, engine="inline", shards=n).database) for n in (1, 4)}
    assert len(hashes) == 1


def test_a_cohort_file_that_changes_is_read_again_and_makes_another_run(small_text, tmp_path):
    file = tmp_path / "cohort.csv"
    file.touch()
    text = small_text(people=9, days=2).replace("count = 9", 'count = 9\nsource = "cohort.csv"')
    scenario = Scenario.from_text(text.replace("[people.where]\nage = [40, 90]\n", ""), tmp_path / "cohort.toml")
    results = []
    for ages in ((40, 50), (40, 50, 60)):
        file.write_text(
            "\n".join(["person_id,age_years,sex", *(f"{a},{a},male" for a in ages)]) + "\n", encoding="utf-8"
        )
        results.append(run(scenario, out=tmp_path, engine="inline"))
    assert [r.person_days // scenario.days // len(scenario.arms) for r in results] == [2, 3]
    with pytest.raises(PopsimError, match=r"cohort\.csv"):
        run(scenario, out=tmp_path, engine="inline", resume=results[0].path)
