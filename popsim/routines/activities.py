"""What a person can be doing: each activity names the leg's pump regime and how still the leg is held.

Codes are stable: a stored run keeps the table of names beside its numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Regime(IntEnum):
    """Posture with muscle work, as the reduced leg tabulates it."""

    SUPINE = 0
    RAISED = 1
    SITTING = 2
    SITTING_SQUEEZES = 3
    STANDING = 4
    POTTERING = 5
    CALF_RAISES = 6
    WALKING = 7


class Stillness(IntEnum):
    """How often small movements flush the valve pockets (movement bursts a minute, from the evidence registry)."""

    WALKING = 0
    DESK = 1
    CRAMPED = 2
    ASLEEP_UPRIGHT = 3
    ASLEEP_IN_BED = 4
    ILL_IN_BED = 5
    SEDATED = 6
    STANDING = 7
    EXERCISING = 8


@dataclass(frozen=True)
class Activity:
    """One thing a person does for some minutes.

    Attributes:
        name: stable id, ``[a-z0-9-]``.
        label: for people.
        regime: posture and pumping, decides volume and pressure.
        stillness: decides how fast valve pockets turn hypoxic.
        tags: what plugins and reports select by (``seated``, ``lying``, ``upright``, ``walking``, ``asleep``, ``work``,
            ``home``, ``travel``, ``flight``, ``hospital``, ``exercise``).
    """

    name: str
    label: str
    regime: Regime
    stillness: Stillness
    tags: frozenset[str]


def _activity(name: str, label: str, regime: Regime, stillness: Stillness, tags: str) -> Activity:
    return Activity(name, label, regime, stillness, frozenset(tags.split()))


_R, _S = Regime, Stillness
CORE_ACTIVITIES: tuple[Activity, ...] = (
    _activity("sleep", "Asleep in bed", _R.SUPINE, _S.ASLEEP_IN_BED, "lying asleep home"),
    _activity("lie", "Lying awake", _R.SUPINE, _S.DESK, "lying home"),
    _activity("sit-work", "Sitting at work", _R.SITTING, _S.DESK, "seated work"),
    _activity("sit-home", "Sitting at leisure", _R.SITTING, _S.DESK, "seated home"),
    _activity("drive", "Driving", _R.SITTING, _S.DESK, "seated travel"),
    _activity("ride", "Riding as a passenger", _R.SITTING, _S.CRAMPED, "seated travel"),
    _activity("stand", "Standing", _R.STANDING, _S.STANDING, "upright"),
    _activity("potter", "On one's feet, a few steps at a time", _R.POTTERING, _S.WALKING, "upright"),
    _activity("walk", "Walking", _R.WALKING, _S.WALKING, "upright walking"),
    _activity("exercise", "Sport and exercise", _R.WALKING, _S.WALKING, "upright walking exercise"),
    _activity("flight-seat", "In an aircraft seat, awake", _R.SITTING, _S.CRAMPED, "seated travel flight"),
    _activity(
        "flight-sleep", "Asleep in an aircraft seat", _R.SITTING, _S.ASLEEP_UPRIGHT, "seated asleep travel flight"
    ),
    _activity("aisle-walk", "Walking the aisle", _R.WALKING, _S.WALKING, "upright walking travel flight"),
    _activity("ride-sleep", "Asleep in a seat", _R.SITTING, _S.ASLEEP_UPRIGHT, "seated asleep travel"),
    _activity("ward-bed", "In a hospital bed", _R.SUPINE, _S.ILL_IN_BED, "lying hospital"),
    _activity("ward-chair", "In a bedside chair", _R.SITTING, _S.CRAMPED, "seated hospital"),
    _activity("ward-walk", "Walking on the ward", _R.WALKING, _S.WALKING, "upright walking hospital"),
    _activity("icu-bed", "Sedated in intensive care", _R.SUPINE, _S.SEDATED, "lying hospital sedated"),
    _activity("operation", "Under anaesthesia", _R.SUPINE, _S.SEDATED, "lying hospital sedated"),
    _activity("calf-raises", "Calf raises", _R.CALF_RAISES, _S.WALKING, "upright exercise"),
    _activity("foot-pumps", "Foot pumps while seated", _R.SITTING_SQUEEZES, _S.EXERCISING, "seated exercise"),
    _activity("ill-at-home", "Ill in bed at home", _R.SUPINE, _S.ILL_IN_BED, "lying home"),
    _activity("waiting", "Sitting in a waiting area", _R.SITTING, _S.DESK, "seated travel"),
    _activity("ward-stand", "On one's feet on the ward", _R.POTTERING, _S.WALKING, "upright hospital"),
    _activity("legs-raised", "Legs raised", _R.RAISED, _S.DESK, "lying home"),
)

ACTIVITIES: dict[str, Activity] = {a.name: a for a in CORE_ACTIVITIES}
"""The activities by name."""

TAGS: frozenset[str] = frozenset().union(*(a.tags for a in CORE_ACTIVITIES))
"""Every tag that some activity has."""

CODES: dict[str, int] = {a.name: code for code, a in enumerate(CORE_ACTIVITIES)}
"""The code of each activity by name."""
