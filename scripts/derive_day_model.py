"""Derive the day model from the American Time Use Survey (ATUS, US Bureau of Labor Statistics, 2003-2016).

    python scripts/derive_day_model.py ../shared/data/atus

Reads half-hour sequences of weekdays, minutes by activity code, and mean minutes by kind of day, and writes

- ``popsim/routines/data/day_model.npz``: the chain's probabilities, a byte each;
- ``popsim/routines/data/travel.csv``: how often and how long people travel for what they do;
- ``popsim/routines/data/atus_mean_minutes.csv``: mean minutes by group, against which tests hold the model.

Estimation. Respondents of 18 and over are sorted by work (occupation), age band and sex, and by whether they worked on
the day: employed people's working days and free days are separate cells; people without work have one. A cell of fewer
than ``FEWEST`` days is merged with the other sex, then with the neighbouring age band. Leaving probabilities and
destinations are relative frequencies shrunk toward the pooled days of the same work and day type, themselves shrunk
toward all days of that type, with ``PRIOR`` pseudo-observations.

Weekends. The sequences hold weekdays only; mean minutes are known for Saturdays and Sundays too. The share of working
days on a weekend day is the weekday share times the ratio of work minutes, divided by the ratio of hours worked by
those who work (``weekend_work_hours_ratio``). A pull for each doing then tilts the chain (entry and staying on) until
the mixture of working and free days has the weekday means of the sequences scaled by the ratios of the survey's means.
Travel has no letter: it is part of the half-hours it serves; its frequency and minutes come from the 18xxxx codes.
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from popsim.evidence.registry import Evidence
from popsim.people.population import Sex, Work
from popsim.randomness import Draws
from popsim.routines.day_model import (
    AGE_BAND_LABELS,
    AGE_BANDS,
    BUCKETS,
    SLEEP_SLOTS_BEFORE_START,
    SLOTS_PER_DAY,
    SPELL_BUCKET,
    WORK_BUCKET,
    DayKind,
    DayModel,
    Days,
    DayType,
    Doing,
    age_band,
    model_from_arrays,
    pack_probabilities,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEWEST = 90
PRIOR = 5.0
DAYS_PER_FIT = 5000
ROUNDS = 40
A = len(Doing)
OUT = Path(__file__).resolve().parents[1] / "popsim" / "routines" / "data"
LETTERS = {
    "C": Doing.SLEEP, "B": Doing.PERSONAL_CARE, "E": Doing.HOUSEWORK, "I": Doing.CARE, "L": Doing.CARE,
    "F": Doing.WORK, "M": Doing.EDUCATION, "H": Doing.EATING, "D": Doing.LEISURE, "A": Doing.SPORT,
    "J": Doing.ERRANDS, "G": Doing.ERRANDS, "N": Doing.OTHER, "O": Doing.OTHER, "K": Doing.OTHER,
}  # fmt: skip
OCCUPATIONS = {
    "mgmt_biz_finance": Work.DESK, "professional": Work.DESK, "office_admin": Work.DESK,
    "sales": Work.STANDING, "service": Work.STANDING,
    "construction": Work.ACTIVE, "farming_forestry_fishing": Work.ACTIVE,
    "install_repair_maint": Work.ACTIVE, "production": Work.ACTIVE,
    "transport": Work.DRIVING,
}  # fmt: skip
MEAN_COLUMNS: dict[Doing, tuple[str, ...]] = {
    Doing.SLEEP: ("sleep",),
    Doing.PERSONAL_CARE: ("personal_care_incl_sleep",),
    Doing.HOUSEWORK: ("household",),
    Doing.CARE: ("caring_household", "caring_others"),
    Doing.WORK: ("work",),
    Doing.EDUCATION: ("education",),
    Doing.EATING: ("eating",),
    Doing.LEISURE: ("leisure",),
    Doing.SPORT: ("sport_exercise",),
    Doing.ERRANDS: ("shopping", "professional_services", "household_services", "government"),
    Doing.OTHER: ("religion", "volunteering", "telephone"),
}
TRAVEL_FOR = {
    1: Doing.PERSONAL_CARE, 2: Doing.HOUSEWORK, 3: Doing.CARE, 4: Doing.CARE, 5: Doing.WORK, 6: Doing.EDUCATION,
    7: Doing.ERRANDS, 8: Doing.ERRANDS, 9: Doing.ERRANDS, 10: Doing.ERRANDS, 11: Doing.EATING, 12: Doing.LEISURE,
    13: Doing.SPORT,
}  # fmt: skip
TABLE_BANDS = {"15-24": 0, "25-34": 1, "35-44": 1, "45-54": 2, "55-64": 2, "65-74": 3, "75+": 4}


class Respondents:
    """Respondents' days as arrays: ``slots`` (R, 48) and one value each of id, work, age band, sex and day type."""

    def __init__(self, folder: Path) -> None:
        rows = [r for r in read(folder / "atus_halfhour_joined.csv.gz") if int(r["age"]) >= AGE_BANDS[0]]
        code = np.zeros(128, dtype=np.uint8)
        for letter, doing in LETTERS.items():
            code[ord(letter)] = doing
        raw = np.frombuffer("".join(r["slots48"] for r in rows).encode("ascii"), dtype=np.uint8)
        self.slots = code[raw].reshape(len(rows), SLOTS_PER_DAY)
        self.ids = np.array([int(r["tucaseid"]) for r in rows])
        self.work = np.array([OCCUPATIONS.get(r["occup_code"], Work.NONE) for r in rows], dtype=np.int64)
        self.band = age_band(np.array([int(r["age"]) for r in rows]))
        self.sex = np.array([Sex.MALE if r["sex"] == "male" else Sex.FEMALE for r in rows], dtype=np.int64)
        worked = (self.slots == Doing.WORK).any(axis=1) & (self.work != Work.NONE)
        self.day_type = np.where(worked, DayType.WORKING, DayType.FREE).astype(np.int64)


