"""What things cost and what events take away: lists that name the constants behind each price."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class PriceList:
    """Unit costs and utilities of one country and year.

    A scenario chooses it with ``prices = "NAME"`` under ``[outputs]``.

    Attributes:
        name: stable id, such as ``us-2024``.
        label: for people.
        currency: of all its prices, such as ``USD``.
        unit_costs: by item of ``Cost`` (``enoxaparin-40mg``) or by event (``symptomatic_dvt``, ``major-bleed``), the
            name of the constant that holds the price of one.
        utilities: by event, the name of the constant that holds the quality-adjusted life years one takes away.
        threshold: name of the constant that says how much money one quality-adjusted life year is worth, if any.
    """

    name: str
    label: str
    currency: str
    unit_costs: Mapping[str, str] = field(default_factory=dict)
    utilities: Mapping[str, str] = field(default_factory=dict)
    threshold: str = ""
