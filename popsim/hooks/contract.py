"""What the core holds a plugin to: declared reads and writes, and values that make sense."""

from __future__ import annotations

import re
from contextlib import contextmanager
from itertools import chain
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from popsim.clots.care import CARE_EFFECTS
from popsim.hooks.intervention import Harm, Intervention, Params
from popsim.hooks.offer import Bout, Offer, Settings
from popsim.hooks.views import PluginError
from popsim.legs.fit import LEG_EFFECTS, Fit
from popsim.people.population import COLUMNS
from popsim.routines.activities import CORE_ACTIVITIES, Activity
from popsim.routines.bouts import MINUTES_PER_DAY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

Made = TypeVar("Made", bound=Offer)
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
WRITABLE = frozenset({"day", "blood", "wall"}) | {f"leg.{n}" for n in LEG_EFFECTS} | {f"care.{n}" for n in CARE_EFFECTS}
_WRITERS = {
    "edits": "day",
    "edit_day": "day",
    "blood": "blood",
    "wall": "wall",
    "fit": "leg.",
    "fit_at": "leg.",
    "care": "care.",
}
"""Methods that change something, and how the names of what they change begin."""
READABLE = frozenset(COLUMNS) | {"bmi"}


def class_problem(offer: type[Intervention]) -> str:
    """What is wrong with an intervention class, as one sentence; empty when nothing is."""
    problem = next(chain(offer_problems(offer), _intervention_problems(offer)), "")
    return problem and f"intervention {getattr(offer, 'name', offer.__name__)}: {problem}"


def name_problem(name: object) -> str:
    """What is wrong with a name; empty when nothing is."""
    fine = isinstance(name, str) and _NAME.fullmatch(name)
    return "" if fine else f"name must be lower-case letters, digits and hyphens (got {name!r})"


def offer_problems(offer: type[Offer]) -> Iterator[str]:
    """What is wrong with any class that scenarios set."""
    if problem := name_problem(getattr(offer, "name", "")):
        yield problem
    if not isinstance(getattr(offer, "label", None), str):
        yield "needs a label, its name for people"
    for unknown in sorted(set(offer.reads) - READABLE):
        yield f"reads {unknown!r}, which is no column of people or legs"


def _intervention_problems(offer: type[Intervention]) -> Iterator[str]:
    for unknown in sorted(set(offer.writes) - WRITABLE):
        yield f"writes {unknown!r}, expected day, blood, wall, leg.<effect> or care.<effect>"
    for missing in sorted(set(offer.exclusive) - set(offer.writes)):
        yield f"exclusive names {missing!r}, which is not in writes"
    if not issubclass(getattr(offer, "Params", object), Params):
        yield "Params must derive from popsim.hooks.Params"
    if not (isinstance(offer.stages, int) and offer.stages >= 1):
        yield f"stages must be a whole number of at least 1 (got {offer.stages!r})"
    for method, write in _WRITERS.items():
        overridden = getattr(offer, method) is not getattr(Intervention, method)
        if overridden and not any(declared.startswith(write) for declared in offer.writes):
            yield f"{method} changes {write.rstrip('.')!r} without declaring it in writes"


@contextmanager
def blaming(plugin: str, hook: str) -> Iterator[None]:
    """Turn whatever a plugin's code raises into one sentence that names plugin and hook."""
    try:
        yield
    except PluginError:
        raise
    except (Exception, SystemExit) as cause:  # a stranger's code may raise anything; the run must say whose it was
        raise blamed(plugin, hook, cause) from cause


def blamed(plugin: str, hook: str, cause: BaseException) -> PluginError:
    """What a plugin's code raised as one sentence that names plugin and hook."""
    text = " ".join(str(cause).split())
    return PluginError(f"plugin {plugin}: {hook} raised {type(cause).__name__}: {text}")


class Stopwatch:
    """Time spent in plugins' own code.

    Attributes:
        seconds: so far, by name of what they offer.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def asking(self, plugin: str, hook: str) -> Iterator[None]:
        """Count the time of one call, and turn whatever it raises into one sentence that names plugin and hook."""
        began = perf_counter()
        try:
            with blaming(plugin, hook):
                yield
        finally:
            self.seconds[plugin] = self.seconds.get(plugin, 0.0) + perf_counter() - began


def made(
    offer: type[Made],
    params: Settings,
    evidence: Mapping[str, float],
    activities: Sequence[Activity] = CORE_ACTIVITIES,
) -> Made:
    """The offer with these settings, or ``PluginError``."""
    with blaming(offer.name, "__init__"):
        own = offer(params, evidence)
    own.activities = {a.name: a for a in activities}
    return own


def checked_harms(plugin: Intervention) -> list[Harm]:
    """What can go wrong with it, each with a probability from 0 to 1, or ``PluginError``."""
    with blaming(plugin.name, "harms"):
        harms = list(plugin.harms())
        for harm in harms:
            if not callable(harm.daily_probability):
                checked_probability(plugin, "harms", harm.event, harm.daily_probability, 1)
        return harms


def checked_probability(plugin: Offer, hook: str, event: str, value: Any, count: int) -> NDArray[np.float64]:
    """The probability of an event for everybody, or ``PluginError``."""
    array = _numbers(plugin, f"{hook} gave {event} the probability", value, count)
    wrong = array[~((array >= 0) & (array <= 1))]
    if len(wrong):
        raise PluginError(f"plugin {plugin.name}: {hook} gave {event} the probability {wrong[0]}, expected 0 to 1")
    return array


def checked_choice(plugin: Offer, hook: str, value: Any, shape: tuple[int, ...], choices: int) -> NDArray[np.int64]:
    """Everybody's choice, from 0 to one less than there are, or ``PluginError``."""
    array = np.asarray(value)
    if array.shape != shape or not np.issubdtype(array.dtype, np.integer):
        raise PluginError(
            f"plugin {plugin.name}: {hook} returned {array.dtype} of shape {array.shape}, "
            f"expected whole numbers of shape {shape}"
        )
    if array.size and not (array.min() >= 0 and array.max() < choices):
        raise PluginError(f"plugin {plugin.name}: {hook} must lie between 0 and {choices - 1}")
    return array.astype(np.int64)


