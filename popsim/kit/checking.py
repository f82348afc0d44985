"""Checking a plugin: that it loads, keeps to its declarations, repeats itself, and does what its author claims."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from popsim.errors import PopsimError
from popsim.kit import guards
from popsim.kit.claims import broken_claims, claims_of
from popsim.kit.offers import output_problems, schema_problems
from popsim.kit.report import Check, Report
from popsim.kit.trial import ARM, DAYS, PEOPLE, Trial, digest, trial_of
from popsim.life import Life
from popsim.routines.bouts import MINUTES_PER_DAY
from popsim.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

    from popsim.kit.trial import Tables

SLOWEST_US = 150.0
"""Own code of a plugin that takes longer, per person and day in the small town, is called too slow."""
_TIMEOUT_S = 300


def check_plugin(target: str | Path, *, quick: bool = False) -> Report:
    """Try a plugin in a small town and report what holds.

    Args:
        target: path of a file or of a package's folder, or the name of a plugin that is installed.
        quick: leave out the trial in another process.
    """
    trial = trial_of(target)
    if isinstance(trial, str):
        return Report(str(target), (Check("loads", False, trial),))
    checking = _Checking(trial, str(target))
    checks = [Check("loads", True, f"offers {', '.join(trial.plugin.offers) or 'evidence only'}")]
    for name, check, fine in _CHECKS:
        if name == "another process" and quick:
            continue
        problem = _problem(check, checking)
        checks.append(Check(name, not problem, problem or fine(checking)))
    return Report(trial.plugin.name, tuple(checks))


def _problem(check: Callable[[_Checking], str], checking: _Checking) -> str:
    try:
        return check(checking)
    except PopsimError as error:
        return " ".join(str(error).split())


@dataclass(frozen=True)
class _Checking:
    """One plugin under examination; each trial is lived when it is first asked for.

    Attributes:
        trial: the plugin in the small town.
        target: as the caller named it.
    """

    trial: Trial
    target: str

    @cached_property
    def watch(self) -> guards.Watch:
        source = Path(self.trial.plugin.source)
        return guards.Watch(source.parent if source.name == "__init__.py" else source)

    @cached_property
    def full(self) -> tuple[Tables, dict[str, float]]:
        return self.trial.live(self.trial.scenario())

    @cached_property
    def watched(self) -> Tables:
        with self.watch.watching():
            return self.trial.live(self.trial.scenario())[0]

    def microseconds(self) -> float:
        """Time in the plugin's own code per person and day."""
        own = sum(self.full[1].get(name, 0.0) for name in self.trial.plugin.offers)
        return 1e6 * own / (PEOPLE * DAYS)


def _schema(c: _Checking) -> str:
    return schema_problems(c.trial)


def _outputs(c: _Checking) -> str:
    return output_problems(c.trial)


def _runs(c: _Checking) -> str:
    return "" if c.full else "nothing came of it"


def _declared(c: _Checking) -> str:
    """The contract refuses undeclared effects while the town lives; left are columns changed behind its back."""
    world = World.build(c.trial.scenario(), c.trial.registry)
    before = {name: world.people[name].copy() for name in world.people}
    life = Life(world, ARM)
    for _ in range(2):
        life.live_day()
    changed = [name for name, values in before.items() if not np.array_equal(world.people[name], values)]
    return f"it changed the column {changed[0]!r} of the people, which nothing may" if changed else ""


def _zero(c: _Checking) -> str:
    zero, bare = (digest(c.trial.live(c.trial.scenario(uptake))[0]) for uptake in (0.0, None))
    return "" if zero == bare else "with an uptake of nobody the town does not live as it does without the plugin"


def _twice(c: _Checking) -> str:
    same = digest(c.full[0]) == digest(c.watched)
    return "" if same else "the same seed gave other results the second time"


def _slices(c: _Checking) -> str:
    same = digest(c.full[0]) == digest(c.trial.live(c.trial.scenario(), cuts=2)[0])
    return "" if same else "two halves of the town do not live as the whole does"


def _process(c: _Checking) -> str:
    """Another process hashes texts in another way and shares nothing with this one."""
    target = str(Path(c.target).resolve()) if Path(c.target).exists() else c.target
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "popsim.kit.trial", target],
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
        env=os.environ | {"PYTHONHASHSEED": "4242"},
    )
    if done.returncode:
        return f"it failed in another process: {(done.stderr.strip().splitlines() or ['no message'])[-1]}"
    told = json.loads(done.stdout.splitlines()[-1])
    return "" if told["digest"] == digest(c.full[0]) else "another process with another hash seed gave other results"


def _seen(kind: str) -> Callable[[_Checking], str]:
    def check(c: _Checking) -> str:
        assert c.watched
        done = c.watch.seen.get(kind)
        return f"it uses {kind} on its own: {done}" if done else ""

    return check


def _invariants(c: _Checking) -> str:
    tables = c.full[0]
    for name, columns in tables.items():
        for column, values in columns.items():
            array = np.asarray(values)
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                return f"table {name} has a {column} that is no number"
    if (np.asarray(tables["pooling"]["leg_minutes"]) < 0).any():
        return "people spend negative time"
    alive = _total(tables, measure=0)
    if int(np.sum(tables["pooling"]["leg_minutes"])) != 2 * MINUTES_PER_DAY * alive:
        return "the minutes of all legs do not add up to whole days"
    return ""


def _total(tables: Tables, measure: int) -> int:
    summary = tables["summary"]
    return int(np.sum(np.asarray(summary["value"])[np.asarray(summary["measure"]) == measure]))


def _claims(c: _Checking) -> str:
    return broken_claims(c.trial)


def _speed(c: _Checking) -> str:
    spent = c.microseconds()
    return (
        f"its own code takes {spent:.0f} µs per person and day, more than {SLOWEST_US:g}" if spent > SLOWEST_US else ""
    )


def _says(sentence: str) -> Callable[[_Checking], str]:
    return lambda _: sentence


def _claimed(c: _Checking) -> str:
    kept = claims_of(c.trial)
    return f"does what it claims: {'; '.join(kept)}" if kept else "states no claims to be held to"


_CHECKS: tuple[tuple[str, Callable[[_Checking], str], Callable[[_Checking], str]], ...] = (
    ("schema", _schema, _says("every setting has a default and a meaning, every scenario can run")),
    ("runs", _runs, _says("a small town lives with it")),
    ("zero effect", _zero, _says("with an uptake of nobody the town lives as without it, bit for bit")),
    ("repeatable", _twice, _says("twice the same, bit for bit")),
    ("slices", _slices, _says("two halves live as the whole does, bit for bit")),
    ("another process", _process, _says("another process with another hash seed gives the same bits")),
    ("randomness", _seen(guards.RANDOM), _says("draws from its own streams only")),
    ("clock", _seen(guards.CLOCK), _says("does not ask for the time")),
    ("network", _seen(guards.NETWORK), _says("does not use the network")),
    ("files", _seen(guards.FILES), _says("writes no files and starts no programs")),
    ("declared writes", _declared, _says("changes what it declares and nothing else")),
    ("invariants", _invariants, _says("days stay whole, and numbers are numbers")),
    ("claims", _claims, _claimed),
    ("outputs", _outputs, _says("its pages and commands answer")),
    ("speed", _speed, lambda c: f"its own code takes {c.microseconds():.1f} µs per person and day"),
)
