"""Choosing a run and keeping it open: the sidebar, what is cached, and what is said when there is nothing to show."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa
import streamlit as st

from popsim.errors import PopsimError
from popsim.store.results import Results, RunSummary, list_runs
from popsim_dashboard.theme import arm_colours
from popsim_dashboard.words import plain

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = TypeVar("Answer")
_LOOK_AGAIN_S = 2

STATES = {
    "complete": (":material/check_circle:", "Finished"),
    "packed": (":material/package_2:", "Packed file"),
    "running": (":material/play_circle:", "Running"),
    "interrupted": (":material/pause_circle:", "Not finished"),
    "damaged": (":material/error:", "Damaged"),
}


@dataclass(frozen=True)
class Run:
    """An open run as pages see it.

    Attributes:
        summary: state and progress.
        results: its tables.
        version: changes whenever the tables do; with it answers are cached.
        provenance: what the run was made of.
    """

    summary: RunSummary
    results: Results
    version: tuple[str, str, int]
    provenance: dict[str, Any]

    def ask(self, question: Callable[..., Answer], *arguments: Any) -> Answer:
        """The answer of an analysis function, computed once for each state of the run."""
        name = f"{question.__module__}.{question.__qualname__}"
        answer: Answer = _answer(self.version, name, arguments, lambda: question(self.results, *arguments))
        return answer

    def table(self, question: Callable[..., pa.Table], *arguments: Any) -> pa.Table:
        """A table of the analysis, with labels of arms that are all different."""
        table = self.ask(question, *arguments)
        labels = pa.array([self.labels[arm] for arm in table["arm_id"].to_pylist()], type=pa.string())
        return table.set_column(table.column_names.index("label"), "label", labels)

    @cached_property
    def labels(self) -> dict[int, str]:
        """Label of each arm by code; the short name is added where two arms share a label."""
        arms = [(arm["id"], arm["name"], arm.get("label") or arm["name"]) for arm in self.provenance["arms"]]
        times = Counter(label for *_, label in arms)
        return {code: label if times[label] == 1 else f"{label} ({name})" for code, name, label in arms}

    @cached_property
    def colours(self) -> dict[str, str]:
        """Colour of each arm by label, the same on every page."""
        return arm_colours(list(self.labels.values()))

    @property
    def reference(self) -> str:
        """Label of the arm that the others are compared with."""
        return next(iter(self.labels.values()))

    @property
    def shards_done(self) -> int:
        """Shards in these tables."""
        return self.version[2]

    @property
    def complete(self) -> bool:
        """Whether nothing more will come."""
        return self.shards_done == int(self.provenance["shards"])


@st.cache_data(show_spinner=False, max_entries=200)
def _answer(
    version: tuple[str, str, int],  # noqa: ARG001 - these three are the cache's key
    name: str,  # noqa: ARG001
    arguments: tuple[Any, ...],  # noqa: ARG001
    _compute: Callable[[], Any],
) -> Any:
    return _compute()


@st.cache_resource(show_spinner=False, max_entries=16)
def _opened(path: str, stamp: str) -> Results:  # noqa: ARG001 - the stamp is part of the cache's key
    return Results.open(Path(path))


def picked_run(folder: Path) -> Run | Callable[[], None]:
    """The run chosen in the sidebar, or what says on the page why there is none to show."""
    runs = list_runs(folder)
    if not runs:
        return partial(_no_runs, folder)
    with st.sidebar:
        chosen = st.selectbox("Run", runs, index=_newest(runs), format_func=_named, key="run")
    try:
        run = _open(chosen)
    except PopsimError as err:
        return partial(_damaged, chosen, str(err))
    with st.sidebar:
        _state(run)
    return run


def _newest(runs: list[RunSummary]) -> int:
    """The run changed last; a damaged one only when there is no other."""

    def when(index: int) -> tuple[bool, float]:
        path = runs[index].path
        return runs[index].state != "damaged", path.stat().st_mtime if path.exists() else 0.0

    return max(range(len(runs)), key=when)


def _named(run: RunSummary) -> str:
    return run.id if run.state == "damaged" else f"{run.title} ({run.id})"


def _open(summary: RunSummary) -> Run:
    results = _best_source(summary)
    results.refresh()
    version = (str(results.path), _stamp(results.path), int(results.status["shards_done"]))
    return Run(summary, results, version, results.provenance)


def _damaged(summary: RunSummary, problem: str) -> None:
    st.title(plain(summary.id), anchor=False)
    st.error(f"This run cannot be shown: {plain(problem)}.", icon=":material/error:")
    st.write("Choose another run in the sidebar, or check all files of this one in a terminal:")
    st.code(f"popsim verify {summary.path}", language="bash")


def _best_source(summary: RunSummary) -> Results:
    """The packed file of a finished run, which opens faster, or else the folder."""
    if summary.state == "complete" and summary.packed is not None:
        packed = _opened(str(summary.packed), _stamp(summary.packed))
        if packed.complete:
            return packed
    return _opened(str(summary.path), _stamp(summary.path))


def _stamp(path: Path) -> str:
    """Changes when another run takes the place of this one."""
    file = path / "run.json" if path.is_dir() else path
    stat = file.stat()
    return f"{stat.st_ino}-{stat.st_mtime_ns}-{stat.st_size}"


def _state(run: Run) -> None:
    state = "complete" if run.complete and run.summary.state == "running" else run.summary.state
    icon, words = STATES[state]
    st.markdown(f"{icon} {words}")
    if state == "running":
        _progress(run)
    elif state == "interrupted":
        st.progress(run.summary.progress, text=f"{run.summary.progress:.0%} of the people")
        problem = run.results.status.get("problem")
        st.caption(f"It stopped: {plain(problem)}. Go on with:" if problem else "Go on with:")
        st.code(f"popsim run --resume {run.summary.path}", language="bash", wrap_lines=True)


@st.fragment(run_every=_LOOK_AGAIN_S)
def _progress(run: Run) -> None:
    """How far a run is; the page is drawn anew when more of it is there."""
    status = run.results.status
    share = _share(status, run.summary.progress)
    st.progress(share, text=f"{share:.0%} done")
    st.caption(f"Results so far come from {run.shards_done} of {run.provenance['shards']} parts of the people.")
    now = next((r for r in list_runs(run.summary.path.parent) if r.path == run.summary.path), None)
    if now is None or now.state != "running" or now.progress > run.shards_done / run.provenance["shards"]:
        st.rerun(scope="app")


def _share(status: dict[str, Any], otherwise: float) -> float:
    total = status.get("total_person_days")
    return min(1.0, status.get("done_person_days", 0) / total) if total else otherwise


@st.fragment(run_every=_LOOK_AGAIN_S)
def _no_runs(folder: Path) -> None:
    """What to do when there is nothing yet; the page comes to life when the first run appears."""
    if list_runs(folder):
        st.rerun(scope="app")
    st.title("No runs yet", anchor=False)
    st.write(f"There is no run in `{folder}`. Make one in a terminal; it appears here as soon as it has begun:")
    st.code(f"popsim run office --out {folder}", language="bash")
    st.write("`popsim scenarios` lists what else comes with popsim.")
