"""Finding plugins, and living with broken ones: each that fails to load is listed with one sentence and left out."""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import os
import sys
import tomllib
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pluggy
from packaging.specifiers import SpecifierSet

from popsim.errors import PopsimError
from popsim.evidence import Constant, Evidence
from popsim.evidence.registry import parse_constants
from popsim.hooks import specs
from popsim.hooks.contract import class_problem
from popsim.hooks.intervention import Intervention

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from popsim.hooks.scores import RiskScore

ENTRY_POINT_GROUP = "popsim"
ONLY_SHIPPED = "POPSIM_PLUGINS"
"""Environment variable: set to the empty string, only the plugins that ship with popsim are loaded."""


@dataclass(frozen=True)
class PluginInfo:
    """One plugin found.

    Attributes:
        name: the entry point's or file's name.
        version: of the distribution, ``0`` for single files.
        distribution: the package it came with, or the file's path.
        sha256: of the module's source.
        hooks: hooks it implements.
        offers: names of its interventions and risk scores.
        problem: why it is broken, empty when it works.
    """

    name: str
    version: str
    distribution: str
    sha256: str = ""
    hooks: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class PluginRegistry:
    """What all working plugins offer.

    Attributes:
        plugins: everything found, broken ones too, by name.
        interventions: by name, in order of (phase, priority, name).
        scores: risk scores by name.
        constants: the plugins' own evidence.
    """

    plugins: tuple[PluginInfo, ...] = ()
    interventions: Mapping[str, type[Intervention]] = field(default_factory=dict)
    scores: Mapping[str, RiskScore] = field(default_factory=dict)
    constants: Mapping[str, Constant] = field(default_factory=dict)

    @property
    def broken(self) -> dict[str, str]:
        """Why each broken plugin was left out, by name."""
        return {p.name: p.problem for p in self.plugins if p.problem}

    def evidence(self) -> Evidence:
        """The shipped constants and those of the plugins."""
        return Evidence.load().extend(self.constants)

    def provider(self, offer: str) -> PluginInfo | None:
        """The plugin that brought an intervention or score, if any."""
        return next((p for p in self.plugins if offer in p.offers), None)


@dataclass
class _Harvest:
    """What has been collected so far; a plugin is added as a whole or not at all."""

    manager: pluggy.PluginManager
    plugins: list[PluginInfo] = field(default_factory=list)
    interventions: dict[str, type[Intervention]] = field(default_factory=dict)
    scores: dict[str, RiskScore] = field(default_factory=dict)
    constants: dict[str, Constant] = field(default_factory=dict)


@dataclass(frozen=True)
class _Candidate:
    name: str
    version: str
    distribution: str
    load: Callable[[], Any]


def load_plugins(plugins_dir: Path | None = None) -> PluginRegistry:
    """Load every plugin that is installed, and the single files of a folder.

    A plugin that cannot be imported, has a wrong signature, implements an unknown hook, takes a name already taken or
    asks for another API is listed as broken; everything else works on.
    """
    manager = pluggy.PluginManager(specs.PROJECT)
    manager.add_hookspecs(specs)
    harvest = _Harvest(manager)
    for candidate in sorted(_candidates(plugins_dir), key=_precedence):
        harvest.plugins.append(_admit(candidate, harvest))
    ordered = sorted(harvest.interventions.values(), key=lambda i: (i.phase, i.priority, i.name))
    return PluginRegistry(
        tuple(sorted(harvest.plugins, key=lambda p: (p.name, p.distribution))),
        {i.name: i for i in ordered},
        dict(sorted(harvest.scores.items())),
        harvest.constants,
    )


def _precedence(candidate: _Candidate) -> tuple[bool, str, str]:
    """What ships comes first, so that a stranger cannot take its names away."""
    return candidate.distribution != specs.PROJECT, candidate.name, candidate.distribution


def _candidates(plugins_dir: Path | None) -> Iterator[_Candidate]:
    only_shipped = os.environ.get(ONLY_SHIPPED) == ""
    for entry in entry_points(group=ENTRY_POINT_GROUP):
        name = entry.dist.name if entry.dist else "unknown"
        if name == specs.PROJECT or not only_shipped:
            yield _Candidate(entry.name, entry.dist.version if entry.dist else "0", name, entry.load)
    if plugins_dir is None:
        return
    if not plugins_dir.is_dir():
        raise PopsimError(f"--plugins-dir {plugins_dir}: expected a folder with plugin files")
    for path in sorted(plugins_dir.glob("*.py")):
        yield _Candidate(path.stem.replace("_", "-"), "0", str(path), _file_loader(path))


def _file_loader(path: Path) -> Callable[[], ModuleType]:
    def load() -> ModuleType:
        name = f"popsim_plugin_file_{path.stem}"
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise ImportError(f"{path} is no Python file")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module

    return load


def _admit(candidate: _Candidate, harvest: _Harvest) -> PluginInfo:
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
    return PluginInfo(candidate.name, candidate.version, candidate.distribution, _source_hash(plugin), hooks, offers)


def _sentence(candidate: _Candidate, cause: BaseException) -> str:
    text = " ".join(str(cause).split()) or "no message"
    return f"{candidate.distribution}: {type(cause).__name__}: {text}; mend or uninstall it"


def _check_api(plugin: Any) -> None:
    wanted = getattr(plugin, "POPSIM_API", "")
    if wanted and not SpecifierSet(wanted).contains(str(specs.API_VERSION)):
        raise PopsimError(f"needs plugin API {wanted}, this popsim offers {specs.API_VERSION}")


def _collect(plugin: Any, harvest: _Harvest) -> tuple[str, ...]:
    def offered(hook: str) -> list[Any]:
        implementation = getattr(plugin, hook, None)
        return list(implementation()) if implementation else []

    interventions = offered("popsim_interventions")
    scores = offered("popsim_risk_scores")
    constants: dict[str, Constant] = {}
    for path in offered("popsim_evidence"):
        constants |= parse_constants(Path(path).stem, tomllib.loads(Path(path).read_text(encoding="utf-8")))
    for offer in interventions:
        if not (inspect.isclass(offer) and issubclass(offer, Intervention)):
            raise PopsimError(f"hook popsim_interventions: expected subclasses of Intervention (got {offer!r})")
        _check_contract(offer)
    for kind, names, taken in (
        ("intervention", [i.name for i in interventions], harvest.interventions),
        ("risk score", [s.name for s in scores], harvest.scores),
        ("constant", list(constants), {**Evidence.load(), **harvest.constants}),
    ):
        for name in names:
            if name in taken or names.count(name) > 1:
                raise PopsimError(f"the {kind} name {name!r} is already taken")
    harvest.interventions.update({i.name: i for i in interventions})
    harvest.scores.update({s.name: s for s in scores})
    harvest.constants.update(constants)
    return tuple(i.name for i in interventions) + tuple(s.name for s in scores)


def _check_contract(offer: type[Intervention]) -> None:
    """What can be told from the class alone: names, declared writes, and parameters that derive from ``Params``."""
    problem = class_problem(offer)
    if problem:
        raise PopsimError(problem)


def _source_hash(plugin: Any) -> str:
    source = inspect.getsourcefile(plugin if isinstance(plugin, ModuleType) else type(plugin))
    return hashlib.sha256(Path(source).read_bytes()).hexdigest() if source else ""
