"""Numbers as planners read them: rounded to what the interval supports, with units, limits in brackets."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from popsim.analysis import Estimate

NOT_KNOWN = "–"
_MARKS = frozenset("\\`*_{}[]()#+-.!|<>$:~@&")


def number(value: float, reach: float = 0.0) -> str:
    """A number with the digits that matter: three, or those its interval supports.

    Args:
        value: the number.
        reach: half the width of its interval; zero where there is none.
    """
    if not math.isfinite(value):
        return NOT_KNOWN
    if math.isfinite(reach) and reach > 0:
        digits = -math.floor(math.log10(reach / 2))
    else:
        digits = 0 if value == 0 or float(value).is_integer() else 2 - math.floor(math.log10(abs(value)))
    text = f"{value:,.{min(max(digits, 0), 8)}f}"
    return text.replace("-", "−") if text.strip("-0.,") else text.removeprefix("-")


def rounded(value: float) -> str:
    """A large number with three digits that matter, such as 903,000."""
    if not math.isfinite(value) or abs(value) < 1000:
        return number(value)
    return f"{round(value, 2 - math.floor(math.log10(abs(value)))):,.0f}"


def times(count: int) -> str:
    """``once``, ``twice``, ``3 times``."""
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def valued(estimate: Estimate) -> str:
    """The estimate alone, rounded by its interval."""
    return number(estimate.value, _reach(estimate))


def limits(estimate: Estimate) -> str:
    """``1.2 to 3.4``, or nothing where the run is too small to tell, or nothing varies."""
    if not estimate.has_interval or estimate.low == estimate.high:
        return ""
    reach = _reach(estimate)
    return f"{number(estimate.low, reach)} to {number(estimate.high, reach)}"


def with_limits(estimate: Estimate) -> str:
    """``2.3 (1.2 to 3.4)``."""
    between = limits(estimate)
    return f"{valued(estimate)} ({between})" if between else valued(estimate)


def plain(text: str) -> str:
    """Text that somebody wrote, with nothing in it that Markdown takes as its own: no pictures, links or formulas."""
    return "".join(f"\\{letter}" if letter in _MARKS else letter for letter in text)


def counted_noun(count: int, singular: str, plural: str) -> str:
    """``1 person``, ``2,000 people``."""
    return f"{count:,} {singular if count == 1 else plural}"


def _reach(estimate: Estimate) -> float:
    return (estimate.high - estimate.low) / 2
