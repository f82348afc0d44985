"""The door through which plugins enter: hook specifications, discovery, and the classes authors use."""

from popsim.hooks.intervention import AnyParams, Bout, Cost, Harm, Intervention, Params
from popsim.hooks.registry import PluginInfo, PluginRegistry, load_plugins
from popsim.hooks.scores import RiskScore
from popsim.hooks.specs import API_VERSION, hookimpl, hookspec
from popsim.hooks.views import PeopleView, PluginError, Today

__all__ = [
    "API_VERSION",
    "AnyParams",
    "Bout",
    "Cost",
    "Harm",
    "Intervention",
    "Params",
    "PeopleView",
    "PluginError",
    "PluginInfo",
    "PluginRegistry",
    "RiskScore",
    "Today",
    "hookimpl",
    "hookspec",
    "load_plugins",
]
