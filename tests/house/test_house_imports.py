"""Data moves to the right, imports to the left; plugins and dashboards come in by the front door."""

from __future__ import annotations

import sys
import tomllib
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import packages_distributions

import pytest
from house_sources import PACKAGES, ROOT, imported, modules, shown

ROOMS = (
    "errors",
    "randomness",
    "evidence",
    "people",
    "routines",
    "legs",
    "clots",
    "hooks",
    "world",
    "outcomes",
    "life",
    "community",
    "store",
    "analysis",
    "runs",
    "validation",
    "fitting",
    "kit",
    "cli",
    "__main__",
)
"""From left to right: a room imports from itself and from those before it.

``world`` describes a scenario that ``runs`` has read; it knows its shape for type checking only.
"""

DOORS = {
    "popsim_plugins": (
        "popsim.hooks",
        "popsim.store",  # panels and commands read runs
        "popsim.evidence",
        "popsim.errors",
        "popsim.legs.fit",
        "popsim.people.population",
        "popsim.routines.activities",
        "popsim.routines.stays",
    ),
    "popsim_dashboard": (
        "popsim.store",
        "popsim.analysis",
        "popsim.hooks",  # pages of plugins
        "popsim.legs",
        "popsim.evidence",
        "popsim.errors",
        "popsim.people.population",  # names of columns and legs
        "popsim.routines.activities",  # names of activities
    ),
}


def _room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def test_every_module_lives_in_a_room() -> None:
    rooms = {_room(name) for name in modules("popsim")} - {""}
    assert rooms == set(ROOMS)


def test_rooms_import_only_from_their_left() -> None:
    wrong = [
        f"{shown(path)}:{line}: {_room(name)} imports {target}, which is to its right"
        for name, path in modules("popsim").items()
        for target, line in imported(path)
        if target.startswith("popsim.") and _room(name) and ROOMS.index(_room(target)) > ROOMS.index(_room(name))
    ]
    assert not wrong, "\n".join(wrong)


def test_the_core_knows_neither_plugins_nor_dashboard() -> None:
    wrong = [
        f"{shown(path)}:{line}: {target}"
        for path in modules("popsim").values()
        for target, line in imported(path)
        if target.split(".")[0] in DOORS
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("package", DOORS)
def test_guests_come_in_by_the_front_door(package: str) -> None:
    allowed = DOORS[package]
    wrong = [
        f"{shown(path)}:{line}: {target}"
        for path in modules(package).values()
        for target, line in imported(path)
        if target.split(".")[0] in PACKAGES
        and target.split(".")[0] != package
        and not any(target == door or target.startswith(f"{door}.") for door in allowed)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("library", "homes"),
    [
        ("mesa", {"popsim.community"}),
        ("streamlit", {"popsim_dashboard"}),
        ("altair", {"popsim_dashboard"}),
        ("click", {"popsim.cli", "popsim_plugins.nnt_command"}),
        ("duckdb", {"popsim.store"}),
        ("pluggy", {"popsim.hooks"}),
    ],
)
def test_a_library_is_known_in_one_place(library: str, homes: set[str]) -> None:
    users = {
        name
        for package in PACKAGES
        for name, path in modules(package).items()
        for target, _ in imported(path)
        if target.split(".")[0] == library
    }
    strangers = {name for name in users if not any(name == home or name.startswith(f"{home}.") for home in homes)}
    assert users
    assert not strangers


def test_no_module_needs_itself() -> None:
    graph = {
        name: {target for target, _ in imported(path, lazily=False)} & set(modules(package)) - {name}
        for package in PACKAGES
        for name, path in modules(package).items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(error.args[1]))


def test_what_is_imported_is_a_declared_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [requirement for extra in project.get("optional-dependencies", {}).values() for requirement in extra]
    declared = {requirement.split(">")[0].lower() for requirement in [*project["dependencies"], *extras]}
    distributions = packages_distributions()
    wrong = [
        f"{shown(path)}:{line}: {target}"
        for package in PACKAGES
        for path in modules(package).values()
        for target, line in imported(path)
        if (top := target.split(".")[0]) not in sys.stdlib_module_names
        and top not in PACKAGES
        and not declared & {name.lower() for name in distributions.get(top, ())}
    ]
    assert not wrong, "\n".join(wrong)
