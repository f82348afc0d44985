"""Older files are carried forward on a copy; newer ones are refused."""

from __future__ import annotations

import duckdb
import pytest
from store_example import write_example

from popsim.store import Results, RunFolder, StoreError, logical_hash, migrate, pack, verify
from popsim.store.files import write_sealed
from popsim.store.migrations import STEPS
from popsim.store.schema import SCHEMA_VERSION


@pytest.fixture
def version_1(tmp_path):
    """A file of schema 1, as the release that knows only schema 1 packs it."""
    return pack([write_example(tmp_path).path], tmp_path / "version-1.duckdb")


def set_version(path, version):
    with duckdb.connect(path) as connection:
        connection.execute("UPDATE schema_version SET version = ?", [version])


def test_there_is_a_step_from_every_older_schema_to_todays():
    assert sorted(STEPS) == list(range(1, SCHEMA_VERSION))


def test_version_1_is_read_as_it_is(version_1, tmp_path):
    copy = migrate(version_1, tmp_path / "today.duckdb")
    assert verify(copy) == []
    assert logical_hash(copy) == logical_hash(version_1)


def test_steps_are_taken_in_order_on_a_copy(version_1, tmp_path):
    before = version_1.read_bytes()
    steps = {
        1: lambda connection: connection.execute("UPDATE measure SET label = label || ' (2)'"),
        2: lambda connection: connection.execute("UPDATE measure SET label = label || ' (3)'"),
    }
    copy = migrate(version_1, tmp_path / "future.duckdb", steps=steps, version=3)
    assert version_1.read_bytes() == before
    with duckdb.connect(copy, read_only=True) as connection:
        assert connection.execute("SELECT label FROM measure WHERE id = 0").fetchone() == ("People (2) (3)",)
        assert connection.execute("SELECT version FROM schema_version").fetchone() == (3,)


def test_a_step_that_fails_leaves_no_copy(version_1, tmp_path):
    steps = {1: lambda connection: connection.execute("ALTER TABLE nowhere ADD COLUMN a INT")}
    with pytest.raises(StoreError, match=r"cannot carry .* forward"):
        migrate(version_1, tmp_path / "future.duckdb", steps=steps, version=2)
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ""] == ["version-1.duckdb"]


def test_a_copy_never_replaces_a_file(version_1, tmp_path):
    with pytest.raises(StoreError, match="already exists"):
        migrate(version_1, version_1)
    with pytest.raises(StoreError, match="not a packed file"):
        migrate(tmp_path / "nothing.duckdb", tmp_path / "copy.duckdb")


def test_a_newer_packed_file_is_refused_with_a_sentence(version_1, tmp_path):
    set_version(version_1, SCHEMA_VERSION + 1)
    sentence = f"packed by a newer popsim .schema {SCHEMA_VERSION + 1}, this one knows {SCHEMA_VERSION}.; update popsim"
    with pytest.raises(StoreError, match=sentence):
        Results.open(version_1)
    assert len(verify(version_1)) == 1
    with pytest.raises(StoreError, match="newer schema"):
        migrate(version_1, tmp_path / "copy.duckdb")


def test_an_older_packed_file_asks_to_be_carried_forward(version_1):
    set_version(version_1, SCHEMA_VERSION - 1)
    with pytest.raises(StoreError, match="has the older schema 0; carry a copy forward"):
        Results.open(version_1)


def test_a_newer_run_folder_is_refused_with_a_sentence(tmp_path):
    folder = write_example(tmp_path, only=[0])
    write_sealed(folder.path / "run.json", folder.provenance | {"schema_version": SCHEMA_VERSION + 1})
    with pytest.raises(StoreError, match="written by a newer popsim"):
        RunFolder.open(folder.path)


def test_a_database_of_something_else_is_refused(tmp_path):
    with duckdb.connect(tmp_path / "shop.duckdb") as connection:
        connection.execute("CREATE TABLE orders (id INT)")
    with pytest.raises(StoreError, match="not a packed run of popsim"):
        Results.open(tmp_path / "shop.duckdb")
