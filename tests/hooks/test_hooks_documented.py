"""Every hook has a docstring, its exact signature and an example on the page, a plugin that ships, and a test."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from popsim.hooks import load_plugins, specs
from popsim.hooks.offer_kinds import OFFER_KINDS
from popsim.kit import check_plugin

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
HOOKS = {name: hook for name, hook in vars(specs).items() if name.startswith("popsim_")}
EXAMPLES = dict(re.findall(r"<!-- plugin: (\w+) -->\n```python\n(.*?)```", PAGE, flags=re.DOTALL))
MORE_EXAMPLES = {
    f"{hook}-{about}": code
    for hook, about, code in re.findall(r"<!-- plugin: (\w+), (\w+) -->\n```python\n(.*?)```", PAGE, flags=re.DOTALL)
}


def test_the_hooks_are_those_of_the_registry():
    assert set(HOOKS) == {kind.hook for kind in OFFER_KINDS} | {"popsim_evidence"}
    assert set(EXAMPLES) == set(HOOKS)


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_says_what_it_is_for(hook):
    assert len((inspect.getdoc(HOOKS[hook]) or "").split()) >= 4


@pytest.mark.parametrize("hook", HOOKS)
def test_the_page_has_its_exact_signature(hook):
    signature = str(inspect.signature(HOOKS[hook])).replace("'", "")
    assert f"```python\ndef {hook}{signature}\n```" in PAGE


@pytest.mark.parametrize("example", [*HOOKS, *MORE_EXAMPLES])
def test_its_example_is_a_plugin_that_passes_every_check(example, tmp_path):
    path = tmp_path / f"{example.replace('-', '_')}_example.py"
    path.write_text((EXAMPLES | MORE_EXAMPLES)[example], encoding="utf-8")
    (info,) = [p for p in load_plugins(path).plugins if p.distribution == str(path)]
    assert info.problem == ""
    assert info.hooks == (example.split("-")[0],)
    report = check_plugin(path, quick=True)
    assert [c for c in report.failed if c.name != "files"] == []


@pytest.mark.parametrize("hook", HOOKS)
def test_a_plugin_that_ships_uses_it(hook):
    shipped = [p for p in load_plugins().plugins if p.distribution == "popsim" and hook in p.hooks]
    assert shipped


@pytest.mark.parametrize("hook", HOOKS)
def test_it_is_tested(hook):
    """Beside this file, which names them all."""
    tests = [path for path in (ROOT / "tests").rglob("test_*.py") if path != Path(__file__)]
    assert any(f"def {hook}()" in path.read_text(encoding="utf-8") for path in tests)


def test_the_page_says_what_an_intervention_can_override():
    from popsim.hooks import Intervention

    methods = [n for n, m in vars(Intervention).items() if inspect.isfunction(m) and not n.startswith("_")]
    assert [name for name in methods if f"`{name}(" not in PAGE] == []
