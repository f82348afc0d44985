"""Columns are the truth: one NumPy column per trait, ``(N,)`` for people and ``(2, N)`` for their legs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

LEFT, RIGHT = 0, 1


class Sex(IntEnum):
    """Sex as life tables and surveys record it."""

    FEMALE = 0
    MALE = 1


class Work(IntEnum):
    """What working days ask of the legs."""

    NONE = 0
    DESK = 1
    STANDING = 2
    ACTIVE = 3
    DRIVING = 4


AGE_GROUPS = ((0, "under 40"), (40, "40–59"), (60, "60–74"), (75, "75 and over"))
"""Lower bounds in years and labels of the groups in which results are reported."""


@dataclass(frozen=True)
class Column:
    """What one column of a population means.

    Attributes:
        name: as used in code, cohort files and plugins.
        dtype: NumPy dtype name.
        per: ``person`` for shape ``(N,)`` or ``leg`` for ``(2, N)``.
        unit: ``1`` for pure numbers and flags.
        low: smallest value accepted.
        high: largest value accepted.
        default: used where a cohort file leaves the column out; ``None`` means it is drawn for each person.
        meaning: one sentence.
    """

    name: str
    dtype: str
    per: str
    unit: str
    low: float
    high: float
    default: float | None
    meaning: str


ILLNESSES = {
    "low_platelets": "Fewer than 50 billion platelets per litre",
    "liver_failure": "Failing liver, with an INR above 1.5",
    "gastroduodenal_ulcer": "Active ulcer of stomach or duodenum",
    "recent_bleeding": "Bled in the three months before the start",
    "rheumatic_disease": "Inflammatory rheumatic disease",
    "lung_disease": "Chronic obstructive or other lasting lung disease",
    "respiratory_failure": "Lasting respiratory failure",
    "inflammatory_bowel_disease": "Crohn's disease or ulcerative colitis",
    "past_cancer": "Had cancer before, not active any more",
    "swollen_legs": "Legs are swollen",
    "family_history_vte": "A close relative had a clot",
    "high_homocysteine": "Is known to have raised homocysteine",
    "lupus_anticoagulant": "Is known to have lupus anticoagulant",
    "anticardiolipin": "Is known to have anticardiolipin antibodies",
    "other_thrombophilia": "Is known to lack antithrombin, protein C or protein S, or the like",
    "past_hit": "Lost platelets to heparin before",
    "obstetric_history": "Unexplained stillbirth, three miscarriages, or birth too early with pre-eclampsia",
    "acute_infarction": "Comes to hospital for, or with, an acute myocardial infarction (unplanned stays only)",
    "sepsis": "Comes to hospital for, or with, sepsis (unplanned stays only)",
    "pneumonia": "Comes to hospital for, or with, pneumonia or other serious lung disease (unplanned stays only)",
    "acute_infection": "Comes to hospital for, or with, another acute infection (unplanned stays only)",
    "central_line": "Gets a central venous catheter in hospital",
    "minor_operation": "The operation of a stay is a minor one",
    "laparoscopic_operation": "The operation of a stay is laparoscopic",
    "arthroscopic_operation": "The operation of a stay is arthroscopic",
    "multiple_injuries": "A stay for trauma is for several injuries",
    "spinal_cord_injury": "A stay for trauma is for an injured spinal cord",
}
"""Illnesses and circumstances that scores and bleeding look at; only family history raises the hazard of a clot."""

EVENTS = {
    "plaster_cast": "Wears a plaster cast on a leg",
    "operated_last_month": "Had a major operation in the month before the start",
}
"""The same, of which nobody has any unless a cohort or a scenario says so; a cast injures its leg's veins."""

