"""The repository speaks of the product: no addresses of package registries, no paths of anybody's machine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from house_sources import ROOT, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FOLDERS = (".ci", "dashboards", "docs", "plugins", "popsim", "scripts", "tests")
_IGNORED = {"__pycache__", ".hypothesis", ".pytest_cache"}
# Put together here, so that this file does not find itself.
_HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("anaconda", "org"),
        ("npmjs", "org"),
        ("crates", "io"),
        ("ghcr", "io"),
        ("docker", "io"),
        ("golang", "org"),
    )
]
_MACHINE_PATHS = ["/".join(parts) for parts in (("", "work", ""), ("", "root", ""), ("", "home", ""), ("", "opt", ""))]


def _texts() -> Iterator[tuple[Path, str]]:
    tops = [p for p in ROOT.iterdir() if p.is_file() and p.name not in ("uv.lock", ".coverage")]
    inner = [p for folder in _FOLDERS for p in (ROOT / folder).rglob("*") if p.is_file()]
    for path in sorted(tops + inner):
        if _IGNORED & set(path.parts):
            continue
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


@pytest.fixture(scope="module")
def texts() -> list[tuple[Path, str]]:
    """Every text file of the repository."""
    return list(_texts())


def test_the_tree_is_seen(texts: list[tuple[Path, str]]) -> None:
    assert {"pyproject.toml", "requirements.lock", "popsim/life.py"} <= {shown(path) for path, _ in texts}


def test_no_registry_is_named(texts: list[tuple[Path, str]]) -> None:
    named = [(shown(path), host) for path, text in texts for host in _HOSTS if host in text.lower()]
    assert not named


def test_no_path_of_a_machine_is_named(texts: list[tuple[Path, str]]) -> None:
    starts = re.compile(r"(?<![\w./…-])(" + "|".join(map(re.escape, _MACHINE_PATHS)) + r")\w")
    named = [(shown(path), found[0]) for path, text in texts for found in starts.finditer(text)]
    assert not named


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_pins_and_hashes_every_package_and_names_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    packages = re.findall(r"^([a-z0-9][a-z0-9._-]*)==\S+.*?(?=^[a-z0-9]|\Z)", text, re.MULTILINE | re.DOTALL)
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(packages) == len(blocks) > 30
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in text


def test_the_lock_serves_every_python_that_popsim_supports() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert re.search(r"^mesa==3\.3\S* ; python_full_version < '3\.12'", text, re.MULTILINE)
    assert re.search(r"^mesa==3\.[5-9]\S* ; python_full_version >= '3\.12'", text, re.MULTILINE)


_PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def _links(page: Path) -> list[str]:
    """What a page links to inside the repository, outside its code blocks."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [link for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text) if "://" not in link]


@pytest.mark.parametrize("page", _PAGES, ids=shown)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    assert [link for link in _links(page) if not (page.parent / link).exists()] == []


def test_the_index_leads_to_every_page() -> None:
    waiting, reached = [ROOT / "docs" / "index.md"], set()
    while waiting:
        page = waiting.pop()
        if page in _PAGES and page not in reached:
            reached.add(page)
            waiting += [(page.parent / link).resolve() for link in _links(page)]
    assert [shown(page) for page in _PAGES if page not in reached] == []
