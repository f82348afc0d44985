"""The result of a run as a table worth reading, and what to do next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from popsim.cli.output import print_table
from popsim.cli.run_progress import speed_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Facts = Mapping[str, Any]

NOTHING = "–"
"""Stands where a number does not exist (the reference has nothing to be compared with) or cannot be told yet."""
_PER = "per 10,000"


def print_report(summary: Facts) -> None:
    """Print the key results of each arm, where everything is, and the next command to try."""
    arms: Sequence[Facts] = summary["arms"]
    headings = ["arm", f"clots expected\n{_PER}", f"avoided\n{_PER}", f"clots drawn\n{_PER}"]
    headings += ["embolisms", "deaths", "pooled\nin a leg"]
    print_table(headings, [_row(arm) for arm in arms], right=frozenset(headings[1:]))
    _print_harms(arms)
    _print_economics(summary["run"].get("prices"), arms)
    click.echo(_explanation(summary["run"], arms))
    click.echo()
    if summary["run"].get("draws"):
        _print_draws(summary)
    _print_places(summary)


def _print_harms(arms: Sequence[Facts]) -> None:
    """What each arm does besides, against the first: one row a harm, since there may be many."""
    harms, others = arms[0].get("harms", {}), arms[1:]
    if not harms or not others:
        return
    headings = [f"extra {_PER}", *(title_of(arm) for arm in others)]
    rows = [
        [str(harm["label"]), *(with_interval(arm["harms"][name], "extra_per_10000", "extra") for arm in others)]
        for name, harm in harms.items()
    ]
    print_table(headings, rows, right=frozenset(headings[1:]))


def _print_economics(prices: Facts | None, arms: Sequence[Facts]) -> None:
    """Cost-effectiveness of each arm against the first, where the scenario chose a price list."""
    if not prices or len(arms) < 2:
        return
    money = prices["currency"]
    headings = ["arm, per person", f"more cost\n{money}", "QALYs gained", f"ICER\n{money} per QALY", "net benefit"]
    rows = [_economics(title_of(arm), arm["economics"]) for arm in arms[1:] if arm.get("economics")]
    print_table(headings, rows, right=frozenset(headings[1:]))
    threshold = prices.get("threshold")
    worth = f"; net benefit at {threshold:,.0f} {money} a QALY" if threshold else ""
    click.echo(f"Prices and QALYs by {prices['name']}, undiscounted{worth}.")


def _economics(title: str, found: Facts) -> list[str]:
    icer = found["verdict"] if found["icer"] is None else figure(found["icer"])
    pairs = (("incremental_cost", "incremental_cost"), ("incremental_qalys", "incremental_qalys"))
    return [title, *(with_interval(found, *pair) for pair in pairs), icer or NOTHING, figure(found["net_benefit"])]


_DRAWN = {
    "expected_clots_per_10000": f"clots expected\n{_PER}",
    "avoided_per_10000": f"avoided\n{_PER}",
    "symptomatic_vte_per_1000_py": "diagnosed\nper 1000 years",
    "mean_pooled_ml": "pooled ml\nin a leg",
}


def _print_draws(summary: Facts) -> None:
    """What is unknown of the model: the same numbers under several sets of constants."""
    rows = [[title_of(arm), *(_range(arm["parameters"].get(key)) for key in _DRAWN)] for arm in summary["arms"]]
    print_table(["arm", *_DRAWN.values()], rows, right=frozenset(_DRAWN.values()))
    click.echo(
        f"95 % of {summary['run']['draws']} sets of constants that fit published results (popsim fit): what is unknown "
        "of the model.\nAll sets live the same people, days and luck.\n"
    )


def _range(limits: Sequence[float] | None) -> str:
    return NOTHING if limits is None else f"{figure(limits[0])} to {figure(limits[1])}"


def print_slice(path: Path, part: tuple[int, int]) -> None:
    """Say where one slice of a run is, and how the slices are joined."""
    click.echo(f"Slice {part[0]} of {part[1]}: {path}")
    click.echo(f"When all are done: popsim pack RUN RUN ... --out {path.parent / 'results.duckdb'}")


def _explanation(run: Facts, arms: Sequence[Facts]) -> str:
    lines = [
        f"{run['people']:,} people over {run['days']:,} days in each arm. A clot is a deep vein thrombosis, noticed or "
        "not; embolisms are those noticed.",
        "Brackets hold 95 % intervals of chance in this run, not of what is unknown about the model.",
    ]
    if len(arms) > 1:
        lines.insert(1, f"Avoided and extra are differences to {title_of(arms[0])}, person by person.")
    if not run.get("complete", True):
        lines.append(f"Only {run['shards_done']} of {run['shards_total']} parts of the run are there.")
    return "\n".join(lines)


def _row(arm: Facts) -> list[str]:
    pooled = figure(arm.get("mean_pooled_ml"))
    return [
        title_of(arm),
        with_interval(arm, "expected_clots_per_10000", "expected"),
        with_interval(arm, "avoided_per_10000", "avoided"),
        figure(arm.get("sampled_clots_per_10000")),
        figure(arm.get("pulmonary_embolisms")),
        figure(arm.get("deaths")),
        pooled if pooled == NOTHING else f"{pooled} ml",
    ]


def title_of(arm: Facts) -> str:
    """The arm's label, or its name where there is none."""
    return str(arm.get("label") or arm["name"])


def with_interval(facts: Facts, key: str, stem: str) -> str:
    """``2.31 (2.2 to 2.4)``, without the interval where it is not known."""
    value, low, high = figure(facts.get(key)), facts.get(f"{stem}_low"), facts.get(f"{stem}_high")
    return value if value == NOTHING or low is None or high is None else f"{value} ({figure(low)} to {figure(high)})"


def figure(value: float | None) -> str:
    """Three digits; counts and thousands whole, with separators."""
    if value is None:
        return NOTHING
    return f"{value:,.0f}" if isinstance(value, int) or abs(value) >= 1000 else f"{value:.3g}"


def _print_plugins(folder: Path) -> None:
    """How long each plugin's own code took, over all shards."""
    from popsim.store import RunFolder  # noqa: PLC0415 - only where a run has been made

    spent: dict[str, float] = {}
    for record in RunFolder.open(folder).committed() if (folder / "run.json").is_file() else ():
        for name, seconds in record["record"].get("plugin_seconds", {}).items():
            spent[name] = spent.get(name, 0.0) + seconds
    if spent:
        click.echo(f"Of it in plugins: {', '.join(f'{name} {seconds:.2f} s' for name, seconds in spent.items())}.")


def _print_places(summary: Facts) -> None:
    seconds = summary.get("seconds")
    if seconds:
        speed = speed_text(summary.get("people_days_per_second") or 0.0, 1.0)
        click.echo(f"Done in {seconds:.1f} s, {speed}.")
    _print_plugins(Path(summary["path"]))
    click.echo(f"Results: {summary.get('database') or summary['path']}")
    click.echo(f"Next:    popsim dashboard --runs {Path(summary['path']).parent}")
