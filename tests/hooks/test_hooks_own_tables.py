"""Outcomes with tables of their own: what they say, whatever the cut, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from popsim.hooks import OwnTable, PluginError, TableColumn, load_plugins
from popsim.hooks.own_table import own_table_problem
from popsim.runs.own_tables import added_up
from popsim.runs.running import run
from popsim.runs.scenario import Scenario
from popsim.store import Results, logical_hash, verify

OUTPUTS = "\n[outputs.plugins.unbroken-sitting]\nclass_min = 60\n[outputs.plugins.ward-days]\n"
ARMS = "[[arms]]\nname = 'walking'\n[arms.plugins.walking-breaks]\n"


@pytest.fixture(scope="module")
def text():
    from conftest import scenario_text

    head, _, tail = scenario_text(people=240, days=8, arms=ARMS).partition("[outputs]\n")
    settings, _, rest = tail.partition("\n\n")
    return f"{head}{rest}\n[outputs]\n{settings}\n"


@pytest.fixture(scope="module")
def whole(text, tmp_path_factory):
    return run(Scenario.from_text(text + OUTPUTS), out=tmp_path_factory.mktemp("w"), engine="inline", shards=1)


def rows(result, sql):
    with result.results as results:
        return results.query(sql).to_pylist()


def test_seven_shards_and_two_workers_say_what_one_shard_says(text, whole, tmp_path):
    scenario = Scenario.from_text(text + OUTPUTS)
    cut = run(scenario, out=tmp_path, engine="inline", shards=7)
    spread = run(scenario, out=tmp_path, engine="process", shards=4, workers=2)
    hashes = {logical_hash(path) for r in (whole, cut, spread) for path in (r.path, r.database)}
    assert len(hashes) == 1
    assert verify(cut.database) == verify(cut.path) == []


def test_slices_of_several_machines_join(text, whole, tmp_path):
    from popsim.store import pack

    parts = [run(Scenario.from_text(text + OUTPUTS), out=tmp_path, part=(i, 2), engine="inline") for i in (1, 2)]
    assert logical_hash(pack([p.path for p in parts], tmp_path / "all.duckdb")) == logical_hash(whole.database)


def test_the_distribution_holds_everybody_and_sums_to_the_measure(whole):
    measured = rows(
        whole,
        "SELECT arm, day, age_group, sum(value * scale) FILTER (name = 'people') AS people,"
        " sum(value * scale) FILTER (name = 'outcome-unbroken-sitting') AS sat"
        " FROM summary JOIN measure ON measure.id = measure WHERE name IN ('people', 'outcome-unbroken-sitting')"
        " GROUP BY ALL ORDER BY ALL",
    )
    own = rows(
        whole,
        "SELECT arm, day, age_group, CAST(sum(people) AS DOUBLE) AS people, CAST(sum(sat_min) AS DOUBLE) AS sat"
        " FROM outcome_unbroken_sitting GROUP BY ALL ORDER BY ALL",
    )
    assert own == [{**row, "sat": row["sat"] or 0.0} for row in measured]
    classes = rows(whole, "SELECT DISTINCT from_min FROM outcome_unbroken_sitting ORDER BY ALL")
    assert {row["from_min"] % 60 for row in classes} == {0}


def test_breaks_in_sitting_move_people_to_shorter_classes(whole):
    shares = rows(
        whole,
        "SELECT arm, sum(people) FILTER (from_min >= 180) / sum(people) AS share FROM outcome_unbroken_sitting"
        " GROUP BY arm ORDER BY arm",
    )
    assert shares[1]["share"] < shares[0]["share"]


def test_patients_lie_less_as_their_stay_goes_on(whole):
    days = rows(
        whole,
        "SELECT stay_day, sum(patients) AS patients, sum(lying_min) / sum(patients) AS lying,"
        " sum(upright_min) / sum(patients) AS upright, sum(lying_min + seated_min + upright_min) AS minutes"
        " FROM outcome_ward_days WHERE arm = 0 AND stay_day BETWEEN 1 AND 3 GROUP BY stay_day ORDER BY stay_day",
    )
    assert days[0]["patients"] > 30
    assert days[0]["lying"] > days[2]["lying"]
    assert days[0]["upright"] < days[2]["upright"]
    assert all(day["minutes"] <= 1440 * day["patients"] for day in days)


def test_the_file_tells_what_the_columns_mean(whole):
    told = rows(whole, "SELECT name, unit, scale, summed, meaning FROM plugin_column WHERE table_name LIKE '%ward%'")
    clots = next(row for row in told if row["name"] == "expected_clots")
    assert (clots["scale"], clots["summed"]) == (2.0**-40, True)
    assert all(row["meaning"] for row in told)
    expected = rows(
        whole,
        "SELECT sum(value * scale) AS n FROM summary JOIN measure ON measure.id = measure"
        " WHERE name = 'expected_clots'",
    )
    (on_wards,) = rows(whole, "SELECT sum(expected_clots) * pow(2, -40) AS n FROM outcome_ward_days")
    assert 0 < on_wards["n"] < expected[0]["n"]


def test_a_table_without_an_amount_has_no_measure(whole):
    names = {row["name"] for row in rows(whole, "SELECT name FROM measure")}
    assert "outcome-unbroken-sitting" in names
    assert "outcome-ward-days" not in names


def test_a_run_that_asks_for_none_has_none(text, tmp_path):
    plain = run(Scenario.from_text(text), out=tmp_path, engine="inline", people=30, days=2)
    tables = {row["table_name"] for row in rows(plain, "SELECT table_name FROM duckdb_tables()")}
    assert not {name for name in tables if name.startswith(("outcome_", "plugin_"))}
    with Results.open(plain.path) as results:
        assert "tables" not in results.provenance


MINE = """
import numpy as np
from popsim.hooks import Lines, Outcome, OwnTable, TableColumn, hookimpl

