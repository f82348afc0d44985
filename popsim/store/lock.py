"""One coordinator for each run folder.

The kernel holds the lock (``flock``) for as long as the process lives, so ``kill -9`` leaves nothing to clear: the pid
written in the file only tells people who holds it. Forked workers let go of their copy at once, so that orphans of a
killed coordinator do not keep its run locked.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
from contextlib import contextmanager
from time import sleep
from typing import TYPE_CHECKING, Any

from popsim.store.errors import StoreError, explained

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ATTEMPTS, _PAUSE_S = 20, 0.01
_held: set[int] = set()


def _let_go_in_child() -> None:
    for descriptor in _held:
        os.close(descriptor)
    _held.clear()


os.register_at_fork(after_in_child=_let_go_in_child)


@contextmanager
def held_lock(path: Path) -> Iterator[None]:
    """Hold the lock file; a second holder gets a ``StoreError`` that names the first."""
    with explained("lock", path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    _held.add(descriptor)
    try:
        _take(descriptor, path)
        yield
    finally:
        if descriptor in _held:
            _held.discard(descriptor)
            os.close(descriptor)


def _take(descriptor: int, path: Path) -> None:
    if not _locked_soon(descriptor):
        holder = _holder(path)
        raise StoreError(
            f"the run in {path.parent} is being worked on by process {holder.get('pid', 'unknown')} on "
            f"{holder.get('host', 'an unknown host')}; wait until it ends, or stop it"
        )
    with explained("lock", path):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "host": socket.gethostname()}).encode(), 0)


def _locked_soon(descriptor: int) -> bool:
    """Try for a fifth of a second: someone who only asks whether the lock is held has it for some microseconds."""
    for _ in range(_ATTEMPTS):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sleep(_PAUSE_S)
        else:
            return True
    return False


def _holder(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def is_held(path: Path) -> bool:
    """Whether a living process holds the lock. Needs no right to write, and takes it for a moment at most."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
