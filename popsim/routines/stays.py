"""Hospital stays as a scenario describes them: why, who, when, how long and how mobile."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from popsim.routines.trips import DayRange, check_days, list_as_tuple

ReasonName = Literal[
    "medical",
    "surgery",
    "hip-replacement",
    "knee-replacement",
    "stroke",
    "trauma",
    "cancer-surgery",
    "general-surgery",
]
MobilityName = Literal["bedbound", "limited", "walking"]


class Site(IntEnum):
    """Where an orthopaedic operation or injury lies, as far as veins beside it are concerned."""

    NONE = 0
    HIP = 1
    KNEE = 2
    FRACTURE = 3


class Mobility(IntEnum):
    """How far a patient gets on the ward."""

    BEDBOUND = 0
    LIMITED = 1
    WALKING = 2


@dataclass(frozen=True)
class Reason:
    """Why somebody is in hospital, as far as clotting is concerned.

    Attributes:
        name: as scenarios write it; ``journey`` for trips.
        surgical: has an operation under anaesthesia.
        planned: the operation is on the day of admission, not on a later one.
        site: orthopaedic site of operation or fracture.
        acute_illness: an acute illness or injury by itself raises coagulability.
        paresis: comes with a paralysed leg in part of the patients.
        cancer: active cancer is the reason.
    """

    name: str
    surgical: bool
    planned: bool
    site: Site
    acute_illness: bool
    paresis: bool
    cancer: bool


REASONS: tuple[Reason, ...] = (
    Reason("journey", False, False, Site.NONE, False, False, False),
    Reason("medical", False, False, Site.NONE, True, False, False),
    Reason("surgery", True, True, Site.NONE, False, False, False),
    Reason("hip-replacement", True, True, Site.HIP, False, False, False),
    Reason("knee-replacement", True, True, Site.KNEE, False, False, False),
    Reason("stroke", False, False, Site.NONE, True, True, False),
    Reason("trauma", True, False, Site.FRACTURE, True, False, False),
    Reason("cancer-surgery", True, True, Site.NONE, False, False, True),
    Reason("general-surgery", True, True, Site.NONE, False, False, False),
)
REASON_CODES: dict[str, int] = {reason.name: code for code, reason in enumerate(REASONS)}


class Stay(BaseModel):
    """A hospital stay that a share of the people have, and the recovery at home after it.

    Give ``reason``, or ``drg`` codes, or both: then the codes set the length and the reason the course.
    Exactly one of ``day`` and ``between`` must be given.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    reason: ReasonName | None = Field(default=None, description="Why one is in hospital (name)")
    drg: Annotated[tuple[str, ...], BeforeValidator(list_as_tuple)] | None = Field(
        default=None, min_length=1, description="MS-DRG codes of three digits, drawn evenly for each person (text)"
    )
    share: float = Field(
        default=1.0, ge=0, le=1, description="Share of people admitted (0 to 1)", json_schema_extra={"unit": "1"}
    )
    day: int | None = Field(
        default=None, ge=0, description="Day of admission, counted from 0", json_schema_extra={"unit": "d"}
    )
    between: DayRange | None = Field(
        default=None,
        description="First and last possible day of admission, drawn evenly for each person",
        json_schema_extra={"unit": "d"},
    )
    length_days: float | None = Field(
        default=None,
        ge=1,
        le=90,
        description="Nights in hospital, the same for all; drawn from the lengths of the reason when left out",
        json_schema_extra={"unit": "d"},
    )
    icu_days: int = Field(
        default=0,
        ge=0,
        le=60,
        description="Nights of these in intensive care, sedated, from the operation or admission on",
        json_schema_extra={"unit": "d"},
    )
    mobility: MobilityName | None = Field(
        default=None, description="How far one gets on the ward (name); drawn by reason when left out"
    )
    recovery_days: int | None = Field(
        default=None,
        ge=0,
        le=365,
        description="Days at home after the day of discharge with less walking; by reason when left out",
        json_schema_extra={"unit": "d"},
    )

    @field_validator("drg")
    @classmethod
    def _known_codes(cls, codes: tuple[str, ...] | None) -> tuple[str, ...] | None:
        from popsim.routines.stays_lengths import check_drg  # noqa: PLC0415  the table is read where codes are given

        return codes if codes is None else tuple(check_drg(code) for code in codes)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        check_days(self.day, self.between)
        if self.reason is None and self.drg is None:
            raise ValueError("give a reason such as 'medical', or drg codes such as ['193']")
        if self.length_days is not None and self.icu_days > self.length_days:
            raise ValueError(f"icu_days ({self.icu_days}) cannot exceed length_days ({self.length_days:g})")
        return self

    @property
    def first_day(self) -> int:
        """The first possible day of admission."""
        return self.between[0] if self.between else (self.day or 0)
