"""What is at hand while people are being made: their ids, the columns so far, and named draws for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from popsim.people.shares import trait_shares
from popsim.people.tables import cells

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from popsim.evidence.registry import Evidence
    from popsim.people.where import Matching
    from popsim.randomness import Draws

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]


@dataclass
class Making:
    """A population in the making.

    Attributes:
        ids: person ids, ``(N,)``.
        draws: the seed's draws; each column and latent trait uses decisions of its own.
        evidence: the constants in force.
        matching: the distributions of sex, age and work, truncated to who is wanted.
        columns: columns and latent traits made or given so far.
    """

    ids: NDArray[np.int64]
    draws: Draws
    evidence: Evidence
    matching: Matching
    columns: dict[str, NDArray[Any]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.columns[name]

    def value(self, name: str) -> float:
        """A constant of this room."""
        return self.evidence[f"people.{name}"]

    @cached_property
    def cell(self) -> NDArray[np.intp]:
        """Row of each person in tables by sex and age, ``(N,)``."""
        return cells(self["age_years"], self["sex"])

    @cached_property
    def shares(self) -> dict[str, Floats]:
        """Shares by sex and age of every trait that depends on them."""
        return trait_shares(self.evidence.room("people"))

    def share(self, trait: str) -> Floats:
        """Each person's probability of a trait given age and sex, ``(N,)``."""
        return np.asarray(self.shares[trait].reshape(-1)[self.cell])

    def uniform(self, decision: str) -> Floats:
        """Uniform draws of one decision, ``(N,)``."""
        return self.draws.uniform(f"people.{decision}", self.ids)

    def chance(self, decision: str, probability: Floats | float) -> Flags:
        """Whether each person has a trait of this probability, ``(N,)``."""
        return np.asarray(self.uniform(decision) < probability)

    def leg_scores(self, decision: str, between_legs: float, rows: Flags | None = None) -> Floats:
        """Standard normal scores of both legs with the given correlation between them.

        Args:
            decision: its name; the part shared by both legs is counter 0, each leg's own part counter 1.
            between_legs: correlation, 0 to 1.
            rows: whom to draw for; everyone by default.

        Returns:
            ``(2, M)`` for the ``M`` people drawn for.
        """
        ids, name = (self.ids if rows is None else self.ids[rows]), f"people.{decision}"
        own = np.sqrt(1.0 - between_legs) * np.stack([self.draws.normal(name, ids, leg=leg, k=1) for leg in (0, 1)])
        if between_legs == 0.0:
            return np.asarray(own)
        return np.asarray(own + np.sqrt(between_legs) * self.draws.normal(name, ids))
