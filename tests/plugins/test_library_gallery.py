"""The page of interventions says what the plugins say."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from library_worlds import library

from popsim.clots.kinds import EventKind

ROOT = Path(__file__).parents[2]
PLUGINS = ROOT / "plugins" / "popsim_plugins"


@pytest.fixture(scope="module")
def page() -> str:
    """What the script writes."""
    path = ROOT / "scripts" / "plugin_gallery.py"
    spec = importlib.util.spec_from_file_location("plugin_gallery", path)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return str(script.gallery(library()))


def test_the_page_is_current(page):
    assert (ROOT / "docs" / "interventions.md").read_text(encoding="utf-8") == page, "run scripts/plugin_gallery.py"


def test_the_page_shows_every_plugin_parameter_and_constant(page):
    for name, kind in library().interventions.items():
        assert f"Name `{name}`" in page
        assert all(f"`{constant}`" in page for constant in kind.evidence_names)
        own = set(kind.Params.model_fields) - {"coverage", "adherence"}
        assert all(f"`{parameter}`" in page for parameter in own)
    assert all(f"Name `{name}`" in page for name in library().scores)


def test_every_intervention_and_routine_has_a_small_picture():
    for name in (*library().interventions, *library().routines):
        picture = ROOT / "docs" / "images" / "plugins" / f"{name}.svg"
        assert picture.is_file(), f"{name}: run scripts/plugin_gallery.py --pictures"
        assert picture.stat().st_size < 4000
        assert f"images/plugins/{name}.svg" in (ROOT / "docs" / "interventions.md").read_text(encoding="utf-8")


def test_every_item_that_is_used_up_has_a_price():
    (prices,) = library().price_lists.values()
    used = {cost.item for kind in library().interventions.values() for cost in kind.costs}
    evidence = library().evidence()
    assert used <= set(prices.unit_costs)
    assert all(evidence[constant] >= 0 for constant in prices.unit_costs.values())


def test_every_shipped_plugin_works_and_is_short():
    assert {p.name: p.problem for p in library().plugins if p.problem} == {}
    assert {
        p.name: n for p in PLUGINS.glob("*.py") if (n := len(p.read_text(encoding="utf-8").splitlines())) >= 120
    } == {}


def test_every_constant_of_the_library_is_used_and_graded_with_a_source():
    offers = [*library().interventions.values(), *library().routines.values(), *library().outputs.values()]
    used = {name for kind in offers for name in kind.evidence_names}
    for prices in library().price_lists.values():
        used |= {*prices.unit_costs.values(), *prices.utilities.values(), prices.threshold}
    assert set(library().constants) <= used
    assert used <= set(library().evidence())
    for constant in library().constants.values():
        assert len(constant.source) > 15
        assert constant.spread is not None
        assert constant.spread[1] <= constant.value <= constant.spread[2]


def test_what_has_a_price_is_used_up_or_happens():
    (prices,) = library().price_lists.values()
    evidence = library().evidence()
    made = [kind(kind.Params(), evidence) for kind in library().interventions.values()]
    known = {cost.item for plugin in made for cost in plugin.costs}
    known |= {harm.event for plugin in made for harm in plugin.harms()}
    known |= {kind.name.lower() for kind in EventKind}
    assert {*prices.unit_costs, *prices.utilities} <= known
