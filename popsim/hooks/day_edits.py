"""Ready-made edits of days: an intervention lists them in ``edits``, and many days are edited at once.

Each says what it does in plain Python (``edited``), which ``Intervention.edit_day`` uses, and gives the same as numbers
(``coded``) to the compiled ``edit_kernel``; a test holds one to the other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import index
from typing import TYPE_CHECKING, Protocol

from popsim.hooks.days import alternated, interrupted
from popsim.routines.bouts import MINUTES_PER_DAY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from popsim.hooks.offer import Bout
    from popsim.routines.activities import Activity

BREAKS, ALTERNATION, SHORTENING = range(3)
PASSED_OVER, ENDS_SITTING, COUNTS, INTERRUPTED = range(4)
"""What an activity is to breaks: nothing, an end of sitting, sitting that counts, sitting that is interrupted."""
CHOSEN = 1
"""What an activity is to the other edits, beside nothing."""


@dataclass(frozen=True)
class CodedEdit:
    """An edit in activity codes.

    Attributes:
        kind: which of the edits.
        numbers: its four whole numbers, as ``edit_kernel`` reads them.
        role: what each activity is to it, by code.
        instead: code of what takes each activity's place, by code.
        cycle: codes and minutes of a cycle of bouts.
    """

    kind: int
    numbers: tuple[int, int, int, int]
    role: Sequence[int]
    instead: Sequence[int]
    cycle: Sequence[tuple[int, int]] = ()

    def __post_init__(self) -> None:
        """Minutes are whole; ``TypeError`` otherwise."""
        for number in (*self.numbers, *(minutes for _, minutes in self.cycle)):
            index(number)

    @property
    def replaced(self) -> set[int]:
        """Codes of the activities in whose place others come; a day without any stays as it is."""
        if self.kind == ALTERNATION:
            return {self.numbers[0]}
        wanted = INTERRUPTED if self.kind == BREAKS else CHOSEN
        return {code for code, role in enumerate(self.role) if role == wanted}

    @property
    def brought(self) -> set[int]:
        """Codes of the activities that come in their place."""
        if self.kind == ALTERNATION:
            return {code for code, _ in self.cycle}
        return {self.instead[code] for code in self.replaced}


class DayEdit(Protocol):
    """What every ready-made edit offers."""

    def edited(self, day: Sequence[Bout], activities: Mapping[str, Activity]) -> list[Bout]:
        """The day edited."""
        ...

    def coded(self, activities: Mapping[str, Activity]) -> CodedEdit:
        """The same in codes, the places of ``activities``; ``KeyError`` for a name that is none of them."""
        ...


@dataclass(frozen=True)
class Breaks:
    """Long sitting is interrupted; the break takes the place of the sitting that would have followed.

    Attributes:
        doing: the activity of the break.
        every_min: minutes of sitting before a break.
        break_min: minutes of each break.
        during: tags of the seated activities that are interrupted, while awake.
        on_flight: what one does instead of ``doing`` on board; the same unless given.
        elsewhere_counts: whether sitting in other activities counts, and seated exercise is a break; else both leave
            the count as it is.
    """

    doing: str
    every_min: int
    break_min: int
    during: frozenset[str]
    on_flight: str = ""
    elsewhere_counts: bool = True

    def __post_init__(self) -> None:
        """Breaks that take no time would never end."""
        if self.every_min < 1 or self.break_min < 1:
            raise ValueError(f"expected breaks of at least 1 min (got {self.break_min} every {self.every_min})")

    def edited(self, day: Sequence[Bout], activities: Mapping[str, Activity]) -> list[Bout]:
        """The day with its breaks."""
        edited: list[Bout] = []
        seated = 0
        for name, minutes in day:
            role = self._role(activities[name])
            if role == INTERRUPTED:
                pause = self._doing(activities[name]), self.break_min
                seated = interrupted(edited, (name, minutes), pause, self.every_min, seated)
            else:
                edited.append((name, minutes))
                seated = {PASSED_OVER: seated, ENDS_SITTING: 0, COUNTS: seated + minutes}[role]
        return edited

    def coded(self, activities: Mapping[str, Activity]) -> CodedEdit:
        """Numbers: minutes before a break, minutes of the break."""
        code = {name: number for number, name in enumerate(activities)}
        role = [self._role(activity) for activity in activities.values()]
        instead = [code[self._doing(activity)] for activity in activities.values()]
        return CodedEdit(BREAKS, (self.every_min, self.break_min, 0, 0), role, instead)

    def _doing(self, activity: Activity) -> str:
        return self.on_flight if self.on_flight and "flight" in activity.tags else self.doing

    def _role(self, activity: Activity) -> int:
        tags = activity.tags
        if "seated" not in tags or (self.elsewhere_counts and "exercise" in tags):
            return ENDS_SITTING
        if "asleep" in tags or tags.isdisjoint(self.during):
            return COUNTS if self.elsewhere_counts else PASSED_OVER
        return INTERRUPTED


@dataclass(frozen=True)
class Alternation:
    """An activity is replaced by a cycle of bouts that runs on over all its bouts between two times of day.

    Attributes:
        activity: what is replaced.
        cycle: what replaces it, over and over; may contain the activity itself.
        from_min: first minute after 04:00.
        until_min: minute after 04:00 from which nothing more is replaced.
        only_with: only on days that hold one of these activities.
        only_without: only on days that hold none of these.
    """

    activity: str
    cycle: tuple[Bout, ...]
    from_min: int = 0
    until_min: int = MINUTES_PER_DAY
    only_with: frozenset[str] = field(default=frozenset())
    only_without: frozenset[str] = field(default=frozenset())

    def __post_init__(self) -> None:
        """A cycle that takes no time would never end; conditions exclude each other."""
        if sum(minutes for _, minutes in self.cycle) < 1 or min(minutes for _, minutes in self.cycle) < 0:
            raise ValueError(f"expected a cycle of at least 1 min (got {self.cycle})")
        if self.from_min > self.until_min:
            raise ValueError(f"expected from_min before until_min (got {self.from_min} and {self.until_min})")
        if self.only_with and self.only_without:
            raise ValueError("expected one of only_with and only_without")

    def edited(self, day: Sequence[Bout], activities: Mapping[str, Activity]) -> list[Bout]:
        """The day with the cycle in the activity's place."""
        names = {name for name, minutes in day if minutes}
        if (self.only_with and names.isdisjoint(self.only_with)) or names & self.only_without:
            return list(day)
        return alternated(day, self.activity, self.cycle, from_min=self.from_min, until_min=self.until_min)

    def coded(self, activities: Mapping[str, Activity]) -> CodedEdit:
        """Numbers: the activity, from and until when, and 1 or 2 when activities chosen must be there or must not."""
        code = {name: number for number, name in enumerate(activities)}
        chosen, condition = (self.only_with, 1) if self.only_with else (self.only_without, 2)
        role = [int(name in chosen) for name in activities]
        numbers = (code[self.activity], self.from_min, self.until_min, condition if chosen else 0)
        cycle = [(code[name], minutes) for name, minutes in self.cycle]
        return CodedEdit(ALTERNATION, numbers, role, [0] * len(role), cycle)


@dataclass(frozen=True)
class Shortening:
    """Of each bout of some activities, the last part is spent otherwise.

    Attributes:
        activities: what is shortened.
        instead: what is done in the rest of the time.
        one_in: one whole minute in so many is given up.
    """

    activities: frozenset[str]
    instead: str
    one_in: int

    def __post_init__(self) -> None:
        """Nobody gives up more than there is."""
        if self.one_in < 1:
            raise ValueError(f"expected one minute in at least 1 (got {self.one_in})")

    def edited(self, day: Sequence[Bout], activities: Mapping[str, Activity]) -> list[Bout]:
        """The day with these bouts shortened."""
        edited: list[Bout] = []
        for name, minutes in day:
            given_up = minutes // self.one_in if name in self.activities else 0
            edited += [bout for bout in ((name, minutes - given_up), (self.instead, given_up)) if bout[1]]
        return edited

    def coded(self, activities: Mapping[str, Activity]) -> CodedEdit:
        """Numbers: one minute in how many."""
        code = {name: number for number, name in enumerate(activities)}
        role = [int(name in self.activities) for name in activities]
        return CodedEdit(SHORTENING, (self.one_in, 0, 0, 0), role, [code[self.instead]] * len(role))
