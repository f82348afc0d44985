"""How long people stay in hospital: log-normal around the geometric mean length of their MS-DRG.

``data/stays_drg.csv`` holds the geometric means (CMS, fiscal year 2008, public domain) and which groups stand for a
reason; ``scripts/derive_stays.py`` derives it.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from popsim.errors import did_you_mean
from popsim.routines.reasons import REASON_CODES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from popsim.randomness import Draws
    from popsim.routines.stays import Stay


@dataclass(frozen=True)
class Group:
    """One diagnosis group as a reason to be in hospital.

    Attributes:
        reason: name of the reason it belongs to.
        ms_drg: code of three digits.
        weight: share within the reason, not normalised; 0 for groups that only their code reaches.
        geometric_mean_days: geometric mean length of stay.
    """

    reason: str
    ms_drg: str
    weight: float
    geometric_mean_days: float


@lru_cache(maxsize=1)
def groups() -> tuple[Group, ...]:
    """The shipped table; the joint replacement groups stand in it once for the hip and once for the knee."""
    text = files("popsim.routines").joinpath("data", "stays_drg.csv").read_text(encoding="utf-8")
    return tuple(
        Group(row["reason"], row["ms_drg"], float(row["weight"]), float(row["geometric_mean_los_days"]))
        for row in csv.DictReader(text.splitlines())
    )


def check_drg(code: str) -> str:
    """Return the code; raise ``ValueError`` when no MS-DRG of fiscal year 2008 with a length of stay has it."""
    known = {group.ms_drg for group in groups()}
    if code not in known:
        raise ValueError(f"no MS-DRG of fiscal year 2008 has the code {code!r}{did_you_mean(code, sorted(known))}")
    return code


def groups_of(stay: Stay) -> tuple[Group, ...]:
    """The groups a stay is drawn from: those of its codes with equal weights, else those of its reason."""
    if stay.drg is None:
        return tuple(group for group in groups() if group.reason == stay.reason and group.weight > 0)
    first = {group.ms_drg: group for group in reversed(groups())}
    chosen = [first[code] for code in stay.drg]
    return tuple(Group(stay.reason or g.reason, g.ms_drg, 1.0, g.geometric_mean_days) for g in chosen)


@dataclass(frozen=True)
class DrawnStays:
    """What is drawn for each person admitted.

    Attributes:
        reason: ``(N,)`` uint8, index into ``REASONS``.
        nights: ``(N,)`` int32, at least one.
    """

    reason: NDArray[np.uint8]
    nights: NDArray[np.int32]


def draw_stays(
    stay: Stay, ids: NDArray[np.int64], draws: Draws, evidence: Mapping[str, float], number: int
) -> DrawnStays:
    """Draw group and length for every person id; ``number`` is the place of the stay in the scenario's list.

    Lengths are log-normal, at least one night and at most ``stays.longest_days``; the location is moved so that the
    geometric mean is that of the group in spite of the bound, and nights are rounded up or down at random so that
    rounding moves it neither.
    """
    options = groups_of(stay)
    weights = np.cumsum([group.weight for group in options])
    pick = np.searchsorted(weights / weights[-1], draws.uniform("stays.group", ids, k=number), side="right")
    pick = np.minimum(pick, len(options) - 1)
    reason = np.array([REASON_CODES[group.reason] for group in options], dtype=np.uint8)[pick]
    if stay.length_days is not None:
        days = np.full(len(ids), stay.length_days)
    else:
        spread = evidence["stays.log_length_sd"]
        means = [group.geometric_mean_days * evidence["stays.length_scale"] for group in options]
        location = np.array([bounded_location(math.log(max(mean, 1.0)), spread) for mean in means])
        logs = location[pick] + spread * draws.normal("stays.length", ids, k=number)
        days = np.exp(np.clip(logs, 0.0, math.log(evidence["stays.longest_days"])))
    return DrawnStays(reason, round_in_log(days, draws.uniform("stays.rounding", ids, k=number)))


def bounded_location(log_mean: float, spread: float) -> float:
    """The location ``m`` for which ``max(m + spread·Z, 0)`` has the mean ``log_mean``, ``Z`` standard normal."""
    if spread <= 0:
        return log_mean
    low, high = log_mean - 12 * spread - 1, log_mean
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _mean_above_zero(middle, spread) < log_mean else (low, middle)
    return (low + high) / 2


def _mean_above_zero(location: float, spread: float) -> float:
    ratio = location / spread
    below = 0.5 * math.erfc(-ratio / math.sqrt(2))
    return location * below + spread * math.exp(-0.5 * ratio * ratio) / math.sqrt(2 * math.pi)


def round_in_log(days: NDArray[np.float64], uniform: NDArray[np.float64]) -> NDArray[np.int32]:
    """Round to whole days, up with the probability that keeps the mean of the logarithm; ``days`` are at least 1."""
    floor = np.floor(days)
    up = np.log(days / floor) / np.log1p(1 / floor)
    return np.asarray(floor + (uniform < up), dtype=np.int32)
