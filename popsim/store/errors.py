"""What can go wrong with stored runs, said in one sentence each."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING

from popsim.errors import PopsimError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class StoreError(PopsimError):
    """A run cannot be written, read or trusted. The text is one sentence for the person who owns the run."""


_SENTENCES = {
    errno.ENOSPC: "the disk is full; free some space and resume the run",
    errno.EDQUOT: "the disk quota is used up; free some space and resume the run",
    errno.EFBIG: "the file would be larger than this process or file system allows",
    errno.EROFS: "the folder is read-only; choose another place for runs",
    errno.EACCES: "permission denied; choose a folder you may write to",
    errno.EPERM: "permission denied; choose a folder you may write to",
    errno.ENOENT: "no such file or folder",
    errno.ENOTDIR: "part of the path is a file, not a folder",
    errno.EISDIR: "this is a folder, not a file",
    errno.EIO: "the disk reports an input/output error",
}


@contextmanager
def explained(doing: str, path: Path) -> Iterator[None]:
    """Turn an ``OSError`` raised inside into a ``StoreError``: ``cannot <doing> <path>: <why, and what to do>``."""
    try:
        yield
    except OSError as err:
        why = _SENTENCES.get(err.errno or 0) or (err.strerror or str(err)).lower()
        raise StoreError(f"cannot {doing} {path}: {why}") from err
