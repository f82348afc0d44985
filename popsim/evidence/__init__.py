"""Every number the model uses, with its unit, spread, source and quality grade."""

from popsim.evidence.registry import GRADES, Constant, Evidence

__all__ = ["GRADES", "Constant", "Evidence"]
