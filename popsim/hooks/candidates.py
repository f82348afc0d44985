"""Where plugins are found: installed packages, single files, and the folder of a package that is being written."""

from __future__ import annotations

import importlib.util
import os
import sys
import tomllib
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from itertools import groupby
from typing import TYPE_CHECKING, Any

from popsim.errors import PopsimError
from popsim.hooks import specs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import ModuleType

ENTRY_POINT_GROUP = "popsim"
ONLY_SHIPPED = "POPSIM_PLUGINS"
"""Environment variable: set to the empty string, only the plugins that ship with popsim are loaded."""


@dataclass(frozen=True)
class Candidate:
    """Something that may be a plugin.

    Attributes:
        name: of the entry point or file.
        version: of the distribution, ``0`` for files.
        distribution: the package it came with, or the file's path.
        load: imports it.
    """

    name: str
    version: str
    distribution: str
    load: Callable[[], Any]


def installed_and_in(place: Path | None) -> Iterator[Candidate]:
    """What is installed, and what is in a place: a file, a folder of files, or a folder with a ``pyproject.toml``."""
    own = [] if place is None else list(_in(place))
    names = {candidate.name for candidate in own if place is not None and _is_project(place)}
    only_shipped = os.environ.get(ONLY_SHIPPED) == ""
    for distribution, entries in groupby(entry_points(group=ENTRY_POINT_GROUP), key=lambda entry: entry.dist):
        name, version = (distribution.name, distribution.version) if distribution else ("unknown", "0")
        for entry in entries:
            if name == specs.PROJECT or not (only_shipped or entry.name in names):
                yield Candidate(entry.name, version, name, entry.load)
    yield from own


def _is_project(place: Path) -> bool:
    return (place / "pyproject.toml").is_file()


def _in(place: Path) -> Iterator[Candidate]:
    if place.is_file():
        files = [place]
    elif not place.is_dir():
        raise PopsimError(f"--plugins-dir {place}: expected a folder with plugin files")
    elif _is_project(place):
        yield from _of_project(place)
        return
    else:
        files = sorted(place.glob("*.py"))
    for path in files:
        yield Candidate(path.stem.replace("_", "-"), "0", str(path), _file_loader(path))


def _file_loader(path: Path) -> Callable[[], ModuleType]:
    def load() -> ModuleType:
        name = f"popsim_plugin_file_{path.stem}"
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise ImportError(f"{path} is no Python file")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module

    return load


def _of_project(folder: Path) -> Iterator[Candidate]:
    """The entry points that a package's own ``pyproject.toml`` declares."""
    path = folder / "pyproject.toml"
    try:
        project = tomllib.loads(path.read_text(encoding="utf-8")).get("project", {})
    except tomllib.TOMLDecodeError as error:
        raise PopsimError(f"{path}: expected valid TOML ({error})") from None
    declared = project.get("entry-points", {}).get(ENTRY_POINT_GROUP, {})
    if not declared:
        raise PopsimError(f"{path}: expected plugins under [project.entry-points.{ENTRY_POINT_GROUP}]")
    for name, module in declared.items():
        yield Candidate(name, str(project.get("version", "0")), str(folder), _module_loader(folder, module))


def _module_loader(folder: Path, module: str) -> Callable[[], ModuleType]:
    def load() -> ModuleType:
        source = folder / "src" if (folder / "src").is_dir() else folder
        if str(source) not in sys.path:
            sys.path.insert(0, str(source))
        return import_module(module)

    return load
