"""The tables of a stored run: what each column means, and how real numbers become integers.

Sums of floats depend on the order of adding, sums of integers do not; so every measured quantity is stored in fixed
point. The scale stands beside each column here, and beside each name in the tables ``measure`` and ``item``.
Kinds are small integers; their meaning is in a table of names kept with the run, which plugins extend. Outcomes of
plugins may have tables of their own, which the run's provenance describes (see ``tables_of``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from popsim.errors import did_you_mean
from popsim.store.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

SCHEMA_VERSION = 1
"""Counts up when a table changes; older files are carried forward by ``migrations``, newer ones refused."""

MILLI = 1000
"""Fixed point of volumes (mL), pressures (mmHg) and quantities: stored value / 1000."""

MICRO = 1_000_000
"""Fixed point of activation: stored value / 1,000,000."""

SQL_TYPES = {"uint8": "UTINYINT", "uint16": "USMALLINT", "int32": "INTEGER", "int64": "BIGINT"}


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        name: as in queries.
        dtype: NumPy name of the integer stored.
        meaning: with unit and scale.
        names: the table of names this column's codes point into, if they are codes.
    """

    name: str
    dtype: str
    meaning: str
    names: str = ""

    @property
    def sql_type(self) -> str:
        """Its type in queries."""
        return SQL_TYPES[self.dtype]


@dataclass(frozen=True)
class Table:
    """One table written by shards.

    Attributes:
        name: as in queries.
        meaning: what one row is.
        columns: in the order stored; rows are sorted by them from left to right.
        summed: names of the columns added up over shards for equal values of all others; empty where shards are
            simply put one after another.
        open_ended: whether further columns are taken as they come (only ``person``).
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    summed: tuple[str, ...] = ()
    open_ended: bool = False

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that are not summed."""
        return tuple(c.name for c in self.columns if c.name not in self.summed)


_ARM = Column("arm", "uint8", "Arm of the comparison", "arm")
_PERSON = Column("person", "int64", "Global, permanent person id")
_DAY = Column("day", "int32", "Day of the run, 0 is the first; 04:00 to 04:00")
_LEG = Column("leg", "uint8", "0 left, 1 right, 2 none")
_ACTIVITY = Column("activity", "uint8", "What the person was doing", "activity")
_AGE_GROUP = Column("age_group", "uint8", "Age group at the start of the run", "age_group")
_MEASURE = Column("measure", "uint8", "What was counted", "measure")
_VALUE = Column("value", "int64", "Fixed point: value x measure.scale is the number in measure.unit")

SHARD_TABLES: dict[str, Table] = {
    t.name: t
    for t in (
        Table(
            "event",
            "One clinical event of one person",
            (
                _ARM,
                _PERSON,
                _DAY,
                _LEG,
                Column("site", "uint8", "Where in the body", "site"),
                Column("kind", "uint8", "What happened", "event_kind"),
                Column("detection", "uint8", "How it came to notice, if it did", "detection"),
                Column("episode", "uint16", "Number of the clot in its person, alike in all arms; its events share it"),
            ),
        ),
        Table(
            "pooling",
            "Blood pooled in the legs of one age group during one activity on one day",
            (
                _ARM,
                _DAY,
                _ACTIVITY,
                _AGE_GROUP,
                Column("leg_minutes", "int64", "Minutes, counted once for each leg"),
                Column("volume_ml_min", "int64", "Sum over leg-minutes of pooled volume, mL x 1000"),
                Column("pressure_mmhg_min", "int64", "Sum over leg-minutes of ankle venous pressure, mmHg x 1000"),
                Column("activation_min", "int64", "Sum over leg-minutes of clotting activation, x 1,000,000"),
            ),
            summed=("leg_minutes", "volume_ml_min", "pressure_mmhg_min", "activation_min"),
        ),
        Table(
            "summary", "One measure of one age group on one day", (_ARM, _DAY, _AGE_GROUP, _MEASURE, _VALUE), ("value",)
        ),
        Table(
            "replicate",
            "One measure over the whole run in one batch of people, for the delete-a-group jackknife",
            (_ARM, Column("batch", "uint8", "0 to 99; people are hashed to batches"), _MEASURE, _VALUE),
            ("value",),
        ),
        Table(
            "cost",
            "What was used over the whole run",
            (
                _ARM,
                Column("item", "uint8", "What was used", "item"),
                Column("quantity", "int64", "In item.unit x 1000; times item.unit_cost is the cost"),
            ),
            ("quantity",),
        ),
        Table(
            "person", "Traits of one sampled person at the start, the same in every arm", (_PERSON,), open_ended=True
        ),
        Table(
            "trace",
            "One bout of one leg of a sampled person",
            (
                _ARM,
                _PERSON,
                _DAY,
                Column("bout", "uint16", "Position in the day"),
                Column("start_min", "uint16", "Minutes after 04:00"),
                Column("minutes", "uint16", "Length"),
                _ACTIVITY,
                _LEG,
                Column("volume_start_ul", "int32", "Pooled volume as the bout starts, microlitres"),
                Column("volume_end_ul", "int32", "Pooled volume as it ends, microlitres"),
                Column("volume_mean_ul", "int32", "Pooled volume, mean over the bout, microlitres"),
                Column("pressure_end_mmhg_1000", "int32", "Ankle venous pressure as it ends, mmHg x 1000"),
                Column("pressure_mean_mmhg_1000", "int32", "Ankle venous pressure, mean, mmHg x 1000"),
                Column("activation_end_ppm", "int32", "Clotting activation as it ends, x 1,000,000"),
                Column("oedema_end_ul", "int32", "Fluid in the tissue as it ends, microlitres"),
            ),
        ),
    )
}

