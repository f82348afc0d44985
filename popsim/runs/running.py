"""Running a scenario: cut the people into shards, live them, keep what comes of it, pack it into one file."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from popsim.errors import PopsimError
from popsim.hooks import PluginRegistry, load_plugins
from popsim.runs.engines import Job, run_inline, run_processes
from popsim.runs.progress import Progress, SilentProgress
from popsim.runs.provenance import costs_of, harms_of, interventions_of, run_provenance
from popsim.runs.scenario import Scenario
from popsim.store import Results, RunFolder, pack, provenance_mismatch
from popsim.world import people_in_scenario

if TYPE_CHECKING:
    from collections.abc import Iterator

ENGINES = ("process", "inline")
LARGEST_SHARD = 8192
SMALLEST_SHARD = 1024
_SHARDS_TO_SHARE_OUT = 8
_FEW_PERSON_DAYS = 1_500_000
"""Below this many, starting worker processes takes longer than the run."""


@dataclass(frozen=True)
class RunResult:
    """A finished run, or a finished slice of one.

    Attributes:
        path: the run folder.
        database: the packed file; ``None`` for a slice.
        seconds: wall time of living and packing.
        person_days: days of people lived in this call, over all arms.
    """

    path: Path
    database: Path | None
    seconds: float
    person_days: int

    @property
    def run_id(self) -> str:
        """The run's id, the name of its folder."""
        return self.path.name

    @property
    def people_days_per_second(self) -> float:
        """Speed, over all arms."""
        return self.person_days / self.seconds if self.seconds else 0.0

    @property
    def results(self) -> Results:
        """The stored tables, open for queries."""
        return Results.open(self.database or self.path)

    def summary(self) -> dict[str, Any]:
        """Key results by arm, ready for JSON (see ``popsim.analysis.arm_report``)."""
        from popsim.analysis import arm_report  # noqa: PLC0415  only where somebody wants to read it

        return arm_report(self.results) | {
            "path": str(self.path),
            "database": str(self.database) if self.database else None,
            "seconds": self.seconds,
            "people_days_per_second": self.people_days_per_second,
        }


def run(
    scenario: Scenario | str | Path,
    *,
    people: int | None = None,
    days: int | None = None,
    seed: int | None = None,
    out: Path | str = Path("runs"),
    engine: str | None = None,
    workers: int | None = None,
    shards: int | None = None,
    part: tuple[int, int] | None = None,
    plugins_dir: Path | None = None,
    resume: Path | None = None,
    progress: Progress | None = None,
) -> RunResult:
    """Run a scenario and store its results.

    Args:
        scenario: a scenario, the name of one that ships or that a plugin brings, or the path of a file.
        people: number of people instead of the scenario's.
        days: number of days instead of the scenario's.
        seed: seed instead of the scenario's.
        out: folder in which the run's folder is made.
        engine: ``process`` or ``inline``; chosen by size unless given.
        workers: number of worker processes; one per processor unless given.
        shards: into how many shards the people are cut; results do not depend on it.
        part: ``(i, n)`` lives only the i-th of n slices, from 1; ``popsim pack`` joins them.
        plugins_dir: folder with single-file plugins.
        resume: go on with this run folder; everything that decides its numbers must be as it was.
        progress: told how far the run is.

    Raises:
        PopsimError: anything the user can mend, as one sentence.
    """
    registry = load_plugins(plugins_dir)
    checked = scenario if isinstance(scenario, Scenario) else Scenario.load(scenario, registry)
    checked = checked.with_overrides(people=people, days=days, seed=seed)
    if part is not None and not 1 <= part[0] <= part[1]:
        raise PopsimError(f"there is no part {part[0]} of {part[1]}; expected 1 of 1, 1 of 2, 2 of 2, ...")
    if shards is not None and shards < 1:
        raise PopsimError(f"expected at least 1 of shards (got {shards})")
    if engine not in (None, *ENGINES):
        raise PopsimError(f"unknown engine {engine!r}, expected one of {', '.join(ENGINES)}")
    folder, job = _prepare(checked, registry, Path(out), shards, part, plugins_dir, resume)
    running = _Running(folder, job, registry, part, progress or SilentProgress())
    return running.go(engine, workers or os.cpu_count() or 1)


