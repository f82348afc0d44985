"""Derive the small people tables that ship with popsim from open survey and census data.

Usage: ``python scripts/derive_people_tables.py DATA_FOLDER [OUTPUT_FOLDER]``. ``DATA_FOLDER`` holds
``us_age_sex_pyramid``, ``us_life_tables``, ``nhanes_2009_2012`` and ``atus``. The output depends on nothing else, so
running it twice gives the same bytes; a test re-derives the shipped files and compares them.

Mapping of the American Time Use Survey's occupation and industry to what work asks of the legs:

- nobody in work (unemployed or not in the labour force): ``none``
- management, business, finance; office and administration: ``desk``
- professionals: ``standing`` in education and health services (teachers, nurses), otherwise ``desk``
- sales: ``standing`` in retail and wholesale trade, otherwise ``desk``
- production: ``standing``
- service, construction, installation and repair, farming: ``active``
- transport and material moving: ``driving`` in transport and utilities, otherwise ``active`` (loaders, stock movers)
"""

from __future__ import annotations

import csv
import gzip
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Row = dict[str, str]

SEXES = ("female", "male")
AGES = np.arange(18, 101)
WORKS = ("none", "desk", "standing", "active", "driving")
Z_KNOTS = np.linspace(-2.5, 2.5, 11)
BODY_AGES = (20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 85)
BODY_BANDWIDTH_Y, SHARE_BANDWIDTH_Y, WORK_BANDWIDTH_Y = 3.0, 3.0, 1.5
OLDEST_NHANES, OLDEST_PLACED_AT = 80, 85
ATUS_TOP_CODES = {80: 82, 85: 88}
PREGNANCY_AGES = (20, 44)
MENOPAUSE_AGE = 50
LIFE_TABLE_YEAR = 2019
DAYS_PER_YEAR = 365.25

_SETTLED = {
    "mgmt_biz_finance": "desk",
    "office_admin": "desk",
    "production": "standing",
    "service": "active",
    "construction": "active",
    "install_repair_maint": "active",
    "farming_forestry_fishing": "active",
}
_BY_INDUSTRY = {
    "professional": ("edu_health_svcs", "standing", "desk"),
    "sales": ("trade", "standing", "desk"),
    "transport": ("transport_util", "driving", "active"),
}


def main(arguments: Sequence[str]) -> None:
    """Write every table below the output folder (the package's own data folder unless another is named)."""
    source = Path(arguments[0])
    shipped = Path(__file__).resolve().parents[1] / "popsim" / "people" / "data"
    derive(source, Path(arguments[1]) if len(arguments) > 1 else shipped)


def derive(source: Path, output: Path) -> None:
    """Derive all tables from ``source`` into ``output``."""
    nhanes = [row for row in _read(source / "nhanes_2009_2012/nhanes_body.csv.gz") if int(row["Age"] or 0) >= 18]
    write_pyramid(source / "us_age_sex_pyramid/nc-est2024-agesex-res.csv", output / "pyramid.csv")
    write_life_table(source / "us_life_tables/survexp_us.csv", output / "life_table.csv")
    write_body(nhanes, output / "body.csv")
    write_body_correlation(nhanes, output / "body_correlation.csv")
    write_habits(nhanes, output / "habits.csv")
    write_work(_read(source / "atus/atus_halfhour_joined.csv.gz"), output / "work.csv")


def write_pyramid(path: Path, output: Path) -> None:
    """People by sex and single year of age, 2024; the last row of each sex is everyone aged 100 and over."""
    codes = {"1": "male", "2": "female"}
    rows = [r for r in _read(path) if r["SEX"] in codes and 18 <= int(r["AGE"]) <= 100]
    table = sorted((codes[r["SEX"]], int(r["AGE"]), int(r["POPESTIMATE2024"])) for r in rows)
    note = "US residents, 1 July 2024, by sex and age; 100 stands for 100 and over. US Census Bureau NC-EST2024-AGESEX."
    _write(output, note, ("sex", "age", "people"), table)


