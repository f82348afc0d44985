"""docs/store.md says what the schema says, and its queries give the answers they promise."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from store_example import ARMS, CLOT_SCALE, DAYS, PEOPLE, example_tables, write_example

from popsim.store import Results, pack
from popsim.store.schema import DESCRIPTION_TABLES, INTEGRITY_COLUMNS, PLUGIN_TABLES, SHARD_TABLES, SQL_TYPES

PAGE = (Path(__file__).parents[2] / "docs" / "store.md").read_text(encoding="utf-8")
QUERIES = dict(re.findall(r"<!-- query: ([a-z-]+) -->\n```sql\n(.*?)```", PAGE, flags=re.DOTALL))


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    packed = pack([write_example(tmp_path_factory.mktemp("runs")).path])
    with Results.open(packed) as results:
        return {name: results.query(sql).to_pylist() for name, sql in QUERIES.items()}


@pytest.mark.parametrize("table", SHARD_TABLES.values(), ids=SHARD_TABLES)
def test_every_column_is_explained_as_the_schema_does(table):
    section = PAGE.split(f"### `{table.name}`")[1].split("\n### ")[0]
    assert table.meaning in section
    for column in table.columns:
        assert f"| `{column.name}` | {SQL_TYPES[column.dtype]} | {column.meaning} |" in section


@pytest.mark.parametrize("table", [*DESCRIPTION_TABLES, *PLUGIN_TABLES, "integrity"])
def test_every_small_table_is_listed_with_its_columns(table):
    columns = (DESCRIPTION_TABLES | PLUGIN_TABLES).get(table, INTEGRITY_COLUMNS)
    section = PAGE.split("## Small tables")[1]
    line = next(line for line in section.splitlines() if line.startswith(f"| `{table}` |"))
    assert f"| {', '.join(f'`{name}`' for name, _ in columns)} |" in line


def test_the_example_reads_a_run(tmp_path, monkeypatch):
    (example,) = re.findall(r"<!-- example: results -->\n```python\n(.*?)```", PAGE, flags=re.DOTALL)
    write_example(tmp_path / "runs")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(compile(example, "docs/store.md", "exec"), names)
    assert names["frame"]["name"].tolist() == ["usual", "walking"]


def test_settings_of_plugins_can_be_read_in_sql(answers):
    assert answers["plugin-settings"] == [{"plugin": "walks", "arm": "walking", "parameters": '{"minutes":3}'}]


def test_there_are_at_least_five_queries_and_each_has_an_answer(answers):
    assert len(answers) >= 5
    assert [name for name, rows in answers.items() if not rows] == []


def test_risk_per_thousand_person_years_is_hazard_over_time_at_risk(answers):
    summary = example_tables(np.arange(PEOPLE))["summary"]
    for row, arm in zip(answers["clots-by-arm"], range(ARMS), strict=True):
        value = {m: summary["value"][(summary["arm"] == arm) & (summary["measure"] == m)].sum() for m in (0, 1)}
        expected = 1000 * value[1] / CLOT_SCALE / (value[0] / 365.25)
        assert row["clots_per_1000_person_years"] == pytest.approx(expected, rel=1e-9)
        assert value[0] == PEOPLE * DAYS


def test_means_over_leg_minutes_are_weighted_means(answers):
    pooling = example_tables(np.arange(PEOPLE))["pooling"]
    rows = {(row["arm"], row["activity"]): row for row in answers["pooling-by-activity"]}
    chosen = (pooling["arm"] == 0) & (pooling["activity"] == 0)
    volume = pooling["volume_ml_min"][chosen].sum() / 1000 / pooling["leg_minutes"][chosen].sum()
    assert rows["usual", "sleep"]["mean_ml"] == pytest.approx(volume, abs=0.05)


def test_the_standard_error_is_that_of_the_delete_a_group_jackknife(answers):
    replicate = example_tables(np.arange(PEOPLE))["replicate"]
    value = np.zeros((ARMS, 100))
    value[replicate["arm"], replicate["batch"]] = replicate["value"] / CLOT_SCALE
    difference = value[1] - value[0]
    left_out = (difference.sum() - difference) * 100 / 99
    expected = np.sqrt(99 / 100 * np.sum((left_out - left_out.mean()) ** 2))
    row = answers["difference-with-standard-error"][0]
    assert row["clots_prevented"] == pytest.approx(-difference.sum(), rel=1e-9)
    assert row["standard_error"] == pytest.approx(expected, rel=1e-9)


def test_the_share_of_long_sitters_is_that_of_the_people(answers):
    sitting = example_tables(np.arange(PEOPLE))["outcome_unbroken_sitting"]
    for row, group in zip(answers["unbroken-sitting"], range(4), strict=False):
        here = (sitting["arm"] == 0) & (sitting["age_group"] == group)
        long = here & (sitting["from_min"] >= 120)
        assert row["share"] == pytest.approx(sitting["people"][long].sum() / sitting["people"][here].sum())
    assert 0.3 < answers["unbroken-sitting"][0]["share"] < 0.7


def test_columns_of_plugins_are_explained_in_the_file(answers):
    assert answers["plugin-columns"][-1] == {
        "table": "outcome_unbroken_sitting", "plugin": "unbroken-sitting", "column": "people", "meaning": "People",
        "unit": "people", "scale": 1.0}  # fmt: skip


def test_people_are_compared_with_themselves_in_another_arm(answers):
    event = example_tables(np.arange(PEOPLE))["event"]
    had = {(arm, kind): set() for arm in range(ARMS) for kind in range(3)}
    for arm, kind, person in zip(event["arm"], event["kind"], event["person"], strict=True):
        had[int(arm), int(kind)].add(int(person))
    for kind, row in enumerate(answers["same-people-two-arms"]):
        usual, walking = had[0, kind], had[1, kind]
        expected = (len(usual & walking), len(usual - walking), len(walking - usual))
        assert (row["in_both"], row["spared"], row["harmed"]) == expected
