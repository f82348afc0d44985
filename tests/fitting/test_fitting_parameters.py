"""Parameters, residuals, weights and files of a fit."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import popsim.evidence
from popsim.errors import InputError, PopsimError
from popsim.evidence import Evidence
from popsim.evidence.registry import parse_constants
from popsim.fitting.adopt import rewritten
from popsim.fitting.ensemble import Ensemble, _weights, draw
from popsim.fitting.evaluations import Evaluations, read_log
from popsim.fitting.objective import FREEDOM, Evaluation, emulated_losses, robust
from popsim.fitting.parameters import Parameter, load_parameters, prior_z
from popsim.fitting.profiles import conditional, strongest_pairs
from popsim.fitting.search import polish, residual_slopes

SUMMARY = {"model": {"A": 1.0}, "seed": 1, "targets": "abc"}


def test_every_fitted_constant_is_in_the_registry_and_says_why() -> None:
    parameters = load_parameters(Evidence.load())
    assert len(parameters.each) >= 15
    assert all(p.why and p.name.startswith("clots.") for p in parameters.each)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('["clots.stagnation_gian"]\nscale = "log"\nlow = 1\nhigh = 2\nwhy = "w"\n', "did you mean"),
        ('["clots.stagnation_gain"]\nscale = "log"\nlow = 3\nhigh = 2\nwhy = "w"\n', "low below high"),
        ('["clots.stagnation_gain"]\nscale = "cube"\nlow = 1\nhigh = 2\nwhy = "w"\n', "scale must be one of"),
        ('["clots.stagnation_gain"]\nscale = "log"\nlow = 1\nhigh = 2\n', "expected high, low, scale, why"),
    ],
)
def test_what_is_wrong_with_a_parameter_is_told(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "fit.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        load_parameters(Evidence.load(), path)


@given(scale=st.sampled_from(["log", "logit"]), at=st.floats(-2.5, 2.5))
def test_a_value_survives_the_way_into_the_fit_and_back(scale: str, at: float) -> None:
    parameter = Parameter("clots.x", scale, 0.1, 0.4, "")
    value = parameter.outward(at)
    assert value > 0
    assert parameter.inward(value) == pytest.approx(at, abs=1e-9)
    assert parameter.outward(-1.0) == pytest.approx(0.1)
    assert parameter.outward(1.0) == pytest.approx(0.4)


def test_the_range_holds_four_fifths_of_the_prior() -> None:
    from scipy.stats import norm

    low, high = prior_z(np.array([-1.0, 1.0]))
    assert norm.cdf(high) - norm.cdf(low) == pytest.approx(0.8)


@given(st.floats(-50, 50))
def test_a_far_target_pulls_as_students_t_says(z: float) -> None:
    from scipy.stats import t

    assert 0.5 * robust(z) ** 2 == pytest.approx(t.logpdf(0, FREEDOM) - t.logpdf(z, FREEDOM), abs=1e-9)
    assert math.copysign(1, robust(z)) == math.copysign(1, z)


MIDDLE, COVARIANCE = np.array([0.5, -0.3]), np.array([[0.04, 0.048], [0.048, 0.16]])
"""A normal density instead of the model: standard deviations 0.2 and 0.4, correlation 0.6."""


def _bowl(points: np.ndarray) -> np.ndarray:
    away = points - MIDDLE
    return 0.5 * np.einsum("ki,ij,kj->k", away, np.linalg.inv(COVARIANCE), away)


def test_weighted_draws_have_the_moments_of_the_density_they_stand_for() -> None:
    drawn = draw(_bowl, np.array([0.4, -0.1]), np.diag([0.08, 0.1]), 3000, seed=4)
    middle = drawn.weight @ drawn.positions
    away = drawn.positions - middle
    assert drawn.tempering == 1.0
    assert middle == pytest.approx(MIDDLE, abs=0.03)
    assert (away.T * drawn.weight) @ away == pytest.approx(COVARIANCE, abs=0.02)
    few = drawn.resampled(300)
    assert few.mean(axis=0) == pytest.approx(MIDDLE, abs=0.05)


def test_weights_are_tempered_rather_than_left_to_a_few() -> None:
    points = np.linspace(0, 4, 2000)[:, None]
    weight, power = _weights(points, 0.1 * np.arange(2000.0), [(np.zeros(1), np.eye(1))])
    assert power < 1
    assert 1 / (weight**2).sum() >= 100


def _tried(at: np.ndarray, target: np.ndarray) -> Evaluation:
    z = {"a": float(3 * at[0] - 2 * at[1] + target[0]), "b": float(at[1] + target[1])}
    pulls = {name: robust(value) for name, value in z.items()}
    loss = 0.5 * float(sum(p * p for p in pulls.values()) + (prior_z(at) ** 2).sum())
    return Evaluation(at, {}, z, pulls, loss)


def test_losses_of_proportional_targets_are_foretold_exactly() -> None:
    target, slope = np.array([1.0, -2.0]), np.array([[3.0, -2.0], [0.0, 1.0]])
    here, there = _tried(np.array([0.1, 0.2]), target), _tried(np.array([-0.4, 0.9]), target)
    (told,) = emulated_losses(there.position[None], here, slope, np.ones(2))
    assert told == pytest.approx(there.loss)
    numeric = [
        (robust(here.z["a"] + 1e-6) - robust(here.z["a"])) / 1e-6,
        (robust(here.z["b"] + 1e-6) - robust(here.z["b"])) / 1e-6,
    ]
    assert residual_slopes(here, slope, np.ones(2))[:2] == pytest.approx(np.array(numeric)[:, None] * slope, rel=1e-4)


class _Proportional(Evaluations):
    """A model whose targets change in proportion."""

    def __init__(self) -> None:
        self.asked = 0

    def try_all(self, positions: object) -> list[Evaluation]:
        found = [_tried(np.asarray(p), np.array([1.0, -2.0])) for p in positions]  # type: ignore[attr-defined]
        self.asked += len(found)
        return found


def test_steps_end_at_the_least_loss() -> None:
    model = _Proportional()
    start = model.try_all([np.array([2.0, -2.0])])
    done = polish(model, start, np.ones(2), 6, lambda _: None)
    grid = np.linspace(-2.5, 2.5, 101)
    best = min(_tried(np.array([x, y]), np.array([1.0, -2.0])).loss for x in grid for y in grid)
    assert done.best.loss <= best + 1e-3
    assert model.asked < 60


def test_an_ensemble_survives_its_file_and_is_chosen_by_weight(tmp_path: Path) -> None:
    ensemble = Ensemble(("a", "b"), np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]), np.array([0.5, 0.25, 0.25]))
    ensemble.write(tmp_path / "e.csv")
    again = Ensemble.read(tmp_path / "e.csv")
    assert again.names == ensemble.names
    assert again.values.tolist() == ensemble.values.tolist()
    assert [one["a"] for one in again.chosen(4)] == [1.0, 1.0, 2.0, 3.0]
    assert again.quantile(0.4) == {"a": 1.0, "b": 10.0}
    assert again.effective == pytest.approx(1 / (0.25 + 2 * 0.0625))


def test_the_best_point_along_one_parameter_is_that_of_a_normal_density() -> None:
    covariance = COVARIANCE
    moved = conditional(np.zeros(2), covariance, 0, 0.1)
    assert moved == pytest.approx([0.1, 0.1 * 0.048 / 0.04])
    assert strongest_pairs(["a", "b"], covariance, 1)[0][2] == pytest.approx(0.6)


def test_a_log_is_read_as_far_as_it_was_written(tmp_path: Path) -> None:
    line = '{"position": [0.5], "model": {"A": 1.0}, "z": {"A": 0.1}, "pulls": {"A": 0.1}, "loss": 0.3}\n'
    path = tmp_path / "evaluations.jsonl"
    path.write_text(line + line[:30], encoding="utf-8")
    (found,) = read_log(path)
    assert found.loss == 0.3


def test_a_folder_of_another_fit_is_refused(tmp_path: Path) -> None:
    Evaluations(tmp_path, {"clots": 100, "targets": "a"}, 1)
    Evaluations(tmp_path, {"clots": 100, "targets": "a"}, 2)
    with pytest.raises(PopsimError, match="holds a fit with another targets"):
        Evaluations(tmp_path, {"clots": 100, "targets": "b"}, 1)


def test_adopting_changes_one_constant_and_nothing_else() -> None:
    text = (Path(popsim.evidence.__file__).parent / "data" / "clots.toml").read_text(encoding="utf-8")
    before = parse_constants("clots", tomllib.loads(text))
    once = rewritten(text, "stagnation_gain", 612.3456, (500.0, 700.0), SUMMARY)
    twice = rewritten(once, "stagnation_gain", 612.3456, (500.0, 700.0), SUMMARY)
    after = parse_constants("clots", tomllib.loads(once))
    changed = after["clots.stagnation_gain"]
    assert (changed.value, changed.spread, changed.grade) == (612.3, ("ensemble95", 500.0, 700.0), "model")
    assert changed.source.startswith(before["clots.stagnation_gain"].source.partition("; Fitted together")[0])
    assert twice == once
    assert {n: c for n, c in after.items() if n != "clots.stagnation_gain"} == {
        n: c for n, c in before.items() if n != "clots.stagnation_gain"
    }
    assert [line for line in once.splitlines() if line.startswith("#")] == [
        line for line in text.splitlines() if line.startswith("#")
    ]


def test_the_shipped_ensemble_holds_the_shipped_constants() -> None:
    from popsim.fitting import shipped_ensemble

    ensemble = shipped_ensemble()
    assert ensemble is not None
    evidence = Evidence.load()
    low, high = ensemble.quantile(0.0), ensemble.quantile(1.0)
    assert len(ensemble) >= 200
    assert all(low[name] * 0.999 <= evidence[name] <= high[name] * 1.001 for name in ensemble.names)
