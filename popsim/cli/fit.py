"""``popsim fit``: constants fitted to published results, an ensemble of sets that fit, and what they rest on."""

from __future__ import annotations

import json
from pathlib import Path

import click

from popsim.cli.output import note
from popsim.errors import InputError

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("fit")
@click.option("--out", type=_FOLDER, default=Path("fits"), metavar="DIR", show_default=True, help="Folder of the fit.")
@click.option("--trials", type=click.IntRange(0), default=100, show_default=True, help="Points of the broad search.")
@click.option("--steps", type=click.IntRange(1), default=6, show_default=True, help="Most steps to the optimum.")
@click.option("--rounds", type=click.IntRange(0), default=2, show_default=True, help="Rounds of learning around it.")
@click.option("--learn", type=click.IntRange(1), default=150, show_default=True, help="Sets tried in each round.")
@click.option("--draws", type=click.IntRange(10), default=400, show_default=True, help="Sets in the ensemble.")
@click.option("--checks", type=click.IntRange(0), default=40, show_default=True, help="Sets tried at the end.")
@click.option("--clots", type=click.IntRange(100), default=80_000, show_default=True, help="Weighted clots per arm.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of search and draws.")
@click.option("--workers", type=click.IntRange(1, 256), default=2, show_default=True, help="Processes.")
@click.option(
    "--begin",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE.json",
    help="The summary of an earlier fit, from whose best set to begin as well.",
)
@click.option(
    "--repeat",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE.json",
    help="The summary of a fit, to begin as that one began.",
)
@click.option("--adopt", is_flag=True, help="Make the finished fit in DIR the one that ships: ensemble and constants.")
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    metavar="FILE.md",
    help="Write a page about the fit that ships.",
)
def command(
    out: Path,
    trials: int,
    steps: int,
    rounds: int,
    learn: int,
    draws: int,
    checks: int,
    clots: int,
    seed: int,
    workers: int,
    begin: Path | None,
    repeat: Path | None,
    adopt: bool,
    report: Path | None,
) -> None:
    """Fit the constants listed in popsim/fitting/fit.toml to the published results of popsim validate.

    A fit that was stopped goes on when it is called again with the same folder. It needs Optuna and scikit-learn:
    pip install 'popsim[fit]'.
    """
    if adopt or report:
        _ship(out, report, adopt=adopt)
        return
    from popsim.fitting.fitting import Wish, fit  # noqa: PLC0415 - imports NumPy

    values = _summary(begin)["values"] if begin else _summary(repeat)["begun_from"] if repeat else None
    wish = Wish(trials, steps, rounds, learn, draws, checks, clots, seed, workers)
    done = fit(out, wish, note, values)
    click.echo(f"{len(done.ensemble)} sets in {out}; make them the model's with popsim fit --adopt --out {out}")


def _summary(file: Path) -> dict[str, dict[str, float]]:
    """What an earlier fit found, and where it began."""
    try:
        summary = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"expected the summary of a fit, as JSON ({error})", path=file) from error
    if not isinstance(summary, dict) or not {"values", "begun_from"} <= set(summary):
        raise InputError("expected the summary of a fit, with its values and where it began", path=file)
    return summary


def _ship(out: Path, report: Path | None, *, adopt: bool) -> None:
    from popsim.fitting.adopt import adopt as make_ship  # noqa: PLC0415 - as above
    from popsim.fitting.report import page  # noqa: PLC0415 - as above

    if adopt:
        for line in make_ship(out):
            click.echo(line)
    if report:
        report.write_text(page(), encoding="utf-8")
        note(f"report in {report}")
