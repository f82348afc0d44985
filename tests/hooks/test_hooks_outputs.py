"""What plugins count, price, show and command: each does what it says, and fails alone."""

from __future__ import annotations

import textwrap

import numpy as np
import pytest
from click.testing import CliRunner

from popsim.cli.main import cli
from popsim.cli.plugin_commands import plugin_command
from popsim.clots.kinds import EventKind
from popsim.errors import PopsimError
from popsim.hooks import PluginError, load_plugins
from popsim.runs.counted import clots_of
from popsim.runs.running import run
from popsim.runs.scenario import Scenario
from popsim.store import RunFolder, logical_hash

HIGH_RISK = '\n[evidence]\n"clots.base_hazard_per_leg_day" = 1e-3\n'
ARMS = "[arms.plugins.walking-breaks]\n"
OUTPUTS = """
[outputs.plugins.time-on-feet]
[outputs.plugins.ultrasound-screening]
on_day = 6
"""


@pytest.fixture
def text(small_text):
    def make(more="", **changes):
        whole = small_text(people=250, days=9, more=HIGH_RISK + more, **changes)
        head, _, tail = whole.partition("[outputs]\n")
        settings, _, rest = tail.partition("\n\n")
        return f"{head}{rest}\n[outputs]\n{settings}\n"

    return make


def totals(result):
    with result.results as results:
        sql = (
            "SELECT arm.name AS arm, measure.name AS measure, day, sum(value * scale) AS total FROM summary"
            " JOIN arm ON arm.id = arm JOIN measure ON measure.id = measure GROUP BY ALL"
        )
        return {(r["arm"], r["measure"], r["day"]): r["total"] for r in results.query(sql).to_pylist()}


def plugin_seconds(result):
    (record,) = RunFolder.open(result.path).committed()
    return record["record"]["plugin_seconds"]


def test_the_report_tells_the_time_that_outcomes_and_detection_methods_take(text, tmp_path):
    seconds = plugin_seconds(run(Scenario.from_text(text() + OUTPUTS), out=tmp_path, engine="inline", shards=1))
    assert set(seconds) == {"time-on-feet", "ultrasound-screening"}
    assert min(seconds.values()) > 0


def test_a_plugins_scenario_runs_by_its_name(text, tmp_path):
    """From Python as from the command line, also where the plugin lies in a folder."""
    (tmp_path / "our-town.toml").write_text(text(), encoding="utf-8")
    (tmp_path / "ours.py").write_text(
        textwrap.dedent(
            """
            from pathlib import Path
            from popsim.hooks import hookimpl

            @hookimpl
            def popsim_scenarios():
                return [Path(__file__).with_name("our-town.toml")]
            """
        ),
        encoding="utf-8",
    )
    by_name = run("our-town", people=40, days=2, plugins_dir=tmp_path, out=tmp_path / "runs", engine="inline")
    by_path = run(tmp_path / "our-town.toml", people=40, days=2, out=tmp_path / "runs", engine="inline")
    assert logical_hash(by_name.database) == logical_hash(by_path.database)
    with pytest.raises(PopsimError, match="our-town"):
        run("our-town", out=tmp_path / "runs")


def test_outcomes_and_findings_are_kept_and_do_not_depend_on_shards(text, tmp_path):
    scenario = Scenario.from_text(text() + OUTPUTS)
    whole, cut = (run(scenario, out=tmp_path, engine="inline", shards=n) for n in (1, 4))
    assert logical_hash(whole.database) == logical_hash(cut.database)
    counted = totals(whole)
    for day in range(9):
        assert 60 < counted["usual", "outcome-time-on-feet", day] / counted["usual", "people", day] < 700
    found = {day for (_, measure, day) in counted if measure == "found-by-ultrasound-screening"}
    assert found == {6}


