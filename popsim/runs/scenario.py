"""A scenario: who lives how, for how long, and what is tried on them. One TOML file, checked before anything runs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, WithJsonSchema, model_validator

from popsim.people.where import Where
from popsim.routines.stays import Stay  # noqa: TC001  pydantic reads the annotation
from popsim.routines.trips import DayRange, Trip, check_days
from popsim.runs.scenario_checks import load_problems, plugin_problems, valid_params
from popsim.runs.scenario_columns import FixedColumns, fixed_columns
from popsim.runs.scenario_errors import Problem, ScenarioError, model_problems, validate
from popsim.runs.scenario_source import Source, find_scenario, parse_source, read_scenario_file
from popsim.runs.scenario_words import CSV_PATTERN, ID_PATTERN

if TYPE_CHECKING:
    from popsim.hooks import Params, PluginRegistry, RoutineParams, Settings

Id = Annotated[str, Field(pattern=ID_PATTERN)]
CsvPath = Annotated[str, Field(pattern=CSV_PATTERN)]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
PeopleCount = Annotated[int, Field(ge=1, le=100_000_000)]
DayCount = Annotated[int, Field(ge=1, le=36_500)]
Seed = Annotated[int, Field(ge=0, le=2**63 - 1)]


def _whole_names(table: Any) -> Any:
    """Refuse ``legs.constant = 1`` without quotes, which TOML reads as a table."""
    for room, values in table.items() if isinstance(table, dict) else ():
        if isinstance(values, dict) and values:
            raise ValueError(f'expected each name whole and in quotes, such as "{room}.{next(iter(values))}"')
    return table


Finite = Annotated[float, Field(allow_inf_nan=False)]
Overrides = Annotated[Mapping[str, Finite], BeforeValidator(_whole_names)]
FixedTable = Annotated[
    Mapping[str, float], BeforeValidator(fixed_columns), WithJsonSchema(FixedColumns.model_json_schema())
]
PluginSettings = Annotated[Mapping[str, Any], Field(description="The plugin's own parameters")]


class _Table(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class People(_Table):
    """Who takes part."""

    count: PeopleCount = Field(description="How many people")
    source: Literal["us-adults"] | CsvPath = Field(
        default="us-adults", description="Adults as they live in the United States, or a file with one row per person"
    )
    where: Where = Field(default=Where(), description="Who is wanted; what is left out is not restricted")
    set: FixedTable = Field(default={}, description="Traits that everybody shares, whatever the source says")


class Routine(_Table):
    """How ordinary days are spent."""

    source: Literal["us-diaries"] | CsvPath = Field(
        default="us-diaries", description="Days as Americans report them in time-use diaries, or a file of diaries"
    )
    diaries_per_group: int = Field(
        default=120, ge=1, le=10_000, description="Different days kept for each group of age, sex, work and weekday"
    )
    activities: tuple[Id, ...] = Field(
        default=(), description="Activities of plugins that days may hold, beside those of the plugins named"
    )
    plugins: Mapping[Id, PluginSettings] = Field(
        default={}, description="Routines of plugins by name, each with its parameters"
    )


class EpisodeWish(_Table):
    """Days of a plugin's making in place of ordinary ones, for a share of the people."""

    kind: Id = Field(description="Name of the plugin's episode")
    share: float = Field(default=1.0, ge=0, le=1, description="Share of people to whom it happens (0 to 1)")
    day: int | None = Field(default=None, ge=0, description="First day, counted from 0")
    between: DayRange | None = Field(
        default=None, description="First and last possible first day, drawn evenly for each person"
    )
    settings: PluginSettings = Field(default={}, description="The episode's own parameters")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        check_days(self.day, self.between)
        return self

    @property
    def first_day(self) -> int:
        """The first possible day."""
        return self.between[0] if self.between else (self.day or 0)


class Arm(_Table):
    """What is tried on the people; every arm has the same people, days and luck."""

    name: Id = Field(description="Short name, used in results")
    label: str = Field(default="", max_length=200, description="Name for readers; the short name when left out")
    plugins: Mapping[Id, PluginSettings] = Field(
        default={}, description="Interventions by name, each with its parameters"
    )

    @property
    def title(self) -> str:
        """The label, or the name where there is none."""
        return self.label or self.name


class Outputs(_Table):
    """What is kept beside the summaries."""

    trace_people: int = Field(default=200, ge=0, le=100_000, description="People whose days are kept bout by bout")
    trace_days: int = Field(default=7, ge=0, le=36_500, description="Days that are kept bout by bout")
    person_sample: int = Field(default=1000, ge=0, le=10_000_000, description="People whose traits are kept")
    prices: Id | None = Field(default=None, description="Price list of a plugin, for what things and events cost")
    plugins: Mapping[Id, PluginSettings] = Field(
        default={}, description="Outcomes and detection methods of plugins by name, each with its parameters"
    )


