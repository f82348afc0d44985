"""The wheel carries everything a run and the dashboard need, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest
from house_sources import PACKAGES, ROOT

_NOT_SHIPPED = {"__pycache__"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    """The wheel as it would be published."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("*.whl")
    return ZipFile(path)


def _files(package: str) -> set[str]:
    folder = PACKAGES[package]
    return {
        p.relative_to(folder.parent).as_posix()
        for p in folder.rglob("*")
        if p.is_file() and not _NOT_SHIPPED & set(p.parts)
    }


@pytest.mark.parametrize("package", PACKAGES)
def test_code_and_data_of_each_package_are_in_the_wheel(wheel: ZipFile, package: str) -> None:
    assert _files(package) - set(wheel.namelist()) == set()


def test_the_wheel_holds_the_data_a_run_needs(wheel: ZipFile) -> None:
    names = set(wheel.namelist())
    needed = {
        "popsim/py.typed",
        "popsim/evidence/data/clots.toml",
        "popsim/people/data/pyramid.csv",
        "popsim/routines/data/day_model.npz",
        "popsim/runs/scenarios/office.toml",
        "popsim_plugins/lmwh.toml",
        "popsim_dashboard/app.py",
    }
    assert needed - names == set()


def test_nothing_but_the_three_packages_is_in_the_wheel(wheel: ZipFile) -> None:
    tops = {Path(name).parts[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)


def test_the_wheel_announces_its_command_its_plugins_and_its_licence(wheel: ZipFile) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = f"popsim-{project['version']}.dist-info"
    announced = wheel.read(f"{info}/entry_points.txt").decode()
    for group in (project["scripts"], project["entry-points"]["popsim"]):
        assert all(f"{name} = {target}" in announced for name, target in group.items())
    assert "Apache License" in wheel.read(f"{info}/licenses/LICENSE").decode()


def test_the_version_is_the_same_everywhere() -> None:
    from popsim import __version__

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == __version__
    assert f"version: {__version__}" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
