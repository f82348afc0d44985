"""What a run tells those who wait for it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Watches a run. The order of calls: ``start``, then any number of ``advance`` and ``message``, then ``finish``.

    All calls come from one thread of the coordinating process. ``finish`` comes even when the run fails.
    """

    def start(self, total_person_days: int) -> None:
        """The run begins; the total counts every arm and leaves out what an earlier, interrupted run has done."""

    def advance(self, person_days: int) -> None:
        """So many more days of people have been lived."""

    def message(self, text: str) -> None:
        """Something worth one line: a plugin was left out, packing begins."""

    def finish(self) -> None:
        """Nothing more will come."""


class SilentProgress:
    """Tells nobody."""

    def start(self, total_person_days: int) -> None:
        """Nothing."""

    def advance(self, person_days: int) -> None:
        """Nothing."""

    def message(self, text: str) -> None:
        """Nothing."""

    def finish(self) -> None:
        """Nothing."""
