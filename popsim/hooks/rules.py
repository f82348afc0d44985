"""Rules: whom risk scores put above or below, in words; and how effects of several interventions become one."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from popsim.clots.care import CARE_EFFECTS
from popsim.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    from popsim.hooks.intervention import Intervention

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


COMBINE = {"multiply": np.multiply, "max": np.maximum}
"""How two effects on the same person become one; in any order, by turns or all at once."""


def combined_care(
    care: Mapping[str, NDArray[np.float64]], changed: Mapping[str, NDArray[np.float64]], rows: NDArray[np.int64]
) -> dict[str, NDArray[np.float64]]:
    """Everybody's care once one more intervention acts on the people at some rows, each effect by its own rule."""
    combined = dict(care)
    for name, value in changed.items():
        combined[name] = care[name].copy()
        combined[name][rows] = COMBINE[CARE_EFFECTS[name].combine](care[name][rows], value)
    return combined


def shared_column(interventions: Iterable[type[Intervention]]) -> tuple[str, str, str] | None:
    """A column that one of these interventions wants for itself and another writes too, with both names.

    Days are edited one after the other, factors on blood and on the walls of each leg's veins multiply, effects on legs
    and care combine by the rules of ``LEG_EFFECTS`` and ``CARE_EFFECTS``. An intervention whose effect on a column fits
    no such rule says so in ``exclusive``.
    """
    chosen = list(interventions)
    for one in chosen:
        for other in chosen:
            shared = one.exclusive & other.writes
            if one is not other and shared:
                return min(shared), one.name, other.name
    return None
