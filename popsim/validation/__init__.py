"""Does the model reproduce what was published? One file per experiment and published number; no case is in the code."""

from popsim.validation.arms import Arms
from popsim.validation.case import Case
from popsim.validation.case_file import LoadedCase, find_cases, load_case, load_cases, shipped_cases
from popsim.validation.running import Limits, run_case, with_sets
from popsim.validation.verdict import CaseResult

__all__ = [
    "Arms",
    "Case",
    "CaseResult",
    "Limits",
    "LoadedCase",
    "find_cases",
    "load_case",
    "load_cases",
    "run_case",
    "shipped_cases",
    "with_sets",
]
