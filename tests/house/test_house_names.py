"""What is public exists, is documented, and is small enough to read."""

from __future__ import annotations

import ast
import inspect
from importlib import import_module

import pytest
from house_sources import PACKAGES, modules, shown, tree

LONGEST_FILE, LONGEST_FUNCTION = 450, 50
_PUBLIC = [
    name
    for package in PACKAGES
    for name, path in modules(package).items()
    if any(isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "__all__" for n in tree(path).body)
]


def test_the_rooms_that_offer_names_are_found() -> None:
    assert {"popsim", "popsim.hooks", "popsim.store"} <= set(_PUBLIC)


@pytest.mark.parametrize("module", _PUBLIC)
def test_public_names_exist_once_and_in_order(module: str) -> None:
    room = import_module(module)
    assert [name for name in room.__all__ if not hasattr(room, name)] == []
    assert len(set(room.__all__)) == len(room.__all__)


@pytest.mark.parametrize("module", _PUBLIC)
def test_public_classes_and_functions_are_documented(module: str) -> None:
    room = import_module(module)
    offered = {name: getattr(room, name) for name in room.__all__}
    silent = [
        name
        for name, thing in offered.items()
        if (inspect.isclass(thing) or inspect.isfunction(thing)) and not _own_words(thing)
    ]
    assert silent == []


def _own_words(thing: object) -> str:
    text = (getattr(thing, "__doc__", None) or "").strip()
    written_by_dataclass = text.startswith(f"{getattr(thing, '__name__', '')}(")
    return "" if written_by_dataclass else text


def test_files_and_functions_fit_one_idea() -> None:
    files = [path for package in PACKAGES for path in modules(package).values()]
    lengths = {shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    lengths_of_functions = {
        f"{shown(path)}:{node.lineno} {node.name}": _lines_of_code(node)
        for path in files
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef)
    }
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}
    assert {name: lines for name, lines in lengths_of_functions.items() if lines > LONGEST_FUNCTION} == {}


def _lines_of_code(function: ast.FunctionDef) -> int:
    """Lines of the body without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
