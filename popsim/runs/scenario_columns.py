"""The traits a scenario can fix or choose people by, as its file spells them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from popsim.people.population import COLUMNS, Column, Sex, Work
from popsim.runs.scenario_errors import validate

_CHOICES = {"sex": Sex, "work": Work}


def fixed_columns(settings: Any) -> dict[str, float]:
    """Column values as numbers, from a table that names sexes and kinds of work by their words.

    Raises:
        ValidationError: unknown columns, wrong types or values out of range.
    """
    table = validate(FixedColumns, settings).model_dump(exclude_none=True)
    return {name: _code(name, value) for name, value in table.items()}


def _code(name: str, value: Any) -> float:
    return float(_CHOICES[name][value.upper()] if name in _CHOICES else value)


def _field(column: Column) -> Any:
    unit = "" if column.unit == "1" else f", {column.unit}"
    if column.name in _CHOICES:
        words = tuple(member.name.lower() for member in _CHOICES[column.name])
        return (Literal[words] | None, Field(None, description=column.name.capitalize()))
    if column.dtype == "bool":
        return (bool | None, Field(None, description=column.meaning))
    kind = int if column.dtype.startswith(("int", "uint")) else float
    return (kind | None, Field(None, description=f"{column.meaning}{unit}", ge=column.low, le=column.high))


FixedColumns: type[BaseModel] = create_model(
    "FixedColumns",
    __config__=ConfigDict(strict=True, extra="forbid", frozen=True),
    __doc__="Traits that everybody shares.",
    **{name: _field(column) for name, column in COLUMNS.items()},
)