def checked_tags(plugin: Intervention, value: Any) -> frozenset[str]:
    """Tags of activities, or ``PluginError``."""
    with blaming(plugin.name, "during"):
        return frozenset(value)


def checked_mask(plugin: Offer, hook: str, value: Any, people: int) -> NDArray[np.bool_]:
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
    array = _numbers(plugin, "blood returned", value, people)
    if not (np.isfinite(array).all() and (array >= 0).all()):
        raise PluginError(f"plugin {plugin.name}: blood returned a negative factor or one that is not a number")
    return array


def checked_wall(plugin: Intervention, value: Any, people: int) -> NDArray[np.float64]:
    """A finite hazard ratio of at least one for every leg, ``(2, N)``, or ``PluginError``."""
    with blaming(plugin.name, "wall"):
        array = np.asarray(value, dtype=np.float64)
    if array.shape not in ((), (2, people)):
        raise PluginError(
            f"plugin {plugin.name}: wall returned shape {array.shape}, expected a number or (2, {people}) "
            "for the people it was given"
        )
    if not (np.isfinite(array).all() and (array >= 1).all()):
        raise PluginError(f"plugin {plugin.name}: wall returned a ratio below 1 or one that is not a number")
    return np.broadcast_to(array, (2, people))


def _numbers(plugin: Offer, what: str, value: Any, people: int) -> NDArray[np.float64]:
    """A number for everybody, given as one or as ``(N,)``, or ``PluginError``."""
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as cause:
        raise blamed(plugin.name, what.split(" ", maxsplit=1)[0], cause) from cause
    if array.shape == (people,):
        return array
    if array.shape != ():
        raise PluginError(
            f"plugin {plugin.name}: {what} shape {array.shape}, expected a number or ({people},) "
            "for the people it was given"
        )
    return np.full(people, array)


def checked_fit(plugin: Intervention, fit: Fit, people: int) -> dict[str, NDArray[np.float64]]:
    """Declared, finite effects within their ranges, or ``PluginError``."""
    checked = {}
    with blaming(plugin.name, "fit"):
        effects = dict(fit)
    for name, value in effects.items():
        if f"leg.{name}" not in plugin.writes:
            raise PluginError(f"plugin {plugin.name}: fit changes leg.{name} without declaring it in writes")
        with blaming(plugin.name, "fit"):
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


def checked_care(plugin: Intervention, care: Any, people: int) -> dict[str, NDArray[np.float64]]:
    """Declared, finite effects on care within their ranges, ``(N,)`` by name, or ``PluginError``."""
    checked = {}
    with blaming(plugin.name, "care"):
        effects = dict(care)
    for name, value in effects.items():
        if f"care.{name}" not in plugin.writes:
            raise PluginError(f"plugin {plugin.name}: care changes care.{name} without declaring it in writes")
        array, known = _numbers(plugin, f"care returned {name} of", value, people), CARE_EFFECTS[name]
        if not ((array >= known.low) & (array <= known.high)).all():
            raise PluginError(
                f"plugin {plugin.name}: care.{name} must lie between {known.low:g} and {known.high:g} {known.unit}"
            )
        checked[name] = array
    return checked


def checked_day(
    plugin: Offer, day: Sequence[Bout], codes: Mapping[str, int], hook: str = "edit_day"
) -> list[tuple[int, int]]:
    """A day that a plugin made, in activity codes, or ``PluginError``."""
    try:
        bouts = [(codes[name], int(minutes)) for name, minutes in day]
        lengths = [minutes for _, minutes in bouts]
        if sum(lengths) == MINUTES_PER_DAY == sum([minutes for _, minutes in day]) and min(lengths) >= 0:
            return bouts
    except KeyError:
        pass
    raise PluginError(f"plugin {plugin.name}: {hook} {_day_problem(day, codes)}")


def _day_problem(day: Sequence[Bout], codes: Mapping[str, int]) -> str:
    """What is wrong with a day that is."""
    for name, minutes in day:
        if name not in codes:
            return f"uses the unknown activity {name!r}"
        if int(minutes) != minutes or minutes < 0:
            return f"gave {name} {minutes} minutes, expected a whole number"
    return f"returned a day of {sum(minutes for _, minutes in day)} minutes, expected {MINUTES_PER_DAY}"