class Mine(Outcome):
    name = "mine"
    label = "Mine"
    table = OwnTable("A test", (
        TableColumn("kind", "A kind", dtype="uint8"),
        TableColumn("doing", "An activity", dtype="uint8", codes="activity"),
        TableColumn("amount", "An amount", resolution=0.5, summed=True),
    ), by={by})
    def lines(self, people, day):
        return {lines}
    def lines_at_end(self, people, arm):
        return {at_end}

@hookimpl
def popsim_outcomes():
    return [Mine]
"""
GOOD = {"kind": "1", "doing": "np.zeros(len(people), dtype=int)", "amount": "np.ones(len(people))"}


def lines(who="day.alive", **columns):
    given = ", ".join(f"'{name}': {value}" for name, value in (GOOD | columns).items() if value)
    return f"Lines({who}, {{{given}}})"


@pytest.fixture
def live(text, tmp_path):
    def go(day=None, at_end="None", by='("day", "age_group")'):
        (tmp_path / "mine.py").write_text(MINE.format(lines=day or "None", at_end=at_end, by=by), encoding="utf-8")
        high_risk = '\n[evidence]\n"clots.base_hazard_per_leg_day" = 1e-2\n'
        scenario = Scenario.from_text(text + "\n[outputs.plugins.mine]\n" + high_risk)
        return run(scenario, people=50, days=3, out=tmp_path / "runs", engine="inline", plugins_dir=tmp_path)

    return go


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (lines(kind=""), "lines gave no column 'kind', which its table declares"),
        (lines(knd="1", kind=""), "lines gave the column 'knd', which its table does not declare; did you mean 'kind'"),
        (lines(arm="1"), "lines gave the column 'arm', which its table does not declare"),
        (lines(kind="300"), "lines gave kind 300, expected 0 to 255"),
        (lines(kind="-1"), "lines gave kind -1, expected 0 to 255"),
        (lines(doing="250"), "lines gave doing 250, expected 0 to"),
        (lines(amount="np.nan"), "lines gave amount a value that is not a number"),
        (lines(amount="1e300"), "lines gave amount 1e+300, expected -4.5036e+15 to 4.5036e+15"),
        (lines(amount="np.ones(3)"), "lines gave float64 of shape (3,) as amount, expected a number or numbers"),
        (lines(amount="'much'"), "of shape () as amount, expected a number"),
        (lines(amount="np.ones(len(people), dtype=complex)"), "gave complex128"),
        (lines("np.ones(3, dtype=bool)"), "lines gave bool of shape (3,) as who"),
        (lines("np.array([99])"), "lines gave int64 of shape (1,) as who"),
        ("3", "lines returned a int, expected Lines or None"),
        ("1 / 0", "lines raised ZeroDivisionError"),
        ("Lines(day.alive, None)", "lines raised TypeError"),
    ],
)
def test_lines_that_go_wrong_are_one_sentence_with_the_plugins_name(live, given, said):
    with pytest.raises(PluginError) as caught:
        live(given)
    assert str(caught.value).startswith("plugin mine: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_lines_about_the_same_become_one_and_keep_their_resolution(live):
    done = live(lines(amount="0.74 * (people.draw('x') < 2)"))
    found = rows(done, "SELECT arm, day, kind, doing, sum(amount) AS halves, count(*) AS lines FROM outcome_mine"
                       " WHERE day = 0 GROUP BY ALL ORDER BY ALL")  # fmt: skip
    assert [(row["arm"], row["kind"], row["halves"]) for row in found] == [(0, 1, 50), (1, 1, 50)]
    assert all(row["lines"] <= 6 for row in found)


def test_somebody_may_have_several_lines(live):
    several = "Lines(np.array([4, 4, 7]), {'kind': np.array([1, 2, 1]), 'doing': 0, 'amount': 1})"
    done = live(several, by='("person",)')
    found = rows(done, "SELECT person, kind, amount FROM outcome_mine WHERE arm = 0 ORDER BY ALL")
    assert [tuple(row.values()) for row in found] == [(4, 1, 6), (4, 2, 6), (7, 1, 6)]


def test_the_end_of_an_arm_can_be_told_by_day(live):
    at_end = "Lines(arm.row, {'kind': 0, 'doing': 0, 'amount': 1, 'day': arm.clots.onset_day})"
    done = live(at_end=at_end)
    counted = rows(done, "SELECT arm, day, 2 * count(*) AS n FROM event JOIN event_kind ON kind = event_kind.id"
                         " WHERE name = 'clot' GROUP BY ALL ORDER BY ALL")  # fmt: skip
    own = rows(done, "SELECT arm, day, sum(amount) AS n FROM outcome_mine GROUP BY ALL ORDER BY ALL")
    assert own == counted
    assert own


def test_the_end_must_tell_the_day_where_the_table_is_by_day(live):
    with pytest.raises(PluginError, match="lines_at_end gave no column 'day'"):
        live(at_end="Lines(arm.row, {'kind': 0, 'doing': 0, 'amount': 1})")
    with pytest.raises(PluginError, match="lines_at_end gave a day that is no whole number"):
        live(at_end="Lines(arm.death_day >= 0, {'kind': 0, 'doing': 0, 'amount': 1, 'day': 0.5})")


COLUMN = TableColumn("a", "An a")


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (OwnTable("", (COLUMN,)), "needs a meaning"),
        (OwnTable("T", ()), "needs columns"),
        (OwnTable("T", (COLUMN, COLUMN)), "'a' of table is already taken"),
        (OwnTable("T", (TableColumn("day", "D"),)), "'day' of table is already taken"),
        (OwnTable("T", (COLUMN,), by=("hour",)), r"must be some of day, age_group, person, batch, each once"),
        (OwnTable("T", (COLUMN,), by=("day", "day")), "each once"),
        (OwnTable("T", (TableColumn("A", "B"),)), "must be lower-case letters"),
        (OwnTable("T", (TableColumn("a b", "B"),)), "must be lower-case letters"),
        (OwnTable("T", (TableColumn("a", ""),)), "needs a meaning and a unit"),
        (OwnTable("T", (TableColumn("a", "B", resolution=0.0),)), "resolution of column a must be above 0"),
        (OwnTable("T", (TableColumn("a", "B", dtype="float32"),)), "dtype of column a must be uint8"),
        (OwnTable("T", (TableColumn("a", "B", dtype="uint8", summed=True),)), "dtype of column a must be int64"),
        (OwnTable("T", (TableColumn("a", "B", codes="colour"),)), "codes of column a must be activity or site"),
        ("a table", "must be an OwnTable"),
    ],
)
def test_a_table_that_cannot_be_is_refused_when_it_loads(table, said):
    assert said in own_table_problem(table)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("pass", "needs a method amount, or a table"),
        (
            "table = OwnTable('T', (TableColumn('a', 'A'),))\n    def amount(self, people, day): ...",
            "needs a method lines",
        ),
        ("def lines(self, people, day): ...", "lines go into a table it lacks"),
        ("def amount(self, people, day): ...", "needs a unit"),
    ],
)
def test_an_outcome_must_have_an_amount_or_a_table_and_fill_it(tmp_path, body, said):
    code = "from popsim.hooks import Outcome, OwnTable, TableColumn, hookimpl\nclass Odd(Outcome):\n    name = 'odd'\n"
    code += f"    label = 'Odd'\n    {body}\n@hookimpl\ndef popsim_outcomes():\n    return [Odd]\n"
    (tmp_path / "odd.py").write_text(code, encoding="utf-8")
    assert said in load_plugins(tmp_path).broken["odd"]


def test_sums_are_exact_and_in_order():
    rows_given = {"a": np.array([2, 1, 2, 1]), "b": np.array([0, 5, 0, 4]), "n": np.array([1, 2, 3, 2**60])}
    added = added_up(rows_given, ("n",))
    assert {name: values.tolist() for name, values in added.items()} == {
        "a": [1, 1, 2], "b": [4, 5, 0], "n": [2**60, 2, 4]}  # fmt: skip
    assert added_up(rows_given, ()) == rows_given
