"""The door through which plugins enter: hook specifications, discovery, and the classes authors use."""

from popsim.clots.observation import Clots, Observation
from popsim.hooks.daily_routine import ORDINARY, DailyRoutine, RoutineParams
from popsim.hooks.day_edits import Alternation, Breaks, DayEdit, Shortening
from popsim.hooks.days import alternated, minute_of_day, with_breaks
from popsim.hooks.episode import Episode
from popsim.hooks.intervention import AnyParams, Claim, Cost, Harm, Intervention, Params, Tags
from popsim.hooks.offer import Bout, Offer, Settings
from popsim.hooks.outcome import NOT_EXAMINED, DetectionMethod, LivedArm, LivedDay, Outcome
from popsim.hooks.own_table import Lines, OwnTable, TableColumn
from popsim.hooks.panel import Chart, Panel, Rows, Words
from popsim.hooks.prices import PriceList
from popsim.hooks.registry import PluginInfo, PluginRegistry, load_plugins
from popsim.hooks.rules import RULE_PATTERN, ScoreRule
from popsim.hooks.scores import RiskScore, ScoreItem, added_points
from popsim.hooks.specs import API_VERSION, hookimpl, hookspec
from popsim.hooks.views import PeopleView, PluginError, Today
from popsim.routines.activities import Activity, Regime, Stillness
from popsim.routines.calendar import EpisodeKind
from popsim.routines.stays import Mobility

__all__ = [
    "API_VERSION",
    "NOT_EXAMINED",
    "ORDINARY",
    "RULE_PATTERN",
    "Activity",
    "Alternation",
    "AnyParams",
    "Bout",
    "Breaks",
    "Chart",
    "Claim",
    "Clots",
    "Cost",
    "DailyRoutine",
    "DayEdit",
    "DetectionMethod",
    "Episode",
    "EpisodeKind",
    "Harm",
    "Intervention",
    "Lines",
    "LivedArm",
    "LivedDay",
    "Mobility",
    "Observation",
    "Offer",
    "Outcome",
    "OwnTable",
    "Panel",
    "Params",
    "PeopleView",
    "PluginError",
    "PluginInfo",
    "PluginRegistry",
    "PriceList",
    "Regime",
    "RiskScore",
    "RoutineParams",
    "Rows",
    "ScoreItem",
    "ScoreRule",
    "Settings",
    "Shortening",
    "Stillness",
    "TableColumn",
    "Tags",
    "Today",
    "Words",
    "added_points",
    "alternated",
    "hookimpl",
    "hookspec",
    "load_plugins",
    "minute_of_day",
    "with_breaks",
]
