"""Results read the same from a run that is going, a finished run and a packed file."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from store_example import CLOT_SCALE, PEOPLE, commit_example, example_tables, shard_people, write_example

from popsim.store import Results, StoreError, list_runs, logical_hash, migrate, pack, verify
from popsim.store.schema import SHARD_TABLES


def rows(results, table):
    return results.query(f"SELECT * FROM {table} ORDER BY ALL").to_pylist()


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = write_example(tmp_path_factory.mktemp("runs"))
    pack([folder.path])
    return folder


@pytest.fixture(params=["folder", "packed"])
def results(request, finished):
    path = finished.path if request.param == "folder" else finished.path / "results.duckdb"
    with Results.open(path) as opened:
        yield opened


def test_folder_and_packed_file_hold_the_same_rows(finished):
    with Results.open(finished.path) as live, Results.open(finished.path / "results.duckdb") as packed:
        for table in (*SHARD_TABLES, "run", "parameter", "plugin", "arm", "measure", "item", "shard"):
            assert rows(live, table) == rows(packed, table), table


def test_sums_agree_with_numpy_over_all_people(results):
    whole = example_tables(np.arange(PEOPLE))["summary"]
    for measure in (0, 1):
        expected = int(whole["value"][whole["measure"] == measure].sum())
        found = results.query("SELECT sum(value)::BIGINT AS total FROM summary WHERE measure = ?", [measure])
        assert found["total"][0].as_py() == expected


def test_scales_turn_integers_into_amounts(results):
    whole = example_tables(np.arange(PEOPLE))["summary"]
    found = results.query(
        "SELECT sum(value * scale) AS clots FROM summary JOIN measure ON measure.id = summary.measure"
        " WHERE measure.name = $name",
        {"name": "expected_clots"},
    )
    expected = whole["value"][whole["measure"] == 1].sum() / CLOT_SCALE
    assert found["clots"][0].as_py() == pytest.approx(expected, rel=1e-12)


def test_every_event_is_there_once(results):
    whole = example_tables(np.arange(PEOPLE))["event"]
    found = results.query("SELECT arm, person, day FROM event ORDER BY ALL")
    expected = sorted(zip(*(whole[name].tolist() for name in ("arm", "person", "day")), strict=True))
    assert list(zip(*(found[name].to_pylist() for name in ("arm", "person", "day")), strict=True)) == expected


def test_traits_keep_their_names_and_types(results):
    person = results.query("SELECT * FROM person WHERE person = 5").to_pylist()[0]
    assert person == {"person": 5, "age_years": 23, "smoker": True, "weight_kg": 60.625}


def test_provenance_and_progress_are_told(results):
    assert results.provenance["seed"] == 11
    assert results.provenance["id"] == "example"
    assert results.complete
    assert results.status["state"] == "complete"
    assert results.status["shards_done"] == 4


def test_frames_are_for_those_who_have_pandas(results):
    assert results.frame("SELECT name FROM arm ORDER BY id")["name"].tolist() == ["usual", "walking"]


@pytest.mark.parametrize(
    "sql", ["CREATE TABLE mine (a INT)", "DELETE FROM arm", "DROP TABLE summary", "INSERT INTO arm SELECT * FROM arm"]
)
def test_a_query_cannot_change_results(results, sql):
    with pytest.raises(StoreError, match="cannot answer the query"):
        results.query(sql)
    assert results.query("SELECT count(*) AS n FROM arm")["n"][0].as_py() == 2


def test_a_query_cannot_reach_other_files(results, tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    with pytest.raises(StoreError, match="cannot answer the query"):
        results.query("SELECT * FROM read_csv($path)", {"path": str(secret)})


def test_a_slip_in_sql_is_one_sentence(results):
    with pytest.raises(StoreError, match=r"^cannot answer the query: .*evnt.*$"):
        results.query("SELECT * FROM evnt")


def test_a_run_may_be_opened_twice_at_once(results):
    with Results.open(results.path) as again:
        assert rows(again, "arm") == rows(results, "arm")
    assert rows(results, "cost")
    with pytest.raises(StoreError, match="cannot answer the query"):
        again.query("SELECT 1")


def test_queries_may_come_from_many_threads(results):
    ask = "SELECT sum(leg_minutes)::BIGINT AS minutes FROM pooling"
    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(lambda _: results.query(ask)["minutes"][0].as_py(), range(40)))
    assert answers == {int(example_tables(np.arange(PEOPLE))["pooling"]["leg_minutes"].sum())}


def test_a_running_run_shows_its_committed_shards_and_no_others(tmp_path):
    folder = write_example(tmp_path, only=[])
    with Results.open(folder.path) as results:
        assert rows(results, "event") == []
        assert rows(results, "summary") == []
        for index in (2, 0):
            commit_example(folder, index)
            (folder.shards_path / "s000001.event.parquet").write_bytes(b"not yet committed")
            assert results.refresh()
            assert not results.refresh()
        people = np.concatenate([shard_people(0, 4), shard_people(2, 4)])
        expected = example_tables(people)
        assert len(rows(results, "event")) == len(expected["event"]["person"])
        found = results.query("SELECT value FROM summary ORDER BY arm, day, age_group, measure")["value"].to_pylist()
        order = np.lexsort([expected["summary"][name] for name in ("measure", "age_group", "day", "arm")])
        assert found == expected["summary"]["value"][order].tolist()
        assert not results.complete
        assert results.status == {"state": "partial", "shards_done": 2, "shards_total": 4}


def test_a_shard_that_is_redone_is_not_counted_twice(tmp_path):
    folder = write_example(tmp_path)
    with Results.open(folder.path) as results:
        before = rows(results, "pooling")
        folder.commit_shard(1, example_tables(shard_people(1, 4)), {"seconds": 99})
        assert results.refresh()
        assert rows(results, "pooling") == before


def test_folders_with_strange_names_are_read_as_named(tmp_path):
    root = tmp_path / "it's [1]* a?folder; --"
    write_example(tmp_path / "it's 1 a?folder; --", seed=99)
    folder = write_example(root)
    with Results.open(folder.path) as results:
        assert results.provenance["seed"] == 11
        assert len(rows(results, "person")) == PEOPLE
    packed = pack([folder.path], tmp_path / "[a] * 'b'" / "what? [now].duckdb")
    assert logical_hash(packed) == logical_hash(folder.path)
    assert verify(migrate(packed, packed.with_name("copy*?.duckdb"))) == []
    assert verify(packed.rename(root / packed.name)) == []
    with pytest.raises(StoreError, match="DuckDB cannot write below"):
        pack([folder.path])


def test_what_is_not_a_run_is_refused(tmp_path):
    with pytest.raises(StoreError, match="neither a run folder nor a packed file"):
        Results.open(tmp_path / "nothing")
    (tmp_path / "notes.duckdb").write_text("hello")
    with pytest.raises(StoreError, match="cannot open"):
        Results.open(tmp_path / "notes.duckdb")


def test_runs_are_listed_with_their_state(tmp_path):
    done = write_example(tmp_path, "done")
    half = write_example(tmp_path, "half", only=[0])
    busy = write_example(tmp_path, "busy", only=[0, 1])
    spoilt = write_example(tmp_path, "spoilt", only=[])
    (spoilt.path / "run.json").write_text("{}")
    inside, alone = pack([done.path]), pack([half.path], tmp_path / "to-share.duckdb", allow_partial=True)
    (tmp_path / "notes").mkdir()
    with busy.lock():
        found = {run.path.name: run for run in list_runs(tmp_path)}
    assert {name: (run.state, run.progress) for name, run in found.items()} == {
        "done": ("complete", 1.0),
        "half": ("interrupted", 0.25),
        "busy": ("running", 0.5),
        "spoilt": ("damaged", 0.0),
        "to-share.duckdb": ("packed", 0.25),
    }
    assert found["done"].packed == inside
    assert replace(found["to-share.duckdb"], path=alone).title == "An example run"
    assert list_runs(tmp_path / "nowhere") == []
