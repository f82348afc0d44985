"""Days as lists of bouts: an activity and its minutes, from 04:00 to 04:00."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

MINUTES_PER_DAY = 1440
DAY_STARTS_AT_MIN = 240


@dataclass(frozen=True)
class DiaryPool:
    """Many days end to end (compressed sparse rows).

    Attributes:
        starts: ``(D + 1,)`` int32; day ``d`` is bouts ``starts[d]`` to ``starts[d + 1]``.
        activity: ``(B,)`` uint8, the activity's code.
        minutes: ``(B,)`` uint16, at least one; every day sums to 1440.
    """

    starts: NDArray[np.int32]
    activity: NDArray[np.uint8]
    minutes: NDArray[np.uint16]

    @classmethod
    def from_days(cls, days: Iterable[Sequence[tuple[int, int]]]) -> DiaryPool:
        """Build from lists of ``(activity code, minutes)``; neighbours with the same activity are merged."""
        return cls.from_merged([merge_bouts(day) for day in days])

    @classmethod
    def from_merged(cls, merged: Sequence[Sequence[tuple[int, int]]]) -> DiaryPool:
        """Build from lists of ``(activity code, minutes)`` in which neighbours differ and no bout is empty."""
        for number, day in enumerate(merged):
            total = sum(minutes for _, minutes in day)
            if total != MINUTES_PER_DAY:
                raise ValueError(f"day {number} has {total} minutes instead of {MINUTES_PER_DAY}")
        counts = np.array([0, *(len(day) for day in merged)])
        flat = np.array([bout for day in merged for bout in day], dtype=np.int64).reshape(-1, 2)
        return cls(np.cumsum(counts).astype(np.int32), flat[:, 0].astype(np.uint8), flat[:, 1].astype(np.uint16))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def day(self, index: int) -> list[tuple[int, int]]:
        """The bouts of one day as ``(activity code, minutes)``."""
        part = slice(int(self.starts[index]), int(self.starts[index + 1]))
        return list(zip(self.activity[part].tolist(), self.minutes[part].tolist(), strict=True))

    def days(self) -> Iterator[list[tuple[int, int]]]:
        """All days in order."""
        return (self.day(i) for i in range(len(self)))

    def joined(self, other: DiaryPool) -> DiaryPool:
        """This pool followed by another: indices of this one stay valid, the other's move up by ``len(self)``."""
        return DiaryPool(
            np.concatenate([self.starts, other.starts[1:] + self.starts[-1]]).astype(np.int32),
            np.concatenate([self.activity, other.activity]),
            np.concatenate([self.minutes, other.minutes]),
        )


def merge_bouts(day: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join neighbours with the same activity and drop empty bouts."""
    merged: list[tuple[int, int]] = []
    for activity, minutes in day:
        if minutes <= 0:
            continue
        if merged and merged[-1][0] == activity:
            merged[-1] = (activity, merged[-1][1] + minutes)
        else:
            merged.append((int(activity), int(minutes)))
    return merged
