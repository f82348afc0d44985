"""Which recorded stay each person has, and where its patient was on each day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from popsim.errors import InputError
from popsim.routines.reasons import REASON_CODES
from popsim.routines.stays_recorded import ICU, RecordedStays

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from popsim.routines.calendar_plan import Plan
    from popsim.routines.stays import Stay


def of_reason(recorded: RecordedStays, stay: Stay, number: int) -> RecordedStays:
    """Those of the reason that the scenario asks for, all where it asks for none.

    Raises:
        InputError: when the file has none.
    """
    if stay.reason is None:
        return recorded
    kept = tuple(s for s in recorded.stays if s.reason == REASON_CODES[stay.reason])
    if not kept:
        raise InputError(f"{stay.file} has no stay of the reason {stay.reason}", key=f"stays[{number}]")
    return RecordedStays(kept)


def chosen(
    recorded: RecordedStays, stay: Stay, plan: Plan, rows: NDArray[np.int64], uniform: NDArray[np.float64]
) -> NDArray[np.int64]:
    """The recorded stay that each of these people has, -1 for those who have none, ``(N,)``.

    Args:
        recorded: the stays to choose from.
        stay: the scenario's entry, which says how to choose.
        plan: whose people.
        rows: their rows.
        uniform: a draw for each.
    """
    if stay.match == "person":
        return _own(recorded, plan.ids[rows])
    return _alike(recorded, plan, rows, uniform)


def _own(recorded: RecordedStays, ids: NDArray[np.int64]) -> NDArray[np.int64]:
    person = recorded.column("person")
    order = np.argsort(person)
    place = np.minimum(np.searchsorted(person[order], ids), len(person) - 1)
    return np.asarray(np.where(person[order[place]] == ids, order[place], -1), dtype=np.int64)


def _alike(
    recorded: RecordedStays, plan: Plan, rows: NDArray[np.int64], uniform: NDArray[np.float64]
) -> NDArray[np.int64]:
    """One of those that fit about as well as the best, in years of age, the other sex counting as some years."""
    ages, sexes = plan.traits(rows)
    which = np.empty(len(rows), dtype=np.int64)
    for age, sex in np.unique(np.stack([ages, sexes]), axis=1).T:
        other_sex = (recorded.column("sex") != sex) * plan.evidence["stays.alike_other_sex_years"]
        misfit = np.abs(recorded.column("age_years") - age) + other_sex
        fitting = np.flatnonzero(misfit <= misfit.min() + plan.evidence["stays.alike_years"])
        these = (ages == age) & (sexes == sex)
        which[these] = fitting[(uniform[these] * len(fitting)).astype(np.int64)]
    return which


def unit_days(
    recorded: RecordedStays, record: NDArray[np.int64], day: NDArray[np.int32], operation: NDArray[np.int32]
) -> tuple[NDArray[np.bool_], NDArray[np.int32]]:
    """Where patients are on days of their stays.

    Args:
        recorded: the stays.
        record: which of them, ``(D,)``.
        day: days after admission, ``(D,)``; from the day of discharge on nobody is in intensive care.
        operation: day of the operation, -1 without one, ``(D,)``.

    Returns:
        Whether the day ends in intensive care, and days since the last of admission, operation and intensive care,
        both ``(D,)``.
    """
    nights = recorded.column("nights")
    starts = np.concatenate([[0], np.cumsum(nights)])
    icu = np.array([letter == ICU for stay in recorded.stays for letter in stay.units])
    within = np.concatenate([np.arange(n) for n in nights])
    last_icu = np.maximum.accumulate(np.where(icu, np.arange(len(icu)), -1))
    last_day = np.where(last_icu >= np.repeat(starts[:-1], nights), last_icu - np.repeat(starts[:-1], nights), 0)
    at = starts[record] + np.minimum(day, nights[record] - 1)
    last = np.maximum(last_day[at], np.where(day >= operation, np.maximum(operation, 0), 0))
    inside = day < nights[record]
    return icu[at] & inside, np.where(inside, within[at] - last, 1).astype(np.int32)
