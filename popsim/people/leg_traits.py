"""What a person's two legs are like: calf strength, ankle range, leaking valves, valve pockets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from popsim.people.population import COLUMNS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from popsim.people.making import Making

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

SMALLEST_LEAK = 1e-3
"""A refluxing leg never has less, so that ``leak > 0`` tells who has varices."""


def median_calf_strength(people: Making, age_years: Floats) -> Floats:
    """Power-law loss of strength with age through the medians at the two ages at which refilling was measured."""
    full_until = people.value("calf_strength_full_until_years")
    losses = np.array([1.0 - people.value(f"calf_strength_{age}_years") for age in (45, 82)])
    spans = np.array([45.0, 82.0]) - full_until
    power = np.log(losses[1] / losses[0]) / np.log(spans[1] / spans[0])
    lost = losses[1] * (np.maximum(age_years - full_until, 0.0) / spans[1]) ** power
    return np.asarray(np.maximum(1.0 - lost, people.value("calf_strength_least")))


def calf_strength(people: Making) -> Floats:
    """Contraction of each calf relative to a healthy young adult, falling with age."""
    scores = people.leg_scores("calf_strength", people.value("calf_strength_correlation"))
    median = median_calf_strength(people, np.arange(256, dtype=np.float64))[people["age_years"]]
    return _within("calf_strength", median * np.exp(people.value("calf_strength_log_sd") * scores))


def ankle_range(people: Making) -> Floats:
    """Range of motion of each ankle relative to normal, falling with age; nobody exceeds normal."""
    scores = people.leg_scores("ankle_range", people.value("ankle_range_correlation"))
    years = np.maximum(people["age_years"] - people.value("ankle_range_full_until_years"), 0.0)
    mean = 1.0 - people.value("ankle_range_loss_per_year") * years
    return _within("ankle_range", mean - people.value("ankle_range_sd") * np.abs(scores))


def varices(people: Making) -> Flags:
    """Latent: has trunk varices in at least one leg."""
    if "superficial_leak" in people.columns:
        return np.asarray(np.any(people["superficial_leak"] > 0.0, axis=0))
    return people.chance("varices", people.share("varices"))


def insufficiency(people: Making) -> Flags:
    """Latent: has chronic venous insufficiency; likelier with varices, with the overall share by age and sex kept."""
    ratio, with_varices = people.value("insufficiency_ratio_with_varices"), people.share("varices")
    without = people.share("insufficiency") / (1.0 + with_varices * (ratio - 1.0))
    return people.chance("insufficiency", np.where(people["varices"], ratio, 1.0) * without)


def deep_reflux(people: Making) -> Flags:
    """Latent: has deep reflux; likelier with insufficiency or an earlier clot, with the overall share kept."""
    high = people.value("deep_reflux_share_in_insufficiency")
    marked = 1.0 - (1.0 - people.share("insufficiency")) * (1.0 - people.share("prior_vte"))
    others = np.maximum(people.share("deep_reflux") - high * marked, 0.0) / (1.0 - marked)
    return people.chance("deep_reflux", np.where(people["insufficiency"] | people["prior_vte"], high, others))


def superficial_leak(people: Making) -> Floats:
    """Reflux of the great saphenous system of each leg; strong with chronic insufficiency."""
    return _leaks(people, "superficial_leak", people["varices"], people["insufficiency"])


def deep_leak(people: Making) -> Floats:
    """Reflux of the deep veins of each leg; strong with chronic insufficiency or after a clot."""
    return _leaks(people, "deep_leak", people["deep_reflux"], people["insufficiency"] | people["prior_vte"])


def outflow_resistance(people: Making) -> Floats:
    """Resistance of each thigh and pelvis: pregnancy and obesity on both sides, a compressed iliac vein on the left."""
    obese = people["weight_kg"] / (people["height_cm"] / 100.0) ** 2 >= people.value("outflow_obesity_bmi")
    both = np.where(people["pregnant"], people.value("outflow_pregnancy"), 1.0)
    both = both * np.where(obese, people.value("outflow_obesity"), 1.0)
    compressed = people.chance("iliac_compression", people.value("iliac_compression_share"))
    left = np.where(compressed, people.value("outflow_iliac_compression"), 1.0)
    return _within("outflow_resistance", np.stack([both * left, both]))


def pocket_factor(people: Making) -> Floats:
    """Hypoxia time of each leg's valve pockets relative to the median, log-normal and independent between legs."""
    scores = people.leg_scores("pocket_factor", 0.0)
    return _within("pocket_factor", np.exp(people.value("pocket_factor_log_sd") * scores))


def _leaks(people: Making, column: str, affected: Flags, severe: Flags) -> Floats:
    """Log-normal leaks in the affected legs of the affected people, zero elsewhere."""
    leak = np.zeros((2, len(people.ids)))
    median = np.where(severe[affected], people.value(f"{column}_median_severe"), people.value(f"{column}_median_mild"))
    scores = people.leg_scores(column, people.value("leak_correlation"), affected)
    size = np.maximum(median * np.exp(people.value("leak_log_sd") * scores), SMALLEST_LEAK)
    leak[:, affected] = size * _which_legs(people, column, affected)
    return _within(column, leak)


def _which_legs(people: Making, column: str, affected: Flags) -> Flags:
    """Both legs with the published share, otherwise left or right alike; ``(2, M)``."""
    both = people.value(f"{column}_both_legs_share")
    u = people.draws.uniform(f"people.{column}_side", people.ids[affected])
    return np.stack([u < 0.5 * (1.0 + both), (u < both) | (u >= 0.5 * (1.0 + both))])


def _within(name: str, values: Floats) -> Floats:
    return np.clip(values, COLUMNS[name].low, COLUMNS[name].high)
