"""A run folder: made whole, owned by one coordinator, filled shard by shard."""

from __future__ import annotations

import json
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_example import commit_example, example_provenance, example_tables, write_example

from popsim.store import RunFolder, StoreError, provenance_mismatch
from popsim.store.provenance import checked_id


@pytest.mark.parametrize("run_id", ["a", "0", "winter-2026_b", "x" * 64])
def test_plain_ids_name_runs(run_id):
    assert checked_id(run_id) == run_id


@pytest.mark.parametrize(
    "run_id", ["", "../x", "a/b", "A", "-a", "_a", ".a", "a\n", "a b", "x" * 65, "ä", "a\x00", ".."]
)
def test_nothing_else_becomes_a_folder(tmp_path, run_id):
    with pytest.raises(StoreError, match="a run id is"):
        RunFolder.create(tmp_path, run_id, example_provenance())
    assert list(tmp_path.iterdir()) == []


@given(st.text(max_size=70))
def test_an_accepted_id_is_one_harmless_path_segment(text):
    try:
        run_id = checked_id(text)
    except StoreError:
        return
    assert run_id == text
    assert set(text) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-")


def test_a_run_opens_as_it_was_made(tmp_path):
    made = RunFolder.create(tmp_path, "first", example_provenance())
    opened = RunFolder.open(made.path)
    assert opened.provenance == made.provenance
    assert opened.id == "first"
    assert opened.missing() == [0, 1, 2, 3]


def test_an_existing_run_is_never_overwritten(tmp_path):
    write_example(tmp_path, "first")
    with pytest.raises(StoreError, match="already exists"):
        RunFolder.create(tmp_path, "first", example_provenance(seed=99))
    assert RunFolder.open(tmp_path / "first").provenance["seed"] == 11
    assert [entry.name for entry in tmp_path.iterdir()] == ["first"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"seed": 1.5}, "'seed' of a run must be an integer"),
        ({"seed": 2**63}, "'seed' of a run must be an integer"),
        ({"people": 0}, "'people' of a run must be an integer from 1"),
        ({"colour": 1}, "provenance has no 'colour'"),
        ({"title": 3}, "'title' of a run's provenance must be text"),
        ({"arms": [{"id": 256, "name": "a"}]}, "each arm needs an id from 0 to 255"),
        ({"arms": [{"id": 0, "name": "a"}, {"id": 0, "name": "b"}]}, "the id 0 is given to two entries of 'arm'"),
        ({"names": {"activities": []}}, "no table of names 'activities'; did you mean 'activity'"),
        ({"versions": {"popsim": float("nan")}}, "only text, finite numbers"),
        ({"versions": {"popsim": object()}}, "only text, finite numbers"),
    ],
)
def test_a_provenance_that_says_nonsense_is_refused(tmp_path, change, sentence):
    with pytest.raises(StoreError, match=sentence):
        RunFolder.create(tmp_path, "first", example_provenance(**change))
    assert list(tmp_path.iterdir()) == []


def test_a_provenance_without_its_scenario_is_refused(tmp_path):
    provenance = example_provenance()
    del provenance["scenario_text"]
    with pytest.raises(StoreError, match="needs 'scenario_text'"):
        RunFolder.create(tmp_path, "first", provenance)


def test_numpy_numbers_are_stored_as_numbers(tmp_path):
    folder = RunFolder.create(tmp_path, "first", example_provenance(seed=np.int64(7)))
    assert RunFolder.open(folder.path).provenance["seed"] == 7


def test_a_folder_of_something_else_is_not_a_run(tmp_path):
    with pytest.raises(StoreError, match="not a run folder: it has no"):
        RunFolder.open(tmp_path)


def test_committed_shards_are_no_longer_missing(tmp_path):
    folder = write_example(tmp_path, only=[2, 0])
    assert folder.missing() == [1, 3]
    assert folder.missing(2) == [1]
    assert [record["index"] for record in folder.committed(check_hashes=True)] == [0, 2]
    assert folder.committed()[1]["record"] == {"plugins": {"walks": 0.1}, "seconds": 2.5}


def test_a_shard_may_be_committed_again(tmp_path):
    folder = write_example(tmp_path, only=[1])
    before = {path.name: path.read_bytes() for path in folder.shards_path.iterdir()}
    commit_example(folder, 1)
    assert {path.name: path.read_bytes() for path in folder.shards_path.iterdir()} == before


@pytest.mark.parametrize("index", [-1, 4])
def test_a_shard_outside_the_run_is_refused(tmp_path, index):
    folder = write_example(tmp_path, only=[])
    with pytest.raises(StoreError, match=f"shard {index} is not one of the 4 shards"):
        folder.commit_shard(index, {}, {})


def test_a_code_without_a_name_is_refused(tmp_path):
    folder = write_example(tmp_path, only=[])
    tables = example_tables(np.arange(40))
    tables["event"]["kind"][0] = 17
    with pytest.raises(StoreError, match=r"event.kind holds 17, which has no name in this run's table 'event_kind'"):
        folder.commit_shard(0, tables, {})
    assert folder.committed() == []