def test_an_examination_finds_what_is_there_times_its_sensitivity(text, tmp_path):
    """Counted again from the stored events, by hand."""
    result = run(Scenario.from_text(text() + OUTPUTS), out=tmp_path, engine="inline")
    found = totals(result)["usual", "found-by-ultrasound-screening", 6]
    with result.results as results:
        events = results.query("SELECT person, leg, episode, day, site, kind FROM event").to_pylist()
        constants = {r["name"]: r["value"] for r in results.query("SELECT name, value FROM parameter").to_pylist()}
    day_of = {(e["person"], e["leg"], e["episode"], e["kind"]): e["day"] for e in events}
    dead = {e["person"] for e in events if e["kind"] in (EventKind.DEATH, EventKind.FATAL_EMBOLISM) and e["day"] < 6}
    expected = 0.0
    for e in events:
        if e["kind"] != EventKind.CLOT or e["day"] > 6 or e["person"] in dead:
            continue
        when = {kind: day_of.get((e["person"], e["leg"], e["episode"], kind), 99)
                for kind in (EventKind.EXTENSION, EventKind.SYMPTOMATIC_DVT, EventKind.RESOLVED)}  # fmt: skip
        level = "proximal" if e["site"] != 0 or when[EventKind.EXTENSION] <= 6 else "distal"
        state = "symptomatic" if when[EventKind.SYMPTOMATIC_DVT] <= 6 else "asymptomatic"
        if when[EventKind.RESOLVED] > 6:
            expected += constants[f"observation.ultrasound_{level}_{state}"]
    assert expected > 1
    assert found == pytest.approx(expected, rel=1e-6)


def test_clots_are_put_together_from_their_events():
    events = {
        "row": np.array([4, 4, 4, 2, 4]),
        "leg": np.array([1, 1, 0, 0, 1]),
        "episode": np.array([0, 0, 0, 0, 1]),
        "kind": np.array([EventKind.CLOT, EventKind.RESOLVED, EventKind.CLOT, EventKind.CLOT, EventKind.CLOT]),
        "day": np.array([3, 9, 5, 1, 20]),
        "site": np.array([0, 0, 2, 1, 0]),
    }
    row, clots = clots_of(events)
    assert row.tolist() == [2, 4, 4, 4]
    assert clots.onset_day.tolist() == [1, 5, 3, 20]
    assert (clots.resolved_day == 9).tolist() == [False, False, True, False]


def test_what_nobody_asked_for_is_not_counted(text, tmp_path):
    result = run(Scenario.from_text(text()), out=tmp_path, engine="inline", people=40, days=2)
    assert not {m for _, m, _ in totals(result) if m.startswith(("outcome-", "found-by-"))}


WRONG = """
import numpy as np
from popsim.hooks import DetectionMethod, Outcome, hookimpl

class Mine(Outcome):
    name = "mine"
    label = "Mine"
    unit = "1"
    def amount(self, people, day):
        return {amount}

class Look(DetectionMethod):
    name = "look"
    label = "Look"
    def examined_on(self, people):
        return {examined}
    def sees(self, clots, day):
        return {sees}

@hookimpl
def popsim_outcomes():
    return [Mine]

@hookimpl
def popsim_detection_methods():
    return [Look]
"""
GOOD = {"amount": "np.ones(len(people))", "examined": "np.full(len(people), 1)", "sees": "0.5"}


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"amount": "np.ones(3)"}, "plugin mine: amount must give a finite number for each person"),
        ({"amount": "np.full(len(people), np.nan)"}, "plugin mine: amount must give a finite number"),
        ({"amount": "1 / 0"}, "plugin mine: amount raised ZeroDivisionError"),
        ({"examined": "np.ones(len(people))"}, "plugin look: examined_on must give a whole number"),
        ({"sees": "1.5"}, "plugin look: sees gave a clot the probability 1.5, expected 0 to 1"),
        ({"sees": "exit(3)"}, "plugin look: sees raised SystemExit: 3"),
    ],
)
def test_a_count_that_goes_wrong_is_one_sentence(text, tmp_path, broken, said):
    (tmp_path / "mine.py").write_text(WRONG.format(**GOOD | broken), encoding="utf-8")
    outputs = "\n[outputs.plugins.mine]\n[outputs.plugins.look]\n"
    with pytest.raises(PluginError) as caught:
        run(Scenario.from_text(text() + outputs), people=60, out=tmp_path / "r", engine="inline", plugins_dir=tmp_path)
    assert said in str(caught.value)


