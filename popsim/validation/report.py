"""The page that says how well the model reproduces what was published."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from popsim import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from popsim.validation.verdict import CaseResult

_GUIDE = Path(__file__).with_name("guide.md")

_ROLES = {
    "reproduced": (
        "Reproduced or missed",
        "The model was not told these numbers. They are what validation is about.",
    ),
    "fitted": (
        "Fitted together",
        "Targets of one fit of all constants ([fitting](fitting.md)): being inside says that one set of constants with "
        "a meaning\ncan hold them all at once, not that the number was foreseen.",
    ),
    "entered": (
        "Entered",
        "The number is itself a constant of the model, or nearly; the case checks that the constant acts as it should.",
    ),
}


def report(results: Sequence[CaseResult]) -> str:
    """The page as Markdown: a summary, a table by role, misses and why, and how to add a case."""
    parts = ["# Validation\n", "<!-- written by: popsim validate --report docs/validation.md -->\n", _summary(results)]
    for role, (heading, meaning) in _ROLES.items():
        chosen = [result for result in results if result.case.role == role]
        if chosen:
            parts += [f"## {heading}\n", f"{meaning}\n", _table(chosen)]
    parts += [_misses(results), _notes(results), _GUIDE.read_text(encoding="utf-8")]
    return "\n".join(parts).rstrip() + "\n"


def _summary(results: Sequence[CaseResult]) -> str:
    counted = []
    for role, (heading, _) in _ROLES.items():
        chosen = [result for result in results if result.case.role == role]
        if chosen:
            counted.append(f"| {heading} | {len(chosen)} | {sum(r.inside for r in chosen)} |")
    return (
        f"popsim {__version__}, constants as shipped. Each case lives one published experiment in the model and asks "
        "for the number that\nwas published. A case is *inside* when the model's number lies within the published 95 % "
        "interval, or within 20 % of the\nnumber where no interval was published. *z* is the distance in standard "
        f"errors of both, on the log scale for rates and\nratios. {_of_intervals(results)}\n\n"
        "| | cases | inside |\n|---|---|---|\n" + "\n".join(counted) + "\n"
    )


def _of_intervals(results: Sequence[CaseResult]) -> str:
    sets = max((len(result.by_set) for result in results), default=0)
    if not sets:
        return "The model's interval is Monte-Carlo error alone."
    held = "Monte-Carlo error and the spread\nof"
    return f"The model's interval holds {held} {sets} sets of constants ([fitting](fitting.md))."


def _table(results: Sequence[CaseResult]) -> str:
    head = "| case | | looked for by | published | model | z | |\n|---|---|---|---|---|---|---|\n"
    return head + "".join(_row(result) for result in results)


def _row(result: CaseResult) -> str:
    case, found, target = result.case, result.outcome, result.case.target
    published = _with_limits(target.estimate, target.low, target.high)
    model = _with_limits(found.value, *result.interval)
    verdict = "inside" if result.inside else "**outside**"
    error = "" if result.precise else " (imprecise)"
    method = case.detection.method.replace("_", " ")
    z = f"{result.z:+.1f}" if math.isfinite(result.z) else "–"
    return f"| {case.id} | {case.title} | {method} | {published} | {model}{error} | {z} | {verdict} |\n"


def _with_limits(value: float, low: float | None, high: float | None) -> str:
    if not math.isfinite(value):
        return "no event"
    known = low is not None and high is not None and math.isfinite(low) and math.isfinite(high)
    return f"{value:.3g} ({low:.3g} to {high:.3g})" if known else f"{value:.3g}"


def _notes(results: Sequence[CaseResult]) -> str:
    """Sources, and what each case assumes beyond its publication."""
    by_note: dict[str, list[str]] = {}
    for result in results:
        by_note.setdefault(result.case.notes, []).append(result.case.id)
    notes = [f"- {', '.join(ids)}: {note}" for note, ids in by_note.items() if note]
    sources = [
        f"- {r.case.id}: {r.case.target.definition}. {r.case.target.source} ({r.case.target.confidence})"
        for r in results
    ]
    return (
        "## What the cases assume\n\n" + "\n".join(notes) + "\n\n## What was published\n\n" + "\n".join(sources) + "\n"
    )


def _misses(results: Sequence[CaseResult]) -> str:
    """Why cases outside are outside, as their files say."""
    missed = [result for result in results if not result.inside]
    if not missed:
        return "## What the model misses\n\nNothing.\n"
    lines = [f"- {r.case.id}, {_direction(r)}: {r.case.miss or 'No explanation yet.'}" for r in missed]
    return "## What the model misses, and why\n\n" + "\n".join(lines) + "\n"


def _direction(result: CaseResult) -> str:
    value, published = result.outcome.value, result.case.target.estimate
    if not math.isfinite(value):
        return "no event"
    return "too high" if value > published else "too low"
