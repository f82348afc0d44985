"""``popsim validate-scenario``: every problem of a scenario file at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from popsim.cli.main import USER_ERROR
from popsim.cli.output import json_option, note, plugins_dir_option, print_json
from popsim.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


@click.command("validate-scenario")
@click.argument("scenario")
@plugins_dir_option
@json_option
@click.pass_context
def command(ctx: click.Context, scenario: str, plugins_dir: Path | None, as_json: bool) -> None:
    """Check a SCENARIO, a file or the name of one that ships, without running it.

    Every problem is reported on one line as file:line: key: what was expected (got ...).
    """
    from popsim.hooks import load_plugins  # noqa: PLC0415 - imports NumPy
    from popsim.runs.scenario import Scenario  # noqa: PLC0415
    from popsim.runs.scenario_errors import ScenarioError  # noqa: PLC0415

    problems: tuple[InputError, ...] = ()
    try:
        checked = Scenario.load(scenario, load_plugins(plugins_dir))
    except ScenarioError as error:
        problems = error.problems
    except InputError as error:
        problems = (error,)
    if as_json:
        print_json({"scenario": scenario, "valid": not problems, "problems": [_facts(p) for p in problems]})
    for problem in problems:
        note(str(problem))
    if problems:
        ctx.exit(USER_ERROR)
    if not as_json:
        click.echo(
            f"{scenario} is fine: {checked.people.count:,} people, {checked.days:,} days, "
            f"{len(checked.arms)} arm{'s' * (len(checked.arms) > 1)} ({', '.join(arm.name for arm in checked.arms)})"
        )


def _facts(problem: InputError) -> dict[str, object]:
    return {
        "file": None if problem.path is None else str(problem.path),
        "line": problem.line,
        "key": problem.key,
        "message": problem.message,
    }
