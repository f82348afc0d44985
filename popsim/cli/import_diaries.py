"""``popsim import-diaries``: check a file of diaries and write it in plain form."""

from __future__ import annotations

from pathlib import Path

import click

from popsim.cli.output import json_option, note, print_json, print_table


@click.command("import-diaries")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Write the checked diaries here (CSV).")
@json_option
def command(file: Path, out: Path | None, as_json: bool) -> None:
    """Check diaries that people kept, say what is in them, and write them in plain form.

    FILE is a CSV with the columns person_id, start, end, activity, and if known day, age, sex, work. With --out the
    days are written from 04:00 to 04:00 under popsim's own names of activities.
    """
    from popsim.routines.diaries import mean_minutes, read_days, write_days  # noqa: PLC0415 - imports NumPy

    days = read_days(file)
    people = len({day.person for day in days})
    means = mean_minutes(days)
    if out is not None:
        write_days(out, days)
    if as_json:
        print_json({"days": len(days), "people": people, "mean_minutes": means, "out": out and str(out)})
        return
    click.echo(f"{len(days)} day{'s' * (len(days) != 1)} of {people} {'people' if people != 1 else 'person'}")
    rows = [(name, f"{minutes:.1f}") for name, minutes in means.items()]
    print_table(("activity", "mean min a day"), rows, right=frozenset({"mean min a day"}))
    if out is not None:
        note(f"written to {out}")
