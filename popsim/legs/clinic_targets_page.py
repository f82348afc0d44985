"""The table of targets as a page of documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from popsim.legs.clinic_ensemble import TargetRow

_HEAD = """# The leg against published ranges

Written by `popsim leg targets --markdown docs/legs/targets.md`. Ranges are about 95 % of people unless the source says
otherwise; `recalled` ranges were quoted from memory of the paper, `assumed` ones are choices of ours. "Leg" is the leg
with the constants that ship; mean and spread are over the ensemble of {members} parameter vectors that meet the healthy
leg's targets and all but a few of the others. So the spread is what the clinic's numbers leave open, not the variation
between people.

{met} of {count} targets are met by the shipped leg. It was fitted to these very ranges, most of them wide: they say
what the leg can reproduce, not that it predicts.

| group | quantity | published | leg | ensemble mean | 5–95 % | | grade | source |
|---|---|---|---|---|---|---|---|---|
"""


def targets_page(rows: Sequence[TargetRow], members: int) -> str:
    """Markdown of all targets."""
    lines = []
    for r in rows:
        t = r.target
        verdict = "inside" if t.met(r.value) else "**outside**"
        lines.append(
            f"| {t.group} | {t.quantity} | {t.low:g} to {t.high:g} {t.unit} | {r.value:.3g} | {r.mean:.3g} "
            f"| {r.low:.3g} to {r.high:.3g} | {verdict} | {t.grade} | {t.source} |"
        )
    met = sum(r.target.met(r.value) for r in rows)
    return _HEAD.format(members=members, met=met, count=len(rows)) + "\n".join(lines) + "\n"
