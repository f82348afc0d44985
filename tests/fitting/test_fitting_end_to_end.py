"""A fit from its broad search to its ensemble, with a model that answers at once: stopped, resumed, foretold."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from click.testing import CliRunner

import popsim.fitting.fitting as fitting
from popsim.cli.main import cli
from popsim.fitting.ensemble import Ensemble
from popsim.fitting.evaluations import Evaluations, read_log
from popsim.fitting.objective import Evaluation, robust, weight_of
from popsim.fitting.parameters import prior_z
from popsim.hooks import load_plugins
from popsim.randomness import Draws
from popsim.validation.case_file import load_cases, shipped_cases

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CASES = {one.case.id: weight_of(one.case) for one in load_cases(shipped_cases(), load_plugins())}
THOROUGH = {"trials": 10, "steps": 3, "rounds": 1, "learn": 30, "draws": 60, "checks": 12, "seed": 3}
OPTIONS = ["fit", *(word for name, value in THOROUGH.items() for word in (f"--{name}", str(value)))]


class PowerCut(Exception):  # noqa: N818
    """As if the power failed."""


class Curved(Evaluations):
    """A model whose targets bend away from proportion."""

    power_fails_after = 10**9
    asked = 0

    def _made(self, positions: list[np.ndarray]) -> Iterator[Evaluation]:
        for position in positions:
            if Curved.asked >= Curved.power_fails_after:
                raise PowerCut
            Curved.asked += 1
            yield _tried(position)


def _tried(position: np.ndarray) -> Evaluation:
    size = len(position)
    slopes = np.stack([Draws(1).normal("tests.slope", np.arange(size), k=k) for k in range(len(CASES))])
    bends = 0.03 * (position**2).sum()
    z = dict(zip(CASES, (slopes @ position - 1.0 + bends).tolist(), strict=True))
    pulls = {name: robust(value) * weight**0.5 for (name, value), weight in zip(z.items(), CASES.values(), strict=True)}
    loss = 0.5 * (sum(p * p for p in pulls.values()) + float((prior_z(position) ** 2).sum()))
    return Evaluation(position, dict(z), z, pulls, loss)


@pytest.fixture(autouse=True)
def _curved(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("optuna", reason="the search is an extra")
    pytest.importorskip("sklearn", reason="learning is an extra")
    Curved.asked, Curved.power_fails_after = 0, 10**9
    monkeypatch.setattr(fitting, "Evaluations", Curved)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a fit that nothing stopped."""
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(fitting, "Evaluations", Curved)
        _fit(folder)
    return folder


def _fit(folder: Path) -> dict[str, Any]:
    done = CliRunner().invoke(cli, [*OPTIONS, "--out", str(folder)])
    assert done.exit_code == 0, done.output
    return _summary(folder)


def _summary(folder: Path) -> dict[str, Any]:
    summary: dict[str, Any] = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return summary


def test_the_ensemble_knows_how_the_targets_bend(whole: Path) -> None:
    summary, ensemble = _summary(whole), Ensemble.read(whole / "ensemble.csv")
    assert 0 < summary["effective_sets"] <= len(ensemble) <= THOROUGH["draws"]
    told, found = np.array(summary["foretold"]).T
    assert len(told) == THOROUGH["checks"]
    assert np.median(abs(told - found)) < 1.0
    assert summary["loss"] < min(found)
    assert summary["tried"] == len(read_log(whole / "evaluations.jsonl"))


def test_a_fit_that_was_stopped_anywhere_ends_as_one_that_was_not(whole: Path, tmp_path: Path) -> None:
    needed = _summary(whole)["tried"]
    for stop in (9, needed - 7):
        folder = tmp_path / str(stop)
        Curved.asked, Curved.power_fails_after = 0, stop
        stopped = CliRunner().invoke(cli, [*OPTIONS, "--out", str(folder)])
        assert stopped.exit_code != 0
        assert not (folder / "summary.json").exists()
        Curved.power_fails_after = 10**9
        with (folder / "evaluations.jsonl").open("a", encoding="utf-8") as log:
            log.write('{"position": [0.1, 0.')
        assert _fit(folder) == _summary(whole)
        assert Curved.asked <= needed + 1


def test_a_line_that_was_cut_off_does_not_swallow_the_next(whole: Path, tmp_path: Path) -> None:
    for file in whole.iterdir():
        shutil.copy(file, tmp_path)
    log = tmp_path / "evaluations.jsonl"
    lines = log.read_text(encoding="utf-8").splitlines(keepends=True)
    log.write_text("".join(lines[:20]) + lines[20][:50], encoding="utf-8")
    _fit(tmp_path)
    assert len(read_log(log)) == len(lines)  # the rest of the cut line is no evaluation
