"""Why people are in hospital and how far they get there, as far as veins are concerned."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Site(IntEnum):
    """Where an orthopaedic operation or injury lies, as far as veins beside it are concerned."""

    NONE = 0
    HIP = 1
    KNEE = 2
    FRACTURE = 3


class Mobility(IntEnum):
    """How far a patient gets on the ward."""

    BEDBOUND = 0
    LIMITED = 1
    WALKING = 2


@dataclass(frozen=True)
class Reason:
    """Why somebody is in hospital, as far as clotting is concerned.

    Attributes:
        name: as scenarios write it; ``journey`` for trips.
        surgical: has an operation under anaesthesia.
        planned: the operation is on the day of admission, not on a later one.
        site: orthopaedic site of operation or fracture.
        acute_illness: an acute illness or injury by itself raises coagulability.
        paresis: comes with a paralysed leg in part of the patients.
        cancer: active cancer is the reason.
    """

    name: str
    surgical: bool
    planned: bool
    site: Site
    acute_illness: bool
    paresis: bool
    cancer: bool


REASONS: tuple[Reason, ...] = (
    Reason("journey", False, False, Site.NONE, False, False, False),
    Reason("medical", False, False, Site.NONE, True, False, False),
    Reason("surgery", True, True, Site.NONE, False, False, False),
    Reason("hip-replacement", True, True, Site.HIP, False, False, False),
    Reason("knee-replacement", True, True, Site.KNEE, False, False, False),
    Reason("stroke", False, False, Site.NONE, True, True, False),
    Reason("trauma", True, False, Site.FRACTURE, True, False, False),
    Reason("cancer-surgery", True, True, Site.NONE, False, False, True),
    Reason("general-surgery", True, True, Site.NONE, False, False, False),
    Reason("emergency-surgery", True, False, Site.NONE, True, False, False),
)
REASON_CODES: dict[str, int] = {reason.name: code for code, reason in enumerate(REASONS)}
