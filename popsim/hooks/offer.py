"""What plugins offer and scenarios set has this in common: a name, what it looks at, its settings, its evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, ConfigDict

from popsim.routines.activities import ACTIVITIES, Activity

if TYPE_CHECKING:
    from collections.abc import Mapping

Bout = tuple[str, int]
"""An activity's name and its minutes."""


class Settings(BaseModel):
    """What a scenario sets; authors subclass it and give each field a unit, a range and a description."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Offer:
    """Base of what plugins offer and scenarios set.

    Class attributes:
        name: stable id, ``[a-z0-9-]``.
        label: for people.
        reads: person and leg columns the methods look at; ``bmi`` is worked out.
        evidence_names: the constants it rests on.
        Params: the settings that scenarios give it.

    Attributes:
        params: the settings.
        evidence: the constants in force.
        activities: what people of this run can be doing, by name, activities of plugins too.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    reads: ClassVar[frozenset[str]] = frozenset()
    evidence_names: ClassVar[tuple[str, ...]] = ()
    Params: ClassVar[type[Settings]] = Settings
    activities: Mapping[str, Activity] = ACTIVITIES

    def __init__(self, params: Settings, evidence: Mapping[str, float]) -> None:
        self.params = params
        self.evidence = evidence
