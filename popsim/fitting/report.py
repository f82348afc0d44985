"""The page about the fit that ships: how it was made, what the targets identify, what stays an assumption."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from popsim.errors import PopsimError
from popsim.evidence import Evidence
from popsim.fitting.adopt import SHIPPED_SUMMARY
from popsim.fitting.ensemble import shipped_ensemble
from popsim.fitting.parameters import Parameters, load_parameters
from popsim.fitting.profiles import strongest_pairs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from popsim.fitting.ensemble import Ensemble

_NORMAL_80 = 1.2815515655446004
_PAIRS = 8
_SPEAKERS = 3
_LEAST_SHARE = 0.1
_IDENTIFIED = 0.5
_WEAK = 0.85
_ROUNDING = 0.002

_INTRODUCTION = """\
The constants that say how clots form and what they do are fitted together to the published results of
[validation](validation.md). Nothing is fitted to one target alone: there is one set of constants for all cases, and no
constant belongs to a single case.

- **Arms are lived once.** What legs go through does not depend on the constants of clots. So every arm of every case is
  lived without clots, and each leg's daily stagnation dose is kept (`popsim.validation.recorded`). For other constants
  the hazard of every leg and day is computed anew by the model's own functions, clots are drawn evenly out of the
  expected ones and followed through the model's own course, and what is seen of them is counted by the code that counts
  runs, each weighted by what it stands for (`popsim.validation.weighted`). Trying one set takes seconds. That clots
  change the legs they lie in is left out here, which matters little as long as few people have any.
- **What is made small**: for each target the distance between model and publication in standard errors of the
  publication (on the log scale for rates and ratios; 10 % where no interval was published), as Student's t with four
  degrees of freedom, so that a result the model cannot reach pulls little; targets whose number or interval is recalled
  or derived weigh half. The priors of `popsim/fitting/fit.toml` are added, each normal with its range as 80 % interval.
- **The search**: CMA-ES (Optuna) from the middle of the priors where `--trials` asks for it, and the best set of an
  earlier fit where `--begin` names one; then steps to where the loss is least if the targets' distances change in
  proportion to the constants, each tried in the model, until the loss no longer falls.
- **What was learnt around it**: a Gaussian process for every target (scikit-learn), taught by all sets that were tried
  near the optimum, tells how distances bend away from proportion, and tells that from the noise of a finite number of
  clots. In each round it proposes sets that it thinks likely; they are tried in the model and it learns from them. The
  optimum is where its loss is least, not the least of many noisy losses.
- **The ensemble**: sets drawn from Student's t around the optimum in three rounds, each learning from those before,
  weighted by likelihood times prior, as learnt, over the density they were drawn from, and resampled. `--checks` tries
  some of them in the model in the end, to see how well their loss was foretold. The best set is the default of
  `popsim evidence`, `popsim run --draws K` runs K sets of the ensemble, and the intervals of `popsim validate` contain
  its spread.
"""


def page() -> str:
    """The page as Markdown.

    Raises:
        PopsimError: no fit ships.
    """
    ensemble = shipped_ensemble()
    if ensemble is None or not SHIPPED_SUMMARY.exists():
        raise PopsimError("no fit ships yet; make one with popsim fit and popsim fit --adopt")
    summary = json.loads(SHIPPED_SUMMARY.read_text(encoding="utf-8"))
    parameters = load_parameters(Evidence.load())
    parts = [
        "# Fitting\n",
        "<!-- written by: popsim fit --report docs/fitting.md -->\n",
        _INTRODUCTION,
        _how_to_repeat(summary, ensemble),
        _constants(summary, ensemble, parameters),
        _moved(summary),
        _profiles(summary),
        _pairs(ensemble),
        _speakers(summary, parameters),
        _assumed(parameters),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _how_to_repeat(summary: Mapping[str, Any], ensemble: Ensemble) -> str:
    tempering = summary["tempering"]
    flat = (
        f" Weights are likelihood times prior over density to the power {tempering:.2f}, as at full power\n"
        "too few sets would carry them all: the ensemble is somewhat wider than the targets demand."
        if tempering < 1
        else ""
    )
    begin = " --repeat popsim/fitting/data/summary.json" if summary["begun_from"] else ""
    return (
        "## To repeat it\n\n"
        f"```\n{summary['command']}{begin} --out fits/again\npopsim fit --adopt --out fits/again\n"
        "popsim fit --report docs/fitting.md\npopsim validate --report docs/validation.md\n```\n\n"
        f"popsim {summary['popsim']}, targets `{summary['targets']}`, parameters `{summary['parameters']}`, other\n"
        f"constants `{summary['constants']}`: a fit that is stopped goes on where it was when these have not changed. "
        f"{summary['tried']} sets were\ntried; the loss fell from {summary['loss_at_the_middle_of_the_priors']:.1f} at "
        f"the middle of the priors to {summary['loss']:.1f}{_begun(summary)}. The ensemble has "
        f"{len(ensemble)} sets, worth {ensemble.effective:.0f} of equal weight.{flat}\n{_foretold(summary)}"
    )


def _begun(summary: Mapping[str, Any]) -> str:
    return ", begun also from the best set of an earlier fit (`begun_from`)" if summary["begun_from"] else ""


def _foretold(summary: Mapping[str, Any]) -> str:
    pairs = np.array(summary["foretold"])
    if not len(pairs):
        return "None of the ensemble's sets was tried in the model.\n"
    off = pairs[:, 1] - pairs[:, 0]
    return (
        f"Of the ensemble's sets {len(pairs)} were tried at the end: their loss was {np.median(off):+.1f} off what the "
        f"ensemble took it for in\nthe median, {np.quantile(off, 0.1):+.1f} to {np.quantile(off, 0.9):+.1f} in four "
        "fifths.\n"
    )


def _constants(summary: Mapping[str, Any], ensemble: Ensemble, parameters: Parameters) -> str:
    low, middle, high = (ensemble.quantile(share) for share in (0.025, 0.5, 0.975))
    spread = _spread(ensemble, parameters)
    rows = [
        f"| `{p.name.removeprefix('clots.')}` | {p.low:.3g} to {p.high:.3g} | {summary['values'][p.name]:.3g} | "
        f"{middle[p.name]:.3g} ({low[p.name]:.3g} to {high[p.name]:.3g}) | {spread[index] * _NORMAL_80:.2f} | "
        f"{_word(spread[index] * _NORMAL_80)} |"
        for index, p in enumerate(parameters.each)
    ]
    return _table(
        "## What the targets identify\n\nA constant is identified when the ensemble is much narrower than its prior. "
        "The ratio compares standard deviations.\n",
        ("constant", "prior, 80 %", "best set", "ensemble, 95 %", "ratio", ""),
        rows,
    )


def _moved(summary: Mapping[str, Any]) -> str:
    """Constants that were set to something else after the fit, within its ensemble."""
    evidence = Evidence.load()
    moved = [
        f"`{name.removeprefix('clots.')}` to {evidence[name]:.3g}"
        for name, value in summary["values"].items()
        if abs(evidence[name] / value - 1.0) > _ROUNDING
    ]
    why = "; `popsim evidence clots.` says why" if moved else ""
    return f"\nMoved afterwards, within the ensemble: {', '.join(moved) or 'none'}{why}.\n"


def _word(ratio: float) -> str:
    if ratio < _IDENTIFIED:
        return "identified"
    return "partly" if ratio < _WEAK else "hardly: rests on the prior"


def _positions(ensemble: Ensemble, parameters: Parameters) -> NDArray[np.float64]:
    return np.array(
        [parameters.position(dict(zip(ensemble.names, row, strict=True))) for row in ensemble.values.tolist()]
    )


def _spread(ensemble: Ensemble, parameters: Parameters) -> NDArray[np.float64]:
    """Standard deviation of every constant in the fit's own units, ``(P,)``."""
    points = _positions(ensemble, parameters)
    middle = ensemble.weight @ points
    return np.asarray(np.sqrt(ensemble.weight @ (points - middle) ** 2))


