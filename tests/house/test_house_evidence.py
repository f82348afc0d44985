"""Numbers of the model live in the evidence registry with unit, grade, source and meaning; not in the code."""

from __future__ import annotations

import ast
import math
import tomllib
from fnmatch import fnmatch
from typing import TYPE_CHECKING

import pytest
from house_sources import PACKAGES, ROOT, modules, shown, tree

from popsim.evidence import GRADES
from popsim.hooks import load_plugins

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FILES = sorted([*(ROOT / "popsim/evidence/data").glob("*.toml"), *PACKAGES["popsim_plugins"].glob("*.toml")])
_KEYS = {"value", "unit", "grade", "source", "meaning"}


@pytest.mark.parametrize("path", _FILES, ids=shown)
def test_every_constant_says_what_it_is_and_where_it_comes_from(path: Path) -> None:
    for name, constant in tomllib.loads(path.read_text(encoding="utf-8")).items():
        assert set(constant) - {"spread"} == _KEYS, name
        assert math.isfinite(constant["value"]), name
        assert constant["grade"] in GRADES, name
        assert all(constant[key].strip() for key in ("unit", "source", "meaning")), name


@pytest.mark.parametrize("path", _FILES, ids=shown)
def test_a_spread_holds_its_value(path: Path) -> None:
    for name, constant in tomllib.loads(path.read_text(encoding="utf-8")).items():
        spread = constant.get("spread")
        if spread is not None:
            assert set(spread) == {"kind", "low", "high"}, name
            assert spread["low"] <= constant["value"] <= spread["high"], name


def test_what_plugins_bring_is_graded_too() -> None:
    constants = load_plugins().evidence().constants()
    assert len(constants) > len(_FILES)
    assert all(c.grade in GRADES and c.source and c.meaning and c.unit for c in constants)


MODEL_ROOMS = ("people", "routines", "legs", "clots")

# Numbers that are no findings about people or legs, each with the reason why it may stand in the code.
EVERYWHERE = {60.0: "seconds a minute, minutes an hour", 24.0: "hours a day", 365.25: "days a year"}
WHOLE_FILES = {
    "popsim/people/limits.py": "bounds beyond which a constant is refused as a slip of the pen",
    "popsim/legs/tabulate.py": "range of the legs that a script rehearses, and how long each rehearsal lasts",
    "popsim/legs/clinic*.py": "protocols of examinations: how long, how fast, and the nine tenths of their definitions",
    "popsim/legs/figures.py": "layout of drawings",
}
ALLOWED: dict[str, tuple[set[float], str]] = {
    "popsim/legs/anatomy.py": ({0.777}, "mmHg per cm of blood: density times gravity"),
    "popsim/legs/fit.py": ({0.05}, "bound beyond which an effect is refused"),
    "popsim/legs/exponential.py": ({6.0, 24.0, 32.0, 120.0, 512.0}, "Taylor polynomial of the exponential"),
    "popsim/legs/living.py": ({360.0}, "a night's sleep before the warm-up day"),
    "popsim/legs/microscope.py": ({0.005, 0.05, 1.2, 30.0}, "steps of the solver, and a filling to start it from"),
    "popsim/legs/microscope_cycle.py": ({0.02, 180.0}, "settling of the solver, and the flow that counts as none"),
    "popsim/legs/microscope_kernel.py": (
        {0.777, 4.0, 0.995, 0.05},
        "mmHg per cm of blood, the quadratic formula, and limits that keep divisions finite",
    ),
    "popsim/legs/regression.py": ({5.0, 50.0}, "what an error of a rate or share counts in learning, against 1 mL"),
    "popsim/people/leg_traits.py": ({45.0, 82.0}, "the ages in the names of two constants"),
    "popsim/people/population.py": ({0.05, 1.5}, "bounds beyond which a column is refused"),
    "popsim/people/shares.py": ({40.0, 50.0}, "bracket of a bisection, and the age at which its logit is anchored"),
    "popsim/people/summary.py": ({0.05, 0.95, 30.0, 35.0}, "quantiles and classes of a report"),
    "popsim/people/tables.py": ({2.5}, "spacing of the quantiles in a shipped table"),
    "popsim/routines/airports.py": ({6371.0}, "radius of the Earth in km"),
    "popsim/routines/day_model.py": ({255.0}, "fixed point of a shipped table"),
    "popsim/routines/micro_bouts.py": ({6.0}, "where the tail of a draw is cut"),
}

# Assumptions that still stand in the code instead of the registry. This list only gets shorter.
OWED: dict[str, tuple[set[float], str]] = {
    "popsim/legs/anatomy.py": ({0.2}, "how far compression narrows a superficial vein at most"),
    "popsim/legs/devices.py": ({3.0}, "how sharply a cuff fills"),
    "popsim/legs/microscope_kernel.py": ({1.6}, "how far arterial drive raises inflow at most"),
    "popsim/routines/micro_bouts.py": ({0.45}, "share of a trip that its longest leg takes"),
}


def _plain(value: float) -> bool:
    """0, 1, 2, a half, a quarter and powers of ten: counting, halving and units of measure."""
    return value in (0.0, 0.25, 0.5, 1.0, 2.0) or math.log10(value).is_integer()


def _bare_numbers(path: Path) -> list[tuple[float, int]]:
    """Float literals in the code, but for bounds beyond which something is refused."""
    return [
        (node.value, node.lineno)
        for node in _without_refusals(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, float) and not _plain(node.value)
    ]


def _without_refusals(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes below but those of ``if not low <= value <= high: raise ...``."""
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and isinstance(child.body[0], ast.Raise)):
            yield child
            yield from _without_refusals(child)


def _model_files() -> list[Path]:
    return [path for name, path in modules("popsim").items() if f"{name}.".split(".")[1] in MODEL_ROOMS]


def _excepted(path: str) -> set[float]:
    none: tuple[set[float], str] = (set(), "")
    return EVERYWHERE.keys() | ALLOWED.get(path, none)[0] | OWED.get(path, none)[0]


def test_the_code_holds_no_findings() -> None:
    wrong = [
        f"{shown(path)}:{line}: {value} belongs into popsim/evidence/data"
        for path in _model_files()
        if not any(fnmatch(shown(path), pattern) for pattern in WHOLE_FILES)
        for value, line in _bare_numbers(path)
        if value not in _excepted(shown(path))
    ]
    assert not wrong, "\n".join(wrong)


def test_the_lists_of_exceptions_are_no_longer_than_needed() -> None:
    used = {shown(path): {value for value, _ in _bare_numbers(path)} for path in _model_files()}
    idle = [
        (path, sorted(values - used.get(path, set())))
        for path, (values, _) in [*ALLOWED.items(), *OWED.items()]
        if values - used.get(path, set())
    ]
    idle += [(pattern, []) for pattern in WHOLE_FILES if not any(used[path] for path in used if fnmatch(path, pattern))]
    assert not idle
