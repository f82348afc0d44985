"""Write ``docs/interventions.md``: every intervention, routine, risk score and price that ships, from the plugins.

Run ``python scripts/plugin_gallery.py`` after changing a plugin; a test compares the page with what this prints. With
``--pictures`` the pictures under ``docs/images/plugins`` are drawn anew, which takes some minutes.
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from popsim.clots.care import CARE_EFFECTS
from popsim.hooks import load_plugins
from popsim.legs.fit import LEG_EFFECTS
from popsim.runs.scenario_reference import described_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from popsim.evidence import Constant, Evidence
    from popsim.hooks import DailyRoutine, Intervention, Offer, PluginRegistry, PriceList, RiskScore

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE, PICTURES = DOCS / "interventions.md", DOCS / "images" / "plugins"
SHARED = ("coverage", "adherence")
HEAD = """\
# Interventions, routines and risk scores

<!-- written by: python scripts/plugin_gallery.py -->

What ships with popsim. Each is a plugin of one short file in `plugins/popsim_plugins/`, loaded through the same door as
anyone's; a scenario names it in an arm, such as `plugins = { walking-breaks = { every_min = 30 } }`. All of them know
`coverage`, the share of eligible people who take it up, and `adherence`, the mean share of days on which takers keep to
it, both 0 to 1 and 1 unless said otherwise. Numbers rest on constants that `[evidence]` can set; each says how well it
is known: *literature* was read in the publication, *secondary* read where another quotes it, *recalled* quoted from
memory, *model* computed, *assumed* chosen.

The pictures show what each does to the people of a standard cohort on whom it acts, against the same people without
it: the volume of blood in both lower legs over two weeks, the activation of the valve pockets by stagnation, and the
hazard of a clot. A bar to the left is less. A few interventions have other settings there than the defaults
(`scripts/plugin_pictures.py`), as two weeks are short.