def write_life_table(path: Path, output: Path) -> None:
    """Yearly probability of death by sex and age in the last year before the pandemic."""
    note = (
        f"Probability of dying within a year, US {LIFE_TABLE_YEAR} (the last year before the pandemic). "
        "NCHS life tables as compiled in survexp.us of the R package survival; q = 1 - exp(-365.25 daily hazard)."
    )
    rows = [r for r in _read(path) if int(r["year"]) == LIFE_TABLE_YEAR and int(r["age_yr"]) >= 18]
    table = [
        (r["sex"], int(r["age_yr"]), f"{-np.expm1(-DAYS_PER_YEAR * float(r['daily_hazard'])):.8f}")
        for r in sorted(rows, key=lambda r: (r["sex"], int(r["age_yr"])))
    ]
    _write(output, note, ("sex", "age", "death_probability"), table)


def write_body(rows: Sequence[Row], output: Path) -> None:
    """Quantiles of height, body mass index and weight at normal scores, by sex, at knots of age."""
    note = (
        "Survey-weighted quantiles at standard normal scores -2.5 to 2.5, by sex and age (Gaussian window of 3 years; "
        "80 and over placed at 85). NHANES 2009-2012 examinations, pregnant women left out."
    )
    table: list[tuple[object, ...]] = []
    for quantity, column in (("height_cm", "Height"), ("bmi", "BMI"), ("weight_kg", "Weight")):
        for sex in SEXES:
            age, values, weight = _measured(rows, sex, column)
            for knot in BODY_AGES:
                quantiles = weighted_quantiles(values, weight * _window(age, knot, BODY_BANDWIDTH_Y), normal_shares())
                table.append((quantity, sex, knot, *(f"{q:.2f}" for q in quantiles)))
    _write(output, note, ("quantity", "sex", "age", *(f"z{z:+.1f}" for z in Z_KNOTS)), table)


def write_body_correlation(rows: Sequence[Row], output: Path) -> None:
    """Correlation of normal scores of height with those of body mass index and of weight, given age."""
    note = "Survey-weighted correlation of normal scores within ten-year age groups. NHANES 2009-2012."
    table = [(sex, *(f"{_score_correlation(rows, sex, other):.4f}" for other in ("BMI", "Weight"))) for sex in SEXES]
    _write(output, note, ("sex", "height_bmi", "height_weight"), table)


def write_habits(rows: Sequence[Row], output: Path) -> None:
    """Shares of current smokers and of pregnant women by sex and single year of age."""
    note = (
        "Survey-weighted shares by sex and age (Gaussian window of 3 years). Smoking asked from 20 on (18 and 19 as at "
        "20), 80 and over placed at 85; pregnancy asked at 20-44, falling to none at 50. NHANES 2009-2012."
    )
    table = []
    for sex in SEXES:
        smoking = _smoothed(*_answers(rows, sex, _smokes, 20), np.maximum(AGES, 20), SHARE_BANDWIDTH_Y)
        pregnant = _pregnancy_by_age(rows) if sex == "female" else np.zeros(len(AGES))
        table += [
            (sex, age, f"{s:.5f}", f"{p:.5f}") for age, s, p in zip(AGES.tolist(), smoking, pregnant, strict=True)
        ]
    _write(output, note, ("sex", "age", "smoker", "pregnant"), table)


def write_work(rows: Iterable[Row], output: Path) -> None:
    """Shares of each kind of work by sex and single year of age."""
    note = (
        "Shares of each kind of work by sex and age (Gaussian window of 1.5 years, top-coded ages 80 and 85 placed at "
        "82 and 88). American Time Use Survey 2003-2016; mapping of occupations in scripts/derive_people_tables.py."
    )
    people = [r for r in rows if int(r["age"]) >= 16]
    table: list[tuple[object, ...]] = []
    for sex in SEXES:
        of_sex = [r for r in people if r["sex"] == sex]
        age = np.array([ATUS_TOP_CODES.get(int(r["age"]), int(r["age"])) for r in of_sex], dtype=float)
        kind = np.array([WORKS.index(work_of(r)) for r in of_sex])
        shares = [
            _smoothed(age, (kind == w).astype(float), np.ones(len(age)), np.minimum(AGES, 88), WORK_BANDWIDTH_Y)
            for w in range(len(WORKS))
        ]
        table += [(sex, int(AGES[a]), *(f"{shares[w][a]:.5f}" for w in range(len(WORKS)))) for a in range(len(AGES))]
    _write(output, note, ("sex", "age", *WORKS), table)


def work_of(row: Row) -> str:
    """What a respondent's work asks of the legs (the mapping in this module's description)."""
    if not row["labor_status"].startswith("employed"):
        return "none"
    occupation = row["occup_code"]
    if occupation in _SETTLED:
        return _SETTLED[occupation]
    industry, inside, outside = _BY_INDUSTRY[occupation]
    return inside if row["ind_code"] == industry else outside


