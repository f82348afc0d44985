"""Trips as a scenario describes them: who flies, drives or rides, when, for how long and in which seat."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from popsim.routines.airports import check_route

Mode = Literal["flight", "car", "train"]
Seat = Literal["any", "window", "aisle"]
Sleep = Literal["auto", "yes", "no"]


def list_as_tuple(value: Any) -> Any:
    """Scenario files know lists only; frozen models keep tuples."""
    return tuple(value) if isinstance(value, list) else value


DayRange = Annotated[tuple[int, int], BeforeValidator(list_as_tuple)]


def check_days(day: int | None, between: tuple[int, int] | None) -> None:
    """Raise ``ValueError`` unless exactly one of a fixed day and a range of days is given, in order."""
    if (day is None) == (between is None):
        raise ValueError("give either day or between = [first, last], " + ("not both" if between else "one is needed"))
    if between is not None and not 0 <= between[0] <= between[1]:
        raise ValueError(f"between needs 0 <= first <= last (got {between[0]}, {between[1]})")


class Trip(BaseModel):
    """A journey that a share of the people make, and perhaps the journey back.

    Exactly one of ``hours`` and ``route``, and exactly one of ``day`` and ``between``, must be given.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    mode: Mode = Field(description="Means of transport (name)")
    share: float = Field(
        default=1.0, ge=0, le=1, description="Share of people who go (0 to 1)", json_schema_extra={"unit": "1"}
    )
    hours: float | None = Field(
        default=None,
        gt=0,
        le=24,
        description="Hours from departure to arrival, gate to gate for flights; rounded to quarter hours",
        json_schema_extra={"unit": "h"},
    )
    route: str | None = Field(
        default=None, description="Flights only: IATA codes of both airports, such as LHR-SIN (text)"
    )
    day: int | None = Field(
        default=None, ge=0, description="Day of departure, counted from 0", json_schema_extra={"unit": "d"}
    )
    between: DayRange | None = Field(
        default=None,
        description="First and last possible day of departure, drawn evenly for each person",
        json_schema_extra={"unit": "d"},
    )
    depart_hour: float | None = Field(
        default=None,
        ge=0,
        lt=24,
        description="Clock time of departure in hours, rounded to quarter hours; before 04:00 it belongs to the night "
        "that ends the day; drawn from usual departure times when left out",
        json_schema_extra={"unit": "h"},
    )
    return_after_days: int | None = Field(
        default=None,
        ge=1,
        description="Days from departure to the departure of the same journey back; none when left out",
        json_schema_extra={"unit": "d"},
    )
    seat: Seat = Field(
        default="any", description="Flights only: where one sits (name); any draws window, middle or aisle evenly"
    )
    sleep: Sleep = Field(
        default="auto",
        description="Whether one sleeps on the way (name); auto means on long journeys through the night",
    )

    @field_validator("route")
    @classmethod
    def _known_airports(cls, route: str | None) -> str | None:
        return None if route is None else check_route(route)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        check_days(self.day, self.between)
        if (self.hours is None) == (self.route is None):
            raise ValueError("give either hours or route, " + ("not both" if self.hours else "one is needed"))
        if self.mode != "flight" and self.route is not None:
            raise ValueError(f"route is for flights; give the hours of a journey by {self.mode}")
        if self.mode != "flight" and self.seat != "any":
            raise ValueError(f"seat is for flights (got seat = {self.seat!r} for a journey by {self.mode})")
        return self

    @property
    def first_day(self) -> int:
        """The first possible day of departure."""
        return self.between[0] if self.between else (self.day or 0)