def read(path: Path) -> list[dict[str, str]]:
    """All rows of a CSV file, gzipped or not."""
    opener: Any = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def merged_cells(days: Respondents) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cell by (day type, work, age band, sex), and the pool (day type and work, as far as kept apart) of each cell."""
    cell = np.zeros((2, len(Work), len(AGE_BANDS), len(Sex)), dtype=np.int64)
    parents: list[int] = []
    for day_type in DayType:
        for works in pools(day_type):
            members = np.isin(days.work, works) & (days.day_type == day_type)
            for bands in merged_bands(days, members):
                inside = members & np.isin(days.band, bands)
                apart = min(np.count_nonzero(inside & (days.sex == sex)) for sex in Sex) >= FEWEST
                for sexes in [[0], [1]] if apart else [[0, 1]]:
                    cell[np.ix_([day_type], works, bands, sexes)] = len(parents)
                    parents.append(int(day_type) * len(Work) + works[0])
    cell[DayType.WORKING, Work.NONE] = cell[DayType.FREE, Work.NONE]
    return cell, np.array(parents)


def pools(day_type: DayType) -> list[list[int]]:
    """Kinds of work that share cells: employed people's free days are alike, their working days are not."""
    employed = [int(work) for work in Work if work != Work.NONE]
    return [[work] for work in employed] if day_type == DayType.WORKING else [[int(Work.NONE)], employed]


def merged_bands(days: Respondents, members: NDArray[np.bool_]) -> list[list[int]]:
    """Neighbouring age bands joined, oldest first, until each holds ``FEWEST`` days."""
    bands = [[b] for b in range(len(AGE_BANDS))]
    size = [int(np.count_nonzero(members & (days.band == b))) for b in range(len(AGE_BANDS))]
    for i in range(len(bands) - 1, -1, -1):
        if size[i] >= FEWEST or len(bands) == 1:
            continue
        into = i - 1 if i > 0 else 1
        bands[into] = sorted(bands[into] + bands[i])
        size[into] += size[i]
        del bands[i], size[i]
    return bands