def normal_shares() -> Floats:
    """The cumulative shares that belong to the normal scores of the quantile tables."""
    return np.asarray(ndtr(Z_KNOTS))


def weighted_quantiles(values: Floats, weight: Floats, shares: Floats) -> Floats:
    """Quantiles of a weighted sample, linear between the midpoints of the cumulative weights."""
    order = np.argsort(values, kind="stable")
    cumulative = np.cumsum(weight[order])
    middle = (cumulative - weight[order] / 2) / cumulative[-1]
    return np.asarray(np.interp(shares, middle, values[order]))


def _read(path: Path) -> list[Row]:
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
    return list(csv.DictReader(text.splitlines()))


def _write(path: Path, note: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    lines = [f"# {note}", "# Derived by scripts/derive_people_tables.py.", ",".join(header)]
    lines += [",".join(map(str, row)) for row in rows]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def _placed_age(row: Row) -> float:
    age = int(row["Age"])
    return float(OLDEST_PLACED_AT if age >= OLDEST_NHANES else age)


def _window(age: Floats, centre: float, bandwidth: float) -> Floats:
    return np.asarray(np.exp(-0.5 * ((age - centre) / bandwidth) ** 2))


def _measured(rows: Sequence[Row], sex: str, column: str) -> tuple[Floats, Floats, Floats]:
    used = [r for r in rows if r["Gender"] == sex and r["Height"] and r["BMI"] and r["PregnantNow"] != "Yes"]
    return (
        np.array([_placed_age(r) for r in used]),
        np.array([float(r[column]) for r in used]),
        np.array([float(r["WTMEC2YR"]) / 2 for r in used]),
    )


def _score_correlation(rows: Sequence[Row], sex: str, other: str) -> float:
    age, height, weight = _measured(rows, sex, "Height")
    value = _measured(rows, sex, other)[1]
    decade = np.minimum(age // 10, 8)
    x, y = np.empty(len(age)), np.empty(len(age))
    for group in np.unique(decade):
        inside = decade == group
        x[inside], y[inside] = (_normal_scores(v[inside], weight[inside]) for v in (height, value))
    return float(np.sum(weight * x * y) / np.sqrt(np.sum(weight * x * x) * np.sum(weight * y * y)))


def _normal_scores(values: Floats, weight: Floats) -> Floats:
    order = np.argsort(values, kind="stable")
    cumulative = np.cumsum(weight[order])
    scores = np.empty(len(values))
    scores[order] = ndtri((cumulative - weight[order] / 2) / cumulative[-1])
    return scores


def _smokes(row: Row) -> bool | None:
    if row["SmokeNow"]:
        return row["SmokeNow"] == "Yes"
    return False if row["Smoke100"] == "No" else None


def _is_pregnant(row: Row) -> bool | None:
    return {"Yes": True, "No": False}.get(row["PregnantNow"])


def _answers(rows: Sequence[Row], sex: str, answer: object, youngest: int) -> tuple[Floats, Floats, Floats]:
    assert callable(answer)
    given = [(r, answer(r)) for r in rows if r["Gender"] == sex and int(r["Age"]) >= youngest]
    known = [(r, yes) for r, yes in given if yes is not None]
    return (
        np.array([_placed_age(r) for r, _ in known]),
        np.array([float(yes) for _, yes in known]),
        np.array([float(r["WTINT2YR"]) / 2 for r, _ in known]),
    )


def _pregnancy_by_age(rows: Sequence[Row]) -> Floats:
    youngest, oldest = PREGNANCY_AGES
    age, yes, weight = _answers(rows, "female", _is_pregnant, youngest)
    share = _smoothed(age, yes, weight, np.clip(AGES, youngest, oldest), SHARE_BANDWIDTH_Y)
    return share * np.clip((MENOPAUSE_AGE - AGES) / (MENOPAUSE_AGE - oldest), 0.0, 1.0)


def _smoothed(age: Floats, yes: Floats, weight: Floats, at: NDArray[np.int64], bandwidth: float) -> Floats:
    windows = [weight * _window(age, float(a), bandwidth) for a in at]
    return np.array([np.sum(w * yes) / np.sum(w) for w in windows])


if __name__ == "__main__":
    main(sys.argv[1:])
