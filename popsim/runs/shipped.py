"""The scenarios that come with popsim, by name."""

from __future__ import annotations

from pathlib import Path

SCENARIOS_FOLDER = Path(__file__).parent / "scenarios"


def shipped_scenarios() -> dict[str, Path]:
    """The file of each scenario that ships, by name."""
    return {path.stem: path for path in sorted(SCENARIOS_FOLDER.glob("*.toml"))}
