"""The constants of this room, and of its neighbour in the registry, by their short names, picked out once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from popsim.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOM = "clots"


class Known(dict[str, float]):
    """Values by name without the room's prefix, as ``ratio_surgery``."""


_PICKED_LAST: dict[str, tuple[Evidence, Known]] = {}
"""By room: the evidence asked about last, and what was picked out of it."""


def known_of(evidence: Mapping[str, float], room: str = ROOM) -> Known:
    """The constants of a room among those in force; what is picked out already is given back.

    Evidence does not change, and all arms of a run have the same, so the last one's constants are remembered.
    """
    if isinstance(evidence, Known):
        return evidence
    if not isinstance(evidence, Evidence):
        prefix = f"{room}."
        return Known({name.removeprefix(prefix): evidence[name] for name in evidence if name.startswith(prefix)})
    last = _PICKED_LAST.get(room)
    if last is None or last[0] is not evidence:
        last = _PICKED_LAST[room] = evidence, Known(evidence.room(room))
    return last[1]
