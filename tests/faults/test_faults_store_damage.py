"""Files damaged after they were written: nothing wrong is ever shown, and resuming mends it."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "store"))

from store_example import commit_example, write_example

from popsim.store import Results, RunFolder, StoreError, list_runs, logical_hash, pack, verify

EVENTS = "s000001.event.parquet"


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-7])


def flip_a_byte(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(content)


def remove(path):
    path.unlink()


def empty(path):
    path.write_bytes(b"")


DAMAGES = [
    pytest.param(cut_short, "is cut short or was changed", id="cut short"),
    pytest.param(flip_a_byte, "was changed after it was written", id="flipped byte"),
    pytest.param(remove, "is missing", id="missing"),
    pytest.param(empty, "is cut short or was changed: it has 0 bytes", id="emptied"),
]


@pytest.mark.parametrize(("damage", "sentence"), DAMAGES)
def test_a_damaged_shard_is_found_and_redone(tmp_path, damage, sentence):
    folder = write_example(tmp_path)
    sound = logical_hash(folder.path)
    damage(folder.shards_path / EVENTS)

    assert [EVENTS in problem and sentence in problem for problem in verify(folder.path)] == [True]
    assert folder.missing(check_hashes=True) == [1]
    with pytest.raises(StoreError, match=sentence):
        pack([folder.path])
    with pytest.raises(StoreError, match=f"{sentence}.*; resume the run to redo this shard"):
        Results.open(folder.path)

    commit_example(folder, 1)
    assert verify(folder.path) == []
    assert logical_hash(folder.path) == sound


@pytest.mark.parametrize("damage", [cut_short, flip_a_byte, empty])
def test_a_damaged_commit_record_undoes_its_shard(tmp_path, damage):
    folder = write_example(tmp_path)
    damage(folder.shards_path / "s000001.json")
    assert folder.missing() == [1]
    assert len(folder.problems()) == 1
    with pytest.raises(StoreError, match=r"s000001\.json"):
        pack([folder.path])
    commit_example(folder, 1)
    assert verify(folder.path) == []


def test_shards_that_swapped_places_are_noticed(tmp_path):
    folder = write_example(tmp_path)
    a, b = folder.shards_path / "s000000.json", folder.shards_path / "s000001.json"
    first, second = a.read_bytes(), b.read_bytes()
    a.write_bytes(second)
    b.write_bytes(first)
    assert folder.missing() == [0, 1]


@pytest.mark.parametrize("damage", [cut_short, flip_a_byte, empty])
def test_a_damaged_description_of_the_run_is_refused(tmp_path, damage):
    folder = write_example(tmp_path)
    damage(folder.path / "run.json")
    with pytest.raises(StoreError, match=r"run\.json"):
        RunFolder.open(folder.path)
    assert len(verify(folder.path)) == 1
    assert [run.state for run in list_runs(tmp_path)] == ["damaged"]


def test_a_parameter_edited_by_hand_is_noticed(tmp_path):
    folder = write_example(tmp_path)
    path = folder.path / "run.json"
    path.write_text(path.read_text().replace("120.0", "140.0"))
    assert verify(folder.path) == [f"{path} was changed after it was written: its hash does not match"]


def test_damage_while_a_dashboard_looks_on_is_told_and_then_mended(tmp_path):
    folder = write_example(tmp_path, only=[0])
    with Results.open(folder.path) as results:
        rows = results.query("SELECT * FROM summary")
        commit_example(folder, 1)
        flip_a_byte(folder.shards_path / EVENTS)
        with pytest.raises(StoreError, match="its hash does not match"):
            results.refresh()
        assert results.query("SELECT * FROM summary") == rows
        commit_example(folder, 1)
        assert results.refresh()
        assert results.status["shards_done"] == 2


def test_no_flipped_byte_of_a_packed_file_passes_as_sound(tmp_path):
    """Either the damage is reported, or it hit a byte that no table uses and the rows are the same."""
    packed = pack([write_example(tmp_path).path])
    sound, content = logical_hash(packed), packed.read_bytes()
    reported = 0
    chosen = random.Random(5)
    for _ in range(60):
        damaged = bytearray(content)
        damaged[chosen.randrange(len(content))] ^= 1 << chosen.randrange(8)
        packed.write_bytes(damaged)
        problems = verify(packed)
        reported += bool(problems)
        assert problems or logical_hash(packed) == sound
    assert reported > 10


@pytest.mark.parametrize("damage", [cut_short, empty])
def test_a_packed_file_cut_short_is_refused(tmp_path, damage):
    packed = pack([write_example(tmp_path).path])
    damage(packed)
    assert len(verify(packed)) == 1


def test_what_is_not_there_cannot_be_verified(tmp_path):
    assert verify(tmp_path / "gone.duckdb") == [f"{tmp_path / 'gone.duckdb'} is neither a run folder nor a packed file"]
    assert verify(tmp_path) == [f"{tmp_path} is not a run folder: it has no run.json"]


def test_records_are_plain_json_that_people_can_read(tmp_path):
    folder = write_example(tmp_path)
    record = json.loads((folder.shards_path / "s000002.json").read_text())
    assert record["index"] == 2
    assert record["tables"]["event"]["rows"] > 0
    assert len(record["tables"]["event"]["sha256"]) == 64
