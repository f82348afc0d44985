"""Trying many points of the fit with several processes, each once: a log makes an interrupted fit resumable.

The methods that choose points are deterministic. So a fit that is started again asks for the same points, finds them in
the log and goes on where it was stopped.
"""

from __future__ import annotations

import json
import os
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from typing import TYPE_CHECKING, Any

import numpy as np

from popsim.errors import PopsimError
from popsim.fitting.objective import Evaluation, Objective
from popsim.fitting.parameters import load_parameters
from popsim.hooks import load_plugins

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray

LOG, SETTINGS = "evaluations.jsonl", "fit.json"
_DIGITS = 9


class Evaluations:
    """Points tried so far, and the processes that try more.

    Args:
        folder: holds the log and the settings; made when it is not there.
        settings: what decides the numbers; a folder begun with others is refused.
        workers: processes.

    Raises:
        PopsimError: the folder belongs to another fit.
    """

    def __init__(self, folder: Path, settings: Mapping[str, Any], workers: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self._log = folder, folder / LOG
        _claim(folder / SETTINGS, settings)
        _end_line(self._log)
        self._known = {_key(e.position): e for e in read_log(self._log)}
        self._workers, self._clots = workers, int(settings["clots"])
        self._asked: dict[tuple[float, ...], None] = {}
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Evaluations:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def __len__(self) -> int:
        return len(self._asked)

    def all(self) -> list[Evaluation]:
        """Everything asked for so far, in that order: the same in a fit that was stopped as in one that was not."""
        return [self._known[key] for key in self._asked]

    def try_all(self, positions: Sequence[NDArray[np.float64]]) -> list[Evaluation]:
        """The evaluations of these points, in order; those not in the log are made now and logged."""
        wanted = [_rounded(position) for position in positions]
        new = list({_key(p): p for p in wanted if _key(p) not in self._known}.values())
        with self._log.open("a", encoding="utf-8") as log:
            for found in self._made(new):
                log.write(json.dumps(_as_json(found)) + "\n")
                log.flush()
                self._known[_key(found.position)] = found
        self._asked.update(dict.fromkeys(map(_key, wanted)))
        return [self._known[_key(p)] for p in wanted]

    def _made(self, positions: Sequence[NDArray[np.float64]]) -> Iterable[Evaluation]:
        if not positions:
            return ()
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self._workers, get_context("spawn"), initializer=_begin, initargs=(self._clots,)
            )
        return self._pool.map(_evaluate, positions)


_objective: Objective | None = None


def _begin(clots: int) -> None:
    global _objective  # noqa: PLW0603  one per process, as the recorded arms are large
    threading.Thread(target=_end_with_parent, daemon=True).start()
    registry = load_plugins()
    _objective = Objective(registry, load_parameters(registry.evidence()), clots=clots)


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _evaluate(position: NDArray[np.float64]) -> Evaluation:
    assert _objective is not None
    return _objective.evaluate(position)


def _claim(path: Path, settings: Mapping[str, Any]) -> None:
    text = json.dumps(settings, indent=1, sort_keys=True)
    if not path.exists():
        path.write_text(text + "\n", encoding="utf-8")
        return
    before = json.loads(path.read_text(encoding="utf-8"))
    changed = [name for name in settings if before.get(name) != json.loads(text)[name]]
    if changed:
        raise PopsimError(f"{path.parent} holds a fit with another {', '.join(changed)}; give another folder")


def _end_line(path: Path) -> None:
    """End a last line that was cut off, lest it swallow the next."""
    if path.exists() and not path.read_bytes().endswith(b"\n"):
        with path.open("a", encoding="utf-8") as log:
            log.write("\n")


def read_log(path: Path) -> list[Evaluation]:
    """The evaluations in a log; a last line that was cut off is left out."""
    if not path.exists():
        return []
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            continue
        found.append(Evaluation(np.array(entry["position"]), entry["model"], entry["z"], entry["pulls"], entry["loss"]))
    return found


def _as_json(found: Evaluation) -> dict[str, Any]:
    return {**vars(found), "position": list(map(float, found.position))}


def _rounded(position: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.round(position, _DIGITS), dtype=np.float64)


def _key(position: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(position.tolist())