PRICES = """
from pathlib import Path
from popsim.hooks import Chart, Panel, PriceList, Rows, Words, hookimpl

@hookimpl
def popsim_evidence():
    return [Path(__file__).with_name("test_prices.toml")]

@hookimpl
def popsim_price_lists():
    return [PriceList("test-prices", "Prices", "EUR", {"prompt": "test_prices.prompt"})]

@hookimpl
def popsim_scenarios():
    return [Path(__file__).with_name("priced.toml")]

@hookimpl
def popsim_panels():
    def blocks(results):
        yield Words("How it went")
        table = Rows(("arm",), results.query("SELECT name FROM arm").to_pydict()["name"][:1])
        yield table
        raise SystemExit("no more")

    return [Panel("test-panel", "Test", blocks)]

@hookimpl
def popsim_commands():
    import click

    @click.command("test-hello", help="Say hello.")
    def hello():
        click.echo("hello")

    return [hello]
"""
PROMPT = '[prompt]\nvalue = 2.5\nunit = "EUR"\ngrade = "assumed"\nsource = "a test"\nmeaning = "One prompt"\n'


@pytest.fixture
def priced(tmp_path, text):
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "prices.py").write_text(textwrap.dedent(PRICES), encoding="utf-8")
    (folder / "test_prices.toml").write_text(PROMPT, encoding="utf-8")
    scenario = text(arms=ARMS).replace('name = "small"', 'name = "priced"') + 'prices = "test-prices"\n'
    (folder / "priced.toml").write_text(scenario, encoding="utf-8")
    return folder


def test_a_price_list_prices_what_is_used_and_a_scenario_is_known_by_its_name(priced, tmp_path):
    registry = load_plugins(priced)
    scenario = Scenario.load("priced", registry)
    result = run(scenario, out=tmp_path, engine="inline", people=120, days=5, plugins_dir=priced)
    (arm,) = result.summary()["arms"]
    prompts = arm["costs"]["items"]["prompt"]
    assert prompts["unit_cost"] == 2.5
    assert arm["costs"]["total"] == pytest.approx(2.5 * prompts["quantity"])
    assert registry.commands["test-hello"].help == "Say hello."
    listed = CliRunner().invoke(cli, ["scenarios", "--plugins-dir", str(priced)])
    assert "priced" in listed.stdout
    with pytest.raises(PopsimError, match="did you mean 'priced'"):
        Scenario.load("pricd", registry)


def test_a_panel_shows_its_blocks_and_names_itself_when_it_fails(priced, tmp_path):
    pytest.importorskip("streamlit", reason="the dashboard's libraries are not installed")
    from popsim_dashboard.plugin_panels import blocks_of

    result = run("office", out=tmp_path, engine="inline", people=60, days=3)
    shown = []
    with result.results as results, pytest.raises(PopsimError, match="panel test-panel: raised SystemExit: no more"):
        shown.extend(blocks_of(load_plugins(priced).panels["test-panel"], results))


def test_what_an_avoided_clot_takes_is_on_the_page_and_on_the_command_line(text, tmp_path):
    from popsim_dashboard.plugin_panels import blocks_of, vega_lite

    arms = '[[arms]]\nname = "treated"\n[arms.plugins.lmwh]\n'
    result = run(Scenario.from_text(text(arms=arms)), out=tmp_path, engine="inline")
    registry = load_plugins()
    with result.results as results:
        _, table, chart = blocks_of(registry.panels["value-for-money"], results)
        summary = result.summary()
    (row,) = [row for row in table.records() if row["harm"] == "Major bleed"]
    avoided = summary["arms"][1]["avoided_per_10000"]
    assert row["clots avoided"] == pytest.approx(avoided * 250 / 10_000)
    assert row["people for one clot avoided"] == pytest.approx(10_000 / avoided)
    assert vega_lite(chart)["data"]["values"][0]["arm"] == row["arm"]
    told = CliRunner().invoke(cli, ["nnt", str(result.path)])
    assert told.exit_code == 0
    assert "people for one clot avoided" in told.stdout
    assert CliRunner().invoke(cli, ["nnt", str(tmp_path / "nowhere")]).exit_code == 2


def test_a_command_that_fails_or_exits_is_the_plugins_fault_and_in_one_line(monkeypatch):
    import click

    from popsim.hooks import PluginRegistry

    @click.command("burn")
    def burn():
        raise SystemExit("burnt")

    monkeypatch.setattr("popsim.hooks.load_plugins", lambda: PluginRegistry(commands={"burn": burn}))
    plugin_command.cache_clear()
    try:
        result = CliRunner().invoke(cli, ["burn"])
    finally:
        plugin_command.cache_clear()
    assert (result.exit_code, result.stderr) == (2, "plugin command burn: raised SystemExit: burnt\n")