What several interventions do to one leg or one person's blood combines by fixed rules, whatever their order: factors
multiply, movement bursts add, of two compressions the higher acts. Days are edited in the order of this page.
"""


def gallery(registry: PluginRegistry) -> str:
    """The page, as Markdown."""
    evidence = registry.evidence()
    shipped = {offer for plugin in registry.plugins if plugin.distribution == "popsim" for offer in plugin.offers}
    interventions = [kind for name, kind in registry.interventions.items() if name in shipped]
    scores = [score for name, score in registry.scores.items() if name in shipped]
    overview = _table(
        ("intervention", "name", "changes"),
        ((f"[{i.label}](#{_anchor(i.label)})", f"`{i.name}`", _listed(i.writes)) for i in interventions),
    )
    routines = [kind for name, kind in registry.routines.items() if name in shipped]
    prices = [prices for name, prices in registry.price_lists.items() if name in shipped]
    parts = [
        HEAD,
        overview,
        *(_intervention(i, evidence) for i in interventions),
        *(_routine(r, evidence) for r in routines),
        *(_score(s) for s in scores),
        *(_prices(p, evidence) for p in prices),
    ]
    return "\n".join(parts)


def shipped_names(registry: PluginRegistry) -> tuple[list[str], list[str]]:
    """Names of the interventions and of the routines that ship."""
    shipped = {offer for plugin in registry.plugins if plugin.distribution == "popsim" for offer in plugin.offers}
    return [n for n in registry.interventions if n in shipped], [n for n in registry.routines if n in shipped]


def _picture(kind: type[Offer]) -> list[str]:
    return [f"![What {kind.label} does to a standard cohort](images/plugins/{kind.name}.svg)", ""]


def _routine(kind: type[DailyRoutine], evidence: Evidence) -> str:
    facts = [
        f"Routine `{kind.name}` for `[routine.plugins.{kind.name}]`; its days: {', '.join(kind.kinds)}.",
        f"Looks at {_listed(kind.reads)}." if kind.reads else "",
    ]
    lines = [f"## {kind.label}", "", inspect.cleandoc(kind.__doc__ or ""), "", " ".join(filter(None, facts)), ""]
    constants = _constants([evidence.constant(n) for n in kind.evidence_names])
    return "\n".join([*lines, *_picture(kind), *_parameters(kind), *constants])


def _prices(prices: PriceList, evidence: Evidence) -> str:
    lines = [
        f"## Prices: {prices.label}",
        "",
        f'`prices = "{prices.name}"` under `[outputs]`, in {prices.currency}.',
        "",
    ]
    costs, losses = (
        [(f"`{key}`", _value(c), c.grade, c.source) for key, name in named.items() for c in (evidence.constant(name),)]
        for named in (prices.unit_costs, prices.utilities)
    )
    tables = [_table(("item or event", "price of one", "grade", "source"), costs)]
    tables += [_table(("event", "quality-adjusted life years lost", "grade", "source"), losses)] if losses else []
    return "\n".join([*lines, *tables])


def _intervention(kind: type[Intervention], evidence: Evidence) -> str:
    facts = [
        f"Name `{kind.name}`; changes {_changes(kind.writes)}.",
        f"Looks at {_listed(kind.reads)}." if kind.reads else "",
        *_harms(kind, evidence),
        *(f"Uses {cost.quantity:g} `{cost.item}` ({cost.unit}) per {cost.per}." for cost in kind.costs),
    ]
    lines = [f"## {kind.label}", "", inspect.cleandoc(kind.__doc__ or ""), "", " ".join(filter(None, facts)), ""]
    constants = _constants([evidence.constant(n) for n in kind.evidence_names])
    return "\n".join([*lines, *_picture(kind), *_parameters(kind), *constants])


def _harms(kind: type[Intervention], evidence: Evidence) -> list[str]:
    harms = kind(kind.Params(), evidence).harms()
    return [f"Can cause {', '.join(f'`{harm.event}`' for harm in harms)}."] if harms else []


def _parameters(kind: type[Offer]) -> list[str]:
    fields = described_fields(kind.Params.model_json_schema())
    own = [f for f in fields if f.name not in SHARED or f.default != "1.0"]
    rows = ((f"`{f.name}`", f.expects, f.default, f.meaning) for f in own)
    return [_table(("parameter", "expects", "default", "meaning"), rows)] if own else []


def _constants(constants: Sequence[Constant]) -> list[str]:
    rows = ((f"`{c.name}`", _value(c), c.grade, c.meaning, c.source) for c in constants)
    return [_table(("constant", "value", "grade", "meaning", "source"), rows)] if constants else []


def _value(constant: Constant) -> str:
    unit = "" if constant.unit == "1" else f" {constant.unit}"
    spread = f" ({constant.spread[1]:g} to {constant.spread[2]:g})" if constant.spread else ""
    return f"{constant.value:g}{unit}{spread}"


def _score(score: RiskScore) -> str:
    lines = [f"## {score.label}", "", f"Name `{score.name}`; looks at {_listed(score.reads)}. {score.source}.", ""]
    rows = ((item.label, f"{item.points:g}", item.basis) for item in score.items)
    return "\n".join([*lines, *([_table(("item", "points", "read from"), rows)] if score.items else [])])


def _changes(writes: Iterable[str]) -> str:
    words = {"day": "the day", "blood": "the hazard of a clot", "wall": "the walls of a leg's veins"}
    words |= {f"care.{name}": effect.meaning[0].lower() + effect.meaning[1:] for name, effect in CARE_EFFECTS.items()}
    words |= {f"leg.{name}": effect.meaning[0].lower() + effect.meaning[1:] for name, effect in LEG_EFFECTS.items()}
    return "; ".join(words[name] for name in sorted(writes))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))


def _anchor(label: str) -> str:
    return "".join(c for c in label.lower() if c.isalnum() or c in " -").replace(" ", "-")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join([*(f"| {' | '.join(line)} |" for line in lines), ""])


if __name__ == "__main__":
    PAGE.write_text(gallery(load_plugins()), encoding="utf-8")
    if "--pictures" in sys.argv:
        from plugin_pictures import draw_all

        draw_all(load_plugins(), *shipped_names(load_plugins()), PICTURES)
