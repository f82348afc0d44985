"""Reading the house's own sources: files, modules, imports."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "popsim": ROOT / "popsim",
    "popsim_plugins": ROOT / "plugins" / "popsim_plugins",
    "popsim_dashboard": ROOT / "dashboards" / "popsim_dashboard",
}


def modules(package: str) -> dict[str, Path]:
    """The files of a package by dotted name."""
    folder = PACKAGES[package]
    found = {}
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imported(path: Path, *, lazily: bool = True) -> Iterator[tuple[str, int]]:
    """What a file imports when it runs: dotted names (of names, where they are modules) and lines.

    Args:
        path: the file.
        lazily: also what functions import when they are called.
    """
    known = {name for package in PACKAGES for name in modules(package)}
    for node in _running(tree(path), lazily):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield (inner if inner in known else str(node.module)), node.lineno


def _running(node: ast.AST, lazily: bool) -> Iterator[ast.AST]:
    """All nodes but those under ``if TYPE_CHECKING``."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        if not lazily and isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        yield child
        yield from _running(child, lazily)


def shown(path: Path) -> str:
    """A path as people write it."""
    return str(path.relative_to(ROOT))