def _prepare(
    scenario: Scenario,
    registry: PluginRegistry,
    out: Path,
    shards: int | None,
    part: tuple[int, int] | None,
    plugins_dir: Path | None,
    resume: Path | None,
) -> tuple[RunFolder, Job]:
    interventions = interventions_of(scenario, registry)
    people = people_in_scenario(scenario)
    previous = RunFolder.open(resume) if resume else None
    person_days = people * scenario.days * len(scenario.arms)
    count = previous.shards_total if previous else _shard_count(people, person_days, shards, part)
    provenance = run_provenance(scenario, registry, interventions, people, count)
    if previous:
        difference = provenance_mismatch(previous.provenance, provenance)
        if difference:
            raise PopsimError(f"cannot resume {resume}: {difference}; start a new run instead")
    folder = previous or _create(out, scenario, part, provenance)
    harms, items = harms_of(interventions), list(costs_of(interventions))
    return folder, Job(folder.path, scenario, plugins_dir, people, count, harms, items)


def _shard_count(people: int, person_days: int, wanted: int | None, part: tuple[int, int] | None) -> int:
    """Into how many shards people are cut: few, since each has its own cost, but enough to share out among workers."""
    shared_out = max(SMALLEST_SHARD, people // _SHARDS_TO_SHARE_OUT)
    size = LARGEST_SHARD if person_days < _FEW_PERSON_DAYS else min(LARGEST_SHARD, shared_out)
    count = -(-people // size) if wanted is None else wanted
    count = max(count, part[1] if part else 1)
    if count > people:
        raise PopsimError(f"cannot cut {people} people into {count} shards; ask for fewer")
    return count


def _create(out: Path, scenario: Scenario, part: tuple[int, int] | None, provenance: dict[str, Any]) -> RunFolder:
    stem = f"{scenario.name[:40]}-{datetime.now(UTC):%Y%m%d-%H%M%S}" + (f"-part{part[0]}of{part[1]}" if part else "")
    taken = next(k for k in range(1, 10_000) if not (out / (stem if k == 1 else f"{stem}-{k}")).exists())
    return RunFolder.create(out, stem if taken == 1 else f"{stem}-{taken}", provenance)


class _Running:
    """One call of ``run`` at work on a folder."""

    def __init__(
        self, folder: RunFolder, job: Job, registry: PluginRegistry, part: tuple[int, int] | None, progress: Progress
    ) -> None:
        self._folder, self._job, self._registry, self._part, self._progress = folder, job, registry, part, progress
        scenario = job.scenario
        self._days_each = scenario.days * len(scenario.arms)
        self._wanted = [i for i in range(job.shards) if part is None or i * part[1] // job.shards == part[0] - 1]

    def go(self, engine: str | None, workers: int) -> RunResult:
        began, lived = perf_counter(), 0
        with self._folder.lock():
            done = {record["index"] for record in self._folder.committed(check_hashes=True)}
            missing = [index for index in self._wanted if index not in done]
            self._progress.start(self._person_days(missing))
            with self._state():
                for person_days in self._live(missing, engine, workers):
                    lived += person_days
                    self._progress.advance(person_days)
                    self._write("running", self._person_days(self._wanted) - self._person_days(missing) + lived)
                database = None if self._part else self._pack()
        return RunResult(self._folder.path, database, perf_counter() - began, lived)

    def _live(self, missing: list[int], engine: str | None, workers: int) -> Iterator[int]:
        if engine is None:
            few = self._person_days(missing) < _FEW_PERSON_DAYS
            engine = "inline" if few or workers == 1 else "process"
        if engine == "inline":
            return run_inline(self._job, self._registry, missing)
        return run_processes(self._job, missing, min(workers, max(1, len(missing))), self._progress.message)

    def _pack(self) -> Path:
        self._progress.message("packing the results into one file")
        return pack([self._folder.path], self._folder.path / "results.duckdb")

    def _person_days(self, shards: list[int]) -> int:
        rows = [self._job.rows(index) for index in shards]
        people: int = sum(r.stop - r.start for r in rows)
        return people * self._days_each

    @contextmanager
    def _state(self) -> Iterator[None]:
        """Keep the status true, whatever happens."""
        total = self._person_days(self._wanted)
        try:
            yield
        except KeyboardInterrupt as stop:
            self._write("stopped", None, str(stop))
            raise stop from None  # what Python was busy with when Ctrl-C came is not why the run stopped
        except BaseException as error:
            self._write("failed", None, str(error))
            raise
        else:
            self._write("complete", total)
        finally:
            self._progress.finish()

    def _write(self, state: str, done: int | None, problem: str = "") -> None:
        status = self._folder.status | {
            "state": state,
            "total_person_days": self._person_days(self._wanted),
            "updated": datetime.now(UTC).isoformat(timespec="seconds"),
            "problem": problem,
        }
        self._folder.write_status(status if done is None else status | {"done_person_days": done})
