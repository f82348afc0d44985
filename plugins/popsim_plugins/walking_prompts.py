"""Walking prompts: the same breaks as ``walking-breaks``, asked for by a device that people come to ignore."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from popsim.hooks import Intervention, PeopleView, Today, hookimpl
from popsim_plugins.walking_breaks import WalkingBreaks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


class WalkingPrompts(WalkingBreaks):
    """At first everybody gets up when prompted; one after the other stops for good, until a lasting share is left.

    Who stops when is a trait of the person, the same in every arm; nobody who stopped comes back. Prompts begin with
    the run.
    """

    name: ClassVar[str] = "walking-prompts"
    label: ClassVar[str] = "Walking prompts that wear off"
    evidence_names: ClassVar[tuple[str, ...]] = ("walking_prompts.half_life_days", "walking_prompts.lasting_share")

    def acts_today(self, people: PeopleView, today: Today) -> NDArray[np.bool_]:
        """Those who have not yet stopped following."""
        lasting = self.evidence["walking_prompts.lasting_share"]
        fading = 0.5 ** (today.day / self.evidence["walking_prompts.half_life_days"])
        return np.asarray(people.draw("stops-following") < lasting + (1.0 - lasting) * fading)


@hookimpl
def popsim_interventions() -> Iterable[type[Intervention]]:
    """Offer prompts."""
    return [WalkingPrompts]


@hookimpl
def popsim_evidence() -> Iterable[Path]:
    """How fast they wear off."""
    return [Path(__file__).with_suffix(".toml")]
