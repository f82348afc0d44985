"""Plugins come through one door; what is broken is named in one sentence and stops nobody else."""

from __future__ import annotations

import hashlib
import textwrap
from importlib.metadata import EntryPoint, entry_points

import pytest

from popsim.errors import PopsimError
from popsim.hooks import candidates, load_plugins

HEAD = """
from typing import ClassVar
import numpy as np
from popsim.hooks import Cost, Harm, Intervention, Params, PeopleView, RiskScore, Today, hookimpl
"""


def intervention(name, body="pass", writes=()):
    cls = "".join(part.capitalize() for part in name.replace(" ", "-").split("-"))
    return f"""
class {cls}(Intervention):
    name = {name!r}
    label = "A test's"
    writes = frozenset({set(writes)!r})
    {textwrap.indent(textwrap.dedent(body), "    ").strip()}

@hookimpl
def popsim_interventions():
    return [{cls}]
"""


def load(folder, **files):
    for stem, text in files.items():
        (folder / f"{stem}.py").write_text(HEAD + textwrap.dedent(text), encoding="utf-8")
    return load_plugins(folder)


GOOD = intervention("good-habit")


def test_a_single_file_is_a_plugin(tmp_path):
    found = load(tmp_path, good=GOOD)
    info = found.provider("good-habit")
    assert info.name == "good"
    assert info.distribution == str(tmp_path / "good.py")
    assert info.sha256 == hashlib.sha256((tmp_path / "good.py").read_bytes()).hexdigest()
    assert info.hooks == ("popsim_interventions",)
    assert info.problem == ""
    assert "good-habit" in found.interventions


BROKEN = {
    "import error": (
        "import no_such_module_anywhere",
        "ModuleNotFoundError: No module named 'no_such_module_anywhere'",
    ),
    "syntax error": ("def (:", "SyntaxError"),
    "exit at import": ("raise SystemExit(3)", "SystemExit: 3"),
    "silent exception": ("raise ValueError", "ValueError: no message"),
    "wrong signature": ("@hookimpl\ndef popsim_interventions(people): return []", "popsim_interventions"),
    "unknown hook": ("@hookimpl\ndef popsim_make_coffee(): return []", "popsim_make_coffee"),
    "newer api": ("POPSIM_API = '>=2'", "needs plugin API >=2, this popsim offers 1"),
    "unreadable api range": ("POPSIM_API = 'two'", "InvalidSpecifier"),
    "hook that raises": ("@hookimpl\ndef popsim_interventions(): raise KeyError('x')", "KeyError"),
    "hook that exits": ("@hookimpl\ndef popsim_interventions(): raise SystemExit", "SystemExit"),
    "no intervention": (
        "@hookimpl\ndef popsim_interventions(): return ['walk']",
        "expected subclasses of Intervention",
    ),
    "an instance instead of a class": (
        "@hookimpl\ndef popsim_interventions(): return [Intervention(Params(), {})]",
        "expected subclasses of Intervention",
    ),
    "nothing returned": ("@hookimpl\ndef popsim_interventions(): return None", "TypeError"),
    "bad name": (intervention("Good Habit"), "name must be lower-case letters"),
    "undeclarable write": (intervention("x", writes=["leg.colour"]), "writes 'leg.colour'"),
    "undeclarable read": (intervention("x", "reads = frozenset({'shoe_size'})"), "reads 'shoe_size'"),
    "undeclared day": (intervention("x", "def edit_day(self, day): return day"), "edit_day changes 'day'"),
    "undeclared blood": (intervention("x", "def blood(self, people, today): return 1"), "blood changes 'blood'"),
    "foreign parameters": (intervention("x", "Params = dict"), "Params must derive from popsim.hooks.Params"),
    "name taken": (intervention("walking-breaks"), "the intervention name 'walking-breaks' is already taken"),
    "name twice": (
        intervention("x") + "\n@hookimpl\ndef popsim_interventions():\n    return [X, X]",
        "the intervention name 'x' is already taken",
    ),
    "score taken": (
        "@hookimpl\ndef popsim_risk_scores():\n"
        "    return [RiskScore('padua', 'x', frozenset(), 'x', lambda people, today: 0)]",
        "the risk score name 'padua' is already taken",
    ),
    "no score": ("@hookimpl\ndef popsim_risk_scores(): return ['padua2']", "expected instances of RiskScore"),
    "missing evidence": (
        "from pathlib import Path\n@hookimpl\ndef popsim_evidence(): return [Path('/no/such/evidence.toml')]",
        "FileNotFoundError",
    ),
}


