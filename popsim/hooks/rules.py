"""Rules in words, such as ``padua >= 4 and improve-bleeding < 7``, for whom risk scores put above or below."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from popsim.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_TERM = r"[a-z0-9][a-z0-9-]* (?:>=|>|<=|<) [0-9]+(?:\.[0-9]+)?"
RULE_PATTERN = rf"^(?:everyone|nobody|{_TERM}(?: and {_TERM})*)$"
"""For parameters that hold a rule."""
_COMPARE = {">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt}


@dataclass(frozen=True)
class ScoreRule:
    """Conditions on risk scores that must all hold.

    Attributes:
        terms: ``(score, comparison, threshold)`` each; none means everyone.
        nobody: holds for nobody.
    """

    terms: tuple[tuple[str, str, float], ...] = ()
    nobody: bool = False

    @classmethod
    def parse(cls, text: str) -> ScoreRule:
        """Read ``everyone``, ``nobody`` or comparisons joined by ``and``; anything else raises ``InputError``."""
        if not re.fullmatch(RULE_PATTERN, text):
            raise InputError(f"expected everyone, nobody or a rule such as 'padua >= 4 and caprini < 8' (got {text!r})")
        if text in ("everyone", "nobody"):
            return cls(nobody=text == "nobody")
        parts = (term.split(" ") for term in text.split(" and "))
        return cls(tuple((score, comparison, float(threshold)) for score, comparison, threshold in parts))

    @property
    def scores(self) -> tuple[str, ...]:
        """Names of the scores it asks for, each once."""
        return tuple(dict.fromkeys(score for score, _, _ in self.terms))

    def holds(self, people: int, points: Callable[[str], NDArray[np.float64]]) -> NDArray[np.bool_]:
        """For whom it holds, ``(people,)``, given a function from a score's name to everybody's points."""
        held = np.full(people, not self.nobody)
        for score, comparison, threshold in self.terms:
            held &= _COMPARE[comparison](points(score), threshold)
        return held