_ID_NAME = (("id", "UTINYINT"), ("name", "VARCHAR"), ("label", "VARCHAR"))
NAME_TABLES: dict[str, tuple[tuple[str, str], ...]] = {
    "activity": _ID_NAME,
    "measure": (*_ID_NAME, ("unit", "VARCHAR"), ("scale", "DOUBLE")),
    "event_kind": _ID_NAME,
    "site": _ID_NAME,
    "detection": _ID_NAME,
    "item": (*_ID_NAME, ("unit", "VARCHAR"), ("unit_cost", "DOUBLE")),
    "age_group": _ID_NAME,
}
"""Tables of names: code, stable name, label for people, and what turns stored integers into amounts."""

DESCRIPTION_TABLES: dict[str, tuple[tuple[str, str], ...]] = {
    "run": (
        ("id", "VARCHAR"),
        ("scenario", "VARCHAR"),
        ("title", "VARCHAR"),
        ("seed", "BIGINT"),
        ("people", "BIGINT"),
        ("days", "INTEGER"),
        ("created", "VARCHAR"),
        ("versions", "VARCHAR"),
        ("scenario_text", "VARCHAR"),
        ("scenario_hash", "VARCHAR"),
        ("shards_total", "INTEGER"),
        ("shards_packed", "INTEGER"),
        ("provenance", "VARCHAR"),
    ),
    "parameter": (
        ("name", "VARCHAR"),
        ("value", "DOUBLE"),
        ("unit", "VARCHAR"),
        ("grade", "VARCHAR"),
        ("source", "VARCHAR"),
        ("meaning", "VARCHAR"),
        ("low", "DOUBLE"),
        ("high", "DOUBLE"),
    ),
    "plugin": (
        ("position", "INTEGER"),
        ("name", "VARCHAR"),
        ("version", "VARCHAR"),
        ("distribution", "VARCHAR"),
        ("hash", "VARCHAR"),
        ("parameters", "VARCHAR"),
    ),
    "arm": (("id", "UTINYINT"), ("name", "VARCHAR"), ("label", "VARCHAR"), ("settings", "VARCHAR")),
    **NAME_TABLES,
    "shard": (("shard", "INTEGER"), ("rows", "BIGINT"), ("record", "VARCHAR")),
    "schema_version": (("version", "INTEGER"),),
}
"""Small tables written at packing; ``versions``, ``parameters``, ``settings`` and ``record`` hold JSON."""

PLUGIN_TABLES: dict[str, tuple[tuple[str, str], ...]] = {
    "plugin_table": (("name", "VARCHAR"), ("plugin", "VARCHAR"), ("meaning", "VARCHAR")),
    "plugin_column": (
        ("table_name", "VARCHAR"),
        ("position", "INTEGER"),
        ("name", "VARCHAR"),
        ("meaning", "VARCHAR"),
        ("unit", "VARCHAR"),
        ("scale", "DOUBLE"),
        ("summed", "BOOLEAN"),
        ("names", "VARCHAR"),
    ),
}
"""What the tables of plugins' own hold; only in runs that have such tables."""

INTEGRITY_COLUMNS = (("table_name", "VARCHAR"), ("row_count", "BIGINT"), ("sha256", "VARCHAR"))
"""The table ``integrity`` of a packed file: what every other table must hold."""


def to_fixed(values: ArrayLike, scale: float) -> NDArray[np.int64]:
    """Real numbers as stored integers: ``round(values * scale)``, for example ``scale=1000`` for mL.

    Round each person's own number, then add the integers: then no total depends on how people were cut into shards.

    Raises:
        StoreError: a value is not finite or does not fit into 63 bits.
    """
    scaled = np.rint(np.asarray(values, dtype=np.float64) * scale)
    if not np.all(np.abs(scaled) < 2.0**63):
        raise StoreError(f"a measured quantity is not finite or too large for fixed point with scale {scale:g}")
    return scaled.astype(np.int64)