@pytest.mark.parametrize("problem", BROKEN)
def test_a_broken_plugin_is_listed_with_one_sentence_and_left_out(tmp_path, problem):
    text, expected = BROKEN[problem]
    shipped = load_plugins()
    found = load(tmp_path, broken=text, good=GOOD)
    sentence = found.broken["broken"]
    assert expected in sentence
    assert sentence.startswith(str(tmp_path / "broken.py"))
    assert sentence.endswith("; mend or uninstall it")
    assert "\n" not in sentence
    assert set(found.interventions) == set(shipped.interventions) | {"good-habit"}
    assert set(found.scores) == set(shipped.scores)
    assert set(found.evidence()) == set(shipped.evidence())


def test_a_plugin_comes_in_whole_or_not_at_all(tmp_path):
    """Its second offer clashes, so its first is left out too."""
    text = intervention("fresh") + "\n@hookimpl\ndef popsim_risk_scores(): return ['none']"
    found = load(tmp_path, half=text)
    assert "half" in found.broken
    assert "fresh" not in found.interventions


def test_evidence_of_a_plugin_is_checked_and_named_after_its_file(tmp_path):
    (tmp_path / "habit.toml").write_text(
        '[gain]\nvalue = 2.0\nunit = "1"\ngrade = "assumed"\nsource = "a test"\nmeaning = "gain"\n', encoding="utf-8"
    )
    text = "from pathlib import Path\n@hookimpl\ndef popsim_evidence(): return [Path(__file__).with_name('habit.toml')]"
    assert load(tmp_path, habit=text).evidence()["habit.gain"] == 2.0
    (tmp_path / "habit.toml").write_text('[gain]\nvalue = 2.0\nunit = "1"\n', encoding="utf-8")
    assert "habit.gain: a constant needs grade, meaning, source" in load(tmp_path, habit=text).broken["habit"]


def test_interventions_act_in_order_of_phase_priority_and_name(tmp_path):
    wanted = {"late": (90, 0), "early": (10, 99), "b": (20, 5), "a": (20, 5), "c": (20, 1)}
    files = {
        f"file{i}": intervention(f"order-{name}", f"phase = {phase}\npriority = {priority}")
        for i, (name, (phase, priority)) in enumerate(wanted.items())
    }
    ours = [name for name in load(tmp_path, **files).interventions if name.startswith("order-")]
    assert ours == ["order-early", "order-c", "order-a", "order-b", "order-late"]


def test_neither_file_names_nor_the_order_of_entry_points_matter(tmp_path, monkeypatch):
    straight = load_plugins()
    points = list(entry_points(group="popsim"))
    monkeypatch.setattr(candidates, "entry_points", lambda group: points[::-1])
    turned = load_plugins()
    assert list(turned.interventions) == list(straight.interventions)
    assert turned.plugins == straight.plugins
    assert list(turned.scores) == list(straight.scores)


def test_one_switch_leaves_out_what_others_installed(monkeypatch):
    class Elsewhere(EntryPoint):
        dist = None

        def load(self):
            raise ImportError("somebody else's")

    points = [*entry_points(group="popsim"), Elsewhere("stranger", "stranger", "popsim")]
    monkeypatch.setattr(candidates, "entry_points", lambda group: points)
    monkeypatch.delenv("POPSIM_PLUGINS", raising=False)
    assert "stranger" in load_plugins().broken
    monkeypatch.setenv("POPSIM_PLUGINS", "")
    shipped = load_plugins()
    assert not shipped.broken
    assert "walking-breaks" in shipped.interventions


def test_a_folder_of_plugins_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(PopsimError, match="expected a folder with plugin files"):
        load_plugins(tmp_path / "nowhere")


def test_every_plugin_that_ships_loads():
    found = load_plugins()
    assert found.broken == {}
    assert {"walking-breaks", "compression-stockings", "lmwh"} <= set(found.interventions)
    assert "padua" in found.scores
