"""A fit from its beginning to its ensemble: search, steps to the optimum, learning around it, sets that fit."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from popsim import __version__
from popsim.fitting.emulator import Emulator, settled
from popsim.fitting.ensemble import Ensemble, as_ensemble, draw
from popsim.fitting.evaluations import Evaluations
from popsim.fitting.objective import weight_of
from popsim.fitting.parameters import FIT_FILE, load_parameters
from popsim.fitting.profiles import Profile, profile
from popsim.fitting.search import Optimum, explore, polish
from popsim.hooks import load_plugins
from popsim.validation.case_file import load_cases, shipped_cases

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from popsim.fitting.objective import Evaluation
    from popsim.fitting.parameters import Parameters

    Floats = NDArray[np.float64]

ENSEMBLE, SUMMARY = "ensemble.csv", "summary.json"
_DIGEST_BYTES = 8
_WORDS = frozenset({"title", "role", "notes", "miss"})
_DRAWN_PER_SET = 60
_NEAR = 60.0
"""Sets this much worse than the best are too far away to teach anything about those that fit."""


@dataclass(frozen=True)
class Wish:
    """How thorough a fit is.

    Attributes:
        trials: points of the broad search.
        steps: the most steps to the optimum by slopes alone.
        rounds: of learning how targets bend away from their slopes.
        learn: sets that are tried in each round.
        draws: sets in the ensemble.
        checks: how many more are tried in the model, to see how well their losses were foretold.
        clots: weighted clots per arm.
        seed: of search and draws.
        workers: processes; they change nothing but the time.
    """

    trials: int
    steps: int
    rounds: int
    learn: int
    draws: int
    checks: int
    clots: int
    seed: int
    workers: int


@dataclass(frozen=True)
class Fit:
    """A finished fit.

    Attributes:
        parameters: what was fitted.
        start: the middle of the priors, tried.
        optimum: the best set and how the residuals change around it.
        ensemble: sets that fit.
        tempering: see ``popsim.fitting.ensemble.Drawn``.
        profiles: the loss along each parameter.
        foretold: loss of the sets that were checked, as the ensemble takes it and as the model gives it.
        tried: number of sets that were tried in all.
    """

    parameters: Parameters
    start: Evaluation
    optimum: Optimum
    ensemble: Ensemble
    tempering: float
    profiles: tuple[Profile, ...]
    foretold: tuple[tuple[float, float], ...]
    tried: int


def fit(folder: Path, wish: Wish, tell: Callable[[str], None], begin: Mapping[str, float] | None = None) -> Fit:
    """Fit, or go on with a fit, in a folder.

    Args:
        folder: of the fit.
        wish: how thorough it is.
        tell: told how far it is.
        begin: values to begin from, beside the middle of the priors.

    Raises:
        PopsimError: the folder holds a fit with other settings, or Optuna or scikit-learn is missing.
    """
    parameters = load_parameters(load_plugins().evidence())
    weights = np.array([weight_of(one.case) for one in load_cases(shipped_cases(), load_plugins())])
    with Evaluations(folder, settings(wish), wish.workers) as evaluations:
        starts = _starts(evaluations, parameters, wish, begin, tell)
        optimum = polish(evaluations, starts, weights, wish.steps, tell)
        optimum, emulator = _learnt(evaluations, optimum, weights, wish, tell)
        drawn = draw(emulator.losses, optimum.best.position, optimum.covariance, _DRAWN_PER_SET * wish.draws, wish.seed)
        chosen = drawn.resampled(wish.draws)
        ensemble = as_ensemble(chosen, parameters)
        tell(f"{len(ensemble)} sets, as good as {ensemble.effective:.0f} of equal weight")
        checked = drawn.resampled(wish.checks) if wish.checks else chosen[:0]
        found = [one.loss for one in evaluations.try_all(list(checked))]
        foretold = tuple(zip(emulator.losses(checked).tolist() if found else [], found, strict=True))
        profiles = profile(emulator.losses, parameters, optimum)
        tried = len(evaluations)
        done = Fit(parameters, starts[0], optimum, ensemble, drawn.tempering, profiles, foretold, tried)
    _write(folder, done, wish, dict(begin or {}))
    return done


def _starts(
    evaluations: Evaluations,
    parameters: Parameters,
    wish: Wish,
    begin: Mapping[str, float] | None,
    tell: Callable[[str], None],
) -> list[Evaluation]:
    """Where to begin, tried: the middle of the priors, and what was wished for beside."""
    starts = evaluations.try_all([np.zeros(len(parameters.each))])
    tell(f"middle of the priors: loss {starts[0].loss:.2f}")
    if begin:
        starts += evaluations.try_all([parameters.position({**load_plugins().evidence(), **begin})])
        tell(f"best of the earlier fit: loss {starts[-1].loss:.2f}")
    if wish.trials:
        starts.append(explore(evaluations, parameters, wish.trials, wish.seed))
        tell(f"best of {wish.trials} by CMA-ES: loss {starts[-1].loss:.2f}")
    return starts


def _learnt(
    evaluations: Evaluations, optimum: Optimum, weights: Floats, wish: Wish, tell: Callable[[str], None]
) -> tuple[Optimum, Emulator]:
    """The optimum and an emulator around it, after rounds of trying sets that the emulator before thought likely."""
    for round_ in range(wish.rounds + 1):
        near = [one for one in evaluations.all() if one.loss < optimum.best.loss + _NEAR]
        emulator = Emulator(optimum, weights, near)
        optimum = settled(emulator, evaluations, near, weights)
        tell(f"learnt from {len(near)} sets: loss {optimum.best.loss:.2f} at the optimum")
        if round_ < wish.rounds:
            spread, count = optimum.covariance, _DRAWN_PER_SET * wish.learn
            drawn = draw(emulator.losses, optimum.best.position, spread, count, wish.seed)
            evaluations.try_all(list(drawn.resampled(wish.learn)))
    return optimum, emulator


def settings(wish: Wish) -> dict[str, Any]:
    """What decides the numbers of a fit."""
    return {
        "popsim": __version__,
        "clots": wish.clots,
        "parameters": _digest(FIT_FILE.read_bytes()),
        "targets": targets_digest(),
        "constants": constants_digest(),
    }


def targets_digest() -> str:
    """Hash of what decides the numbers in all case files, in hexadecimal digits."""
    cases = [tomllib.loads(path.read_text(encoding="utf-8")) for path in shipped_cases()]
    deciding = [{name: value for name, value in case.items() if name not in _WORDS} for case in cases]
    return _digest(json.dumps(deciding, sort_keys=True).encode())


def constants_digest() -> str:
    """Hash of all constants that are not fitted, in hexadecimal digits."""
    evidence = load_plugins().evidence()
    fitted = set(load_parameters(evidence).names)
    return _digest(json.dumps({n: v for n, v in evidence.items() if n not in fitted}, sort_keys=True).encode())


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=_DIGEST_BYTES).hexdigest()


def _write(folder: Path, done: Fit, wish: Wish, begin: Mapping[str, float]) -> None:
    done.ensemble.write(folder / ENSEMBLE)
    best = done.optimum.best
    summary = {
        "command": _command(wish),
        **settings(wish),
        "seed": wish.seed,
        "begun_from": begin,
        "tried": done.tried,
        "loss_at_the_middle_of_the_priors": done.start.loss,
        "loss": best.loss,
        "tempering": done.tempering,
        "foretold": done.foretold,
        "effective_sets": done.ensemble.effective,
        "values": done.parameters.values(best.position),
        "model": best.model,
        "z": best.z,
        "slopes": done.optimum.slopes.tolist(),
        "profiles": [asdict(one) for one in done.profiles],
    }
    (folder / SUMMARY).write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")


def _command(wish: Wish) -> str:
    options = {name: value for name, value in asdict(wish).items() if name != "workers"}
    return "popsim fit " + " ".join(f"--{name} {value}" for name, value in options.items())
