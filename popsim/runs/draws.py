"""The same scenario under several sets of constants: what is unknown about the model, beside the chance in one run.

Every set lives the same people, days and luck in every arm, so that sets and arms differ in nothing else. Each is an
ordinary run in a folder ``draws/001``, ``draws/002``, ... below the run's own; its provenance holds the values used.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from popsim.runs.running import run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from popsim.runs.progress import Progress
    from popsim.runs.scenario import Scenario

DRAWS_FILE = "draws.json"
_FOLDER = "draws"
_TAIL = 0.025


@dataclass(frozen=True)
class DrawsWish:
    """How the runs of all sets are made; see ``popsim.runs.running.run``.

    Attributes:
        engine: ``process``, ``inline`` or ``None``.
        workers: processes.
        plugins_dir: folder with single-file plugins.
    """

    engine: str | None = None
    workers: int | None = None
    plugins_dir: Path | None = None


def run_draws(
    scenario: Scenario,
    sets: Sequence[Mapping[str, float]],
    folder: Path,
    wish: DrawsWish | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Run a scenario once for each set of constants; those already there are not run again.

    Args:
        scenario: a checked scenario; what it sets itself stays set.
        sets: values by name of the constant.
        folder: of the run with the constants that ship.
        wish: how.
        progress: told how far each run is.

    Returns:
        For each arm and number its value under every set, which is also written to ``draws.json``.
    """
    wish = wish or DrawsWish()
    summaries = []
    for number, values in enumerate(sets, start=1):
        out = folder / _FOLDER / f"{number:03d}"
        begun = next((path.parent for path in sorted(out.glob("*/run.json"))), None)
        changed = scenario.model_copy(update={"evidence": {**values, **scenario.evidence}})
        done = run(
            changed,
            out=out,
            engine=wish.engine,
            workers=wish.workers,
            plugins_dir=wish.plugins_dir,
            resume=begun,
            progress=progress,
        )
        summaries.append(done.summary())
    drawn = {"sets": [dict(values) for values in sets], "arms": by_arm(summaries)}
    (folder / DRAWS_FILE).write_text(json.dumps(drawn, indent=1) + "\n", encoding="utf-8")
    return drawn


def by_arm(summaries: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, list[float | None]]]:
    """Every number of every arm under each set, by name of the arm and of the number."""
    first = summaries[0]["arms"]
    return {
        arm["name"]: {key: [s["arms"][place].get(key) for s in summaries] for key in arm if _counts(arm[key])}
        for place, arm in enumerate(first)
    }


def _counts(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def with_draws(summary: Mapping[str, Any], drawn: Mapping[str, Any]) -> dict[str, Any]:
    """A run's summary with the interval of every number over the sets: ``parameters: {number: [low, high]}`` by arm."""
    arms = [arm | {"parameters": _intervals(drawn["arms"][arm["name"]])} for arm in summary["arms"]]
    return {**summary, "run": {**summary["run"], "draws": len(drawn["sets"])}, "arms": arms}


def _intervals(numbers: Mapping[str, Sequence[float | None]]) -> dict[str, list[float]]:
    out = {}
    for name, values in numbers.items():
        known = [value for value in values if value is not None]
        if known and not name.endswith(("_low", "_high")):
            out[name] = [float(np.quantile(known, share)) for share in (_TAIL, 1.0 - _TAIL)]
    return out
