"""A fit from its broad search to its weights, with a model that answers at once: stopped, resumed, weighed."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

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
OPTIONS = ["fit", "--trials", "10", "--steps", "3", "--draws", "120", "--check-all", "--seed", "3"]


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
    Curved.asked, Curved.power_fails_after = 0, 10**9
    monkeypatch.setattr(fitting, "Evaluations", Curved)


def _fit(folder: Path) -> dict[str, object]:
    done = CliRunner().invoke(cli, [*OPTIONS, "--out", str(folder)])
    assert done.exit_code == 0, done.output
    summary: dict[str, object] = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return summary


def test_every_set_is_tried_and_weighed_by_what_the_model_says(tmp_path: Path) -> None:
    summary = _fit(tmp_path)
    ensemble = Ensemble.read(tmp_path / "ensemble.csv")
    assert len(summary["foretold"]) == 120  # type: ignore[arg-type]
    assert 0 < summary["effective_sets"] <= len(ensemble) <= 120  # type: ignore[operator]
    assert len(set(ensemble.weight.tolist())) > 10
    assert isinstance(summary["tail_shape"], float)
    assert re.search(r"--check-all$", str(summary["command"]))
    told, found = np.array(summary["foretold"]).T
    assert abs(told - found).max() > 0.1
    assert summary["tried"] == Curved.asked


def test_a_fit_that_was_stopped_anywhere_ends_as_one_that_was_not(tmp_path: Path) -> None:
    whole = _fit(tmp_path / "whole")
    needed = Curved.asked
    for stop in (5, 9, needed // 2, needed - 7):
        assert stop < needed
        Curved.asked, Curved.power_fails_after = 0, stop
        stopped = CliRunner().invoke(cli, [*OPTIONS, "--out", str(tmp_path / "again")])
        assert stopped.exit_code != 0
        assert not (tmp_path / "again" / "summary.json").exists()
        Curved.power_fails_after = 10**9
        with (tmp_path / "again" / "evaluations.jsonl").open("a", encoding="utf-8") as log:
            log.write('{"position": [0.1, 0.')
        assert _fit(tmp_path / "again") == whole
        assert Curved.asked <= needed + 1
        for file in (tmp_path / "again").iterdir():
            file.unlink()


def test_a_line_that_was_cut_off_does_not_swallow_the_next(tmp_path: Path) -> None:
    _fit(tmp_path)
    log = tmp_path / "evaluations.jsonl"
    lines = log.read_text(encoding="utf-8").splitlines(keepends=True)
    log.write_text("".join(lines[:20]) + lines[20][:50], encoding="utf-8")
    _fit(tmp_path)
    assert len(read_log(log)) == len(lines)  # the rest of the cut line is no evaluation
