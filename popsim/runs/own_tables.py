"""Tables of outcomes' own: how a run describes them, and the lines one arm of one shard puts into them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from popsim.clots.kinds import CLOT_SITES
from popsim.errors import did_you_mean
from popsim.hooks import Lines, Outcome, PluginError
from popsim.hooks.contract import blaming

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from popsim.hooks import DetectionMethod, OwnTable, TableColumn

    Ints = NDArray[np.int64]

_DAY = {"name": "day", "dtype": "int32", "meaning": "Day of the run, 0 is the first; 04:00 to 04:00"}
_AGE_GROUP = {"name": "age_group", "dtype": "uint8", "meaning": "Age group at the start of the run"}
_FILLED_IN: dict[str, dict[str, Any]] = {
    "day": _DAY,
    "age_group": _AGE_GROUP | {"names": "age_group"},
    "person": {"name": "person", "dtype": "int64", "meaning": "Global, permanent person id"},
    "batch": {"name": "batch", "dtype": "uint8", "meaning": "0 to 99; people are hashed to batches"},
}
_LARGEST = 2.0**53
"""Beyond it float64, in which plugins give amounts, does not hold every whole number."""
_MOST_PENDING = 200_000


def table_name(plugin: Outcome) -> str:
    """What the store calls an outcome's own table; names of plugins have no ``_``, so no two share one."""
    return f"outcome_{plugin.name.replace('-', '_')}"


def own_tables(plugins: Sequence[Outcome | DetectionMethod]) -> list[dict[str, Any]]:
    """The outcomes' own tables as a run's provenance describes them."""
    return [_described(plugin, plugin.table) for plugin in plugins if isinstance(plugin, Outcome) and plugin.table]


def _described(plugin: Outcome, table: OwnTable) -> dict[str, Any]:
    own = [
        {
            "name": column.name,
            "dtype": column.dtype,
            "meaning": column.meaning,
            "names": column.codes,
            "unit": column.unit,
            "scale": column.resolution,
            "summed": column.summed,
        }
        for column in table.columns
    ]
    columns = [*(_FILLED_IN[name] for name in table.by), *own]
    return {"name": table_name(plugin), "plugin": plugin.name, "meaning": table.meaning, "columns": columns}


