"""The reference of scenario files says what the models do."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from popsim.hooks import PluginRegistry, load_plugins
from popsim.runs.scenario import Scenario
from popsim.runs.scenario_reference import described_fields, reference_markdown, scenario_schema
from popsim.runs.shipped import shipped_scenarios

PAGE = Path(__file__).parents[2] / "docs" / "scenarios.md"


@pytest.fixture
def shipped(monkeypatch: pytest.MonkeyPatch) -> PluginRegistry:
    monkeypatch.setenv("POPSIM_PLUGINS", "")
    return load_plugins()


def test_the_page_of_every_key_is_up_to_date(shipped: PluginRegistry) -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert written == reference_markdown(shipped), "run: POPSIM_PLUGINS= popsim schema --markdown > docs/scenarios.md"


def test_every_key_has_a_meaning_and_an_expectation(shipped: PluginRegistry) -> None:
    page = reference_markdown(shipped)
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| `")]
    assert len(rows) > 70
    assert not [row[0] for row in rows if not row[3].removesuffix(" |").strip()]
    assert "another value" not in page


def test_every_table_of_a_scenario_has_its_section(shipped: PluginRegistry) -> None:
    page = reference_markdown(shipped)
    tables = {
        f.name for f in described_fields(Scenario.model_json_schema()) if f.expects.startswith(("a table", "a list"))
    }
    assert tables == {"people", "routine", "trips", "stays", "episodes", "arms", "outputs", "evidence"}
    assert all(f"[{table}]" in page for table in tables)
    assert all(f"[arms.plugins.{name}]" in page for name in shipped.interventions)


def test_the_schema_accepts_what_ships_and_refuses_what_the_checks_refuse(shipped: PluginRegistry) -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema comes with the dashboard's libraries")
    schema = scenario_schema(shipped)
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    for path in shipped_scenarios().values():
        validator.validate(tomllib.loads(path.read_text(encoding="utf-8")))
    office = tomllib.loads(shipped_scenarios()["office"].read_text(encoding="utf-8"))
    office["arms"][1]["plugins"]["walking-breaks"]["every_minutes"] = 30
    assert not validator.is_valid(office)
    del office["arms"][1]["plugins"]["walking-breaks"]["every_minutes"]
    assert validator.is_valid(office)
    office["arms"][1]["plugins"] = {"walking-brakes": {}}
    assert not validator.is_valid(office)
