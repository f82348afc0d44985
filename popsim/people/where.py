"""Who is wanted: an exact condition on age, sex and work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from popsim.errors import InputError
from popsim.people.population import Sex, Work
from popsim.people.tables import AGES, OLDEST, YOUNGEST, people_tables

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

WorkName = Literal["none", "desk", "standing", "active", "driving"]
SexName = Literal["female", "male"]
_Age = Annotated[int, Field(strict=True)]


class Where(BaseModel):
    """A condition on synthetic people; what is left out is not restricted.

    Attributes:
        age: lowest and highest age in years, both included.
        sex: ``female`` or ``male``.
        work: kinds of work, any of which will do.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    age: Annotated[tuple[_Age, _Age], Field(strict=False)] | None = Field(
        default=None, description="Lowest and highest age in years, both included"
    )
    sex: SexName | None = Field(default=None, description="Only women, or only men")
    work: Annotated[tuple[WorkName, ...], Field(strict=False)] | None = Field(
        default=None, description="What working days ask of the legs; any of those listed"
    )


@dataclass(frozen=True)
class Matching:
    """The part of the population that matches, as distributions to draw from.

    Attributes:
        male: share of men.
        age: cumulative shares by age within each sex, ``(2, ages)``.
        work: cumulative shares of work within each sex and age, ``(2, ages, 5)``.
    """

    male: float
    age: Floats
    work: Floats


def matching(where: Where | None) -> Matching:
    """Truncate the joint distribution of sex, age and work to those who match, which needs no rejection.

    Raises:
        InputError: when nobody in the population can match.
    """
    wanted = where or Where()
    _check_ages(wanted)
    tables = people_tables()
    joint = tables.people[..., None] * tables.work * _mask(wanted)
    people = joint.sum(axis=-1)
    if people.sum() <= 0.0:
        raise InputError(f"nobody in the population matches {_described(wanted)}", key="where")
    return Matching(male=float(people[Sex.MALE].sum() / people.sum()), age=_cumulative(people), work=_cumulative(joint))


def _check_ages(where: Where) -> None:
    if where.age is None:
        return
    low, high = where.age
    if low > high or high < YOUNGEST or low > OLDEST:
        raise InputError(
            f"expected two ages between {YOUNGEST} and {OLDEST}, the lower one first (got {low} and {high})",
            key="where.age",
        )


def _mask(where: Where) -> NDArray[np.bool_]:
    low, high = where.age or (YOUNGEST, OLDEST)
    sexes = np.array([where.sex in (None, name) for name in ("female", "male")])
    works = np.array([where.work is None or w.name.lower() in where.work for w in Work])
    return np.asarray(sexes[:, None, None] & ((low <= AGES) & (high >= AGES))[None, :, None] & works)


def _described(where: Where) -> str:
    parts = [f"{name} {value}" for name, value in where.model_dump(mode="json", exclude_none=True).items()]
    return "; ".join(parts)


def _cumulative(weights: Floats) -> Floats:
    """Cumulative shares along the last axis, exactly one from the last possible entry on (or where none is)."""
    cumulative = np.cumsum(weights, axis=-1)
    total = cumulative[..., -1:]
    shares = np.divide(cumulative, total, out=np.ones_like(cumulative), where=total > 0.0)
    return np.asarray(np.where(cumulative >= total, 1.0, shares))
