"""The reference of scenario files: JSON Schema for editors, and a page of every key for readers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from popsim.runs.scenario import Scenario
from popsim.runs.scenario_words import PATTERNS, Schema, expectation, schemas_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from popsim.hooks import Offer, PluginRegistry
    from popsim.runs.toml_lines import KeyPath

_SECTIONS: tuple[tuple[str, str, KeyPath], ...] = (
    ("Top of the file", "", ()),
    ("Who takes part", "[people]", ("people",)),
    ("Who is wanted", "[people.where]", ("people", "where")),
    ("Traits that everybody shares", "[people.set]", ("people", "set")),
    ("Ordinary days", "[routine]", ("routine",)),
    ("Journeys", "[[trips]]", ("trips", 0)),
    ("Hospital stays", "[[stays]]", ("stays", 0)),
    ("Trips and stays of plugins", "[[episodes]]", ("episodes", 0)),
    ("What is compared", "[[arms]]", ("arms", 0)),
    ("What is kept", "[outputs]", ("outputs",)),
)
_INTRODUCTION = """\
# Scenario files

<!-- written by: popsim schema --markdown -->

A scenario is a TOML file: who lives how, for how long, and what is tried on them. `popsim scenarios` lists those that
come with popsim, `popsim scenarios office > my-office.toml` begins one of your own, and
`popsim validate-scenario my-office.toml` reports every problem with its line. Paths in a scenario begin at its folder.
"""
_EVIDENCE = """\
## Other values for constants: `[evidence]`

One line per constant, its whole name in quotes, such as `"room.constant" = 1.5`. `popsim evidence` lists the names,
values and units. A constant that is set here is recorded with the run as an assumption of the scenario.
"""


@dataclass(frozen=True)
class FieldDescription:
    """One key in words: what it expects, what holds when it is left out, and what it means."""

    name: str
    expects: str
    default: str
    meaning: str


def scenario_schema(registry: PluginRegistry) -> dict[str, Any]:
    """The JSON Schema of scenario files, with the parameters of every plugin at hand."""
    schema = Scenario.model_json_schema()
    offered = {"Routine": registry.routines, "Arm": registry.interventions, "Outputs": registry.outputs}
    for table, offers in offered.items():
        own = schema["$defs"][table]["properties"]["plugins"]
        own.pop("patternProperties", None)
        own |= {"properties": _parameters(offers, schema["$defs"]), "additionalProperties": False}
    wish, settings = schema["$defs"]["EpisodeWish"], _parameters(registry.episodes, schema["$defs"])
    wish["properties"]["kind"] |= {"enum": [*settings, None]}
    wish["allOf"] = [{"required": ["kind"]}] + [
        {"if": {"properties": {"kind": {"const": name}}}, "then": {"properties": {"settings": own}}}
        for name, own in settings.items()
    ]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "popsim scenario"} | schema


def _parameters(offers: Mapping[str, type[Offer]], definitions: dict[str, Any]) -> dict[str, Any]:
    """The schema of each offer's parameters by name; what they refer to is added to the definitions."""
    tables = {}
    for name, kind in offers.items():
        params = kind.Params.model_json_schema(ref_template=f"#/$defs/{name}.{{model}}")
        definitions |= {f"{name}.{key}": value for key, value in params.pop("$defs", {}).items()}
        tables[name] = params | {"title": kind.label}
    return tables


def described_fields(schema: Schema, path: KeyPath = ()) -> list[FieldDescription]:
    """The keys of the table at a path, in the order of the model; tables below it are left to their own sections."""
    (table,) = schemas_at(schema, path)
    return [
        FieldDescription(
            name,
            expectation(map(_without_description, schemas_at(schema, (*path, name)))),
            _default(name, field, table),
            _meaning(field),
        )
        for name, field in table.get("properties", {}).items()
    ]


def reference_markdown(registry: PluginRegistry) -> str:
    """The page of every key, with the parameters of every plugin at hand."""
    schema = Scenario.model_json_schema()
    sections = [_section(title, header, described_fields(schema, path)) for title, header, path in _SECTIONS]
    plugins = [
        _section(kind.label, header.format(name), described_fields(kind.Params.model_json_schema()))
        for header, offers in (
            ("[routine.plugins.{}]", registry.routines),
            ('[episodes.settings] with kind = "{}"', registry.episodes),
            ("[arms.plugins.{}]", registry.interventions),
            ("[outputs.plugins.{}]", registry.outputs),
        )
        for name, kind in offers.items()
    ]
    return "\n".join([_INTRODUCTION, *sections, *plugins, _EVIDENCE])


def _section(title: str, header: str, fields: list[FieldDescription]) -> str:
    rows = [f"| `{f.name}` | {_cell(f.expects)} | {_cell(f.default)} | {_cell(f.meaning)} |" for f in fields]
    heading = f"## {title}: `{header}`" if header else f"## {title}"
    return "\n".join([heading, "", "| key | expects | default | meaning |", "|---|---|---|---|", *rows, ""])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _without_description(schema: Schema) -> Schema:
    """A pattern that is explained in the description needs no second explanation."""
    explained = "description" in schema and schema.get("pattern") not in PATTERNS
    return {key: value for key, value in schema.items() if not (explained and key == "pattern")}


def _meaning(field: Schema) -> str:
    unit = field.get("unit", "1")
    text = field.get("description", "")
    return text if unit == "1" else f"{text} ({unit})"


def _default(name: str, field: Schema, table: Schema) -> str:
    if name in table.get("required", []):
        return "required"
    value = field.get("default")
    if isinstance(value, dict) or (value and isinstance(value, list) and isinstance(value[0], dict)):
        return "see below"
    return "none" if value in (None, "", [], {}) else json.dumps(value, ensure_ascii=False)
