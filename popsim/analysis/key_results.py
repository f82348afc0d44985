"""The answers of a run, arm by arm: how much blood pooled, how many clots formed, what it harmed and used up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from popsim.analysis.batches import DAYS_PER_YEAR, MINUTES_PER_DAY, ArmName, Batches
from popsim.analysis.costs import ItemUse, items_used
from popsim.analysis.estimates import CLINICAL, TRUTH, Estimate, counted, jackknife, paired_difference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from popsim.store.results import Results

PER_PEOPLE = 10_000.0
LEGS = 2
_TWIN = "expected-"
"""How the name of a harm's expected number begins; the core's own measures have none."""


@dataclass(frozen=True)
class Harm:
    """Something bad that an intervention can do.

    Attributes:
        name: of the event.
        label: for people.
        counted: events that were drawn.
        counted_per_10000: the same per 10,000 people.
        expected_per_10000: probabilities added up, per 10,000 people: the same mean with far less noise.
        extra_per_10000: expected, minus that of the reference; ``None`` for the reference itself.
    """

    name: str
    label: str
    counted: int
    counted_per_10000: Estimate
    expected_per_10000: Estimate
    extra_per_10000: Estimate | None


@dataclass(frozen=True)
class ArmResult:
    """What happened in one arm.

    Attributes:
        name: stable name.
        label: for people.
        is_reference: whether the others are compared with it.
        people: alive at the start of the first day.
        person_days: days they lived through.
        expected_clots_per_10000: daily probabilities added up, per 10,000 people over the time simulated; detection:
            truth.
        sampled_clots_per_10000: clots that were drawn; detection: truth.
        symptomatic_vte_per_1000_py: symptomatic deep vein thromboses and pulmonary embolisms per 1,000 person-years;
            detection: clinical.
        pulmonary_embolisms: symptomatic ones, the fatal included; detection: clinical.
        fatal_embolisms: of those, how many killed; detection: clinical.
        silent_embolisms: those nobody noticed; detection: truth.
        deaths: from all causes: embolism, bleeding, within a month of a thrombosis, and all others.
        mean_pooled_ml: blood in one lower leg, mean over legs, people and all minutes of the day.
        avoided_per_10000: expected clots of the reference minus those of this arm, paired; ``None`` for the reference.
        avoided_sampled_per_10000: the same from the clots that were drawn.
        avoided_pooled_ml: pooled blood of the reference minus that of this arm, per leg, paired.
        harms: by name.
        costs: what was used up, by name of the item.
    """

    name: str
    label: str
    is_reference: bool
    people: int
    person_days: int
    expected_clots_per_10000: Estimate
    sampled_clots_per_10000: Estimate
    symptomatic_vte_per_1000_py: Estimate
    pulmonary_embolisms: int
    fatal_embolisms: int
    silent_embolisms: int
    deaths: int
    mean_pooled_ml: Estimate
    avoided_per_10000: Estimate | None
    avoided_sampled_per_10000: Estimate | None
    avoided_pooled_ml: Estimate | None
    harms: dict[str, Harm] = field(default_factory=dict)
    costs: dict[str, ItemUse] = field(default_factory=dict)


def key_results(results: Results) -> list[ArmResult]:
    """The answers of a run, one for each arm in order, from the people simulated so far.

    Differences from the first arm carry paired intervals (``popsim.analysis.estimates``). An arm without anybody in it
    yet has NaN for its rates.
    """
    batches = Batches.read(results)
    used = items_used(results)
    reference = batches.arms[0]
    return [_arm_result(batches, arm, reference, used.get(arm.id, {})) for arm in batches.arms]


def _arm_result(batches: Batches, arm: ArmName, reference: ArmName, used: dict[str, ItemUse]) -> ArmResult:
    people = batches.people.get(arm.id, 0)
    clots = batches.total(arm, "clots")
    return ArmResult(
        name=arm.name,
        label=arm.label,
        is_reference=arm == reference,
        people=people,
        person_days=round(batches.total(arm, "people")),
        expected_clots_per_10000=_expected(batches, arm),
        sampled_clots_per_10000=counted(clots, people, "clots per 10,000 people", TRUTH, per=PER_PEOPLE),
        symptomatic_vte_per_1000_py=_symptomatic(batches, arm),
        pulmonary_embolisms=round(batches.total(arm, "symptomatic_embolism")),
        fatal_embolisms=round(batches.total(arm, "fatal_embolism")),
        silent_embolisms=round(batches.total(arm, "silent_embolism")),
        deaths=round(sum(batches.total(arm, kind) for kind in _DEATHS)),
        mean_pooled_ml=jackknife(batches.per_day(arm, "pooled_ml_min", _PER_LEG_MINUTE), "mL per leg", at_least=0),
        avoided_per_10000=_avoided(batches, arm, reference, "expected_clots"),
        avoided_sampled_per_10000=_avoided(batches, arm, reference, "clots"),
        avoided_pooled_ml=_avoided_pooling(batches, arm, reference),
        harms=_harms(batches, arm, reference),
        costs=used,
    )


_DEATHS = ("deaths", "fatal_embolism", "fatal_bleeding", "thrombosis_death")
_PER_LEG_MINUTE = 1.0 / (LEGS * MINUTES_PER_DAY)


def _expected(batches: Batches, arm: ArmName) -> Estimate:
    rate = batches.per_people(arm, "expected_clots", PER_PEOPLE)
    return jackknife(rate, "clots per 10,000 people", TRUTH, at_least=0)


def _symptomatic(batches: Batches, arm: ArmName) -> Estimate:
    """A fatal embolism is also counted as a symptomatic one, so it is not added again."""
    events = batches.total(arm, "symptomatic_dvt") + batches.total(arm, "symptomatic_embolism")
    years = batches.total(arm, "people") / DAYS_PER_YEAR
    return counted(events, years, "events per 1,000 person-years", CLINICAL, per=1000.0)


def _avoided(batches: Batches, arm: ArmName, reference: ArmName, measure: str) -> Estimate | None:
    if arm == reference:
        return None
    before, after = (batches.per_people(a, measure, PER_PEOPLE) for a in (reference, arm))
    return paired_difference(before, after, "clots avoided per 10,000 people", TRUTH)


def _avoided_pooling(batches: Batches, arm: ArmName, reference: ArmName) -> Estimate | None:
    if arm == reference:
        return None
    before, after = (batches.per_day(a, "pooled_ml_min", _PER_LEG_MINUTE) for a in (reference, arm))
    return paired_difference(before, after, "mL per leg less than the reference")


def _harms(batches: Batches, arm: ArmName, reference: ArmName) -> dict[str, Harm]:
    return {name: _harm(batches, arm, reference, name) for name in harm_names(batches.labels)}


def harm_names(measures: Sequence[str] | dict[str, str]) -> list[str]:
    """Which measures count harms of interventions: those with an expected twin."""
    return [name for name in measures if _TWIN + name in measures]


def _harm(batches: Batches, arm: ArmName, reference: ArmName, name: str) -> Harm:
    twin = _TWIN + name
    unit, people = "events per 10,000 people", batches.people.get(arm.id, 0)
    own, others = (batches.per_people(a, twin, PER_PEOPLE) for a in (arm, reference))
    return Harm(
        name=name,
        label=batches.labels[name],
        counted=round(batches.total(arm, name)),
        counted_per_10000=counted(batches.total(arm, name), people, unit, per=PER_PEOPLE),
        expected_per_10000=jackknife(own, unit, at_least=0),
        extra_per_10000=None if arm == reference else paired_difference(own, others, unit),
    )
