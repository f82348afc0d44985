"""A run's folder: what it was made of, how far it is, and the shards that are safely on disk.

::

    <run id>/
      run.json                     provenance, written once, sealed with its own hash
      lock                         held by the coordinator while it works
      status.json                  progress, for people and dashboards
      shards/s000123.event.parquet one file a table
      shards/s000123.json          commit record, written last: a shard without one does not exist
"""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from shutil import rmtree
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from popsim.store.errors import StoreError, explained
from popsim.store.files import (
    TEMPORARY_SUFFIX,
    canonical_json,
    fingerprint,
    read_json,
    read_sealed,
    remove_temporaries,
    sync_folder,
    write_atomically,
    write_sealed,
)
from popsim.store.lock import held_lock, is_held
from popsim.store.provenance import checked_id, complete_provenance, provenance_fingerprint
from popsim.store.schema import SCHEMA_VERSION, Table, shard_table, tables_of
from popsim.store.shards import file_problem, known_codes, write_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

_RECORD = re.compile(r"s(\d{6})\.json")


class RunFolder:
    """One run on disk. Any process may read it; shards may be committed from several processes at once.

    Attributes:
        path: the folder.
        id: the run's id, the folder's name when it was made.
        provenance: what the run was made of (see ``popsim.store.provenance``).
        tables: that shards write, those of plugins' own too.
    """

    def __init__(self, path: Path, provenance: Mapping[str, Any]) -> None:
        self.path = path
        self.provenance: dict[str, Any] = dict(provenance)
        self.id: str = self.provenance["id"]
        self.tables: dict[str, Table] = tables_of(self.provenance)
        self._fingerprint = provenance_fingerprint(self.provenance)

    @classmethod
    def create(cls, root: Path, run_id: str, provenance: Mapping[str, Any]) -> RunFolder:
        """Make a new run below ``root``; it appears whole or not at all.

        Raises:
            StoreError: bad id, incomplete provenance, an existing run of that id, a folder that cannot be written.
        """
        path = root / checked_id(run_id)
        document = complete_provenance(run_id, provenance)
        draft = root / f".{run_id}.{uuid4().hex}{TEMPORARY_SUFFIX}"
        with explained("create", path):
            root.mkdir(parents=True, exist_ok=True)
            if path.exists():
                raise StoreError(f"{path} already exists; choose another run id, or resume that run")
            try:
                (draft / "shards").mkdir(parents=True)
                write_sealed(draft / "run.json", document)
                draft.rename(path)
            finally:
                rmtree(draft, ignore_errors=True)
            sync_folder(root)
        return cls(path, document)

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """Open an existing run; a damaged or newer one is a ``StoreError``."""
        if not (path / "run.json").is_file():
            raise StoreError(f"{path} is not a run folder: it has no run.json")
        document = read_sealed(path / "run.json")
        version = document.get("schema_version")
        if not isinstance(version, int) or version > SCHEMA_VERSION:
            raise StoreError(
                f"{path} was written by a newer popsim (schema {version}, this one knows {SCHEMA_VERSION}); "
                "update popsim"
            )
        return cls(path, document)

    @property
    def shards_path(self) -> Path:
        """The folder of shards and commit records."""
        return self.path / "shards"

    @property
    def shards_total(self) -> int:
        """Into how many shards the run's people are cut, over all slices."""
        return int(self.provenance["shards"])

    @property
    def status(self) -> dict[str, Any]:
        """The status last written; empty before the first, and where a power cut spoilt it: it only informs."""
        try:
            return read_json(self.path / "status.json")
        except StoreError:
            return {}

    @property
    def locked(self) -> bool:
        """Whether a coordinator is at work."""
        return is_held(self.path / "lock")

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be the only coordinator; a second one gets a ``StoreError`` naming the process that is."""
        with held_lock(self.path / "lock"):
            remove_temporaries(self.path)
            remove_temporaries(self.shards_path)
            yield

    def write_status(self, status: Mapping[str, Any]) -> None:
        """Replace the status; readers see the old or the new one, never half."""
        content = json.dumps(json.loads(canonical_json(status)), indent=1, ensure_ascii=False) + "\n"
        write_atomically(self.path / "status.json", content.encode(), durable=False)

    def commit_shard(
        self, index: int, tables: Mapping[str, Mapping[str, NDArray[Any]]], record: Mapping[str, Any]
    ) -> None:
        """Put one shard on disk for good. A crash before the end leaves the shard undone, never half done.

        Args:
            index: of the shard, from 0.
            tables: columns by table, as ``tables`` lists them; a table left out is empty.
            record: kept in the commit record: seconds, times of plugins.
        """
        if not 0 <= index < self.shards_total:
            raise StoreError(f"shard {index} is not one of the {self.shards_total} shards of run {self.id!r}")
        stem, known = f"s{index:06d}", known_codes(self.provenance)
        record_path = self.shards_path / f"{stem}.json"
        with explained("replace", record_path):
            record_path.unlink(missing_ok=True)
        entries = {
            name: write_table(
                self.shards_path / f"{stem}.{name}.parquet", shard_table(name, self.tables), columns, known
            )
            for name, columns in tables.items()
        }
        commit = {"schema_version": SCHEMA_VERSION, "index": index, "run": self._fingerprint}
        write_sealed(record_path, {**commit, "tables": entries, "record": record})

    def committed(self, *, check_hashes: bool = False) -> list[dict[str, Any]]:
        """Commit records of the shards that can be trusted, by index.

        Args:
            check_hashes: read every file and compare its hash, not only its size.
        """
        return self.inspect(check_hashes=check_hashes)[0]

    def missing(self, total: int | None = None, *, check_hashes: bool = False) -> list[int]:
        """Indices from 0 to ``total`` (default: all of the run) without a commit record that can be trusted."""
        done = {record["index"] for record in self.committed(check_hashes=check_hashes)}
        return [index for index in range(self.shards_total if total is None else total) if index not in done]

    def problems(self) -> list[str]:
        """One sentence for each commit record or file that cannot be trusted; reads everything."""
        return self.inspect(check_hashes=True)[1]

    def inspect(
        self, *, check_hashes: bool, known: Mapping[int, str] | None = None
    ) -> tuple[list[dict[str, Any]], list[str]]:
        """Trusted commit records, and what is wrong with the others.

        Args:
            check_hashes: read every file and compare its hash.
            known: seals by index of records whose files were read before and need not be read again.
        """
        records: list[dict[str, Any]] = []
        problems: list[str] = []
        for index in self._recorded():
            try:
                records.append(self._trusted_record(index, check_hashes, known or {}))
            except StoreError as err:
                problems.append(str(err))
        return records, problems

    def _recorded(self) -> list[int]:
        with explained("list", self.shards_path):
            names = [entry.name for entry in self.shards_path.iterdir()]
        return sorted(int(match[1]) for name in names if (match := _RECORD.fullmatch(name)))

    def _trusted_record(self, index: int, check_hashes: bool, known: Mapping[int, str]) -> dict[str, Any]:
        path = self.shards_path / f"s{index:06d}.json"
        record = read_sealed(path)
        if record["index"] != index or record["run"] != self._fingerprint:
            raise StoreError(f"{path} belongs to another run or shard")
        seal = fingerprint(record)
        unread = check_hashes and known.get(index) != seal
        for entry in record["tables"].values():
            problem = file_problem(self.shards_path, entry, check_hash=unread)
            if problem:
                raise StoreError(problem)
        return record | {"seal": seal}
