"""``popsim validate``: published experiments lived in the model, and whether it comes out where they did."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from popsim.cli.output import json_option, note, plugins_dir_option, print_json, print_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from popsim.validation import CaseResult

_REMEMBERED = 24
_PAGE = click.Path(path_type=Path, dir_okay=False, writable=True)


@click.command("validate")
@click.argument("cases", nargs=-1, metavar="[FILE|FOLDER|ID]...")
@click.option("--people", type=click.IntRange(1), metavar="N", help="So many people in every case, in one round.")
@click.option(
    "--max-seconds",
    type=click.FloatRange(0, min_open=True),
    default=60.0,
    metavar="S",
    show_default=True,
    help="No round of a case begins that would end later.",
)
@click.option(
    "--draws",
    type=click.IntRange(0, 10_000),
    default=20,
    metavar="K",
    show_default=True,
    help="Sets of constants out of the ensemble that ships, whose spread the intervals include; 0 for none.",
)
@click.option("--plot", type=_PAGE, metavar="FILE.svg", help="Also write a forest plot.")
@click.option("--report", type=_PAGE, metavar="FILE.md", help="Also write a page about all cases that ran.")
@plugins_dir_option
@json_option
def command(
    cases: Sequence[str],
    people: int | None,
    max_seconds: float,
    draws: int,
    plot: Path | None,
    report: Path | None,
    plugins_dir: Path | None,
    as_json: bool,
) -> None:
    """Run validation cases, those that ship unless some are named, and compare with what was published.

    Each case runs with ever more people until its Monte-Carlo error is below a fifth of the published half-width. A
    case is inside when the model's number is within the published interval, or within 20 % without one.
    """
    from popsim.hooks import load_plugins  # noqa: PLC0415 - imports NumPy
    from popsim.validation import Arms, Limits, find_cases, load_cases, run_case, with_sets  # noqa: PLC0415

    registry = load_plugins(plugins_dir)
    loaded = load_cases(find_cases(cases), registry)
    limits = Limits(people, max_seconds, plugins_dir)
    results: list[CaseResult] = []
    arms = Arms(registry, keep=_REMEMBERED)
    for number, one in enumerate(loaded, start=1):
        note(f"{number}/{len(loaded)}  {one.case.id}  {one.case.title}")
        results.append(run_case(one, registry, limits, arms))
    results = with_sets(results, loaded, arms, _sets(draws))
    _write(results, plot, report)
    if as_json:
        print_json([result.row() for result in results])
    else:
        _print(results)


def _sets(draws: int) -> list[Mapping[str, float]]:
    """So many sets of constants that fit, none where no ensemble ships."""
    from popsim.fitting import shipped_ensemble  # noqa: PLC0415 - as above

    ensemble = shipped_ensemble() if draws else None
    if ensemble is None:
        return []
    note(f"{draws} sets of constants out of {len(ensemble)}")
    return list(ensemble.chosen(draws))


def _write(results: Sequence[CaseResult], plot: Path | None, report: Path | None) -> None:
    from popsim.validation.forest import forest_svg  # noqa: PLC0415 - as above
    from popsim.validation.report import report as page  # noqa: PLC0415

    if plot is not None:
        plot.write_text(forest_svg(results), encoding="utf-8")
        note(f"plot in {plot}")
    if report is not None:
        report.write_text(page(results), encoding="utf-8")
        note(f"report in {report}")


def _print(results: Sequence[CaseResult]) -> None:
    print_table(
        ("case", "", "published", "model", "mc se", "z", "verdict", "people", "s"),
        [_line(result) for result in results],
        right=frozenset({"z", "mc se", "people", "s"}),
    )
    inside = sum(result.inside for result in results)
    vague = sum(not result.precise for result in results)
    click.echo(
        f"{inside} of {len(results)} inside"
        + (f"; {vague} with a Monte-Carlo error above the goal (~)" if vague else "")
    )


def _line(result: CaseResult) -> tuple[str, ...]:
    row = result.row()
    published = f"{row['target']:.3g}" + (f" ({row['low']:.3g} to {row['high']:.3g})" if row["low"] is not None else "")
    model = f"{row['model']:.3g} ({row['model_low']:.3g} to {row['model_high']:.3g})"
    error = f"{row['mc_se']:.2g}{'' if result.precise else ' ~'}"
    facts = (row["id"], result.case.title, published, model, error, f"{row['z']:+.1f}", row["verdict"])
    return (*facts, f"{result.people:,}", f"{result.seconds:.0f}")
