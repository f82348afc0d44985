"""Kinds of events, sites and ways of seeing: small integers with names, extended by plugins at the end."""

from __future__ import annotations

from enum import IntEnum


class Site(IntEnum):
    """Where a clot starts."""

    CALF = 0
    POPLITEAL = 1
    FEMORAL = 2
    ILIAC = 3
    NONE = 255


class EventKind(IntEnum):
    """What happened."""

    CLOT = 0
    EXTENSION = 1
    SYMPTOMATIC_DVT = 2
    SILENT_EMBOLISM = 3
    SYMPTOMATIC_EMBOLISM = 4
    FATAL_EMBOLISM = 5
    RESOLVED = 6
    DEATH = 7
    VALVES_LOST = 8


class Detection(IntEnum):
    """How an event comes to be known."""

    TRUTH = 0
    CLINICAL = 1


EVENT_LABELS: dict[EventKind, str] = {
    EventKind.CLOT: "New clot",
    EventKind.EXTENSION: "Calf clot grew into the thigh",
    EventKind.SYMPTOMATIC_DVT: "Symptomatic deep vein thrombosis",
    EventKind.SILENT_EMBOLISM: "Silent pulmonary embolism",
    EventKind.SYMPTOMATIC_EMBOLISM: "Symptomatic pulmonary embolism",
    EventKind.FATAL_EMBOLISM: "Fatal pulmonary embolism",
    EventKind.RESOLVED: "Clot dissolved",
    EventKind.DEATH: "Death from other causes",
    EventKind.VALVES_LOST: "Valves destroyed by a clot",
}

NO_LEG = 2
CLOT_SITES = (Site.CALF, Site.POPLITEAL, Site.FEMORAL, Site.ILIAC)
