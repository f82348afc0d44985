"""Unit costs of what interventions use up and of what clots do, in US dollars, and what it takes away; rough."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from popsim.hooks import PriceList, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

ITEMS = (
    "ankle-brace",
    "ankle-foot-orthosis",
    "aspirin-160mg",
    "cuff-day",
    "enoxaparin-40mg",
    "flight-film",
    "fondaparinux-2.5mg",
    "foot-stepper",
    "heparin-5000-units",
    "iliac-stent",
    "inelastic-wrap-pair",
    "mobilisation-day",
    "paid-break",
    "physiotherapy-programme",
    "plaster-cast",
    "prompt",
    "rivaroxaban-10mg",
    "saphenous-ablation",
    "sit-stand-desk",
    "stimulator-day",
    "stocking-pair",
    "thigh-stocking-pair-day",
    "vena-cava-filter",
    "warfarin-day",
)
EVENTS = (
    "major-bleed",
    "clinically-relevant-bleed",
    "minor-bleed",
    "transfused-bleed",
    "heparin-thrombocytopenia",
    "skin-break",
    "nerve-injury",
    "procedure-thrombosis",
    "filter-complication",
    "symptomatic_dvt",
    "symptomatic_embolism",
    "fatal_embolism",
    "post_thrombotic_mild",
    "post_thrombotic_moderate",
    "post_thrombotic_severe",
    "major_bleeding",
    "relevant_bleeding",
    "intracranial_bleeding",
    "treatment_thrombocytopenia",
    "venous_ulcer",
)
LOSSES = (
    "symptomatic_dvt",
    "symptomatic_embolism",
    "fatal_embolism",
    "post_thrombotic_mild",
    "post_thrombotic_moderate",
    "post_thrombotic_severe",
    "major_bleeding",
    "intracranial_bleeding",
    "fatal_bleeding",
    "venous_ulcer",
    "major-bleed",
    "heparin-thrombocytopenia",
)


def _constants(names: Iterable[str], unit: str) -> dict[str, str]:
    return {name: f"us_prices.{name.replace('-', '_').replace('.', '_')}_{unit}" for name in names}


US_PRICES = PriceList(
    name="us-2024",
    label="United States, 2024, rough",
    currency="USD",
    unit_costs=_constants((*ITEMS, *EVENTS), "usd"),
    utilities=_constants(LOSSES, "qaly"),
    threshold="us_prices.threshold_usd_per_qaly",
)


@hookimpl
def popsim_price_lists() -> Iterable[PriceList]:
    """Offer the prices."""
    return [US_PRICES]


@hookimpl
def popsim_evidence() -> Iterable[Path]:
    """Each price with its source."""
    return [Path(__file__).with_suffix(".toml")]
