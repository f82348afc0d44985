"""Event tables made by hand, as a finished run would hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from popsim.clots.kinds import NO_LEG, Site
from popsim.clots.observation import Observation
from popsim.evidence import Evidence
from popsim.runs.scenario_errors import validate
from popsim.validation.case import Case
from popsim.validation.observed import observe
from popsim.validation.tallies import tally

if TYPE_CHECKING:
    from popsim.validation.observed import Observed
    from popsim.validation.tallies import Tally

NOBODY_SITE = int(Site.NONE)


def seen(rows: list[tuple[int, int, int, int, str, int]], people: int, days: int) -> Observed:
    """A run with these events: ``(person, day, leg, site, kind, episode)``."""
    table = np.array([(r[0], r[1], r[2], r[3], r[5]) for r in rows], dtype=np.int64).reshape(-1, 5)
    names = ("row", "day", "leg", "site", "episode")
    columns = {name: table[:, i].copy() for i, name in enumerate(names)}
    return observe(columns, np.array([r[4] for r in rows], dtype=np.str_), people, days, None)


def clot(person: int, day: int, *, leg: int = 0, site: Site = Site.CALF, episode: int = 0, **later: int) -> list[Any]:
    """A clot with what it does later, as ``extension=12, resolved=40``; ``episode`` counts those of the leg."""
    episode = 2 * episode + leg
    lung = {"silent_embolism", "symptomatic_embolism", "fatal_embolism"}
    events = [(person, day, leg, int(site), "clot", episode)]
    for kind, when in later.items():
        events.append((person, when, NO_LEG if kind in lung else leg, int(site), kind, episode))
    return events


def death(person: int, day: int) -> list[Any]:
    """A death from other causes."""
    return [(person, day, NO_LEG, NOBODY_SITE, "death", 0)]


def case(**tables: Any) -> Case:
    """A case with these tables; what is left out is plain."""
    given = {
        "id": "T1",
        "title": "A case",
        "scenario": {"days": 100},
        "window": {"to_day": 99},
        "detection": {"method": "truth"},
        "estimator": {"kind": "incidence_rate"},
        "target": {"estimate": 1.0, "definition": "d", "source": "s", "confidence": "c"},
    }
    return validate(Case, given | tables)


def counted(of: Case, observed: Observed, group: int = 0) -> Tally:
    """The tally of one group with the constants that ship."""
    return tally(of, of.groups[group], observed, Observation(Evidence.load()))
