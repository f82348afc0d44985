"""Fitting the constants of clots to published results: a search, an ensemble of sets that fit, and what it tells."""

from popsim.fitting.ensemble import Ensemble, shipped_ensemble

__all__ = ["Ensemble", "shipped_ensemble"]
