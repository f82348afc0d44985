"""Finding plugins, and living with broken ones: each that fails to load is listed with one sentence and left out."""

from __future__ import annotations

import hashlib
import inspect
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pluggy
from packaging.specifiers import SpecifierSet

from popsim.errors import PopsimError
from popsim.evidence import Constant, Evidence
from popsim.evidence.registry import parse_constants
from popsim.hooks import specs
from popsim.hooks.candidates import Candidate, installed_and_in
from popsim.hooks.offer_kinds import OFFER_KINDS
from popsim.routines.activities import CORE_ACTIVITIES

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from click import Command

    from popsim.hooks.daily_routine import DailyRoutine
    from popsim.hooks.episode import Episode
    from popsim.hooks.intervention import Intervention
    from popsim.hooks.outcome import DetectionMethod, Outcome
    from popsim.hooks.panel import Panel
    from popsim.hooks.prices import PriceList
    from popsim.hooks.scores import RiskScore
    from popsim.routines.activities import Activity


@dataclass(frozen=True)
class PluginInfo:
    """One plugin found.

    Attributes:
        name: the entry point's or file's name.
        version: of the distribution, ``0`` for single files.
        distribution: the package it came with, or the file's path.
        sha256: of the module's source.
        hooks: hooks it implements.
        offers: names of what it offers, but for evidence.
        problem: why it is broken, empty when it works.
        source: file of the module, empty when it could not be imported.
    """

    name: str
    version: str
    distribution: str
    sha256: str = ""
    hooks: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    problem: str = ""
    source: str = ""


@dataclass(frozen=True)
class PluginRegistry:
    """What all working plugins offer.

    Attributes:
        plugins: everything found, broken ones too, by name.
        activities: beside those of the core, by name.
        routines: ordinary weeks, by name.
        episodes: trips and stays, by name.
        interventions: by name, in order of (phase, priority, name).
        scores: risk scores by name.
        outputs: outcomes and detection methods by name.
        price_lists: unit costs and utilities by name.
        scenarios: files by name.
        panels: pages of the dashboard by name.
        commands: of the command line, by name.
        constants: the plugins' own evidence.
    """

    plugins: tuple[PluginInfo, ...] = ()
    activities: Mapping[str, Activity] = field(default_factory=dict)
    routines: Mapping[str, type[DailyRoutine]] = field(default_factory=dict)
    episodes: Mapping[str, type[Episode]] = field(default_factory=dict)
    interventions: Mapping[str, type[Intervention]] = field(default_factory=dict)
    scores: Mapping[str, RiskScore] = field(default_factory=dict)
    outputs: Mapping[str, type[Outcome | DetectionMethod]] = field(default_factory=dict)
    price_lists: Mapping[str, PriceList] = field(default_factory=dict)
    scenarios: Mapping[str, Path] = field(default_factory=dict)
    panels: Mapping[str, Panel] = field(default_factory=dict)
    commands: Mapping[str, Command] = field(default_factory=dict)
    constants: Mapping[str, Constant] = field(default_factory=dict)

    @property
    def broken(self) -> dict[str, str]:
        """Why each broken plugin was left out, by name."""
        return {p.name: p.problem for p in self.plugins if p.problem}

    def evidence(self) -> Evidence:
        """The shipped constants and those of the plugins."""
        return Evidence.load().extend(self.constants)

    def provider(self, offer: str) -> PluginInfo | None:
        """The plugin that brought something of this name, if any."""
        return next((p for p in self.plugins if offer in p.offers), None)

    def activities_of(self, names: Iterable[str]) -> tuple[Activity, ...]:
        """The activities of a run by code: those of the core, then the plugins' in order of name.

        Args:
            names: what the run uses of plugins. Each brings the activities of its plugin along; those of plugins that
                the run does not use have no code in it.
        """
        used = {offer for name in names for p in self.plugins if name in p.offers for offer in p.offers}
        return CORE_ACTIVITIES + tuple(self.activities[name] for name in sorted(used & set(self.activities)))


@dataclass
class _Harvest:
    """What has been collected so far; a plugin is added as a whole or not at all."""

    manager: pluggy.PluginManager
    plugins: list[PluginInfo] = field(default_factory=list)
    offers: dict[str, dict[str, Any]] = field(default_factory=lambda: {kind.field: {} for kind in OFFER_KINDS})
    constants: dict[str, Constant] = field(default_factory=dict)


