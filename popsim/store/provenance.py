"""What a run was made of: checked when the run is made, compared when it is resumed or joined.

A provenance is a plain mapping::

    scenario, title          names for people
    scenario_text            the scenario file, whole; its hash is added
    inputs                   {"cohort.csv": sha256 of the file, ...}: what the scenario reads besides
    seed, people, days       integers
    shards                   into how many shards the people are cut
    versions                 {"popsim": "0.1.0", "python": "3.11.9", "numpy": ...}
    parameters               [{name, value, unit, grade, source, meaning, low, high}]
    plugins                  [{name, version, distribution, hash, parameters}], in the order they act
    arms                     [{id, name, label, settings}]
    names                    {"activity": [{id, name, label}], "measure": [{id, name, label, unit, scale}], ...}
    tables                   [{name, plugin, meaning, columns: [{name, dtype, meaning, names, unit, scale, summed}]}]:
                             those of plugins' own, if any
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from popsim.errors import did_you_mean
from popsim.store.errors import StoreError
from popsim.store.files import canonical_json, fingerprint
from popsim.store.schema import NAME_TABLES, SCHEMA_VERSION, tables_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_INTEGERS = {"seed": (-(2**63), 2**63 - 1), "people": (1, 2**62), "days": (1, 2**31 - 1), "shards": (1, 10**6)}
_TEXTS = ("scenario", "title", "scenario_text")
_DEFAULTS: dict[str, Any] = {"inputs": {}, "versions": {}, "parameters": [], "plugins": []}
_REQUIRED = (*_TEXTS, *_INTEGERS, "arms", "names")
_OPTIONAL = ("tables",)
_TABLE = "table"
_ADDED = ("id", "created", "scenario_hash", "schema_version")
_CANNOT_CHANGE_NUMBERS = frozenset({"altair", "click", "duckdb", "platform", "pyarrow", "rich", "streamlit"})


def checked_id(run_id: str) -> str:
    """The id itself, if it is one: it becomes a folder's name, so nothing else is let through."""
    if not _ID.fullmatch(run_id):
        raise StoreError(
            f"a run id is 1 to 64 of a-z, 0-9, - and _, and starts with a letter or digit (got {run_id!r})"
        )
    return run_id


def complete_provenance(run_id: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Check what the caller knows of the run and add id, time, hash of the scenario and version of the schema."""
    known = (*_REQUIRED, *_DEFAULTS, *_OPTIONAL, *_ADDED)
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise StoreError(f"a run's provenance has no {unknown[0]!r}{did_you_mean(unknown[0], known)}")
    missing = [key for key in _REQUIRED if key not in given]
    if missing:
        raise StoreError(f"a run's provenance needs {missing[0]!r}")
    document: dict[str, Any] = json.loads(canonical_json({**_DEFAULTS, **given}))
    for key in _TEXTS:
        if not isinstance(document[key], str):
            raise StoreError(f"{key!r} of a run's provenance must be text")
    for key, (low, high) in _INTEGERS.items():
        if not isinstance(document[key], int) or not low <= document[key] <= high:
            raise StoreError(f"{key!r} of a run must be an integer from {low} to {high} (got {document[key]!r})")
    _check_codes("arm", document["arms"])
    _check_names(document["names"])
    tables_of(document)
    document.setdefault("created", datetime.now(UTC).isoformat(timespec="seconds"))
    scenario_hash = hashlib.sha256(document["scenario_text"].encode()).hexdigest()
    return document | {"id": run_id, "scenario_hash": scenario_hash, "schema_version": SCHEMA_VERSION}


def _check_names(names: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    for table, rows in names.items():
        if table not in NAME_TABLES:
            raise StoreError(f"no table of names {table!r}{did_you_mean(table, NAME_TABLES)}")
        _check_codes(table, rows)


def _check_codes(table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    for row in rows:
        code = row.get("id")
        if not isinstance(code, int) or not 0 <= code <= 255 or not isinstance(row.get("name"), str):
            raise StoreError(f"each {table} needs an id from 0 to 255 and a name (got {dict(row)})")
    for field in ("id", "name"):
        given = [row[field] for row in rows]
        twice = next((value for value in given if given.count(value) > 1), None)
        if twice is not None:
            raise StoreError(f"the {field} {twice!r} is given to two entries of {table!r}")


def provenance_fingerprint(provenance: Mapping[str, Any]) -> str:
    """Hash of everything that decides a run's numbers; shards carry it, so that none strays into another run."""
    return fingerprint({name: part for name, part in _parts(provenance) if part or name != _TABLE})


def provenance_mismatch(old: Mapping[str, Any], new: Mapping[str, Any]) -> str | None:
    """One sentence naming the first thing that differs, or ``None`` where both would give the same numbers.

    Args:
        old: of the run on disk.
        new: of the run about to be resumed or joined; id, title and time may differ.
    """
    for (name, before), (_, after) in zip(_parts(old), _parts(new), strict=True):
        if canonical_json(before) != canonical_json(after):
            return _difference(name, before, after)
    return None


def _parts(provenance: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """What decides the numbers, most telling first; lists of named things as mappings by name."""
    versions = {k: v for k, v in provenance.get("versions", {}).items() if k not in _CANNOT_CHANGE_NUMBERS}
    plugins = provenance.get("plugins", [])
    text_hash = hashlib.sha256(provenance["scenario_text"].encode()).hexdigest()
    return [
        ("scenario text", text_hash),
        ("input file", provenance.get("inputs", {})),
        *((key, provenance[key]) for key in _INTEGERS),
        ("version of", versions),
        ("plugin", {plugin["name"]: plugin for plugin in plugins}),
        ("order of the plugins", [plugin["name"] for plugin in plugins]),
        ("parameter", {p["name"]: p["value"] for p in provenance.get("parameters", [])}),
        ("arm", {arm["name"]: {k: arm.get(k) for k in ("id", "settings")} for arm in provenance["arms"]}),
        *((f"name in {table}:", _codes(provenance["names"].get(table, []))) for table in NAME_TABLES),
        (_TABLE, {table["name"]: table["columns"] for table in provenance.get("tables", [])}),
    ]


def _codes(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {row["name"]: {k: v for k, v in row.items() if k not in ("name", "label")} for row in rows}


def _difference(name: str, before: Any, after: Any) -> str:
    if name == "scenario text":
        return f"the scenario text changed (its hash was {before[:12]}, now {after[:12]})"
    if not isinstance(before, dict):
        return f"the {name} changed (was {_shown(before)}, now {_shown(after)})"
    key = next(k for k in sorted({*before, *after}) if canonical_json(before.get(k)) != canonical_json(after.get(k)))
    if key not in after:
        return f"the {name} {key!r} was there and is not now"
    if key not in before:
        return f"the {name} {key!r} was not there and is now"
    return f"the {name} {key!r} changed{_inner_difference(before[key], after[key])}"


def _inner_difference(before: Any, after: Any) -> str:
    if not isinstance(before, dict) or not isinstance(after, dict):
        return f" (was {_shown(before)}, now {_shown(after)})"
    key = next(k for k in sorted({*before, *after}) if canonical_json(before.get(k)) != canonical_json(after.get(k)))
    return f" (its {key} was {_shown(before.get(key))}, now {_shown(after.get(key))})"


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else canonical_json(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
