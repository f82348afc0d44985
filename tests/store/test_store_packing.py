"""A packed file says what its shards said, however they were cut, and can prove it."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_example import PEOPLE, example_provenance, example_tables, write_example

from popsim.store import Results, RunFolder, StoreError, logical_hash, pack, verify


@pytest.fixture(scope="module")
def whole_hash(tmp_path_factory):
    return logical_hash(write_example(tmp_path_factory.mktemp("whole"), shards=1).path)


@pytest.mark.parametrize("shards", [2, 7, 40])
def test_the_cut_into_shards_changes_nothing(tmp_path, whole_hash, shards):
    folder = write_example(tmp_path, shards=shards)
    packed = pack([folder.path])
    assert logical_hash(folder.path) == whole_hash
    assert logical_hash(packed) == whole_hash
    assert verify(packed) == []


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, PEOPLE), max_size=5), order=st.randoms(use_true_random=False))
def test_any_cut_committed_in_any_order_says_the_same(tmp_path_factory, whole_hash, cuts, order):
    people = np.array_split(np.arange(PEOPLE), sorted(cuts))
    provenance = example_provenance(shards=len(people))
    folder = RunFolder.create(tmp_path_factory.mktemp("cut"), "run", provenance)
    indices = list(range(len(people)))
    order.shuffle(indices)
    for index in indices:
        folder.commit_shard(index, example_tables(people[index]), {})
    assert logical_hash(folder.path) == whole_hash


def test_slices_run_apart_join_into_one_run(tmp_path, whole_hash):
    slices = [write_example(tmp_path / f"machine-{i}", shards=6, only=[i, i + 3]) for i in range(3)]
    packed = pack([part.path for part in slices], tmp_path / "joined" / "results.duckdb")
    assert logical_hash(packed) == whole_hash
    with Results.open(packed) as results:
        assert results.complete
        assert results.query("SELECT shard FROM shard")["shard"].to_pylist() == [0, 1, 2, 3, 4, 5]


def test_slices_of_different_runs_do_not_join(tmp_path):
    first, second = write_example(tmp_path, "a", only=[0]), write_example(tmp_path, "b", only=[1], seed=12)
    with pytest.raises(StoreError, match=r"not slices of one run: the seed changed \(was 11, now 12\)"):
        pack([first.path, second.path], tmp_path / "out.duckdb", allow_partial=True)


def test_a_shard_cannot_come_twice(tmp_path):
    first, second = write_example(tmp_path, "a", only=[0, 1]), write_example(tmp_path, "b", only=[1, 2, 3])
    with pytest.raises(StoreError, match="shard 1 is in both"):
        pack([first.path, second.path], tmp_path / "out.duckdb")
    assert not (tmp_path / "out.duckdb").exists()


def test_an_incomplete_run_is_packed_only_when_asked(tmp_path):
    folder = write_example(tmp_path, only=[0, 2])
    with pytest.raises(StoreError, match=r"run 'example' is incomplete: 2 of its 4 shards are missing \(1, 3\)"):
        pack([folder.path])
    packed = pack([folder.path], allow_partial=True)
    with Results.open(packed) as results:
        assert not results.complete
        assert results.status == {"state": "partial", "shards_done": 2, "shards_total": 4}
    assert verify(packed) == []
    assert logical_hash(packed) == logical_hash(folder.path)


def test_packing_nothing_is_refused():
    with pytest.raises(StoreError, match="at least one run folder"):
        pack([])


def test_packing_again_gives_the_same_run_and_leaves_no_drafts(tmp_path):
    folder = write_example(tmp_path)
    first = logical_hash(pack([folder.path]))
    assert logical_hash(pack([folder.path])) == first
    assert sorted(path.name for path in folder.path.iterdir()) == ["results.duckdb", "run.json", "shards"]


def test_events_are_stored_in_the_order_of_their_columns(tmp_path):
    packed = pack([write_example(tmp_path).path])
    with Results.open(packed) as results:
        event = results.query("SELECT * FROM event")
    rows = list(zip(*(event[name].to_pylist() for name in event.column_names), strict=True))
    assert rows == sorted(rows)


def test_times_and_versions_do_not_change_what_a_run_says(tmp_path, whole_hash):
    other = write_example(tmp_path, versions={"popsim": "9.9"}, title="Elsewhere")
    assert logical_hash(other.path) == whole_hash


@pytest.mark.parametrize(
    ("table", "column"),
    [("event", "kind"), ("pooling", "volume_ml_min"), ("person", "weight_kg"), ("cost", "quantity")],
)
def test_one_changed_number_changes_what_a_run_says(tmp_path, whole_hash, table, column):
    folder = RunFolder.create(tmp_path, "run", example_provenance(shards=1))
    tables = example_tables(np.arange(PEOPLE))
    tables[table][column][0] = (tables[table][column][0] + 1) % 3
    folder.commit_shard(0, tables, {})
    assert logical_hash(folder.path) != whole_hash


def test_a_row_of_zeros_says_no_more_than_no_row(tmp_path, whole_hash):
    folder = RunFolder.create(tmp_path, "run", example_provenance(shards=1))
    tables = example_tables(np.arange(PEOPLE))
    zero = {"arm": 0, "item": 0, "quantity": 0}
    tables["cost"] = {name: np.append(values, np.int64(zero[name])) for name, values in tables["cost"].items()}
    folder.commit_shard(0, tables, {})
    assert logical_hash(folder.path) == whole_hash


def test_shards_must_agree_about_traits(tmp_path):
    folder = write_example(tmp_path, shards=2, only=[0])
    folder.commit_shard(1, {"person": {"person": np.arange(3), "height_cm": np.ones(3)}}, {})
    with pytest.raises(StoreError, match="disagree about the columns of table 'person'"):
        pack([folder.path])
    with pytest.raises(StoreError, match="disagree about the columns of table 'person'"):
        Results.open(folder.path)


def test_totals_too_large_to_store_are_refused_not_wrapped(tmp_path):
    folder = RunFolder.create(tmp_path, "run", example_provenance(shards=2))
    huge = {"arm": np.array([1]), "item": np.array([0]), "quantity": np.array([2**62])}
    for index in range(2):
        folder.commit_shard(index, {"cost": huge}, {})
    with pytest.raises(StoreError, match="cannot pack into"):
        pack([folder.path])
    assert not (folder.path / "results.duckdb").exists()


def test_the_file_is_in_the_format_of_duckdb_1_4(tmp_path):
    packed = pack([write_example(tmp_path).path])
    with duckdb.connect(packed, read_only=True) as connection:
        tags = connection.execute("SELECT tags FROM duckdb_databases() WHERE database_name = 'results'").fetchone()
    assert tags is not None
    assert tags[0]["storage_version"].startswith("v1.4")


@pytest.mark.parametrize("table", ["event", "summary", "person", "parameter", "run", "measure"])
def test_a_file_changed_by_hand_no_longer_verifies(tmp_path, table):
    packed = pack([write_example(tmp_path).path])
    column = {"event": "person", "summary": "value", "person": "age_years", "parameter": "value"}.get(table, "id")
    edit = "'other'" if table == "run" else f"{column} + 1"
    with duckdb.connect(packed) as connection:
        connection.execute(f"UPDATE {table} SET {column} = {edit}")
    assert verify(packed) == [f"table {table!r} of {packed} was changed after it was written: its hash does not match"]


def test_a_file_with_a_row_removed_no_longer_verifies(tmp_path):
    packed = pack([write_example(tmp_path).path])
    with duckdb.connect(packed) as connection:
        connection.execute("DELETE FROM trace WHERE person = 0 AND day = 0 AND arm = 0")
    assert verify(packed) == [f"table 'trace' of {packed} has 59 rows, 60 were written"]


def test_the_description_of_the_run_travels_with_it(tmp_path):
    with Results.open(pack([write_example(tmp_path).path])) as results:
        run = results.query("SELECT * FROM run").to_pylist()[0]
        parameter = results.query("SELECT * FROM parameter").to_pylist()
        plugin = results.query("SELECT name, version, hash, parameters FROM plugin").to_pylist()
    assert (run["seed"], run["people"], run["days"], run["scenario_text"]) == (11, 240, 5, "people = 240\n")
    assert len(run["scenario_hash"]) == 64
    assert parameter[0]["name"] == "legs.resting_volume_ml"
    assert (parameter[0]["value"], parameter[0]["low"], parameter[0]["high"]) == (120.0, 80.0, 180.0)
    assert plugin == [{"name": "walks", "version": "1.0", "hash": "ab12", "parameters": '{"walking":{"minutes":3}}'}]
