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
    given = (row, person, day, leg, site, kind, detection, episode)
    full = [np.broadcast_to(np.asarray(values, dtype=np.int64), row.shape) for values in given]
    happens = full[2] < NEVER_DAY
    return {name: values[happens] for name, values in zip(COLUMN_NAMES, full, strict=True)}


def joined(parts: list[EventColumns]) -> EventColumns:
    """One table of several."""
    return {name: np.concatenate([part[name] for part in parts]) for name in COLUMN_NAMES}
