"""What the checks of a plugin found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Check:
    """One thing that was checked.

    Attributes:
        name: what was checked, in a few words.
        ok: whether it holds.
        sentence: what was found.
    """

    name: str
    ok: bool
    sentence: str


@dataclass(frozen=True)
class Report:
    """Everything that was checked about one plugin.

    Attributes:
        plugin: its name.
        checks: in the order in which they were made; after one that fails at loading nothing more can be checked.
    """

    plugin: str
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether all of it holds."""
        return all(check.ok for check in self.checks)

    @property
    def failed(self) -> tuple[Check, ...]:
        """What does not hold."""
        return tuple(check for check in self.checks if not check.ok)

    def as_json(self) -> dict[str, Any]:
        """The report as plain data."""
        checks = [{"name": c.name, "ok": c.ok, "sentence": c.sentence} for c in self.checks]
        return {"plugin": self.plugin, "ok": self.ok, "checks": checks}
