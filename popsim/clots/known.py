"""The constants of this room by their short names, picked out once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOM = "clots."


class Known(dict[str, float]):
    """Values by name without the room's prefix, as ``ratio_surgery``."""


def known_of(evidence: Mapping[str, float]) -> Known:
    """The constants of this room among those in force; what is picked out already is given back."""
    if isinstance(evidence, Known):
        return evidence
    return Known({name.removeprefix(ROOM): evidence[name] for name in evidence if name.startswith(ROOM)})