COLUMNS: dict[str, Column] = {
    c.name: c
    for c in (
        Column("age_years", "uint8", "person", "y", 18, 110, None, "Age at the start"),
        Column("sex", "uint8", "person", "1", 0, 1, None, "0 female, 1 male"),
        Column("height_cm", "float64", "person", "cm", 120, 230, None, "Standing height"),
        Column("weight_kg", "float64", "person", "kg", 30, 300, None, "Body weight"),
        Column("smoker", "bool", "person", "1", 0, 1, None, "Smokes now"),
        Column("work", "uint8", "person", "1", 0, 4, None, "0 none, 1 desk, 2 standing, 3 active, 4 driving"),
        Column("non_o_blood", "bool", "person", "1", 0, 1, None, "Blood group other than O"),
        Column("factor_v_leiden", "bool", "person", "1", 0, 1, None, "Carries factor V Leiden"),
        Column("prothrombin_g20210a", "bool", "person", "1", 0, 1, None, "Carries prothrombin G20210A"),
        Column("oral_contraceptive", "bool", "person", "1", 0, 1, None, "Takes a combined oral contraceptive"),
        Column("hormone_therapy", "bool", "person", "1", 0, 1, None, "Takes oral menopausal hormone therapy"),
        Column("transdermal_hormones", "bool", "person", "1", 0, 1, None, "Takes menopausal hormones through the skin"),
        Column("pregnant", "bool", "person", "1", 0, 1, None, "Pregnant or within six weeks of birth"),
        Column("active_cancer", "bool", "person", "1", 0, 1, None, "Cancer diagnosed or treated in the last half year"),
        Column("chemotherapy", "bool", "person", "1", 0, 1, None, "Gets chemotherapy for active cancer"),
        Column("heart_failure", "bool", "person", "1", 0, 1, None, "Chronic heart failure"),
        Column("prior_vte", "bool", "person", "1", 0, 1, None, "Had a deep vein thrombosis or embolism before"),
        Column(
            "fidget_factor", "float64", "person", "1", 0.05, 20, None, "Movement bursts relative to the median person"
        ),
        Column("gfr_ml_min", "float64", "person", "mL/min", 3, 200, None, "Filtration of the kidneys per 1.73 m²"),
        *(Column(name, "bool", "person", "1", 0, 1, None, meaning) for name, meaning in ILLNESSES.items()),
        *(Column(name, "bool", "person", "1", 0, 1, 0.0, meaning) for name, meaning in EVENTS.items()),
        Column(
            "calf_strength", "float64", "leg", "1", 0, 1.5, None, "Calf contraction relative to a healthy young adult"
        ),
        Column("ankle_range", "float64", "leg", "1", 0, 1, None, "Ankle range of motion relative to normal"),
        Column("superficial_leak", "float64", "leg", "1", 0, 3, None, "Reflux of the great saphenous system (0 none)"),
        Column("deep_leak", "float64", "leg", "1", 0, 3, None, "Reflux of the deep veins (0 none)"),
        Column("perforator_leak", "float64", "leg", "1", 0, 3, 0.0, "Reflux of the perforators (0 none)"),
        Column(
            "outflow_resistance", "float64", "leg", "1", 1, 50, None, "Resistance of thigh and pelvis relative to open"
        ),
        Column(
            "pocket_factor", "float64", "leg", "1", 0.1, 10, None, "Hypoxia time of valve pockets relative to median"
        ),
    )
}


class Population:
    """People as columns.

    Args:
        ids: global, permanent person ids, ``(N,)`` int64; every random draw hangs on them.
        columns: name to array; shape ``(N,)`` or ``(2, N)`` as ``COLUMNS`` (or a plugin) declares.
    """

    def __init__(self, ids: NDArray[np.int64], columns: dict[str, NDArray[Any]]) -> None:
        self.ids = np.asarray(ids, dtype=np.int64)
        self._columns: dict[str, NDArray[Any]] = {}
        for name, values in columns.items():
            self[name] = values

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, name: object) -> bool:
        return name in self._columns

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self._columns[name]

    def __setitem__(self, name: str, values: NDArray[Any]) -> None:
        column = COLUMNS.get(name)
        array = np.asarray(values, dtype=column.dtype if column else None)
        shapes: dict[str, tuple[int, ...]] = {"person": (len(self),), "leg": (2, len(self))}
        expected = [shapes[column.per]] if column else list(shapes.values())
        if array.shape not in expected:
            raise ValueError(f"column {name} has shape {array.shape}, expected {' or '.join(map(str, expected))}")
        self._columns[name] = array

    def take(self, rows: NDArray[Any] | slice) -> Population:
        """The people at these rows (a mask, indices or a slice), in that order."""
        return Population(self.ids[rows], {name: values[..., rows] for name, values in self._columns.items()})

    def copy(self) -> Population:
        """An independent copy: changing its columns leaves this one alone."""
        return Population(self.ids.copy(), {name: values.copy() for name, values in self._columns.items()})

    @property
    def bmi(self) -> NDArray[np.float64]:
        """Body mass index, kg/m², ``(N,)``."""
        return np.asarray(self["weight_kg"] / (self["height_cm"] / 100.0) ** 2, dtype=np.float64)

    @property
    def age_group(self) -> NDArray[np.uint8]:
        """Index into ``AGE_GROUPS``, ``(N,)``."""
        bounds = np.array([low for low, _ in AGE_GROUPS[1:]])
        return np.searchsorted(bounds, self["age_years"], side="right").astype(np.uint8)
