"""How results build up: day by day, and by age group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from popsim.analysis.estimates import poisson_limits

if TYPE_CHECKING:
    from popsim.store.results import Results

_DAILY = """
WITH counted AS (
    SELECT s.arm, s.day,
           sum(s.value * m.scale) FILTER (m.name = 'people') AS people,
           sum(s.value * m.scale) FILTER (m.name = $sampled) AS sampled,
           sum(s.value * m.scale) FILTER (m.name IN ('expected_' || $sampled, 'expected-' || $sampled)) AS expected
    FROM summary s JOIN measure m ON m.id = s.measure GROUP BY s.arm, s.day
)
SELECT c.day, c.arm AS arm_id, a.name AS arm, coalesce(nullif(a.label, ''), a.name) AS label,
       1e4 * sum(c.expected) OVER past / first(c.people) OVER past AS expected_per_10000,
       1e4 * sum(coalesce(c.sampled, 0)) OVER past / first(c.people) OVER past AS sampled_per_10000
FROM counted c JOIN arm a ON a.id = c.arm
WINDOW past AS (PARTITION BY c.arm ORDER BY c.day ROWS UNBOUNDED PRECEDING)
ORDER BY c.arm, c.day
"""

_BY_AGE = """
SELECT a.id AS arm_id, a.name AS arm, coalesce(nullif(a.label, ''), a.name) AS label,
       s.age_group AS age_group_id, coalesce(nullif(g.label, ''), g.name) AS age_group,
       CAST(coalesce(sum(s.value * m.scale) FILTER (m.name = 'people' AND s.day = 0), 0) AS DOUBLE) AS people,
       CAST(coalesce(sum(s.value * m.scale) FILTER (m.name = 'expected_clots'), 0) AS DOUBLE) AS expected,
       CAST(coalesce(sum(s.value * m.scale) FILTER (m.name = 'clots'), 0) AS DOUBLE) AS sampled
FROM summary s JOIN measure m ON m.id = s.measure JOIN arm a ON a.id = s.arm JOIN age_group g ON g.id = s.age_group
GROUP BY ALL HAVING sum(s.value) FILTER (m.name = 'people' AND s.day = 0) > 0
ORDER BY a.id, s.age_group
"""


def daily_curves(results: Results, measure: str = "clots") -> pa.Table:
    """Cumulative number of one measure per 10,000 people alive at the start, by arm and day.

    Args:
        results: of a run.
        measure: a sampled measure such as ``clots`` or ``major-bleed``; its expected twin is found by name.

    Returns:
        ``day, arm_id, arm, label, expected_per_10000, sampled_per_10000``, ordered by arm and day. Day ``d`` holds what
        happened up to the end of day ``d``; the expected column is null for a measure without an expected twin.
        Detection is that of the measure: truth for ``clots``, clinical for symptomatic events.
    """
    return results.query(_DAILY, {"sampled": measure})


def by_age_group(results: Results) -> pa.Table:
    """Clots per 10,000 people by arm and age group at the start; detection: truth.

    Returns:
        ``arm_id, arm, label, age_group_id, age_group, people, expected_per_10000, sampled_per_10000, sampled_low,
        sampled_high``; the limits are exact Poisson ones (95 %).
    """
    table = results.query(_BY_AGE)
    people, sampled = (table[name].to_numpy() for name in ("people", "sampled"))
    low, high = poisson_limits(sampled)
    columns = {
        "expected_per_10000": table["expected"].to_numpy(),
        "sampled_per_10000": sampled,
        "sampled_low": low,
        "sampled_high": high,
    }
    kept = table.drop_columns(["expected", "sampled"])
    for name, numbers in columns.items():
        kept = kept.append_column(name, pa.array(np.asarray(numbers) * 1e4 / people))
    return kept
