"""Files that are either whole or absent: temporary file, fsync, rename; and JSON that notices a changed byte."""

from __future__ import annotations

import hashlib
import json
import os
from shutil import rmtree
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from popsim.store.errors import StoreError, explained

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TEMPORARY_SUFFIX = ".tmp"
_CHUNK_BYTES = 1 << 20


def temporary_beside(path: Path) -> Path:
    """A fresh hidden name in the same folder, so that the later rename stays on one file system."""
    return path.with_name(f".{path.name}.{uuid4().hex}{TEMPORARY_SUFFIX}")


def write_atomically(path: Path, content: bytes | memoryview, *, durable: bool = True) -> None:
    """Write a file that appears under its name only when complete.

    Args:
        path: the final name; an older file of that name is replaced.
        content: all of it.
        durable: wait until the disk has it, so that it survives a power cut.
    """
    temporary = temporary_beside(path)
    with explained("write", path):
        try:
            with temporary.open("xb") as file:
                file.write(content)
                if durable:
                    file.flush()
                    os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        if durable:
            sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on disk, not only the files behind them."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Wait until a file written by someone else is on disk."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    digest = hashlib.sha256()
    with explained("read", path), path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def canonical_json(document: Any) -> str:
    """The one spelling of a JSON document that hashes are taken of: sorted keys, no spaces, no NumPy."""
    try:
        return json.dumps(
            document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain
        )
    except (TypeError, ValueError) as err:
        raise StoreError(f"a run's record must hold only text, finite numbers, lists and mappings ({err})") from err


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    if hasattr(value, "items"):
        return dict(value.items())
    raise TypeError(f"got a {type(value).__name__}")


def fingerprint(document: Any) -> str:
    """SHA-256 of a document's canonical JSON."""
    return hashlib.sha256(canonical_json(document).encode()).hexdigest()


def write_sealed(path: Path, document: Mapping[str, Any]) -> None:
    """Write a JSON document with its own hash inside, as ``read_sealed`` expects it."""
    plain = json.loads(canonical_json(document))
    sealed = {**plain, "sha256": fingerprint(plain)}
    write_atomically(path, (json.dumps(sealed, indent=1, ensure_ascii=False) + "\n").encode())


def read_sealed(path: Path) -> dict[str, Any]:
    """Read a document of ``write_sealed``; a byte changed since is a ``StoreError``."""
    document = read_json(path)
    seal = document.pop("sha256", None)
    if seal != fingerprint(document):
        raise StoreError(f"{path} was changed after it was written: its hash does not match")
    return document


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object; anything else is a ``StoreError``."""
    with explained("read", path):
        raw = path.read_bytes()
    try:
        document = json.loads(raw)
    except ValueError as err:
        raise StoreError(f"{path} is damaged: it is not valid JSON") from err
    if not isinstance(document, dict):
        raise StoreError(f"{path} is damaged: expected a JSON object")
    return document


def remove_temporaries(folder: Path) -> None:
    """Clear what interrupted writers left behind, with DuckDB's log and sorting folder beside a draft."""
    with explained("tidy", folder):
        for entry in list(folder.iterdir()):
            if not (entry.name.startswith(".") and TEMPORARY_SUFFIX in entry.suffixes):
                continue
            if entry.is_dir() and not entry.is_symlink():
                rmtree(entry, ignore_errors=True)
            else:
                entry.unlink(missing_ok=True)
