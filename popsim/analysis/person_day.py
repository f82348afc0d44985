"""One person's day: bouts, and the state of both legs minute by minute in the closed form the model lived it in.

Within a bout pooled volume and pressure relax exponentially. The store keeps each bout's length, start, end and mean,
and those four determine the curve: with ``x`` the length over the time constant, the mean lies at the fraction
``1 / (1 - exp(-x)) - 1 / x`` of the way from start to end, which grows with ``x`` and is inverted here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from popsim.store.results import Results

_TRACED = """
SELECT t.arm AS arm_id, t.person, t.day, count(DISTINCT t.bout) AS bouts
FROM trace t GROUP BY ALL ORDER BY t.arm, t.person, t.day
"""
_PEOPLE = "SELECT p.* FROM person p SEMI JOIN trace t ON t.person = p.person ORDER BY p.person"
_BOUTS = """
SELECT t.bout, t.start_min, t.minutes, c.name AS activity, coalesce(nullif(c.label, ''), c.name) AS label, t.leg,
       t.volume_start_ul / 1e3 AS volume_start_ml, t.volume_end_ul / 1e3 AS volume_end_ml,
       t.volume_mean_ul / 1e3 AS volume_mean_ml, t.pressure_end_mmhg_1000 / 1e3 AS pressure_end_mmhg,
       t.pressure_mean_mmhg_1000 / 1e3 AS pressure_mean_mmhg, t.activation_end_ppm / 1e6 AS activation_end,
       t.oedema_end_ul / 1e3 AS oedema_end_ml
FROM trace t JOIN activity c ON c.id = t.activity
WHERE t.arm = $arm AND t.person = $person AND t.day = $day ORDER BY t.leg, t.start_min
"""
_BEFORE = """
SELECT t.leg, max_by(t.pressure_end_mmhg_1000, t.start_min) / 1e3 AS pressure_mmhg,
       max_by(t.activation_end_ppm, t.start_min) / 1e6 AS activation,
       max_by(t.oedema_end_ul, t.start_min) / 1e3 AS oedema_ml
FROM trace t WHERE t.arm = $arm AND t.person = $person AND t.day = $day - 1 GROUP BY t.leg
"""

_GRID = np.concatenate([np.linspace(1e-3, 4, 400), np.geomspace(4.1, 1e4, 400)])
_FRACTION = -1.0 / np.expm1(-_GRID) - 1.0 / _GRID
_ALMOST_STRAIGHT = 1e-3
_NO_WAY = 1e-9
_TEXTS = ("activity", "label")


@dataclass(frozen=True)
class LegDay:
    """One leg through one day, each array ``(M,)`` at the times asked for.

    Attributes:
        volume_ml: blood in the lower leg.
        pressure_mmhg: venous pressure at the ankle.
        activation: clotting activation, 0 to 1, drawn straight between the ends of bouts.
        oedema_ml: fluid in the tissue, drawn straight between the ends of bouts.
    """

    volume_ml: NDArray[np.float64]
    pressure_mmhg: NDArray[np.float64]
    activation: NDArray[np.float64]
    oedema_ml: NDArray[np.float64]


@dataclass(frozen=True)
class PersonDay:
    """One day of a followed person.

    Attributes:
        bouts: ``bout, start_min, minutes, activity, label``, in order, once each.
        minute: ``(M,)``, minutes after 04:00.
        legs: left and right.
    """

    bouts: pa.Table
    minute: NDArray[np.float64]
    legs: tuple[LegDay, LegDay]


def traced_days(results: Results) -> pa.Table:
    """Which days of which people were followed: ``arm_id, person, day, bouts``."""
    return results.query(_TRACED)


def traced_people(results: Results) -> pa.Table:
    """Traits of the people who were followed, as far as the run keeps them: ``person`` and what else there is."""
    return results.query(_PEOPLE)


def person_day(results: Results, arm_id: int, person: int, day: int, step_min: float = 2.0) -> PersonDay | None:
    """One followed day with both legs' states every ``step_min`` minutes; ``None`` where that day was not followed."""
    key = {"arm": arm_id, "person": person, "day": day}
    rows = results.query(_BOUTS, key)
    if rows.num_rows == 0:
        return None
    before = {row["leg"]: row for row in results.query(_BEFORE, key).to_pylist()}
    minute = np.arange(0.0, 1440.0 + step_min / 2, step_min)
    left, right = (_leg_day(rows.filter(_is_leg(rows, leg)), before.get(leg), minute) for leg in (0, 1))
    bouts = rows.filter(_is_leg(rows, 0)).select(["bout", "start_min", "minutes", "activity", "label"])
    return PersonDay(bouts, minute, (left, right))


