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
    RECURRENCE = 9
    POST_THROMBOTIC_MILD = 10
    POST_THROMBOTIC_MODERATE = 11
    POST_THROMBOTIC_SEVERE = 12
    MAJOR_BLEEDING = 13
    RELEVANT_BLEEDING = 14
    INTRACRANIAL_BLEEDING = 15
    FATAL_BLEEDING = 16
    TREATMENT_THROMBOCYTOPENIA = 17
    VARICES = 18
    CHRONIC_INSUFFICIENCY = 19
    VENOUS_ULCER = 20
    THROMBOSIS_DEATH = 21


class Detection(IntEnum):
    """How an event comes to be known."""

    TRUTH = 0
    CLINICAL = 1
    AUTOPSY = 2


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
    EventKind.RECURRENCE: "Diagnosed clot after an earlier diagnosed clot",
    EventKind.POST_THROMBOTIC_MILD: "Mild post-thrombotic syndrome",
    EventKind.POST_THROMBOTIC_MODERATE: "Moderate post-thrombotic syndrome",
    EventKind.POST_THROMBOTIC_SEVERE: "Severe post-thrombotic syndrome",
    EventKind.MAJOR_BLEEDING: "Major bleeding, unprovoked or while a clot is treated",
    EventKind.RELEVANT_BLEEDING: "Clinically relevant bleeding short of major",
    EventKind.INTRACRANIAL_BLEEDING: "Major bleeding inside the skull",
    EventKind.FATAL_BLEEDING: "Fatal bleeding",
    EventKind.TREATMENT_THROMBOCYTOPENIA: "Heparin-induced thrombocytopenia while a clot is treated",
    EventKind.VARICES: "New varicose veins",
    EventKind.CHRONIC_INSUFFICIENCY: "New chronic venous insufficiency",
    EventKind.VENOUS_ULCER: "Venous ulcer",
    EventKind.THROMBOSIS_DEATH: "Death within a month of a diagnosed thrombosis, of what came with it",
}

NO_LEG = 2
CLOT_SITES = (Site.CALF, Site.POPLITEAL, Site.FEMORAL, Site.ILIAC)