def _profiles(summary: Mapping[str, Any]) -> str:
    rows = []
    for one in summary["profiles"]:
        cells = " | ".join(
            f"{value:.3g}: {'best' if abs(loss) < 1e-9 else f'{loss:+.1f}'}"
            for value, loss in zip(one["values"], one["loss"], strict=True)
        )
        rows.append(f"| `{one['name'].removeprefix('clots.')}` | {cells} |")
    return _table(
        "## Profiles\n\nThe loss when one constant is held at another value and all others follow, above that of the "
        "best set, as learnt.\nA loss of 2 more is the limit of a 95 % interval; flat profiles mean "
        "that others take over.\n",
        ("constant", "", "", "", "", ""),
        rows,
    )


def _pairs(ensemble: Ensemble) -> str:
    logs = np.log(ensemble.values)
    middle = ensemble.weight @ logs
    covariance = ((logs - middle).T * ensemble.weight) @ (logs - middle)
    names = [name.removeprefix("clots.") for name in ensemble.names]
    pairs = strongest_pairs(names, covariance, _PAIRS)
    gain, base = names.index("stagnation_gain"), names.index("base_hazard_per_leg_day")
    error = np.sqrt(np.diag(covariance))
    trade = covariance[gain, base] / error[gain] / error[base]
    return _table(
        f"## Constants that trade off\n\nStagnation gain and base hazard correlate by {trade:+.2f} in the ensemble. "
        "The strongest pairs, by their logarithms:\n",
        ("", "", "correlation"),
        [f"| `{a}` | `{b}` | {r:+.2f} |" for a, b, r in pairs],
    )


def _speakers(summary: Mapping[str, Any], parameters: Parameters) -> str:
    """For each constant, the targets that its residuals change most."""
    slopes = np.array(summary["slopes"])
    cases = list(summary["z"])
    rows = []
    for index, parameter in enumerate(parameters.each):
        share = slopes[:, index] ** 2 / max(float((slopes[:, index] ** 2).sum()), 1e-12)
        most = [i for i in np.argsort(-share)[:_SPEAKERS] if share[i] >= _LEAST_SHARE]
        told = ", ".join(f"{cases[i]} ({share[i]:.0%})" for i in most) or "many, each a little"
        rows.append(f"| `{parameter.name.removeprefix('clots.')}` | {told} | {parameter.why} |")
    return _table(
        "## Which targets speak about which constant\n\nBy how much the targets' residuals change with it, and what "
        "was known before.\n",
        ("constant", "targets", "prior"),
        rows,
    )


def _assumed(parameters: Parameters) -> str:
    """Constants of clots that nothing was fitted to and that no publication gives."""
    fitted = set(parameters.names)
    rows = [
        f"| `{c.name.removeprefix('clots.')}` | {c.value:g} {'' if c.unit == '1' else c.unit} | {c.source} |"
        for c in Evidence.load().constants()
        if c.name.startswith("clots.") and c.grade == "assumed" and c.name not in fitted
    ]
    return _table(
        "## What stays an assumption\n\nConstants of clots that were neither fitted nor read in a publication. "
        "`popsim evidence clots.` lists all.\n",
        ("constant", "value", "reason"),
        rows,
    )


def _table(head: str, columns: Iterable[str], rows: Iterable[str]) -> str:
    names = list(columns)
    return "\n".join([head, f"| {' | '.join(names)} |", "|" + "---|" * len(names), *rows]) + "\n"
