"""A plugin to begin from: a package with an intervention, its evidence, a scenario and tests, ready to install."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from popsim.errors import InputError
from popsim.hooks.contract import name_problem

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_ENDING = ".template"


def new_plugin(name: str, folder: Path = Path()) -> Path:
    """Write a plugin package.

    Args:
        name: of the plugin and its package, such as ``stair-days``.
        folder: gets a folder of this name.

    Returns:
        The new folder.

    Raises:
        InputError: the name cannot be one, or the folder is there already.
    """
    if name_problem(name):
        raise InputError(f"expected a name of lower-case letters, digits and hyphens (got {name!r})")
    if not name[0].isalpha():
        raise InputError(f"expected a name that begins with a letter (got {name!r})")
    home = folder / name
    if home.exists():
        raise InputError("is there already; choose another name or remove it", path=home)
    words = {
        "name": name,
        "module": name.replace("-", "_"),
        "Class": "".join(part.capitalize() for part in name.split("-")),
        "Title": name.replace("-", " ").capitalize(),
    }
    _copy(files("popsim.kit") / "template", home, words)
    return home


def _copy(source: Traversable, target: Path, words: dict[str, str]) -> None:
    for entry in source.iterdir():
        filled = re.sub(r"^module(?=\W|$)", words["module"], entry.name)
        name = re.sub(r"^name(?=\W|$)", words["name"], filled).removesuffix(_ENDING)
        if entry.is_dir():
            _copy(entry, target / name, words)
        elif entry.name.endswith(_ENDING):
            target.mkdir(parents=True, exist_ok=True)
            text = entry.read_text(encoding="utf-8")
            (target / name).write_text(re.sub(r"<<(\w+)>>", lambda m: words[m[1]], text), encoding="utf-8")
