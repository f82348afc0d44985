"""The constants of this room by their short names, picked out once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from popsim.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOM = "clots"


class Known(dict[str, float]):
    """Values by name without the room's prefix, as ``ratio_surgery``."""


_PICKED_LAST: dict[int, tuple[Evidence, Known]] = {}
"""By identity; the evidence is kept with what was picked out, so that no other can take its identity."""


def known_of(evidence: Mapping[str, float]) -> Known:
    """The constants of this room among those in force; what is picked out already is given back.

    Evidence does not change, and all arms of a run have the same, so the last one's constants are remembered.
    """
    if isinstance(evidence, Known):
        return evidence
    if not isinstance(evidence, Evidence):
        prefix = f"{ROOM}."
        return Known({name.removeprefix(prefix): evidence[name] for name in evidence if name.startswith(prefix)})
    picked = _PICKED_LAST.get(id(evidence))
    if picked is None:
        _PICKED_LAST.clear()
        picked = _PICKED_LAST[id(evidence)] = evidence, Known(evidence.room(ROOM))
    return picked[1]
