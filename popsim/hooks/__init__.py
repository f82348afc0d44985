"""The door through which plugins enter: hook specifications, discovery, and the classes authors use."""

from popsim.hooks.days import alternated, minute_of_day, with_breaks
from popsim.hooks.intervention import AnyParams, Bout, Claim, Cost, Harm, Intervention, Params, Tags
from popsim.hooks.registry import PluginInfo, PluginRegistry, load_plugins
from popsim.hooks.rules import RULE_PATTERN, ScoreRule
from popsim.hooks.scores import RiskScore, ScoreItem, added_points
from popsim.hooks.specs import API_VERSION, hookimpl, hookspec
from popsim.hooks.views import PeopleView, PluginError, Today

__all__ = [
    "API_VERSION",
    "RULE_PATTERN",
    "AnyParams",
    "Bout",
    "Claim",
    "Cost",
    "Harm",
    "Intervention",
    "Params",
    "PeopleView",
    "PluginError",
    "PluginInfo",
    "PluginRegistry",
    "RiskScore",
    "ScoreItem",
    "ScoreRule",
    "Tags",
    "Today",
    "added_points",
    "alternated",
    "hookimpl",
    "hookspec",
    "load_plugins",
    "minute_of_day",
    "with_breaks",
]
