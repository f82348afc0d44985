"""``popsim run``: live a scenario and say what came of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any

import click

from popsim.cli.main import STOPPED
from popsim.cli.output import json_option, note, plugins_dir_option, print_json
from popsim.cli.run_progress import progress_on_stderr
from popsim.cli.run_report import print_report, print_slice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from popsim.runs.running import RunResult
    from popsim.runs.scenario import Scenario


def part_of(_context: click.Context, _option: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """Read ``I/N``: the I-th of N slices."""
    if value is None:
        return None
    found = re.fullmatch(r"(\d{1,6})/(\d{1,6})", value)
    part = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= part[0] <= part[1]:
        raise click.BadParameter(f"expected I/N such as 2/4, the second of four slices (got {value!r})")
    return part


@dataclass(frozen=True)
class _Wish:
    """What the options ask of a run."""

    people: int | None
    days: int | None
    seed: int | None
    out: Path
    engine: str | None
    workers: int | None
    part: tuple[int, int] | None
    resume: Path | None
    plugins_dir: Path | None
    draws: int


@click.command("run")
@click.argument("scenario", required=False)
@click.option("--people", type=int, metavar="N", help="Number of people instead of the scenario's.")
@click.option("--days", type=int, metavar="N", help="Number of days instead of the scenario's.")
@click.option("--seed", type=int, metavar="N", help="Seed instead of the scenario's.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("runs"),
    metavar="DIR",
    help="Folder that gets the run's folder [default: runs].",
)
@click.option(
    "--engine",
    type=click.Choice(["process", "inline"]),
    help="Several processes, or this one; chosen by size when left out.",
)
@click.option(
    "--workers", type=click.IntRange(1, 1024), metavar="N", help="Worker processes; one per processor when left out."
)
@click.option(
    "--shards",
    "part",
    callback=part_of,
    metavar="I/N",
    help="Only the I-th of N slices of the people, for several machines; popsim pack joins them.",
)
@click.option(
    "--resume", type=click.Path(path_type=Path), metavar="RUN", help="Go on with the folder of an interrupted run."
)
@click.option(
    "--draws",
    type=click.IntRange(0, 10_000),
    default=0,
    metavar="K",
    help="Live it also under K sets of constants out of the ensemble that fits, to show what is unknown of the model.",
)
@plugins_dir_option
@json_option
@click.option("--quiet", is_flag=True, help="No progress, and of the results only where they are.")
@click.pass_context
def command(ctx: click.Context, /, scenario: str | None, as_json: bool, quiet: bool, **options: Any) -> None:
    """Run a SCENARIO, a file or the name of one that ships (see popsim scenarios).

    \b
        popsim run office
        popsim run my-office.toml --people 1000000 --days 365
    """  # noqa: D301  click needs the backspace
    wish = _Wish(**options)
    if wish.draws and wish.part:
        raise click.UsageError("--draws needs all people of a run; leave --shards out")
    began = time()
    try:
        chosen = _chosen(scenario, wish)
        result = _run(chosen, wish, quiet=quiet)
        drawn = _draw(chosen, result, wish, quiet=quiet) if wish.draws else None
    except KeyboardInterrupt:
        folder = wish.resume or newest_run(wish.out, since=began)
        note(f"stopped; go on with popsim run --resume {folder}" if folder else "stopped before the run began")
        ctx.exit(STOPPED)
    if as_json:
        print_json(_summary(result, drawn))
    elif quiet:
        click.echo(str(result.database or result.path))
    elif wish.part:
        print_slice(result.path, wish.part)
    else:
        print_report(_summary(result, drawn))


def _summary(result: RunResult, drawn: Mapping[str, Any] | None) -> dict[str, Any]:
    """A run's answers, with those of its sets of constants where there are any."""
    from popsim.runs.draws import with_draws  # noqa: PLC0415 - imports NumPy

    return with_draws(result.summary(), drawn) if drawn else result.summary()


def _draw(scenario: Scenario, result: RunResult, wish: _Wish, *, quiet: bool) -> Mapping[str, Any]:
    """Live the scenario under sets of constants that fit; their runs go below the folder of the first."""
    from popsim.fitting import shipped_ensemble  # noqa: PLC0415 - imports NumPy
    from popsim.runs.draws import DrawsWish, run_draws  # noqa: PLC0415 - as above

    ensemble = shipped_ensemble()
    if ensemble is None:
        raise click.UsageError("--draws needs an ensemble of constants, and none ships")
    draws = DrawsWish(wish.engine, wish.workers, wish.plugins_dir)
    return run_draws(scenario, ensemble.chosen(wish.draws), result.path, draws, progress_on_stderr(quiet=quiet))


def _run(scenario: Scenario, wish: _Wish, *, quiet: bool) -> RunResult:
    from popsim.runs.running import run  # noqa: PLC0415 - imports Numba

    return run(
        scenario,
        out=wish.out,
        engine=wish.engine,
        workers=wish.workers,
        part=wish.part,
        plugins_dir=wish.plugins_dir,
        resume=wish.resume,
        progress=progress_on_stderr(quiet=quiet),
    )


def _chosen(name: str | None, wish: _Wish) -> Scenario:
    """The scenario named, or that of the run to go on with, with the options' numbers in place."""
    from popsim.hooks import load_plugins  # noqa: PLC0415 - imports NumPy
    from popsim.runs.scenario import Scenario  # noqa: PLC0415

    if wish.resume is not None:
        return _resumed(name, wish)
    if name is None:
        raise click.UsageError("which scenario? Give a file or a name; popsim scenarios lists those that ship")
    scenario = Scenario.load(name, load_plugins(wish.plugins_dir))
    return scenario.with_overrides(people=wish.people, days=wish.days, seed=wish.seed)


def _resumed(name: str | None, wish: _Wish) -> Scenario:
    """As the run was begun; options given again are kept, so that the run can refuse what differs."""
    from popsim.hooks import load_plugins  # noqa: PLC0415 - imports NumPy
    from popsim.runs.scenario import Scenario  # noqa: PLC0415 - imports NumPy
    from popsim.store import RunFolder  # noqa: PLC0415

    assert wish.resume is not None
    made_of = RunFolder.open(wish.resume).provenance
    registry = load_plugins(wish.plugins_dir)
    kept = wish.resume / "run.json"
    scenario = Scenario.load(name, registry) if name else Scenario.from_text(made_of["scenario_text"], kept, registry)
    given = {"people": wish.people, "days": wish.days, "seed": wish.seed}
    return scenario.with_overrides(**{key: made_of[key] if value is None else value for key, value in given.items()})


def newest_run(out: Path, *, since: float) -> Path | None:
    """The run folder that was made last, if that was after ``since`` (seconds since the epoch)."""
    made = {path.parent: path.stat().st_mtime for path in out.glob("*/run.json")}
    newest = max(made, key=lambda folder: made[folder], default=None)
    return newest if newest is not None and made[newest] >= since - 1 else None
