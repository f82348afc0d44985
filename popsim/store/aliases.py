"""Names of folders that DuckDB takes literally.

DuckDB reads ``*``, ``?`` and ``[`` in a path as a pattern even where a file of that very name exists, and would then
show another folder's rows. Folders with such names are reached through a link in a folder of our own.
"""

from __future__ import annotations

from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from popsim.store.errors import StoreError, explained

_PATTERN = frozenset("*?[")


class Aliases:
    """Links made as they are needed and removed together; use it with ``with``, or call ``close``."""

    def __init__(self) -> None:
        self._links: Path | None = None

    def of(self, folder: Path) -> Path:
        """The folder itself where its name is plain, else a link to it."""
        plain = folder.resolve()
        if not _PATTERN & set(str(plain)):
            return plain
        with explained("link to", plain):
            if self._links is None:
                self._links = Path(mkdtemp(prefix="popsim-")).resolve()
            link = self._links / str(len(list(self._links.iterdir())))
            if _PATTERN & set(str(link)):
                raise StoreError(f"neither {plain} nor the temporary folder {self._links} has a name without * ? [")
            link.symlink_to(plain, target_is_directory=True)
        return link

    def close(self) -> None:
        """Remove the links, never what they point at."""
        if self._links is not None:
            rmtree(self._links, ignore_errors=True)
            self._links = None

    def __enter__(self) -> Aliases:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