def test_a_shard_without_rows_is_still_done(tmp_path):
    folder = write_example(tmp_path, only=[])
    folder.commit_shard(3, {}, {})
    assert folder.missing() == [0, 1, 2]


def test_a_shard_of_another_run_is_not_taken_for_ones_own(tmp_path):
    mine, other = write_example(tmp_path, "mine", only=[]), write_example(tmp_path, "other", seed=12)
    for path in other.shards_path.iterdir():
        (mine.shards_path / path.name).write_bytes(path.read_bytes())
    assert mine.missing() == [0, 1, 2, 3]
    assert len(mine.problems()) == 4
    assert "belongs to another run" in mine.problems()[0]


def test_status_is_what_was_last_written(tmp_path):
    folder = write_example(tmp_path, only=[])
    assert folder.status == {}
    folder.write_status({"state": "running", "shards_done": np.int64(1)})
    folder.write_status({"state": "running", "shards_done": 2})
    assert RunFolder.open(folder.path).status == {"state": "running", "shards_done": 2}


def test_a_spoilt_status_does_not_hide_the_run(tmp_path):
    folder = write_example(tmp_path)
    (folder.path / "status.json").write_bytes(b"\x00\x00\x00")
    assert RunFolder.open(folder.path).status == {}


def test_taking_the_lock_clears_what_interrupted_writers_left(tmp_path):
    folder = write_example(tmp_path, only=[0])
    left = folder.shards_path / ".s000001.event.parquet.1234.tmp"
    left.write_bytes(b"half")
    with folder.lock():
        assert not left.exists()
    assert folder.missing() == [1, 2, 3]


def test_two_coordinators_in_one_process_exclude_each_other_too(tmp_path):
    folder = write_example(tmp_path, only=[])
    assert not folder.locked
    with folder.lock():
        assert folder.locked
        with pytest.raises(StoreError, match="being worked on by process"), RunFolder.open(folder.path).lock():
            pass
    with folder.lock():
        assert json.loads((folder.path / "lock").read_text())["pid"] > 0


def test_asking_who_is_at_work_never_keeps_a_coordinator_out(tmp_path):
    folder = write_example(tmp_path, only=[])
    with folder.lock():
        pass
    done = threading.Event()

    def ask():
        while not done.is_set():
            RunFolder(folder.path, folder.provenance).locked  # noqa: B018 - asking is the point

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for _ in range(200):
            with folder.lock():
                assert folder.locked
    finally:
        done.set()
        asking.join()


def changed(**changes):
    return provenance_mismatch(example_provenance(), example_provenance(**changes))


def walks(**changes):
    return [example_provenance()["plugins"][0] | changes]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"scenario_text": "people = 241\n"}, "the scenario text changed"),
        ({"inputs": {"cohort.csv": "ab"}}, "the input file 'cohort.csv' was not there and is now"),
        ({"seed": 12}, "the seed changed (was 11, now 12)"),
        ({"shards": 5}, "the shards changed (was 4, now 5)"),
        ({"versions": {"popsim": "0.2.0", "numpy": "2.0.0"}}, "the version of 'popsim' changed (was 0.1.0, now 0.2.0)"),
        ({"versions": {"popsim": "0.1.0"}}, "the version of 'numpy' was there and is not now"),
        ({"plugins": walks(version="1.1")}, "the plugin 'walks' changed (its version was 1.0, now 1.1)"),
        ({"plugins": walks(hash="cd34")}, "the plugin 'walks' changed (its hash was ab12, now cd34)"),
        ({"plugins": []}, "the plugin 'walks' was there and is not now"),
        ({"plugins": [*walks(), {"name": "lunges"}]}, "the plugin 'lunges' was not there and is now"),
        ({"parameters": []}, "the parameter 'legs.resting_volume_ml' was there and is not now"),
        ({"arms": example_provenance()["arms"][:1]}, "the arm 'walking' was there and is not now"),
    ],
)
def test_a_difference_that_changes_numbers_is_named(changes, sentence):
    assert str(changed(**changes)).startswith(sentence)


def test_swapped_plugins_are_a_difference():
    two = [{"name": "a"}, {"name": "b"}]
    old, new = example_provenance(plugins=two), example_provenance(plugins=two[::-1])
    assert provenance_mismatch(old, new) == 'the order of the plugins changed (was ["a","b"], now ["b","a"])'


def test_what_cannot_change_numbers_is_no_difference(tmp_path):
    stored = write_example(tmp_path, only=[]).provenance
    new = example_provenance(title="Another title", versions={"popsim": "0.1.0", "numpy": "2.0.0", "duckdb": "2.0.0"})
    assert provenance_mismatch(stored, new) is None
    assert provenance_mismatch(stored, stored) is None