class Scenario(_Table):
    """A scenario that has been checked. Make one with ``load`` or ``from_text``.

    Attributes beside the file's own keys:
        text: the file as written; overrides do not change it.
        sha256: of that text.
        path: where it was read, ``None`` for a bare text.
        folder: where its relative paths begin.
    """

    name: Id = Field(description="Short name, used in folders and results")
    title: str = Field(min_length=1, max_length=200, description="Name for readers")
    description: str = Field(default="", max_length=10_000, description="What the scenario asks, and why")
    days: DayCount = Field(description="How many days are lived")
    seed: Seed = Field(default=1, description="Chooses the people and their luck; the same seed gives the same results")
    start_weekday: Weekday = Field(default="monday", description="Weekday of the first day")
    people: People = Field(description="Who takes part")
    routine: Routine = Field(default=Routine(), description="How ordinary days are spent")
    trips: tuple[Trip, ...] = Field(default=(), description="Journeys that a share of the people make")
    stays: tuple[Stay, ...] = Field(default=(), description="Hospital stays that a share of the people have")
    episodes: tuple[EpisodeWish, ...] = Field(default=(), description="Trips and stays of plugins")
    arms: tuple[Arm, ...] = Field(
        default=(Arm(name="usual", label="As usual"),),
        min_length=1,
        max_length=100,
        description="What is compared; the first is the reference, and without any there is one called usual",
    )
    outputs: Outputs = Field(default=Outputs(), description="What is kept beside the summaries")
    evidence: Overrides = Field(default={}, description="Constants of the model set to other values, by name in quotes")

    _source: Source = PrivateAttr(Source("", None, {}, {}))

    @classmethod
    def load(cls, name_or_path: str | Path, registry: PluginRegistry | None = None) -> Scenario:
        """Read a scenario that ships or that a plugin brings by its name, or a file.

        Args:
            name_or_path: such as ``office`` or ``studies/office.toml``.
            registry: when given, the arms' plugins and their parameters are checked too.

        Raises:
            InputError: there is no such file, or it cannot be read.
            ScenarioError: the file is wrong; all its problems are in it.
        """
        path = find_scenario(name_or_path, registry)
        return cls.from_text(read_scenario_file(path), path, registry)

    @classmethod
    def from_text(cls, text: str, path: str | Path | None = None, registry: PluginRegistry | None = None) -> Scenario:
        """Read a scenario from text; ``path`` says where relative paths begin and what errors name."""
        source = parse_source(text, None if path is None else Path(path))
        problems: list[Problem] = model_problems(cls, source.data) + load_problems(source)
        if registry is not None:
            problems += plugin_problems(source.data, registry)
        if problems:
            raise source.error(problems)
        scenario = validate(cls, source.data)
        scenario._source = source
        return scenario

    def check(self, registry: PluginRegistry) -> dict[str, dict[str, Params]]:
        """Return the checked parameters of every plugin, by arm and plugin name.

        Raises:
            ScenarioError: an arm names a plugin that is unknown or broken, or a parameter is wrong.
        """
        problems = plugin_problems(self.model_dump(mode="json"), registry)
        if problems:
            raise self._source.error(problems)
        return {arm.name: valid_params(arm.plugins, registry.interventions) for arm in self.arms}

    def routine_params(self, registry: PluginRegistry) -> dict[str, RoutineParams]:
        """The checked parameters of the plugins' routines, in order of name."""
        return valid_params(self.routine.plugins, registry.routines)

    def episode_params(self, registry: PluginRegistry) -> list[Settings]:
        """The checked parameters of each of ``episodes``."""
        return [validate(registry.episodes[wish.kind].Params, wish.settings) for wish in self.episodes]

    def output_params(self, registry: PluginRegistry) -> dict[str, Settings]:
        """The checked parameters of the outcomes and detection methods, in order of name."""
        return valid_params(self.outputs.plugins, registry.outputs)

    @property
    def used_names(self) -> tuple[str, ...]:
        """Everything of plugins that the scenario names, each once."""
        arms = [name for arm in self.arms for name in arm.plugins]
        episodes = [wish.kind for wish in self.episodes]
        outputs = [*self.outputs.plugins, *filter(None, [self.outputs.prices])]
        return tuple(dict.fromkeys([*self.routine.activities, *self.routine.plugins, *episodes, *arms, *outputs]))

    def with_overrides(self, people: int | None = None, days: int | None = None, seed: int | None = None) -> Scenario:
        """A copy with another number of people or days, or another seed; ``None`` keeps what the file says."""
        problems = [
            Problem((f"--{name}",), problem.message)
            for name, value in (("people", people), ("days", days), ("seed", seed))
            for problem in model_problems(_Overrides, {} if value is None else {name: value})
        ]
        if problems:
            raise ScenarioError.unplaced(problems)
        changed: dict[str, Any] = {name: v for name, v in (("days", days), ("seed", seed)) if v is not None}
        if people is not None:
            changed["people"] = self.people.model_copy(update={"count": people})
        return self.model_copy(update=changed)

    @property
    def text(self) -> str:
        """The file as written; of a scenario that was made without one, its values as JSON."""
        return self._source.text or self.model_dump_json()

    @property
    def sha256(self) -> str:
        """Hash of the text, in hexadecimal digits."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def path(self) -> Path | None:
        """Where the scenario was read."""
        return self._source.path

    @property
    def folder(self) -> Path:
        """Where the scenario's relative paths begin."""
        return self._source.folder

    @property
    def people_file(self) -> Path | None:
        """The cohort file, ``None`` for synthetic people."""
        return self.folder / self.people.source if self.people.source.endswith(".csv") else None

    @property
    def diaries_file(self) -> Path | None:
        """The file of diaries, ``None`` for those that ship."""
        return self.folder / self.routine.source if self.routine.source.endswith(".csv") else None

    @property
    def input_files(self) -> dict[str, Path]:
        """Every file the scenario reads people, days and stays from, by its name in the scenario."""
        given = [self.people.source, self.routine.source, *(stay.file for stay in self.stays if stay.file)]
        return {name: self.folder / name for name in given if name.endswith(".csv")}


class _Overrides(_Table):
    people: PeopleCount = 1
    days: DayCount = 1
    seed: Seed = 1
