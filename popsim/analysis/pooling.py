"""Blood pooled in the lower legs: through the day, and by what people are doing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from scipy.special import stdtrit

if TYPE_CHECKING:
    from popsim.store.results import Results

QUARTER_MIN = 15
QUARTERS = 96

_BY_QUARTER = """
WITH quarter AS (
    SELECT CAST(n AS INTEGER) AS quarter, n * $width AS from_min, (n + 1) * $width AS until_min
    FROM (SELECT unnest(range($quarters)) AS n)
),
shared AS (
    SELECT t.arm, t.person, q.quarter, t.volume_mean_ul / 1e3 AS volume_ml,
           least(t.start_min + t.minutes, q.until_min) - greatest(t.start_min, q.from_min) AS minutes
    FROM trace t JOIN quarter q ON q.from_min < t.start_min + t.minutes AND t.start_min < q.until_min
),
person AS (
    SELECT arm, person, quarter, sum(volume_ml * minutes) / sum(minutes) AS volume_ml FROM shared GROUP BY ALL
),
paired AS (
    SELECT p.*, p.volume_ml - r.volume_ml AS change_ml
    FROM person p LEFT JOIN person r
    ON r.person = p.person AND r.quarter = p.quarter AND r.arm = (SELECT min(id) FROM arm)
)
SELECT p.quarter, a.id AS arm_id, a.name AS arm, coalesce(nullif(a.label, ''), a.name) AS label, count(*) AS people,
       avg(p.volume_ml) AS volume_ml, stddev_samp(p.volume_ml) / sqrt(count(*)) AS volume_se,
       avg(p.change_ml) AS change_ml, stddev_samp(p.change_ml) / sqrt(count(p.change_ml)) AS change_se
FROM paired p JOIN arm a ON a.id = p.arm GROUP BY ALL ORDER BY a.id, p.quarter
"""

_BY_ACTIVITY = """
WITH added AS (
    SELECT arm, activity, sum(leg_minutes) AS leg_minutes, sum(volume_ml_min) / 1e3 AS volume_ml_min,
           sum(pressure_mmhg_min) / 1e3 AS pressure_mmhg_min, sum(activation_min) / 1e6 AS activation_min
    FROM pooling GROUP BY ALL HAVING sum(leg_minutes) > 0
)
SELECT a.id AS arm_id, a.name AS arm, coalesce(nullif(a.label, ''), a.name) AS label, c.name AS activity,
       coalesce(nullif(c.label, ''), c.name) AS activity_label,
       24 * p.leg_minutes / sum(p.leg_minutes) OVER (PARTITION BY p.arm) AS hours_per_day,
       p.volume_ml_min / p.leg_minutes AS volume_ml, p.pressure_mmhg_min / p.leg_minutes AS pressure_mmhg,
       p.activation_min / p.leg_minutes AS activation
FROM added p JOIN arm a ON a.id = p.arm JOIN activity c ON c.id = p.activity ORDER BY a.id, hours_per_day DESC
"""


def pooling_through_day(results: Results) -> pa.Table:
    """Blood in one lower leg by quarter hour from 04:00, mean over the followed people, their days and both legs.

    Within a bout its mean volume stands for every minute. Intervals are Student's over people; a change compares each
    person with the same person in the first arm, so they are paired.

    Returns:
        ``quarter`` (0 is 04:00 to 04:15), ``arm_id, arm, label, people, volume_ml, volume_low, volume_high, change_ml,
        change_low, change_high`` (95 %), ordered by arm and quarter; limits are NaN where fewer than two people were
        followed.
    """
    table = results.query(_BY_QUARTER, {"quarters": QUARTERS, "width": QUARTER_MIN})
    reach = stdtrit(np.maximum(table["people"].to_numpy() - 1, 1), 0.975)
    for name in ("volume", "change"):
        middle, error = _floats(table, f"{name}_ml"), _floats(table, f"{name}_se")
        table = table.append_column(f"{name}_low", pa.array(middle - reach * error))
        table = table.append_column(f"{name}_high", pa.array(middle + reach * error))
    return table.drop_columns(["volume_se", "change_se"])


def activity_pooling(results: Results) -> pa.Table:
    """What each activity means for the legs of everybody, over all days.

    Returns:
        ``arm_id, arm, label, activity, activity_label, hours_per_day`` (of a mean day), ``volume_ml`` (per lower leg),
        ``pressure_mmhg`` (ankle), ``activation`` (0 to 1), all means over leg-minutes; longest activities first.
    """
    return results.query(_BY_ACTIVITY)


def _floats(table: pa.Table, name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.asarray(table[name].to_numpy(), dtype=np.float64)
