"""Where shards are lived: in this process, or in several that may die and be replaced."""

from __future__ import annotations

import multiprocessing
import os
import signal
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.connection import wait as wait_for
from threading import Thread
from typing import TYPE_CHECKING, Any

from popsim.errors import PopsimError
from popsim.hooks import load_plugins
from popsim.runs.shard import live_shard
from popsim.store import RunFolder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from popsim.hooks import PluginRegistry
    from popsim.runs.scenario import Scenario

MAX_LOST_WORKERS = 5


@dataclass(frozen=True)
class Job:
    """What a worker needs to live any shard of a run.

    Attributes:
        folder: the run folder.
        scenario: the checked scenario.
        plugins_dir: single-file plugins, if any.
        people: how many people the run has.
        shards: into how many shards they are cut.
        harms: harm events in the run's order.
        items: cost items in the run's order.
    """

    folder: Path
    scenario: Scenario
    plugins_dir: Path | None
    people: int
    shards: int
    harms: Sequence[str]
    items: Sequence[str]

    def rows(self, index: int) -> slice:
        """The people of one shard."""
        return slice(index * self.people // self.shards, (index + 1) * self.people // self.shards)


class Worker:
    """Lives shards and puts them on disk; one per process."""

    def __init__(self, job: Job, registry: PluginRegistry) -> None:
        self._job, self._registry = job, registry
        self._folder = RunFolder.open(job.folder)

    def live(self, index: int) -> int:
        """Live one shard and commit it; returns the person-days it took."""
        job = self._job
        tables, record = live_shard(job.scenario, self._registry, job.rows(index), job.harms, job.items)
        self._folder.commit_shard(index, tables, record)
        return int(record["person_days"])


def run_inline(job: Job, registry: PluginRegistry, shards: Sequence[int]) -> Iterator[int]:
    """Live the shards one after another in this process; yields the person-days of each."""
    worker = Worker(job, registry)
    for index in shards:
        yield worker.live(index)


def run_processes(job: Job, shards: Sequence[int], workers: int, warn: Callable[[str], None]) -> Iterator[int]:
    """Live the shards in worker processes; yields the person-days of each as it is done.

    When a worker dies (killed, out of memory), the shards that were not done are given to new workers.
    """
    remaining, lost = set(shards), 0
    while remaining:
        pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _start_worker, (job,))
        try:
            futures = {pool.submit(_live_in_worker, index): index for index in sorted(remaining)}
            for future in _as_done(futures):
                index, person_days = future.result()
                remaining.discard(index)
                yield person_days
        except BrokenProcessPool:
            lost += 1
            if lost > MAX_LOST_WORKERS:
                raise PopsimError(
                    f"worker processes died {lost} times; is there enough memory? Try --workers 1, then go on with "
                    f"popsim run --resume {job.folder}"
                ) from None
            warn("a worker process died; its shard is lived again")
        finally:
            _stop(pool)


def _as_done(futures: dict[Future[Any], int]) -> Iterator[Future[Any]]:
    waiting = set(futures)
    while waiting:
        done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        yield from sorted(done, key=futures.__getitem__)


def _stop(pool: ProcessPoolExecutor) -> None:
    """Don't wait for shards that nobody wants any more."""
    workers = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for worker in workers:
        if worker.is_alive():
            worker.terminate()
    for worker in workers:
        worker.join()


_worker: Worker | None = None


def _start_worker(job: Job) -> None:
    global _worker  # noqa: PLW0603  a pool hands its workers nothing else to keep
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    os.environ.setdefault("NUMBA_NUM_THREADS", "1")
    _worker = Worker(job, load_plugins(job.plugins_dir))


def _end_with_parent() -> None:
    """A worker whose coordinator was killed would wait for work for ever, and might disturb a resumed run."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        os._exit(1)


def _live_in_worker(index: int) -> tuple[int, int]:
    assert _worker is not None
    return index, _worker.live(index)
