"""A fit from its beginning to its ensemble: settings, search, steps to the optimum, sets that fit, profiles."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from popsim import __version__
from popsim.fitting.ensemble import Ensemble, as_ensemble, draw
from popsim.fitting.evaluations import Evaluations
from popsim.fitting.objective import emulated_losses, weight_of
from popsim.fitting.parameters import FIT_FILE, load_parameters
from popsim.fitting.profiles import Profile, profile
from popsim.fitting.reweighting import TRUSTED_SHAPE, smoothed
from popsim.fitting.search import Optimum, explore, polish
from popsim.hooks import load_plugins
from popsim.validation.case_file import load_cases, shipped_cases

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from popsim.fitting.objective import Evaluation
    from popsim.fitting.parameters import Parameters

ENSEMBLE, SUMMARY = "ensemble.csv", "summary.json"
_DIGEST_BYTES = 8
_WORDS = frozenset({"title", "role", "notes", "miss"})
_DRAWN_PER_SET = 20


@dataclass(frozen=True)
class Wish:
    """How thorough a fit is.

    Attributes:
        trials: points of the broad search.
        steps: the most steps to the optimum.
        draws: sets in the ensemble.
        checks: how many of them are tried in the model, to see how well their losses were foretold.
        check_all: try all of them, and let the model's losses decide their weights.
        clots: weighted clots per arm.
        seed: of search and draws.
        workers: processes; they change nothing but the time.
    """

    trials: int
    steps: int
    draws: int
    checks: int
    clots: int
    seed: int
    workers: int
    check_all: bool = False


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
        tail_shape: of the weights by the model's losses; ``None`` where the proportional ones decide.
        tried: number of sets that were tried in all.
    """

    parameters: Parameters
    start: Evaluation
    optimum: Optimum
    ensemble: Ensemble
    tempering: float
    profiles: tuple[Profile, ...]
    foretold: tuple[tuple[float, float], ...]
    tail_shape: float | None
    tried: int


def fit(folder: Path, wish: Wish, tell: Callable[[str], None], begin: Mapping[str, float] | None = None) -> Fit:
    """Fit, or go on with a fit, in a folder.

    Args:
        folder: of the fit.
        wish: how thorough it is.
        tell: told how far it is.
        begin: values to begin from, beside the middle of the priors and the constants that ship.

    Raises:
        PopsimError: the folder holds a fit with other settings, or Optuna is missing.
    """
    parameters = load_parameters(load_plugins().evidence())
    with Evaluations(folder, settings(wish), wish.workers) as evaluations:
        start, shipped = evaluations.try_all([np.zeros(len(parameters.each)), _as_shipped(parameters)])
        tell(f"middle of the priors: loss {start.loss:.2f}; constants as shipped: {shipped.loss:.2f}")
        starts = [start, shipped]
        if begin:
            starts += evaluations.try_all([parameters.position({**load_plugins().evidence(), **begin})])
        if wish.trials:
            starts.append(explore(evaluations, parameters, wish.trials, wish.seed))
            tell(f"best of {wish.trials} by CMA-ES: loss {starts[-1].loss:.2f}")
        weights = np.array([weight_of(one.case) for one in load_cases(shipped_cases(), load_plugins())])
        optimum = polish(evaluations, starts, weights, wish.steps, tell)
        losses = partial(emulated_losses, at=optimum.best, slopes=optimum.slopes, weights=weights)
        drawn = draw(losses, optimum.best.position, optimum.covariance, _DRAWN_PER_SET * wish.draws, wish.seed)
        chosen = drawn.places(wish.draws)
        checked = chosen if wish.check_all else drawn.places(wish.checks) if wish.checks else chosen[:0]
        points = drawn.positions[checked]
        found = np.array([one.loss for one in evaluations.try_all(list(points))])
        foretold = tuple(zip(losses(points).tolist(), found.tolist(), strict=True))
        weighed = smoothed(-found - drawn.log_density[checked]) if wish.check_all else None
        weight = np.ones(len(chosen)) if weighed is None else weighed.weight
        ensemble = as_ensemble(drawn.positions[chosen], weight, parameters)
        tell(f"{len(ensemble)} sets, as good as {ensemble.effective:.0f} of equal weight")
        shape = None if weighed is None else weighed.shape
        if shape is not None:
            tell(f"weights by the model: tail's shape {shape:.2f} (trustworthy below {TRUSTED_SHAPE})")
        profiles = profile(losses, parameters, optimum)
        tried = len(evaluations)
        done = Fit(parameters, start, optimum, ensemble, drawn.tempering, profiles, foretold, shape, tried)
    _write(folder, done, wish, dict(begin or {}))
    return done


def _as_shipped(parameters: Parameters) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.clip(parameters.position(load_plugins().evidence()), -2.0, 2.0)


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
        "tail_shape": done.tail_shape,
        "effective_sets": done.ensemble.effective,
        "values": done.parameters.values(best.position),
        "model": best.model,
        "z": best.z,
        "slopes": done.optimum.slopes.tolist(),
        "profiles": [asdict(one) for one in done.profiles],
    }
    (folder / SUMMARY).write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")


def _command(wish: Wish) -> str:
    options = {name: value for name, value in asdict(wish).items() if name not in ("workers", "check_all")}
    every = " --check-all" if wish.check_all else ""
    return "popsim fit " + " ".join(f"--{name} {value}" for name, value in options.items()) + every