def load_plugins(plugins_dir: Path | None = None) -> PluginRegistry:
    """Load every plugin that is installed, and those in a place.

    Args:
        plugins_dir: a folder with single-file plugins, one such file, or the folder of a package that is being written.

    A plugin that cannot be imported, has a wrong signature, implements an unknown hook, takes a name already taken or
    asks for another API is listed as broken; everything else works on.
    """
    manager = pluggy.PluginManager(specs.PROJECT)
    manager.add_hookspecs(specs)
    harvest = _Harvest(manager)
    for candidate in sorted(installed_and_in(plugins_dir), key=_precedence):
        harvest.plugins.append(_admit(candidate, harvest))
    offers = {name: dict(sorted(given.items())) for name, given in harvest.offers.items()}
    acting = sorted(offers.pop("interventions").values(), key=lambda i: (i.phase, i.priority, i.name))
    return PluginRegistry(
        tuple(sorted(harvest.plugins, key=lambda p: (p.name, p.distribution))),
        interventions={i.name: i for i in acting},
        constants=harvest.constants,
        **offers,
    )


def _precedence(candidate: Candidate) -> tuple[bool, str, str]:
    """What ships comes first, so that a stranger cannot take its names away."""
    return candidate.distribution != specs.PROJECT, candidate.name, candidate.distribution


def _admit(candidate: Candidate, harvest: _Harvest) -> PluginInfo:
    """Load one plugin and take over what it offers, or say why not."""
    plugin: Any = None
    try:
        plugin = candidate.load()
        _check_api(plugin)
        harvest.manager.register(plugin, name=f"{candidate.distribution}:{candidate.name}")
        harvest.manager.check_pending()
        offers = _collect(plugin, harvest)
    except (Exception, SystemExit) as cause:  # a stranger's code may raise anything, and must not stop the others
        if plugin is not None and harvest.manager.is_registered(plugin):
            harvest.manager.unregister(plugin)
        return PluginInfo(
            candidate.name, candidate.version, candidate.distribution, problem=_sentence(candidate, cause)
        )
    hooks = tuple(sorted(caller.name for caller in harvest.manager.get_hookcallers(plugin) or ()))
    source = inspect.getsourcefile(plugin if isinstance(plugin, ModuleType) else type(plugin))
    sha256 = hashlib.sha256(Path(source).read_bytes()).hexdigest() if source else ""
    return PluginInfo(
        candidate.name, candidate.version, candidate.distribution, sha256, hooks, offers, source=source or ""
    )


def _sentence(candidate: Candidate, cause: BaseException) -> str:
    text = " ".join(str(cause).split()) or "no message"
    return f"{candidate.distribution}: {type(cause).__name__}: {text}; mend or uninstall it"


def _check_api(plugin: Any) -> None:
    wanted = getattr(plugin, "POPSIM_API", "")
    if wanted and not SpecifierSet(wanted).contains(str(specs.API_VERSION)):
        raise PopsimError(f"needs plugin API {wanted}, this popsim offers {specs.API_VERSION}")


def _collect(plugin: Any, harvest: _Harvest) -> tuple[str, ...]:
    """Take over all that a plugin offers once nothing of it is wrong; the names of its offers."""

    def offered(hook: str) -> list[Any]:
        implementation = getattr(plugin, hook, None)
        return list(implementation()) if implementation else []

    new: dict[str, dict[str, Any]] = {}
    for kind in OFFER_KINDS:
        for offer in offered(kind.hook):
            kind.check(offer)
            _add_new(kind.noun, kind.name(offer), offer, harvest.offers[kind.field], new.setdefault(kind.field, {}))
    constants: dict[str, Constant] = {}
    taken = Evidence.load().keys() | harvest.constants.keys()
    for path in map(Path, offered("popsim_evidence")):
        for name, constant in parse_constants(path.stem, tomllib.loads(path.read_text(encoding="utf-8"))).items():
            _add_new("constant", name, constant, taken, constants)
    for name, offers in new.items():
        harvest.offers[name].update(offers)
    harvest.constants.update(constants)
    return tuple(name for offers in new.values() for name in offers)


def _add_new(noun: str, name: str, offer: Any, taken: Container[str], new: dict[str, Any]) -> None:
    if name in taken or name in new:
        raise PopsimError(f"the {noun} name {name!r} is already taken")
    new[name] = offer
