"""Hospital stays as a scenario describes them: why, who, when, how long and how mobile."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from popsim.routines.reasons import REASON_CODES, REASONS, Mobility, Reason, Site
from popsim.routines.trips import DayRange, check_days, list_as_tuple

__all__ = ["REASONS", "REASON_CODES", "Mobility", "MobilityName", "Reason", "ReasonName", "Site", "Stay"]

ReasonName = Literal[
    "medical",
    "surgery",
    "hip-replacement",
    "knee-replacement",
    "stroke",
    "trauma",
    "cancer-surgery",
    "general-surgery",
    "emergency-surgery",
]
MatchName = Literal["alike", "person"]
MobilityName = Literal["bedbound", "limited", "walking"]


class Stay(BaseModel):
    """A hospital stay that a share of the people have, and the recovery at home after it.

    Give ``reason``, or ``drg`` codes, or both: then the codes set the length and the reason the course. Or give a
    ``file`` of stays that really happened. Exactly one of ``day`` and ``between`` must be given.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    reason: ReasonName | None = Field(default=None, description="Why one is in hospital (name)")
    drg: Annotated[tuple[str, ...], BeforeValidator(list_as_tuple)] | None = Field(
        default=None, min_length=1, description="MS-DRG codes of three digits, drawn evenly for each person (text)"
    )
    file: Annotated[str, Field(pattern=r"\.csv$")] | None = Field(
        default=None,
        description="Recorded stays, as popsim import-stays writes them; with reason only those of this reason (text)",
    )
    match: MatchName = Field(
        default="alike",
        description="Whose recorded stay one has (name): drawn from people of about the same age and sex, or by id the "
        "person's own, in a cohort that came with the stays",
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
        if self.file is not None:
            self._check_recorded()
        elif self.reason is None and self.drg is None:
            raise ValueError("give a reason such as 'medical', or drg codes such as ['193'], or a file of stays")
        elif self.match != "alike":
            raise ValueError("match is for stays from a file")
        if self.length_days is not None and self.icu_days > self.length_days:
            raise ValueError(f"icu_days ({self.icu_days}) cannot exceed length_days ({self.length_days:g})")
        return self

    def _check_recorded(self) -> None:
        """What a file of stays says of each of them cannot be said again."""
        for name, given in (("drg", self.drg), ("length_days", self.length_days), ("icu_days", self.icu_days or None)):
            if given is not None:
                raise ValueError(f"{name} comes from the file; leave it out")

    @property
    def first_day(self) -> int:
        """The first possible day of admission."""
        return self.between[0] if self.between else (self.day or 0)
