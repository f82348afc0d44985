"""``popsim pack``: one file to keep or to hand on."""

from __future__ import annotations

from pathlib import Path

import click

from popsim.cli.output import json_option, print_json


@click.command("pack")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN...")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The file; results.duckdb in the first RUN if left out.",
)
@click.option("--allow-partial", is_flag=True, help="Pack what is there, though parts are missing; the file says so.")
@json_option
def command(runs: tuple[Path, ...], out: Path | None, allow_partial: bool, as_json: bool) -> None:
    """Join the folders of one run, or of all slices of one run, in a single DuckDB file."""
    from popsim.store import pack  # noqa: PLC0415 - imports DuckDB

    packed = pack(list(runs), out, allow_partial=allow_partial)
    if as_json:
        print_json({"database": packed, "bytes": packed.stat().st_size})
    else:
        click.echo(f"{packed} ({packed.stat().st_size / 1e6:.1f} MB)")
