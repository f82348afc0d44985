"""Watching a plugin's code at work: random generators, clocks, network, other programs, and files it writes."""

from __future__ import annotations

import datetime as dt
import gc
import os
import random
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import FrameType

RANDOM, CLOCK, NETWORK, FILES = "random numbers", "the clock", "the network", "files"
_AUDITED = {
    "socket.connect": NETWORK,
    "socket.getaddrinfo": NETWORK,
    "socket.bind": NETWORK,
    "socket.sendto": NETWORK,
    "subprocess.Popen": FILES,
    "os.system": FILES,
    "os.mkdir": FILES,
    "os.remove": FILES,
    "os.rename": FILES,
    "os.rmdir": FILES,
    "shutil.copyfile": FILES,
}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
_CLOCKS = {"now", "utcnow", "today"}


class Watch:
    """What code of certain files did that a plugin must not do.

    Attributes:
        seen: what was done, by kind: one of ``RANDOM``, ``CLOCK``, ``NETWORK`` and ``FILES``.
    """

    def __init__(self, *places: Path) -> None:
        self._places = tuple(str(place) for place in places)
        self.seen: dict[str, str] = {}

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch what is done meanwhile; only in this thread."""
        before = np.random.get_state(legacy=False)
        python = random.getstate()
        _WATCHES.append(self)
        _audit_once()
        sys.setprofile(self._profile)
        try:
            yield
        finally:
            sys.setprofile(None)
            _WATCHES.remove(self)
        if repr(np.random.get_state(legacy=False)) != repr(before):
            self.seen.setdefault(RANDOM, "numpy.random")
        if random.getstate() != python:
            self.seen.setdefault(RANDOM, "random")

    def _profile(self, frame: FrameType, event: str, called: Any) -> None:
        if event != "c_call":
            return
        kind = _kind_of(called)
        if kind and self._is_ours(frame):
            self.seen.setdefault(kind, str(getattr(called, "__qualname__", called)))

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        """What Python says about files, sockets and programs."""
        kind = _AUDITED.get(event)
        if event == "open":
            path, mode, flags = arguments
            writes = any(letter in "wax+" for letter in mode or "") or (isinstance(flags, int) and flags & _WRITING)
            kind = FILES if writes and "__pycache__" not in str(path) else None
        if kind and self._is_ours(sys._getframe(1)):
            self.seen.setdefault(kind, f"{event}{arguments[:2]!r}")

    def _is_ours(self, frame: FrameType | None) -> bool:
        """Whether code of the watched files is calling, itself or through others.

        Memory is cleared up while anybody's code runs: what is called on that occasion is not this code's doing.
        """
        clearing_up = {getattr(callback, "__code__", None) for callback in gc.callbacks}
        while frame is not None:
            if frame.f_code in clearing_up:
                return False
            if frame.f_code.co_filename.startswith(self._places):
                return True
            frame = frame.f_back
        return False


def _kind_of(called: Any) -> str | None:
    module, owner = getattr(called, "__module__", None), getattr(called, "__self__", None)
    name = getattr(called, "__name__", "")
    if module == "time" and name != "sleep":
        return CLOCK
    if isinstance(owner, type) and issubclass(owner, dt.date) and name in _CLOCKS:
        return CLOCK
    if module in {"posix", "nt"} and name == "urandom":
        return RANDOM
    return RANDOM if owner is random._inst else None


_WATCHES: list[Watch] = []
_AUDITING: list[bool] = []


def _audit_once() -> None:
    """Audit hooks can never be removed, so there is one, which tells those who watch at the time."""
    if not _AUDITING:
        _AUDITING.append(True)
        sys.addaudithook(_tell)


def _tell(event: str, arguments: tuple[Any, ...]) -> None:
    for watch in tuple(_WATCHES):
        watch.audit(event, arguments)