def spell_buckets(slots: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Bucket of every half-hour: how long the spell has lasted, or how much work has been done, ``(R, 48)``."""
    spell = np.empty(slots.shape, dtype=np.int64)
    spell[:, 0] = np.where(slots[:, 0] == Doing.SLEEP, SLEEP_SLOTS_BEFORE_START, 1)
    for t in range(1, SLOTS_PER_DAY):
        spell[:, t] = np.where(slots[:, t] == slots[:, t - 1], spell[:, t - 1] + 1, 1)
    worked = np.cumsum(slots == Doing.WORK, axis=1)
    return np.where(slots == Doing.WORK, WORK_BUCKET[worked], SPELL_BUCKET[spell])


def shrunk(counts: NDArray[np.float64], totals: NDArray[np.float64], prior: NDArray[np.float64]) -> NDArray[np.float64]:
    """Relative frequencies with ``PRIOR`` pseudo-observations of ``prior``."""
    return np.asarray((counts + PRIOR * prior) / (totals + PRIOR))


def by_level(counts: NDArray[np.float64], level: NDArray[np.int64]) -> NDArray[np.float64]:
    """Counts of cells summed by level and handed back to each cell."""
    sums = np.zeros((level.max() + 1, *counts.shape[1:]))
    np.add.at(sums, level, counts)
    return np.asarray(sums[level])


def leaving(days: Respondents, cell: NDArray[np.int64], parents: NDArray[np.int64]) -> NDArray[np.float64]:
    """Probability of leaving by cell, half-hour, doing and bucket, ``(C, 47, A, B)``."""
    now, then = days.slots[:, :-1], days.slots[:, 1:]
    at = (cell[:, None], np.arange(SLOTS_PER_DAY - 1)[None, :], now, spell_buckets(days.slots)[:, :-1])
    n, left = (np.zeros((len(parents), SLOTS_PER_DAY - 1, A, BUCKETS)) for _ in range(2))
    np.add.at(n, at, 1.0)
    np.add.at(left, at, (now != then).astype(float))
    type_of = parents // len(Work)
    n_all, left_all = by_level(n, type_of), by_level(left, type_of)
    always = shrunk(left_all.sum(axis=1), n_all.sum(axis=1), np.full((len(parents), A, BUCKETS), 0.3))[:, None]
    pooled = shrunk(left_all, n_all, np.broadcast_to(always, n_all.shape))
    return shrunk(left, n, shrunk(by_level(left, parents), by_level(n, parents), pooled))


def destinations(days: Respondents, cell: NDArray[np.int64], parents: NDArray[np.int64]) -> NDArray[np.float64]:
    """Next doing by cell, clock hour and the doing left, ``(C, 24, A, A)``; what was never seen stays at nought."""
    now, then = days.slots[:, :-1], days.slots[:, 1:]
    hour = np.broadcast_to(np.arange(1, SLOTS_PER_DAY)[None, :] // 2, now.shape)
    moved = now != then
    to = np.zeros((len(parents), 24, A, A))
    np.add.at(to, (np.broadcast_to(cell[:, None], now.shape)[moved], hour[moved], now[moved], then[moved]), 1.0)
    type_of = parents // len(Work)
    all_day = by_level(to, type_of)
    entries = all_day.sum(axis=2) + 1e-3 * all_day.sum(axis=(1, 2))[:, None]
    anywhere = np.repeat((entries / entries.sum(axis=-1, keepdims=True))[:, :, None], A, axis=2)
    anywhere = anywhere * (1.0 - np.eye(A))
    anywhere /= anywhere.sum(axis=-1, keepdims=True)
    pooled = shrunk(all_day, all_day.sum(axis=-1, keepdims=True), anywhere)
    parent = by_level(to, parents)
    middle = shrunk(parent, parent.sum(axis=-1, keepdims=True), pooled)
    chance = shrunk(to, to.sum(axis=-1, keepdims=True), middle)
    chance[parents == Work.DESK, :, :, Doing.WORK] = 0.0  # free days of the employed: by definition without work
    return np.asarray(chance / chance.sum(axis=-1, keepdims=True))


def starts(days: Respondents, cell: NDArray[np.int64], parents: NDArray[np.int64]) -> NDArray[np.float64]:
    """Doing at 04:00 by cell, ``(C, A)``."""
    at = np.zeros((len(parents), A))
    np.add.at(at, (cell, days.slots[:, 0]), 1.0)
    pooled = by_level(at, parents)
    return shrunk(at, at.sum(axis=-1, keepdims=True), pooled / pooled.sum(axis=-1, keepdims=True))


def weekday_working_share(days: Respondents) -> NDArray[np.float64]:
    """Share of weekdays on which people of each work, age band and sex work, ``(5, 5, 2)``, shrunk toward the work."""
    share = np.zeros((len(Work), len(AGE_BANDS), len(Sex)))
    for work in list(Work)[1:]:
        of_work = days.day_type[days.work == work].mean()
        for band in range(len(AGE_BANDS)):
            for sex in Sex:
                mine = days.day_type[(days.work == work) & (days.band == band) & (days.sex == sex)]
                share[work, band, sex] = (mine.sum() + PRIOR * of_work) / (len(mine) + PRIOR)
    return share


def survey_means(folder: Path) -> NDArray[np.float64]:
    """Mean minutes by day kind, in work or not, age band, sex and doing, ``(3, 2, 5, 2, A)``; travel left out."""
    sums = np.zeros((3, 2, len(AGE_BANDS), 2, A))
    weight = np.zeros((3, 2, len(AGE_BANDS), 2, 1))
    for row in read(folder / "atus_mean_minutes_by_day.csv"):
        at = (
            DayKind[row["day"].upper()], int(row["employment"] == "employed"), TABLE_BANDS[row["age_band"]],
            int(row["sex"] == "male"),
        )  # fmt: skip
        minutes = np.array([sum(float(row[c]) for c in MEAN_COLUMNS[doing]) for doing in Doing])
        minutes[Doing.PERSONAL_CARE] -= float(row["sleep"])
        sums[at] += float(row["n"]) * minutes
        weight[at] += float(row["n"])
    return np.asarray(sums / weight)


def weekend_targets(days: Respondents, survey: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean minutes the model is to have, ``(3, 2, 5, 2, A)``: the sequences', scaled by the survey's ratios."""
    target = np.zeros_like(survey)
    minutes = np.stack([(days.slots == a).sum(axis=1) * 30.0 for a in range(A)], axis=1)
    for in_work, band, sex in np.ndindex(2, len(AGE_BANDS), 2):
        who = ((days.work != Work.NONE) == in_work) & (days.band == band) & (days.sex == sex)
        target[:, in_work, band, sex] = minutes[who].mean(axis=0)
    ratio = (survey + 0.5) / (survey[:1] + 0.5)
    target *= np.clip(ratio, 0.05, 8.0)
    return np.asarray(target * 1440.0 / target.sum(axis=-1, keepdims=True))


def fit_cells(model: DayModel, days: Respondents, cell: NDArray[np.int64]) -> None:
    """Fit ``model.cell_pull`` in place: each cell's mean minutes on weekdays become its respondents' own."""
    for c in range(len(model.start)):
        who = np.resize(np.flatnonzero(cell == c), DAYS_PER_FIT)
        ids = np.arange(len(who))
        wanted = Days(ids, np.zeros_like(ids), days.day_type[who], days.work[who], days.band[who], days.sex[who])
        want = mean_minutes(days.slots[cell == c])
        for _ in range(ROUNDS):
            got = mean_minutes(model.draw(Draws(20160101), wanted))
            nudge(model.cell_pull[c], want, got)


def mean_minutes(slots: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Mean minutes a day of each doing, ``(A,)``."""
    return np.array([30.0 * (slots == a).sum(axis=1).mean() for a in range(A)])


def nudge(pull: NDArray[np.float64], want: NDArray[np.float64], got: NDArray[np.float64]) -> None:
    """Strengthen the pull of what is done too little, weaken that of what is done too much."""
    pull *= np.clip(((want + 1.0) / (got + 1.0)) ** 0.4, 0.7, 1.4)
    pull /= np.exp(np.log(pull).mean())


def fit_pull(model: DayModel, days: Respondents, target: NDArray[np.float64], hours_ratio: float) -> None:
    """Fit ``model.pull`` for Saturdays and Sundays in place, stratum by stratum."""
    for kind in (DayKind.SATURDAY, DayKind.SUNDAY):
        for in_work, band, sex in np.ndindex(2, len(AGE_BANDS), 2):
            who = ((days.work != Work.NONE) == in_work) & (days.band == band) & (days.sex == sex)
            works = np.resize(days.work[who], DAYS_PER_FIT)
            fit_stratum(model, works, (kind, in_work, band, sex), target[kind, in_work, band, sex], hours_ratio)


def fit_stratum(
    model: DayModel, works: NDArray[np.int64], at: tuple[int, int, int, int], target: NDArray[np.float64], ratio: float
) -> None:
    """Move one stratum's pull until the mean minutes of its mixture of working and free days are the target's.

    On working days work is held to ``ratio`` of weekday hours; the share of working days sees to the rest.
    """
    kind, in_work, band, sex = at
    ids = np.arange(len(works))
    draws = Draws(20160101)
    share = model.working_share[kind, works, band, sex]
    day_type = (draws.uniform("fit.day_type", ids) < share).astype(np.int64)
    on_working = day_type == DayType.WORKING
    wanted = Days(ids, np.zeros_like(works), day_type, works, np.full_like(works, band), np.full_like(works, sex))
    usual = model.draw(draws, wanted)
    worked_target = ratio * 30.0 * (usual[on_working] == Doing.WORK).sum(axis=1).mean() if on_working.any() else 0.0
    for _ in range(ROUNDS):
        slots = model.draw(draws, wanted._replace(kind=np.full_like(works, kind)))
        got = mean_minutes(slots)
        want = target.copy()
        if in_work and on_working.any():
            got[Doing.WORK] = 30.0 * (slots[on_working] == Doing.WORK).sum(axis=1).mean()
            want[Doing.WORK] = worked_target
        nudge(model.pull[at], want, got)


def travel_rows(days: Respondents, folder: Path) -> list[dict[str, Any]]:
    """Share of days with travel for a doing, among days that have the doing, and minutes of travel on them."""
    spent: dict[int, NDArray[np.float64]] = defaultdict(lambda: np.zeros(A))
    for row in read(folder / "atus_minutes_by_code.csv.gz"):
        code = int(row["tiercode"])
        if code // 10000 == 18:
            spent[int(row["tucaseid"])][TRAVEL_FOR.get(code // 100 % 100, Doing.OTHER)] += float(row["dur"])
    minutes = np.stack([spent[int(i)] for i in days.ids])
    rows: list[dict[str, Any]] = []
    for day_type in DayType:
        for band, label in enumerate(AGE_BAND_LABELS):
            who = (days.day_type == day_type) & (days.band == band)
            for doing in Doing:
                some = minutes[who, doing] > 0
                has = (days.slots[who] == doing).any(axis=1)
                if doing == Doing.SLEEP or some.sum() < 5:
                    continue
                share = min(1.0, some.mean() / max(has.mean(), 0.01))
                rows.append({
                    "day_type": day_type.name.lower(), "age_band": label, "doing": doing.name.lower(),
                    "days_with_travel": round(share, 4), "minutes": round(minutes[who, doing][some].mean(), 1),
                })  # fmt: skip
    return rows


def mean_rows(days: Respondents, target: NDArray[np.float64]) -> list[dict[str, Any]]:
    """Mean minutes by day kind and group: weekdays by work and age band, weekends by in work or not, age band, sex."""
    rows: list[dict[str, Any]] = []
    minutes = np.stack([(days.slots == a).sum(axis=1) * 30.0 for a in range(A)], axis=1)
    for work in Work:
        for band, label in enumerate(AGE_BAND_LABELS):
            who = (days.work == work) & (days.band == band)
            rows.append(
                mean_row(("weekday", work.name.lower(), label, "both"), int(who.sum()), minutes[who].mean(axis=0))
            )
    for kind in (DayKind.SATURDAY, DayKind.SUNDAY):
        for in_work, band, sex in np.ndindex(2, len(AGE_BANDS), 2):
            who = ((days.work != Work.NONE) == in_work) & (days.band == band) & (days.sex == sex)
            name, label = "any" if in_work else "none", AGE_BAND_LABELS[band]
            at = target[kind, in_work, band, sex]
            rows.append(mean_row((kind.name.lower(), name, label, Sex(sex).name.lower()), int(who.sum()), at))
    return rows


def mean_row(group: tuple[str, str, str, str], n: int, means: NDArray[np.float64]) -> dict[str, Any]:
    """One line of the table of means; the group is day kind, kind of work, age band and sex."""
    kind, job, band, sex = group
    named = {doing.name.lower(): round(float(means[doing]), 2) for doing in Doing}
    return {"day": kind, "job": job, "age_band": band, "sex": sex, "n": n, **named}


def write(name: str, rows: list[dict[str, Any]]) -> None:
    """Write rows to a CSV file of the room's data folder."""
    with (OUT / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    """Derive everything and write it."""
    folder = Path(sys.argv[1])
    days = Respondents(folder)
    cell, parents = merged_cells(days)
    mine = cell[days.day_type, days.work, days.band, days.sex]
    survey = survey_means(folder)
    ratio = Evidence.load()["routines.weekend_work_hours_ratio"]
    weekday = weekday_working_share(days)
    work_ratio = survey[:, 1, :, :, Doing.WORK] / survey[0, 1, :, :, Doing.WORK]
    share = np.stack([weekday, *(np.clip(weekday * work_ratio[kind] / ratio, 0, 1) for kind in (1, 2))])
    arrays: dict[str, NDArray[Any]] = {
        "start": pack_probabilities(starts(days, mine, parents)),
        "leave": pack_probabilities(leaving(days, mine, parents)),
        "goes_to": pack_probabilities(destinations(days, mine, parents)),
        "cell": cell.astype(np.uint8),
        "working_share": share.astype(np.float32),
        "pull": np.ones((3, 2, len(AGE_BANDS), 2, A)),
        "cell_pull": np.ones((len(parents), A)),
    }
    model = model_from_arrays(arrays)
    target = weekend_targets(days, survey)
    fit_cells(model, days, mine)
    fit_pull(model, days, target, ratio)
    arrays |= {"pull": model.pull.astype(np.float32), "cell_pull": model.cell_pull.astype(np.float32)}
    np.savez_compressed(OUT / "day_model.npz", **arrays)
    write("travel.csv", travel_rows(days, folder))
    write("atus_mean_minutes.csv", mean_rows(days, target))
    print(f"{len(parents)} cells, {len(days.ids)} days, {(OUT / 'day_model.npz').stat().st_size} bytes")


if __name__ == "__main__":
    main()
