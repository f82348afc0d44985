"""What the core holds a plugin to: declared reads and writes, and values that make sense."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from popsim.hooks.intervention import Bout, Harm, Intervention, Params
from popsim.hooks.views import PluginError
from popsim.legs.fit import LEG_EFFECTS, Fit
from popsim.people.population import COLUMNS
from popsim.routines.bouts import MINUTES_PER_DAY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
WRITABLE = frozenset({"day", "blood"}) | {f"leg.{name}" for name in LEG_EFFECTS}
READABLE = frozenset(COLUMNS) | {"bmi"}


def class_problem(offer: type[Intervention]) -> str:
    """What is wrong with an intervention class, as one sentence; empty when nothing is."""
    name = getattr(offer, "name", "")
    if not (isinstance(name, str) and _NAME.fullmatch(name)):
        return f"intervention {offer.__name__}: name must be lower-case letters, digits and hyphens (got {name!r})"
    unknown = sorted(set(offer.writes) - WRITABLE)
    if unknown:
        return f"intervention {name}: writes {unknown[0]!r}, expected day, blood or leg.<effect>"
    unknown = sorted(set(offer.reads) - READABLE)
    if unknown:
        return f"intervention {name}: reads {unknown[0]!r}, which is no column of people or legs"
    if not issubclass(getattr(offer, "Params", object), Params):
        return f"intervention {name}: Params must derive from popsim.hooks.Params"
    for method, write in (("edit_day", "day"), ("blood", "blood")):
        if getattr(offer, method) is not getattr(Intervention, method) and write not in offer.writes:
            return f"intervention {name}: {method} changes {write!r} without declaring it in writes"
    return ""


@contextmanager
def blaming(plugin: str, hook: str) -> Iterator[None]:
    """Turn whatever a plugin's code raises into one sentence that names plugin and hook."""
    try:
        yield
    except PluginError:
        raise
    except Exception as cause:  # a stranger's code may raise anything; the run must say whose it was
        text = " ".join(str(cause).split())
        raise PluginError(f"plugin {plugin}: {hook} raised {type(cause).__name__}: {text}") from cause


def made(offer: type[Intervention], params: Params, evidence: Mapping[str, float]) -> Intervention:
    """The intervention with these settings, or ``PluginError``."""
    with blaming(offer.name, "__init__"):
        return offer(params, evidence)


def checked_harms(plugin: Intervention) -> list[Harm]:
    """What can go wrong with it, each with a probability from 0 to 1, or ``PluginError``."""
    with blaming(plugin.name, "harms"):
        harms = list(plugin.harms())
        for harm in harms:
            if not 0 <= harm.daily_probability <= 1:
                raise PluginError(
                    f"plugin {plugin.name}: harms gave {harm.event} the daily probability {harm.daily_probability}, "
                    "expected 0 to 1"
                )
        return harms


def checked_mask(plugin: Intervention, hook: str, value: Any, people: int) -> NDArray[np.bool_]:
    """A yes or no for everybody, or ``PluginError``."""
    array = np.asarray(value)
    if array.shape != (people,) or array.dtype != np.bool_:
        raise PluginError(
            f"plugin {plugin.name}: {hook} returned {array.dtype} of shape {array.shape}, "
            f"expected bool of shape ({people},)"
        )
    return array


def checked_factor(plugin: Intervention, value: Any, people: int) -> NDArray[np.float64]:
    """A finite, non-negative factor for everybody, or ``PluginError``."""
    array = np.asarray(value, dtype=np.float64)
    if array.shape not in ((), (people,)):
        raise PluginError(f"plugin {plugin.name}: blood returned shape {array.shape}, expected a number or ({people},)")
    if not (np.isfinite(array).all() and (array >= 0).all()):
        raise PluginError(f"plugin {plugin.name}: blood returned a negative factor or one that is not a number")
    return np.broadcast_to(array, (people,))


def checked_fit(plugin: Intervention, fit: Fit, people: int) -> dict[str, NDArray[np.float64]]:
    """Declared, finite effects within their ranges, or ``PluginError``."""
    checked = {}
    for name, value in fit.items():
        if f"leg.{name}" not in plugin.writes:
            raise PluginError(f"plugin {plugin.name}: fit changes leg.{name} without declaring it in writes")
        array, known = np.asarray(value, dtype=np.float64), LEG_EFFECTS[name]
        if array.shape not in ((), (2, people)):
            raise PluginError(
                f"plugin {plugin.name}: leg.{name} has shape {array.shape}, expected a number or (2, {people})"
            )
        if not (np.isfinite(array).all() and (array >= known.low).all() and (array <= known.high).all()):
            raise PluginError(
                f"plugin {plugin.name}: leg.{name} must lie between {known.low:g} and {known.high:g} {known.unit}"
            )
        checked[name] = array
    return checked


def checked_day(plugin: Intervention, day: Sequence[Bout], codes: dict[str, int]) -> list[tuple[int, int]]:
    """An edited day in activity codes, or ``PluginError``."""
    bouts = []
    for name, minutes in day:
        if name not in codes:
            raise PluginError(f"plugin {plugin.name}: edit_day uses the unknown activity {name!r}")
        if int(minutes) != minutes or minutes < 0:
            raise PluginError(f"plugin {plugin.name}: edit_day gave {name} {minutes} minutes, expected a whole number")
        bouts.append((codes[name], int(minutes)))
    total = sum(minutes for _, minutes in bouts)
    if total != MINUTES_PER_DAY:
        raise PluginError(
            f"plugin {plugin.name}: edit_day returned a day of {total} minutes, expected {MINUTES_PER_DAY}"
        )
    return bouts
