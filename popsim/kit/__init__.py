"""The author's kit: a template to begin a plugin from, and checks that hold it to what it promises."""

from popsim.kit.checking import check_plugin
from popsim.kit.report import Check, Report
from popsim.kit.template import new_plugin

__all__ = ["Check", "Report", "check_plugin", "new_plugin"]
