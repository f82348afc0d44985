"""Events as columns of integers, as the store keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from popsim.clots.dice import NEVER_DAY
from popsim.clots.kinds import NO_LEG, Detection, EventKind, Site

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    EventColumns = dict[str, NDArray[np.int64]]

COLUMN_NAMES = ("row", "person", "day", "leg", "site", "kind", "detection", "episode")


def event_columns(
    kind: EventKind | ArrayLike,
    row: NDArray[np.int64],
    person: NDArray[np.int64],
    day: ArrayLike,
    *,
    leg: ArrayLike = NO_LEG,
    site: ArrayLike = Site.NONE,
    detection: ArrayLike = Detection.CLINICAL,
    episode: ArrayLike = 0,
) -> EventColumns:
    """Columns of the events that happen: those whose day is not ``NEVER_DAY``.

    Args:
        kind: of each event, ``(E,)`` or one for all, like ``day``, ``leg``, ``site``, ``detection``, ``episode``.
        row: in the population, ``(E,)``.
        person: global id, ``(E,)``.
        day: of the run.
        leg: 0 left, 1 right, 2 none.
        site: a ``Site``.
        detection: a ``Detection``.
        episode: number of the clot within its person.
    """
    days = np.broadcast_to(np.asarray(day, dtype=np.int64), row.shape)
    happens = np.flatnonzero(days < NEVER_DAY)
    given = (row, person, days, leg, site, kind, detection, episode)
    return {name: _of(values, happens) for name, values in zip(COLUMN_NAMES, given, strict=True)}


def _of(values: ArrayLike, happens: NDArray[np.int64]) -> NDArray[np.int64]:
    """A column at these places, of one value for all or of one each."""
    if isinstance(values, np.ndarray):
        return np.asarray(values[happens], dtype=np.int64)
    return np.full(len(happens), values, dtype=np.int64)


def joined(parts: list[EventColumns]) -> EventColumns:
    """One table of several."""
    parts = [part for part in parts if len(part["row"])] or parts[:1]
    return {name: np.concatenate([part[name] for part in parts]) for name in COLUMN_NAMES}
