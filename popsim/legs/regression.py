"""Learn the reduced leg's networks from legs the microscope has answered for."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize

from popsim.legs.reduced import (
    AXES,
    LOGARITHMIC,
    PUMPING,
    SATURATING,
    STILL,
    STILL_AXES,
    WASHOUT_AXES,
    Floats,
    Network,
    Table,
    used,
)
from popsim.legs.tabulate import LIMITS
from popsim.randomness import Draws

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from popsim.legs.reduced import Limit

IMPORTANCE = (1.0, 1.0, 5.0, 5.0)
"""What an error of one counts, by quantity: mL, mmHg, and logarithms of rates, which shift bout means by some 5 mL."""
WASHOUT_IMPORTANCE = (10.0, 50.0)
"""The same for the logarithm of residence and the renewed share."""
UNIT = 10.0
"""Networks learn multiples of this many mL or mmHg."""
HIDDEN = 48
SHRINKAGE = 1e-6
SEED = 7
MEMORY = 40
LAYERS = 3


def measured(legs: Floats, limits: Mapping[str, Limit]) -> Floats:
    """Legs in the measures the networks see, ``(n, len(AXES))``."""
    columns = []
    for column, name in zip(legs.T, AXES, strict=True):
        limit = limits[name]
        x = np.clip(column, limit.low, limit.high)
        if limit.measure == LOGARITHMIC:
            x = np.log(x)
        elif limit.measure == SATURATING:
            x = x / (x + limit.half)
        columns.append(x)
    return np.stack(columns, axis=1)


def learn_table(
    legs: Floats,
    responses: Floats,
    washouts: Floats,
    weight: Floats,
    constants: Mapping[str, float],
    rounds: int,
    workers: int = 1,
) -> Table:
    """The networks of the reduced leg.

    Args:
        legs: values of ``AXES``, ``(n, len(AXES))``.
        responses: the microscope's, ``(n, R, 4)``, rates as logarithms.
        washouts: the microscope's, ``(n, len(STILL), 2)``, residence as logarithm.
        weight: of each leg, ``(n,)``.
        constants: the ``legs`` room with which the microscope answered.
        rounds: steps of the optimiser at most.
        workers: processes; each learns a network.
    """
    inputs = measured(legs, LIMITS)
    with ProcessPoolExecutor(workers) as pool:
        networks = [
            pool.submit(learn, inputs, answers, weight, axes, regimes, rounds, importance)
            for answers, axes, regimes, importance in (
                (responses[:, list(PUMPING)], AXES, PUMPING, IMPORTANCE),
                (responses[:, list(STILL)], STILL_AXES, STILL, IMPORTANCE),
                (washouts, WASHOUT_AXES, range(len(STILL)), WASHOUT_IMPORTANCE),
            )
        ]
        pumping, still, washout = (network.result() for network in networks)
    return Table(LIMITS, still, pumping, washout, constants["ankle_range_gain"], used(constants))


def learn(
    inputs: Floats,
    answers: Floats,
    weight: Floats,
    axes: Sequence[str],
    regimes: Sequence[int],
    rounds: int,
    importance: Sequence[float] = IMPORTANCE,
) -> Network:
    """The network with the least weighted squared error.

    Args:
        inputs: legs in their measures, ``(n, len(AXES))``.
        answers: the microscope's by regime and quantity, ``(n, R, Q)``.
        weight: of each leg, ``(n,)``.
        axes: names of the inputs that matter.
        regimes: places in the answer of these regimes, ``R`` of them.
        rounds: steps of the optimiser (L-BFGS) at most.
        importance: what an error of one counts, by quantity.
    """
    columns = np.array([AXES.index(name) for name in axes])
    x, middle, width = _standard(inputs[:, columns])
    scale = np.tile(importance, len(regimes)) / UNIT
    flat = answers.reshape(len(answers), -1)
    centre = flat.mean(axis=0)
    y = (flat - centre) * scale
    shapes = ((len(columns), HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, y.shape[1]))
    share = (weight / weight.sum())[:, np.newaxis]
    start = _start(shapes, f"{len(columns)} axes")
    options = {"maxiter": rounds, "maxfun": 2 * rounds, "maxcor": MEMORY, "ftol": 0.0, "gtol": 0.0}
    found = minimize(_loss, start, (x, y, share, shapes), method="L-BFGS-B", jac=True, options=options)
    layers = _unpacked(found.x, shapes)
    (w0, b0), (w1, b1), (w2, b2) = layers
    first = (w0 / width[:, np.newaxis], b0 - (middle / width) @ w0)
    last = (w2 / scale, b2 / scale + centre)
    weights = (np.ascontiguousarray(first[0]), np.ascontiguousarray(w1), np.ascontiguousarray(last[0]))
    return Network(columns, np.array([int(r) for r in regimes]), weights, (first[1], b1.copy(), last[1]))


def _standard(x: Floats) -> tuple[Floats, Floats, Floats]:
    middle, width = x.mean(axis=0), x.std(axis=0)
    return (x - middle) / width, middle, width


def _start(shapes: Sequence[tuple[int, int]], name: str) -> Floats:
    draws, parts = Draws(SEED), []
    for layer, (rows, columns) in enumerate(shapes):
        scores = draws.normal(f"legs.{name}, layer {layer}", np.arange(rows * columns))
        parts += [scores / np.sqrt(rows), np.zeros(columns)]
    return np.concatenate(parts)


def _unpacked(flat: Floats, shapes: Sequence[tuple[int, int]]) -> list[tuple[Floats, Floats]]:
    layers, at = [], 0
    for rows, columns in shapes:
        end = at + rows * columns
        layers.append((flat[at:end].reshape(rows, columns), flat[end : end + columns]))
        at = end + columns
    return layers


def _loss(flat: Floats, x: Floats, y: Floats, share: Floats, shapes: Sequence[tuple[int, int]]) -> tuple[float, Floats]:
    """Weighted squared error with its gradient, by back-propagation."""
    layers = _unpacked(flat, shapes)
    activity, slopes = [x], []
    for weight, bias in layers[:-1]:
        inner = activity[-1] @ weight + bias
        root = 1.0 / np.sqrt(1.0 + inner * inner)
        activity.append(inner * root)
        slopes.append(root * root * root)
    error = activity[-1] @ layers[-1][0] + layers[-1][1] - y
    gradient = np.empty_like(flat)
    parts = _unpacked(gradient, shapes)
    back = 2.0 * share * error
    for layer in range(LAYERS - 1, -1, -1):
        weight = layers[layer][0]
        np.matmul(activity[layer].T, back, out=parts[layer][0])
        parts[layer][1][:] = back.sum(axis=0)
        parts[layer][0][:] += 2.0 * SHRINKAGE * weight
        if layer:
            back = (back @ weight.T) * slopes[layer - 1]
    shrinkage = SHRINKAGE * sum(float(np.sum(w * w)) for w, _ in layers)
    return float(np.sum(share * error * error)) + shrinkage, gradient
