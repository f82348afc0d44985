"""A fit from its beginning to its ensemble: settings, search, steps to the optimum, sets that fit, profiles."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from popsim import __version__
from popsim.fitting.ensemble import Ensemble, as_ensemble, draw
from popsim.fitting.evaluations import Evaluations
from popsim.fitting.parameters import FIT_FILE, load_parameters
from popsim.fitting.profiles import Profile, profile
from popsim.fitting.search import Optimum, explore, polish
from popsim.hooks import load_plugins
from popsim.validation.case_file import shipped_cases

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from popsim.fitting.objective import Evaluation
    from popsim.fitting.parameters import Parameters

ENSEMBLE, SUMMARY = "ensemble.csv", "summary.json"
_DIGEST_BYTES = 8


@dataclass(frozen=True)
class Wish:
    """How thorough a fit is.

    Attributes:
        trials: points of the broad search.
        draws: sets that are drawn around the optimum.
        clots: weighted clots per arm.
        seed: of search and draws.
        workers: processes; they change nothing but the time.
    """

    trials: int
    draws: int
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
        tried: number of sets that were tried in all.
    """

    parameters: Parameters
    start: Evaluation
    optimum: Optimum
    ensemble: Ensemble
    tempering: float
    profiles: tuple[Profile, ...]
    tried: int


def fit(folder: Path, wish: Wish, tell: Callable[[str], None]) -> Fit:
    """Fit, or go on with a fit, in a folder.

    Raises:
        PopsimError: the folder holds a fit with other settings, or Optuna is missing.
    """
    parameters = load_parameters(load_plugins().evidence())
    with Evaluations(folder, settings(wish), wish.workers) as evaluations:
        start, shipped = evaluations.try_all([np.zeros(len(parameters.each)), _as_shipped(parameters)])
        tell(f"middle of the priors: loss {start.loss:.2f}; constants as shipped: {shipped.loss:.2f}")
        starts = [start, shipped]
        if wish.trials:
            starts.append(explore(evaluations, parameters, wish.trials, wish.seed))
            tell(f"best of {wish.trials} by CMA-ES: loss {starts[-1].loss:.2f}")
        optimum = polish(evaluations, starts, tell)
        profiles = profile(evaluations, parameters, optimum)
        tell("profiles are done")
        drawn = draw(evaluations, optimum, wish.draws, wish.seed)
        ensemble = as_ensemble(drawn, parameters)
        tell(f"{len(ensemble)} sets, as good as {ensemble.effective:.0f} of equal weight")
        done = Fit(parameters, start, optimum, ensemble, drawn.tempering, profiles, len(evaluations))
    _write(folder, done, wish)
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
    """Hash of all case files, in hexadecimal digits."""
    return _digest(b"".join(path.name.encode() + path.read_bytes() for path in shipped_cases()))


def constants_digest() -> str:
    """Hash of all constants that are not fitted, in hexadecimal digits."""
    evidence = load_plugins().evidence()
    fitted = set(load_parameters(evidence).names)
    return _digest(json.dumps({n: v for n, v in evidence.items() if n not in fitted}, sort_keys=True).encode())


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=_DIGEST_BYTES).hexdigest()


def _write(folder: Path, done: Fit, wish: Wish) -> None:
    done.ensemble.write(folder / ENSEMBLE)
    best = done.optimum.best
    summary = {
        "command": f"popsim fit --trials {wish.trials} --draws {wish.draws} --clots {wish.clots} --seed {wish.seed}",
        **settings(wish),
        "seed": wish.seed,
        "tried": done.tried,
        "loss_at_the_middle_of_the_priors": done.start.loss,
        "loss": best.loss,
        "tempering": done.tempering,
        "effective_sets": done.ensemble.effective,
        "values": done.parameters.values(best.position),
        "model": best.model,
        "z": best.z,
        "jacobian": done.optimum.jacobian.tolist(),
        "profiles": [asdict(one) for one in done.profiles],
    }
    (folder / SUMMARY).write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
