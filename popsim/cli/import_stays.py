"""``popsim import-stays``: check a hospital's records, write them as stays and people, compare policies on them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from popsim.cli.output import json_option, note, print_json, print_table

if TYPE_CHECKING:
    from popsim.routines.stays_import import Imported
    from popsim.runs.replay import Replay


@click.command("import-stays")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), metavar="FOLDER", help="Write stays, people and scenario here.")
@click.option("--replay", "replayed", is_flag=True, help="Say who would be given heparin under hospital policies.")
@click.option("--policy", "rules", multiple=True, metavar="RULE", help="Replay this rule; may be given several times.")
@json_option
def command(files: tuple[Path, ...], out: Path | None, replayed: bool, rules: tuple[str, ...], as_json: bool) -> None:
    """Check what a hospital recorded about stays, say what is in it, and make it a source for scenarios.

    FILES are a folder, or admissions.csv and as many of transfers.csv, diagnoses.csv, procedures.csv and drugs.csv as
    there are. With --out come stays.csv, people.csv with those who had them, and replay.toml, a scenario in which they
    have them again.
    """
    from popsim.evidence import Evidence  # noqa: PLC0415 - imports NumPy
    from popsim.routines.stays_import import import_stays  # noqa: PLC0415

    imported = import_stays(files, Evidence.load())
    told: dict[str, Any] = _summary(imported)
    lived = _replay(imported, rules) if replayed or rules else None
    if out is not None:
        _write(out, imported, rules)
    if as_json:
        print_json(told | {"out": out and str(out)} | ({} if lived is None else {"replay": _table(lived)}))
        return
    _print(told)
    if lived is not None:
        _print_replay(lived)
    if out is not None:
        note(f"written to {out}: stays.csv, people.csv, replay.toml")


def _replay(imported: Imported, rules: tuple[str, ...]) -> Replay:
    from popsim.hooks import load_plugins  # noqa: PLC0415 - imports every plugin
    from popsim.runs.replay import replay  # noqa: PLC0415

    return replay(imported, load_plugins(), {rule: rule for rule in rules} or None)


def _write(out: Path, imported: Imported, rules: tuple[str, ...]) -> None:
    from popsim.routines.stays_import import write_imported  # noqa: PLC0415 - imports NumPy
    from popsim.runs.replay import POLICIES, replay_text  # noqa: PLC0415

    write_imported(out, imported)
    text = replay_text(imported, rules or list(POLICIES.values()))
    (out / "replay.toml").write_text(text, encoding="utf-8")


def _summary(imported: Imported) -> dict[str, Any]:
    from popsim.routines.reasons import REASONS  # noqa: PLC0415 - keeps the command's help fast

    stays = imported.stays
    return {
        "stays": len(stays),
        "people": len({record.person for record in imported.records}),
        "nights": sum(stay.nights for stay in stays),
        "icu_nights": sum(stay.units.count("I") for stay in stays),
        "codes": imported.codes,
        "codes_telling": imported.codes_telling,
        "reasons": dict(Counter(REASONS[stay.reason].name for stay in stays).most_common()),
        "given_prophylaxis": sum("P" in stay.doses for stay in stays),
        "given_treatment": sum("T" in stay.doses for stay in stays),
        "new_clots": sum(patient.new_clot for patient in imported.patients),
        "died": sum(stay.died for stay in stays),
    }


def _print(told: dict[str, Any]) -> None:
    click.echo(f"{told['stays']} stays of {told['people']} people, {told['nights']} nights")
    click.echo(f"  {told['icu_nights']} nights in intensive care, {told['died']} deaths")
    click.echo(f"  {told['codes_telling']} of {told['codes']} codes tell something")
    click.echo(f"  given prophylaxis in {told['given_prophylaxis']} stays, treatment in {told['given_treatment']}")
    click.echo(f"  {told['new_clots']} stays with a code of a new clot")
    print_table(("reason", "stays"), [(k, str(n)) for k, n in told["reasons"].items()], right=frozenset({"stays"}))


def _table(lived: Replay) -> list[dict[str, Any]]:
    return [
        {
            "policy": row.policy,
            "rule": row.rule,
            "given_by_both": row.both,
            "only_by_policy": row.only_policy,
            "only_in_fact": row.only_fact,
            "by_neither": row.neither,
            "differently": row.differently,
            "days": row.days,
        }
        for row in lived.table()
    ]


def _print_replay(lived: Replay) -> None:
    import numpy as np  # noqa: PLC0415 - keeps the command's help fast

    down, given = np.median(lived.down_hours / lived.nights), int((lived.given > 0).sum())
    click.echo(f"lived again: {down:.1f} h in bed for every night (median); in fact {given} stays were given something")
    heads = ("policy", "both", "only policy", "only in fact", "neither", "differently", "days")
    rows = [
        (r.policy, *(str(n) for n in (r.both, r.only_policy, r.only_fact, r.neither, r.differently, r.days)))
        for r in lived.table()
    ]
    print_table(heads, rows, right=frozenset(heads[1:]))
