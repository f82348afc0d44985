"""Who a person is in numbers: sex, age, work, height and weight."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from popsim.people.population import COLUMNS
from popsim.people.tables import AGES, normal_score, people_tables, quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from popsim.people.making import Making

    Floats = NDArray[np.float64]


def sex(people: Making) -> NDArray[np.uint8]:
    """0 female, 1 male."""
    return people.chance("sex", people.matching.male).astype(np.uint8)


def age_years(people: Making) -> NDArray[np.uint8]:
    """Age by the cumulative shares of the person's sex."""
    u = people.uniform("age")
    women, men = (np.searchsorted(shares, u, side="right") for shares in people.matching.age)
    return np.asarray(AGES[0] + np.where(people["sex"] == 1, men, women), dtype=np.uint8)


def work(people: Making) -> NDArray[np.uint8]:
    """Kind of work by the cumulative shares of the person's sex and age."""
    u, shares = people.uniform("work"), people.matching.work.reshape(-1, people.matching.work.shape[-1])
    return np.asarray(sum((u >= shares[people.cell, kind]).astype(np.uint8) for kind in range(shares.shape[1] - 1)))


def height_cm(people: Making) -> Floats:
    """Height by age and sex; where only weight is known, by its correlation with weight too."""
    tables, z = people_tables(), people.draws.normal("people.height", people.ids)
    if "weight_kg" in people.columns:
        z_weight = normal_score(tables.weight_kg, people.cell, people["weight_kg"])
        z = _correlated(z_weight, z, tables.height_weight[people["sex"].astype(np.intp)])
    return _within("height_cm", quantile(tables.height_cm, people.cell, z))


def weight_kg(people: Making) -> Floats:
    """Weight from a body mass index by age, sex and height."""
    tables, z = people_tables(), people.draws.normal("people.bmi", people.ids)
    z_height = normal_score(tables.height_cm, people.cell, people["height_cm"])
    z = _correlated(z_height, z, tables.height_bmi[people["sex"].astype(np.intp)])
    bmi = np.clip(quantile(tables.bmi, people.cell, z), people.value("bmi_least"), people.value("bmi_greatest"))
    return _within("weight_kg", bmi * (people["height_cm"] / 100.0) ** 2)


def _correlated(known: Floats, fresh: Floats, correlation: Floats) -> Floats:
    return np.asarray(correlation * known + np.sqrt(1.0 - correlation**2) * fresh)


def _within(name: str, values: Floats) -> Floats:
    return np.clip(values, COLUMNS[name].low, COLUMNS[name].high)