_OWN_TABLE = re.compile(r"outcome_[a-z0-9_]{1,64}")
_OWN_COLUMN = re.compile(r"[a-z][a-z0-9_]{0,63}")


def tables_of(provenance: Mapping[str, Any]) -> dict[str, Table]:
    """All tables of one run, those of its plugins' own last.

    Raises:
        StoreError: a table or column whose name, type or names of codes the store does not take.
    """
    described = provenance.get("tables", [])
    own = [_own_table(table) for table in described]
    names = [table.name for table in own]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise StoreError(f"the table name {twice!r} is given to two tables of plugins")
    return SHARD_TABLES | {table.name: table for table in own}


def _own_table(described: Mapping[str, Any]) -> Table:
    name, columns = described.get("name"), described.get("columns", [])
    if not (isinstance(name, str) and _OWN_TABLE.fullmatch(name)):
        raise StoreError(
            f"a plugin's table must be called outcome_ and lower-case letters, digits and _ (got {name!r})"
        )
    own = (_ARM, *(_own_column(name, column) for column in columns))
    names = [column.name for column in own]
    twice = next((column for column in names if names.count(column) > 1), None)
    if twice is not None or not columns:
        raise StoreError(f"table {name!r} {f'has two columns {twice!r}' if twice else 'has no columns'}")
    summed = tuple(column["name"] for column in columns if column.get("summed"))
    return Table(name, str(described.get("meaning", "")), own, summed)


def _own_column(table: str, described: Mapping[str, Any]) -> Column:
    name, dtype, names = (described.get(key, "") for key in ("name", "dtype", "names"))
    if not (isinstance(name, str) and _OWN_COLUMN.fullmatch(name)):
        raise StoreError(f"a column of table {table!r} must have a name of letters, digits and _ (got {name!r})")
    if dtype not in SQL_TYPES or (described.get("summed") and dtype != "int64"):
        raise StoreError(
            f"{table}.{name} must be stored as one of {', '.join(SQL_TYPES)}, sums as int64 (got {dtype!r})"
        )
    if names and names not in NAME_TABLES:
        raise StoreError(f"{table}.{name} holds codes of {names!r}, which is no table of names")
    return Column(name, dtype, str(described.get("meaning", "")), names)


def shard_table(name: str, tables: Mapping[str, Table] = SHARD_TABLES) -> Table:
    """The table of that name; an unknown one is a ``StoreError``."""
    if name not in tables:
        raise StoreError(f"no table {name!r} in the store{did_you_mean(name, tables)}")
    return tables[name]


def checked_columns(table: Table, given: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The columns of one shard in stored order and stored types.

    Integers of another width are accepted when every value fits. Everything else is a ``StoreError``: a missing or
    unknown column, unequal lengths, floats where integers are stored.
    """
    wanted = {c.name: c for c in table.columns}
    extra = sorted(set(given) - set(wanted))
    missing = [name for name in wanted if name not in given]
    if missing or (extra and not table.open_ended):
        problem = f"lacks the column {missing[0]!r}" if missing else f"has no column {extra[0]!r}"
        raise StoreError(
            f"table {table.name!r} {problem}{did_you_mean(extra[0], wanted) if extra and not missing else ''}"
        )
    columns = {name: _as_stored(table.name, column, given[name]) for name, column in wanted.items()}
    columns |= {name: _passed_through(table.name, name, given[name]) for name in extra}
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        raise StoreError(f"columns of table {table.name!r} differ in length: {lengths}")
    return columns


def _as_stored(table: str, column: Column, values: NDArray[Any]) -> NDArray[Any]:
    array, dtype = np.asarray(values), np.dtype(column.dtype)
    if array.ndim != 1:
        raise StoreError(f"{table}.{column.name} must be one-dimensional (got shape {array.shape})")
    if array.dtype == dtype:
        return array
    if array.dtype.kind not in "iu":
        raise StoreError(f"{table}.{column.name} is stored as {dtype} (got {array.dtype}); use to_fixed")
    limits = np.iinfo(column.dtype)
    if array.size and (int(array.min()) < limits.min or int(array.max()) > limits.max):
        worst = int(array.min()) if int(array.min()) < limits.min else int(array.max())
        raise StoreError(f"{table}.{column.name} holds {worst}, which does not fit into {dtype}")
    return array.astype(dtype)


def _passed_through(table: str, name: str, values: NDArray[Any]) -> NDArray[Any]:
    array = np.asarray(values)
    if not (name.isascii() and name.isidentifier() and name == name.lower()):
        raise StoreError(
            f"a column of table {table!r} must have a lower-case name of letters, digits and _ (got {name!r})"
        )
    if array.ndim != 1 or array.dtype.kind not in "biuf":
        raise StoreError(f"{table}.{name} must be one-dimensional numbers or flags (got {array.dtype} {array.shape})")
    return array
