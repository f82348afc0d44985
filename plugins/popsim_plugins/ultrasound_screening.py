"""Ultrasound of both legs on a fixed day, whether they hurt or not, as trials of prophylaxis look for clots."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from popsim.hooks import Clots, DetectionMethod, Observation, PeopleView, Settings, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


class UltrasoundScreeningParams(Settings):
    """When one looks, and how far down."""

    on_day: int = Field(10, ge=0, le=36_499, description="Day of the run on which everybody alive is examined")
    extent: Literal["whole-leg", "proximal"] = Field(
        "whole-leg", description="Whether the calf is looked at too, or only the veins from the knee up"
    )


class UltrasoundScreening(DetectionMethod):
    """Sees what ultrasound sees of clots with and without symptoms; the constants are those of ``observation``."""

    name: ClassVar[str] = "ultrasound-screening"
    label: ClassVar[str] = "Ultrasound of everybody"
    Params: ClassVar[type[Settings]] = UltrasoundScreeningParams
    params: UltrasoundScreeningParams

    def examined_on(self, people: PeopleView) -> NDArray[np.int64]:
        """Everybody on the same day."""
        return np.full(len(people), self.params.on_day)

    def sees(self, clots: Clots, day: NDArray[np.int64]) -> NDArray[np.float64]:
        """Sensitivity by level and symptoms."""
        method = f"{self.params.extent.replace('-', '_')}_ultrasound"
        return Observation(self.evidence).found(method, clots, day)


@hookimpl
def popsim_detection_methods() -> Iterable[type[DetectionMethod]]:
    """Offer the examination."""
    return [UltrasoundScreening]


@hookimpl
def popsim_scenarios() -> Iterable[Path]:
    """A ward whose patients are all examined."""
    return [Path(__file__).with_name("scenarios") / "screened-ward.toml"]
