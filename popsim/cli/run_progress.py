"""How far a run is: a bar where somebody watches, lines where the output is kept."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from popsim.cli.output import console, note

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.progress import Progress as RichBar

    from popsim.runs.progress import Progress

_LINES = 10


def progress_on_stderr(*, quiet: bool) -> Progress:
    """The progress that fits where standard error goes."""
    from popsim.runs.progress import SilentProgress  # noqa: PLC0415 - after the options are read

    if quiet:
        return SilentProgress()
    return BarProgress() if console(err=True).is_terminal else LineProgress()


class BarProgress:
    """A bar with people-days per second and the time that is left."""

    def __init__(self) -> None:
        self._bar = _bar()
        self._task = self._bar.add_task("living", total=None, speed="")
        self._began = monotonic()

    def start(self, total_person_days: int) -> None:
        """Show the bar."""
        self._began = monotonic()
        self._bar.update(self._task, total=total_person_days)
        self._bar.start()

    def advance(self, person_days: int) -> None:
        """Move the bar."""
        self._bar.advance(self._task, person_days)
        done = self._bar.tasks[0].completed
        self._bar.update(self._task, speed=speed_text(done, monotonic() - self._began))

    def message(self, text: str) -> None:
        """A line above the bar."""
        self._bar.console.print(text, markup=False)

    def finish(self) -> None:
        """Leave the bar as it stands."""
        self._bar.stop()


class LineProgress:
    """A line at every tenth of the way, for logs."""

    def __init__(self, say: Callable[[str], None] = note, clock: Callable[[], float] = monotonic) -> None:
        self._say, self._clock = say, clock
        self._total = self._done = self._tenths = 0
        self._began = 0.0

    def start(self, total_person_days: int) -> None:
        """Say how much there is to do."""
        self._total, self._began = total_person_days, self._clock()
        self._say(f"{total_person_days:,} people-days to live")

    def advance(self, person_days: int) -> None:
        """Say so when another tenth is done."""
        self._done += person_days
        tenths = self._done * _LINES // self._total if self._total else _LINES
        if tenths > self._tenths:
            self._tenths = tenths
            speed = speed_text(self._done, self._clock() - self._began)
            self._say(f"{100 * tenths // _LINES} % ({self._done:,} people-days{', ' + speed if speed else ''})")

    def message(self, text: str) -> None:
        """Say it."""
        self._say(text)

    def finish(self) -> None:
        """Nothing more to say."""


def speed_text(person_days: float, seconds: float) -> str:
    """People-days per second in three digits, empty before there is a time to divide by."""
    if seconds <= 0:
        return ""
    speed = person_days / seconds
    for limit, unit in ((1e6, " million"), (1e3, " thousand")):
        if speed >= limit:
            return f"{speed / limit:.3g}{unit} people-days a second"
    return f"{speed:.3g} people-days a second"


def _bar() -> RichBar:
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    return Progress(
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[speed]}"),
        TextColumn("time left"),
        TimeRemainingColumn(),
        console=console(err=True),
    )
