"""``popsim verify``: is everything still as it was written?"""

from __future__ import annotations

from pathlib import Path

import click

from popsim.cli.main import USER_ERROR
from popsim.cli.output import json_option, note, print_json


@click.command("verify")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN...")
@json_option
@click.pass_context
def command(ctx: click.Context, runs: tuple[Path, ...], as_json: bool) -> None:
    """Read RUNs, folders or packed files, whole, and compare every hash and count with what was written.

    Prints a hash of the results: two runs with the same hash have the same results, row by row.
    """
    from popsim.store import logical_hash, verify  # noqa: PLC0415 - imports DuckDB

    problems = {run: verify(run) for run in runs}
    hashes = {run: None if problems[run] else logical_hash(run) for run in runs}
    if as_json:
        print_json(
            {"runs": [{"run": r, "ok": not problems[r], "problems": problems[r], "hash": hashes[r]} for r in runs]}
        )
    for run in runs:
        for problem in problems[run]:
            note(problem if str(run) in problem else f"{run}: {problem}")
        if hashes[run] and not as_json:
            click.echo(f"{run} is undamaged, results {hashes[run]}")
    if any(problems.values()):
        ctx.exit(USER_ERROR)