class OwnRows:
    """The own table of one outcome in one arm of one shard.

    Args:
        plugin: the outcome.
        filled: what the core knows of each person, ``(N,)`` each: ``age_group``, ``person`` and ``batch``.
        activities: how many activities there are.
    """

    def __init__(self, plugin: Outcome, filled: Mapping[str, Ints], activities: int) -> None:
        if plugin.table is None:
            raise ValueError(f"the outcome {plugin.name} has no table")
        self.name = table_name(plugin)
        self._plugin, self._table, self._filled = plugin.name, plugin.table, filled
        self._codes = {"activity": activities, "site": len(CLOT_SITES)}
        self._people = len(next(iter(filled.values())))
        self._parts: list[dict[str, Ints]] = []
        self._pending = 0

    def add(self, hook: str, lines: Lines | None, alive: NDArray[np.bool_], day: int | None) -> None:
        """Take lines that the plugin gave.

        Args:
            hook: by which method.
            lines: what it gave.
            alive: of whom lines are taken, ``(N,)``.
            day: which; ``None`` where the lines say it themselves.

        Raises:
            PluginError: a column that is missing or not declared, of wrong length, no number, or that does not fit.
        """
        if lines is None:
            return
        if not isinstance(lines, Lines):
            raise self._error(hook, f"returned a {type(lines).__name__}, expected Lines or None")
        rows = self._rows(hook, lines)
        expected = [column.name for column in self._table.columns]
        if "day" in self._table.by and day is None:
            expected.append("day")
        self._check_names(hook, lines, expected)
        taken = alive[rows]
        given = {name: self._numbers(hook, name, lines)[taken] for name in expected}
        rows = rows[taken]
        part = {name: self._filled[name][rows] for name in self._table.by if name != "day"}
        if "day" in self._table.by and day is not None:
            part["day"] = np.full(len(rows), day)
        part |= {column.name: self._whole(hook, column, given[column.name]) for column in self._table.columns}
        if "day" in given:
            part["day"] = self._whole_days(hook, given["day"])
        self._keep(part)

    def columns(self) -> dict[str, Ints]:
        """All lines so far, those alike added up, as columns of the store's table."""
        names = [*self._table.by, *(column.name for column in self._table.columns)]
        if not self._parts:
            return {name: np.zeros(0, dtype=np.int64) for name in names}
        whole = {name: np.concatenate([part[name] for part in self._parts]) for name in names}
        return added_up(whole, self._table.summed)

    def _keep(self, part: dict[str, Ints]) -> None:
        part = added_up(part, self._table.summed)
        self._parts.append(part)
        self._pending += len(next(iter(part.values())))
        if self._pending > _MOST_PENDING and self._table.summed:
            self._parts, self._pending = [self.columns()], 0

    def _rows(self, hook: str, lines: Lines) -> Ints:
        who = np.asarray(lines.who)
        if who.dtype == np.bool_ and who.shape == (self._people,):
            return np.flatnonzero(who)
        if who.dtype.kind in "iu" and who.ndim == 1 and np.isin(who, np.arange(self._people)).all():
            return who.astype(np.int64)
        expected = f"expected bool of shape ({self._people},) or places of people"
        raise self._error(hook, f"gave {who.dtype} of shape {who.shape} as who, {expected}")

    def _check_names(self, hook: str, lines: Lines, expected: Sequence[str]) -> None:
        with blaming(self._plugin, hook):
            given = list(lines.columns)
        missing = [name for name in expected if name not in given]
        strange = [name for name in given if name not in expected]
        if strange:
            hint = did_you_mean(str(strange[0]), missing or expected)
            raise self._error(hook, f"gave the column {strange[0]!r}, which its table does not declare{hint}")
        if missing:
            raise self._error(hook, f"gave no column {missing[0]!r}, which its table declares")

    def _numbers(self, hook: str, name: str, lines: Lines) -> NDArray[np.float64] | Ints:
        """The column of those the lines are about, finite numbers, ``(R,)``."""
        values, who = np.asarray(lines.columns[name]), np.asarray(lines.who)
        if values.dtype.kind not in "biuf" or values.shape not in ((), who.shape):
            raise self._error(
                hook, f"gave {values.dtype} of shape {values.shape} as {name}, expected a number or numbers {who.shape}"
            )
        values = np.broadcast_to(values, who.shape)
        values = values[who] if who.dtype == np.bool_ else values
        if not np.isfinite(values).all():
            raise self._error(hook, f"gave {name} a value that is not a number")
        return np.asarray(values)

    def _whole(self, hook: str, column: TableColumn, given: NDArray[np.float64] | Ints) -> Ints:
        """Whole multiples of the column's resolution, each fit to be stored."""
        multiples = given if given.dtype.kind != "f" and column.resolution == 1.0 else given / column.resolution
        multiples = np.rint(multiples) if multiples.dtype.kind == "f" else multiples
        limits = np.iinfo(column.dtype)
        low, high = max(float(limits.min), -_LARGEST), min(float(limits.max), _LARGEST)
        high = float(self._codes[column.codes] - 1) if column.codes else high
        outside = (multiples < low) | (multiples > high)
        if outside.any():
            worst = given[outside][0] + 0
            raise self._error(
                hook,
                f"gave {column.name} {worst}, expected {low * column.resolution:g} to {high * column.resolution:g}",
            )
        return multiples.astype(np.int64)

    def _whole_days(self, hook: str, given: NDArray[np.float64] | Ints) -> Ints:
        if given.dtype.kind not in "iu" or (given < 0).any():
            raise self._error(hook, "gave a day that is no whole number from 0")
        return given.astype(np.int64)

    def _error(self, hook: str, problem: str) -> PluginError:
        return PluginError(f"plugin {self._plugin}: {hook} {problem}")


def added_up(columns: Mapping[str, Ints], summed: Sequence[str]) -> dict[str, Ints]:
    """Rows alike in all columns but the summed ones become one, with their sums; rows as they are if none is summed."""
    if not summed or not len(next(iter(columns.values()))):
        return dict(columns)
    keys = [name for name in columns if name not in summed]
    if not keys:
        return {name: values.sum(keepdims=True) for name, values in columns.items()}
    order = np.lexsort([columns[name] for name in reversed(keys)])
    ordered = {name: columns[name][order] for name in columns}
    differs = np.zeros(len(order), dtype=bool)
    differs[0] = True
    for name in keys:
        differs[1:] |= ordered[name][1:] != ordered[name][:-1]
    first = np.flatnonzero(differs)
    return {n: np.add.reduceat(v, first) if n in summed else v[first] for n, v in ordered.items()}
