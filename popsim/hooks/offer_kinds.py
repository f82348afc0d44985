"""The kinds of things that plugins offer: by which hook, under what name, and what makes one acceptable."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from popsim.errors import PopsimError, did_you_mean
from popsim.hooks.contract import class_problem, name_problem, offer_problems
from popsim.hooks.daily_routine import DailyRoutine, RoutineParams
from popsim.hooks.episode import Episode
from popsim.hooks.intervention import Intervention
from popsim.hooks.outcome import DetectionMethod, Outcome
from popsim.hooks.own_table import own_table_problem
from popsim.hooks.panel import Panel
from popsim.hooks.prices import PriceList
from popsim.hooks.scores import RiskScore
from popsim.routines.activities import ACTIVITIES, TAGS, Activity
from popsim.routines.calendar import HOSPITAL_KINDS, EpisodeKind
from popsim.routines.stays import REASON_CODES

if TYPE_CHECKING:
    from collections.abc import Callable

    from popsim.hooks.offer import Offer

_FILE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_EPISODE_KINDS = (EpisodeKind.JOURNEY, EpisodeKind.FLIGHT, *HOSPITAL_KINDS)


@dataclass(frozen=True)
class OfferKind:
    """One kind of thing that a plugin can offer.

    Attributes:
        hook: by which it is offered.
        field: where a ``PluginRegistry`` keeps it.
        noun: what it is called in errors.
        expected: what the hook must return, in words.
        of_kind: whether something is of this kind at all.
        problem: what is wrong with one of this kind, one sentence; empty when nothing is.
        name: under which it is known.
    """

    hook: str
    field: str
    noun: str
    expected: str
    of_kind: Callable[[Any], bool]
    problem: Callable[[Any], str]
    name: Callable[[Any], str] = lambda offer: str(offer.name)

    def check(self, offer: Any) -> None:
        """Raise ``PopsimError`` with one sentence when this is no acceptable offer."""
        if not self.of_kind(offer):
            raise PopsimError(f"hook {self.hook}: expected {self.expected} (got {offer!r})")
        problem = self.problem(offer)
        if problem:
            raise PopsimError(problem)


def _subclass(base: type) -> Callable[[Any], bool]:
    return lambda offer: inspect.isclass(offer) and issubclass(offer, base)


def _activity_problem(activity: Activity) -> str:
    if activity.name in ACTIVITIES:
        return f"the activity name {activity.name!r} is already taken"
    strange = sorted(set(activity.tags) - TAGS)
    if strange:
        hint = did_you_mean(strange[0], TAGS)
        return f"activity {activity.name}: expected tags of activities (got {strange[0]!r}){hint}"
    return _named("activity", activity)


def _named(noun: str, offer: Any) -> str:
    problem = name_problem(offer.name)
    return problem and f"{noun} {offer.name!r}: {problem}"


def _set_by_scenarios(noun: str, *more: Callable[[Any], str]) -> Callable[[Any], str]:
    def problem(offer: type[Offer]) -> str:
        found = next(offer_problems(offer), "") or next(filter(None, (check(offer) for check in more)), "")
        return found and f"{noun} {getattr(offer, 'name', offer.__name__)}: {found}"

    return problem


def _overrides(base: type, *methods: str) -> Callable[[Any], str]:
    def problem(offer: type) -> str:
        missing = [m for m in methods if getattr(offer, m) is getattr(base, m)]
        return f"needs a method {missing[0]}" if missing else ""

    return problem


def _routine_kinds(offer: type[DailyRoutine]) -> str:
    if not issubclass(offer.Params, RoutineParams):
        return "Params must derive from popsim.hooks.RoutineParams"
    return "" if getattr(offer, "kinds", ()) else "needs kinds, the names of its kinds of days"


def _episode_sense(offer: type[Episode]) -> str:
    if offer.kind not in _EPISODE_KINDS:
        return f"kind must be one of {', '.join(k.name for k in _EPISODE_KINDS)} (got {offer.kind!r})"
    if offer.reason not in REASON_CODES:
        return f"reason {offer.reason!r} is none of those known{did_you_mean(offer.reason, REASON_CODES)}"
    if (offer.kind in HOSPITAL_KINDS) == (offer.reason == "journey"):
        return f"a {offer.kind.name.lower()} cannot have the reason {offer.reason!r}"
    return "" if offer.plans >= 1 <= 1 + offer.recovery_days else "plans and recovery_days must be whole numbers"


def _outcome_sense(offer: type[Outcome]) -> str:
    gives = {m for m in ("amount", "lines", "lines_at_end") if getattr(offer, m) is not getattr(Outcome, m)}
    if not gives:
        return "needs a method amount, or a table with a method lines or lines_at_end"
    if (offer.table is None) == bool(gives - {"amount"}):
        return "needs a method lines or lines_at_end for its table" if offer.table else "lines go into a table it lacks"
    problem = own_table_problem(offer.table) if offer.table is not None else ""
    return problem or (_outcome_unit(offer) if "amount" in gives else "")


def _outcome_unit(offer: type[Outcome]) -> str:
    if not isinstance(getattr(offer, "unit", None), str):
        return "needs a unit"
    return "" if offer.resolution > 0 else "resolution must be above 0"


def _scenario_problem(path: Path) -> str:
    if not _FILE_NAME.fullmatch(path.stem):
        return f"scenario file {path.name}: expected lower-case letters, digits, '-' and '_'"
    return "" if path.is_file() else f"scenario file {path} does not exist"


def _is_command(offer: Any) -> bool:
    return any(base.__module__.startswith("click.") for base in type(offer).__mro__)


OFFER_KINDS: tuple[OfferKind, ...] = (
    OfferKind(
        "popsim_activities",
        "activities",
        "activity",
        "activities",
        lambda offer: isinstance(offer, Activity),
        _activity_problem,
    ),
    OfferKind(
        "popsim_routines",
        "routines",
        "routine",
        "subclasses of DailyRoutine",
        _subclass(DailyRoutine),
        _set_by_scenarios("routine", _routine_kinds, _overrides(DailyRoutine, "week", "day")),
    ),
    OfferKind(
        "popsim_episodes",
        "episodes",
        "episode",
        "subclasses of Episode",
        _subclass(Episode),
        _set_by_scenarios("episode", _episode_sense, _overrides(Episode, "days")),
    ),
    OfferKind(
        "popsim_interventions",
        "interventions",
        "intervention",
        "subclasses of Intervention",
        _subclass(Intervention),
        class_problem,
    ),
    OfferKind(
        "popsim_risk_scores",
        "scores",
        "risk score",
        "instances of RiskScore",
        lambda offer: isinstance(offer, RiskScore),
        lambda score: _named("risk score", score),
    ),
    OfferKind(
        "popsim_detection_methods",
        "outputs",
        "output",
        "subclasses of DetectionMethod",
        _subclass(DetectionMethod),
        _set_by_scenarios("detection method", _overrides(DetectionMethod, "examined_on", "sees")),
    ),
    OfferKind(
        "popsim_outcomes",
        "outputs",
        "output",
        "subclasses of Outcome",
        _subclass(Outcome),
        _set_by_scenarios("outcome", _outcome_sense),
    ),
    OfferKind(
        "popsim_price_lists",
        "price_lists",
        "price list",
        "instances of PriceList",
        lambda offer: isinstance(offer, PriceList),
        lambda prices: _named("price list", prices),
    ),
    OfferKind(
        "popsim_scenarios",
        "scenarios",
        "scenario",
        "paths of scenario files",
        lambda offer: isinstance(offer, Path),
        _scenario_problem,
        lambda path: str(path.stem),
    ),
    OfferKind(
        "popsim_panels",
        "panels",
        "panel",
        "instances of Panel",
        lambda offer: isinstance(offer, Panel),
        lambda panel: _named("panel", panel),
    ),
    OfferKind(
        "popsim_commands",
        "commands",
        "command",
        "click commands",
        _is_command,
        lambda command: _named("command", command),
    ),
)
"""In the order in which a plugin's offers are looked at."""
