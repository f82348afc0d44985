"""Small pictures of what each shipped intervention and routine does to a standard cohort.

The cohort is a town of adults, some of whom fly, fall ill or get a new hip, some with leaking or narrow veins. A
picture compares those on whom something acted with the same people without it, over the same days. Clots are so rare
in it that none happens: the hazard is compared, not luck.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from popsim.life import Life
from popsim.runs.scenario import Scenario
from popsim.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from popsim.hooks import PluginRegistry

DAYS = 14
BASE, RARER = "clots.base_hazard_per_leg_day", 1e-6
MEASURES = ("Blood in the legs", "Stagnation", "Chance of a clot")
TOWN = """
name = "standard-cohort"
title = "The standard cohort of the gallery"
days = {days}
seed = 3
[people]
count = 800
[routine]
diaries_per_group = 12
{routine}
[[trips]]
mode = "flight"
hours = 11
between = [1, 10]
share = 0.2
[[stays]]
reason = "medical"
between = [0, 9]
share = 0.15
[[stays]]
reason = "hip-replacement"
between = [0, 9]
share = 0.1
[[stays]]
reason = "stroke"
between = [0, 9]
share = 0.05
"""
SETTINGS: dict[str, dict[str, Any]] = {
    "calf-physiotherapy": {"weeks": 3},
    "walking-breaks": {"during": ["seated"]},
    "walking-prompts": {"during": ["seated"]},
    "calf-raises": {"during": ["seated"]},
    "toe-walking": {"during": ["seated"]},
    "vena-cava-filter": {"only_after_clots": False},
    "pregnancy": {"on_day": -200},
}
"""Settings under which the standard cohort shows something in its two weeks, where the defaults do not."""


@dataclass(frozen=True)
class Lived:
    """What the days did to everybody.

    Attributes:
        measures: one array ``(N,)`` for each of ``MEASURES``.
        acted: on whom anything acted, ``(N,)``.
    """

    measures: tuple[NDArray[np.float64], ...]
    acted: NDArray[np.bool_]


def cohort(registry: PluginRegistry, routine: str = "") -> World:
    """The standard cohort, living by a routine where one is named; every tenth has varices, another a narrow vein."""
    table = f"[routine.plugins.{routine}]\n" if routine else ""
    world = World.build(Scenario.from_text(TOWN.format(days=DAYS, routine=table), None, registry), registry)
    people = world.people.copy()
    order = np.arange(len(people)) % 10
    rare = world.evidence.override({BASE: world.evidence[BASE] * RARER})
    people["superficial_leak"] = np.where(order == 0, 0.5, people["superficial_leak"])
    people["outflow_resistance"] = np.where(order == 1, 6.0, people["outflow_resistance"])
    people["ankle_range"] = np.where(order == 2, 0.4, people["ankle_range"])
    return replace(world, people=people, evidence=rare)


def lived(world: World, plugins: Mapping[str, Mapping[str, Any]]) -> Lived:
    """Let the cohort live with these interventions."""
    kinds = world.registry.interventions
    params = {name: kinds[name].Params.model_validate(settings) for name, settings in plugins.items()}
    life = Life(replace(world, chosen={"tried": params}), "tried")
    totals = [np.zeros(len(world.people)) for _ in MEASURES]
    acted = np.zeros(len(world.people), dtype=bool)
    for _ in range(DAYS):
        today, alive = world.today(life.day), life.death_day >= life.day
        for here in life.interventions.effects(today, alive).acting.values():
            acted |= here
        life.live_day()
        totals[0] += life.legs.pooled_ml_min.sum(axis=0)
        totals[1] += life.legs.dose_min.sum(axis=0)
        totals[2] -= np.log1p(-life.clotting.today).sum(axis=0)
    return Lived(tuple(totals), acted)


def changes(tried: Lived, usual: Lived, who: NDArray[np.bool_]) -> list[float]:
    """Relative change of each measure among these people."""
    pairs = zip(tried.measures, usual.measures, strict=True)
    return [float(a[who].sum() / b[who].sum() - 1.0) for a, b in pairs]


def draw_all(registry: PluginRegistry, interventions: Sequence[str], routines: Sequence[str], folder: Path) -> None:
    """Write a picture for each intervention and routine."""
    folder.mkdir(parents=True, exist_ok=True)
    world = cohort(registry)
    usual = lived(world, {})
    for name in interventions:
        tried = lived(world, {name: SETTINGS.get(name, {})})
        (folder / f"{name}.svg").write_text(_svg(tried, usual, tried.acted), encoding="utf-8")
    for name in routines:
        other = cohort(registry, name)
        tried, who = lived(other, {}), _living_by(other, world)
        (folder / f"{name}.svg").write_text(_svg(tried, usual, who), encoding="utf-8")


def _living_by(other: World, world: World) -> NDArray[np.bool_]:
    """Whose ordinary weeks differ between the two."""
    days = zip(other.week.T.tolist(), world.week.T.tolist(), strict=True)
    return np.array([mine != usual for mine, usual in days])


def _svg(tried: Lived, usual: Lived, who: NDArray[np.bool_]) -> str:
    change = changes(tried, usual, who) if who.any() else [0.0] * len(MEASURES)
    return picture(change, int(who.sum()), len(who))


def picture(change: Sequence[float], reached: int, people: int) -> str:
    """Bars to the left for less and to the right for more, as an SVG of a few hundred bytes."""
    middle, half, widest = 265, 110, max(0.1, *(min(abs(c), 1.0) for c in change))
    rows = []
    for i, (label, value) in enumerate(zip(MEASURES, change, strict=True)):
        y, length = 8 + 22 * i, half * min(abs(value), widest) / widest
        x = middle - length if value < 0 else middle
        colour = "#2a7f62" if value < 0 else "#b5483a"
        end = middle + half + 8
        rows.append(
            f'<text x="4" y="{y + 12}">{escape(label)}</text>'
            f'<rect x="{x:.1f}" y="{y}" width="{max(length, 0.5):.1f}" height="15" fill="{colour}"/>'
            f'<text x="{end}" y="{y + 12}">{_percent(value)}</text>'
        )
    said = f"{reached} of {people} people of the standard cohort, {DAYS} days"
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="450" height="98" viewBox="0 0 450 98" '
        'font-family="sans-serif" font-size="12" role="img">'
        f"<title>{escape(said)}: {'; '.join(f'{m} {_percent(c)}' for m, c in zip(MEASURES, change, strict=True))}"
        '</title><rect width="450" height="98" fill="#ffffff"/>'
        f'<line x1="{middle}" y1="4" x2="{middle}" y2="72" stroke="#888888"/>{"".join(rows)}'
        f'<text x="4" y="90" fill="#666666" font-size="11">{escape(said)}</text></svg>\n'
    )


def _percent(value: float) -> str:
    if abs(value) < 0.0005:
        return "as usual"
    sign = "+" if value > 0 else "\N{MINUS SIGN}"
    return f"{sign}{100 * abs(value):.1f}\N{NO-BREAK SPACE}%"
