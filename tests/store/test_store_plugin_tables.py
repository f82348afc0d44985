"""Tables of plugins' own are as safe as the core's, and carry what their columns mean."""

from __future__ import annotations

import copy

import duckdb
import numpy as np
import pytest
from store_example import SITTING, example_provenance, example_tables, shard_people, write_example

from popsim.store import Results, RunFolder, StoreError, logical_hash, pack, provenance_mismatch, verify
from popsim.store.duck import quoted
from popsim.store.schema import tables_of

NAME = "outcome_unbroken_sitting"


def described(**changes):
    table = copy.deepcopy(SITTING)
    table["columns"][3] |= changes.pop("column", {})
    return example_provenance(tables=[table | changes])


def test_a_run_without_such_tables_is_as_it_was(tmp_path):
    plain = example_provenance()
    del plain["tables"]
    folder = RunFolder.create(tmp_path, "plain", plain)
    tables = {name: rows for name, rows in example_tables(np.arange(240)).items() if name != NAME}
    for index in range(4):
        folder.commit_shard(index, tables if index == 0 else {}, {})
    packed = pack([folder.path])
    with duckdb.connect(packed, read_only=True) as connection:
        names = {row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    assert not names & {NAME, "plugin_table", "plugin_column"}
    assert verify(packed) == []
    assert provenance_mismatch(folder.provenance, {**folder.provenance, "tables": []}) is None


def test_a_committed_shard_is_read_while_the_run_goes_on(tmp_path):
    folder = write_example(tmp_path, only=[0])
    with Results.open(folder.path) as results:
        first = results.query(f"SELECT sum(people) AS people FROM {NAME}").to_pylist()
        folder.commit_shard(1, example_tables(shard_people(1, 4)), {})
        assert results.refresh()
        both = results.query(f"SELECT sum(people) AS people FROM {NAME}").to_pylist()
        assert results.query(f"SELECT unit FROM plugin_column WHERE table_name = '{NAME}'").num_rows == 4
    assert 0 < first[0]["people"] < both[0]["people"]


def test_a_change_to_such_a_table_is_noticed(tmp_path):
    folder = write_example(tmp_path)
    packed = pack([folder.path])
    whole = logical_hash(packed)
    with duckdb.connect(packed) as connection:
        connection.execute(f"UPDATE {NAME} SET people = people + 1 WHERE day = 3")
    assert verify(packed) == [f"table {NAME!r} of {packed} was changed after it was written: its hash does not match"]
    assert logical_hash(packed) != whole
    file = next(folder.path.glob(f"shards/*.{NAME}.parquet"))
    file.write_bytes(file.read_bytes()[:-1])
    assert "cut short or was changed" in verify(folder.path)[0]


def test_a_table_that_is_gone_is_missed(tmp_path):
    packed = pack([write_example(tmp_path).path])
    with duckdb.connect(packed) as connection:
        connection.execute(f"DROP TABLE {NAME}")
    assert NAME in " ".join(verify(packed))
    with duckdb.connect(packed) as connection:
        connection.execute("UPDATE run SET provenance = replace(provenance, 'outcome_unbroken_sitting', 'event; --')")
    assert "must be called outcome_" in verify(packed)[0]


def test_a_table_whose_columns_change_makes_another_run(tmp_path):
    first, second = example_provenance(), described(column={"scale": 0.5})
    assert "the table 'outcome_unbroken_sitting' changed" in str(provenance_mismatch(first, second))
    one, other = (RunFolder.create(tmp_path, name, given) for name, given in (("a", first), ("b", second)))
    with pytest.raises(StoreError, match="not slices of one run: the table"):
        pack([one.path, other.path], tmp_path / "out.duckdb", allow_partial=True)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": 'outcome_x"; DROP TABLE event'}, "must be called outcome_ and lower-case letters"),
        ({"name": "event"}, "must be called outcome_"),
        ({"name": "outcome_" + "x" * 65}, "must be called outcome_"),
        ({"columns": []}, "has no columns"),
        ({"column": {"name": "people, 1"}}, "must have a name of letters, digits and _"),
        ({"column": {"name": "Day"}}, "must have a name of letters, digits and _"),
        ({"column": {"name": "arm"}}, "has two columns 'arm'"),
        ({"column": {"name": "day"}}, "has two columns 'day'"),
        ({"column": {"dtype": "float64"}}, "must be stored as one of uint8"),
        ({"column": {"dtype": "int32"}}, "sums as int64"),
        ({"column": {"names": "secrets"}}, "which is no table of names"),
    ],
)
def test_a_description_that_cannot_be_is_refused(tmp_path, changes, said):
    with pytest.raises(StoreError, match=said):
        RunFolder.create(tmp_path, "run", described(**changes))
    assert not (tmp_path / "run").exists()


def test_two_tables_of_one_name_are_refused():
    with pytest.raises(StoreError, match="given to two tables"):
        tables_of({"tables": [SITTING, SITTING]})


def test_a_column_may_have_a_name_that_means_something_in_sql(tmp_path):
    folder = RunFolder.create(tmp_path, "run", described(column={"name": "order"}) | {"shards": 1})
    tables = example_tables(np.arange(240))
    tables[NAME]["order"] = tables[NAME].pop("people")
    folder.commit_shard(0, tables, {})
    packed = pack([folder.path])
    assert verify(packed) == []
    assert logical_hash(packed) == logical_hash(folder.path)
    with Results.open(packed) as results:
        assert results.query(f'SELECT sum("order") AS n FROM {NAME}').to_pylist() == [{"n": 240 * 5 * 2}]


def test_codes_without_a_name_and_columns_not_declared_are_refused(tmp_path):
    folder = RunFolder.create(tmp_path, "run", example_provenance())
    good = example_tables(shard_people(0, 4))[NAME]
    with pytest.raises(StoreError, match="age_group holds 9, which has no name"):
        folder.commit_shard(0, {NAME: good | {"age_group": good["age_group"] * 0 + 9}}, {})
    with pytest.raises(StoreError, match="has no column 'colour'"):
        folder.commit_shard(0, {NAME: good | {"colour": good["day"]}}, {})
    with pytest.raises(StoreError, match="no table 'outcome_other' in the store"):
        folder.commit_shard(0, {"outcome_other": good}, {})
    assert folder.committed() == []


@pytest.mark.parametrize("name", ['a"b', "A", "", "1a", "a b", "a;b", "é"])
def test_only_plain_names_become_identifiers(name):
    with pytest.raises(StoreError, match="cannot be the name"):
        quoted(name)
