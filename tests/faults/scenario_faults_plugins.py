"""Plugins that scenarios in these tests name."""

from __future__ import annotations

from pydantic import Field

from popsim.hooks import Intervention, Params, PluginInfo, PluginRegistry


class ExerciseParams(Params):
    minutes: int = Field(5, ge=1, le=60, description="Minutes of exercise")
    during: list[str] = Field(["work"], min_length=1, description="When")


class Exercise(Intervention):
    name = "exercise"
    label = "Exercise"
    Params = ExerciseParams


class DoseParams(Params):
    policy: str = Field(pattern="^(all|none)$", description="all or none")


class Dose(Intervention):
    name = "dose"
    label = "Dose"
    Params = DoseParams


REGISTRY = PluginRegistry(
    plugins=(PluginInfo("cracked", "1.0", "cracked-package", problem="cracked-package: ImportError: no module glass"),),
    interventions={"exercise": Exercise, "dose": Dose},
)