def _is_leg(rows: pa.Table, leg: int) -> pa.ChunkedArray:
    import pyarrow.compute as pc  # noqa: PLC0415 - stubs of pyarrow.compute are made at import

    return pc.equal(rows["leg"], leg)


def _leg_day(rows: pa.Table, before: dict[str, float] | None, minute: NDArray[np.float64]) -> LegDay:
    numbers = [name for name in rows.column_names if name not in _TEXTS]
    column = {name: np.asarray(rows[name].to_numpy(), dtype=np.float64) for name in numbers}
    start, length = column["start_min"], column["minutes"]
    volume = Relaxation(column["volume_start_ml"], column["volume_end_ml"], column["volume_mean_ml"])
    pressure_end, pressure_mean = column["pressure_end_mmhg"], column["pressure_mean_mmhg"]
    pressure_before = before["pressure_mmhg"] if before else 2 * pressure_mean[0] - pressure_end[0]
    pressure_start = np.concatenate([[pressure_before], pressure_end[:-1]])
    corners = np.concatenate([[0.0], start + length])
    return LegDay(
        volume.at(minute, start, length),
        Relaxation(pressure_start, pressure_end, pressure_mean).at(minute, start, length),
        np.interp(minute, corners, _from(before, "activation", column["activation_end"])),
        np.interp(minute, corners, _from(before, "oedema_ml", column["oedema_end_ml"])),
    )


def _from(before: dict[str, float] | None, name: str, ends: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ends of bouts with what was there at 04:00 in front; where that is not known, the first bout is drawn flat."""
    return np.concatenate([[before[name] if before else ends[0]], ends])


@dataclass(frozen=True)
class Relaxation:
    """A state that relaxes exponentially within each bout, each array ``(B,)``.

    Attributes:
        start: as the bout starts.
        end: as it ends.
        mean: over the bout.
    """

    start: NDArray[np.float64]
    end: NDArray[np.float64]
    mean: NDArray[np.float64]

    @property
    def bend(self) -> NDArray[np.float64]:
        """Length of each bout over its time constant; zero where no exponential has that start, end and mean."""
        way = self.end - self.start
        fraction = np.divide(self.mean - self.start, way, out=np.full_like(way, 0.5), where=np.abs(way) > _NO_WAY)
        inside = (fraction > 0) & (fraction < 1)
        mirrored = np.abs(np.where(inside, fraction, 0.5) - 0.5) + 0.5
        return np.asarray(np.sign(fraction - 0.5) * np.interp(mirrored, _FRACTION, _GRID, left=0.0) * inside)

    def at(
        self, minute: NDArray[np.float64], start_min: NDArray[np.float64], length_min: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Its value at some minutes, ``(M,)``.

        Args:
            minute: ``(M,)``, when.
            start_min: ``(B,)``, when each bout starts, ascending.
            length_min: ``(B,)``, how long each bout lasts.
        """
        bout = np.clip(np.searchsorted(start_min, minute, side="right") - 1, 0, len(start_min) - 1)
        bend = self.bend[bout]
        share = np.clip((minute - start_min[bout]) / length_min[bout], 0.0, 1.0)
        is_straight = np.abs(bend) < _ALMOST_STRAIGHT
        curved = np.where(is_straight, 1.0, bend)
        done = np.where(is_straight, share, np.expm1(-curved * share) / np.expm1(-curved))
        return np.asarray(self.start[bout] + (self.end - self.start)[bout] * done)
