"""Disks that are full, read-only or limited, for real: small file systems mounted in a namespace of the test's own."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "store"))

from store_example import example_provenance

from popsim.store import RunFolder, StoreError

STORE_TESTS = Path(__file__).parents[1] / "store"
ROOT = Path(__file__).parents[2]

PREAMBLE = f"""
import os, subprocess, sys
from pathlib import Path
sys.path[:0] = [{str(STORE_TESTS)!r}, {str(ROOT)!r}]
import numpy as np
from store_example import commit_example, example_provenance, example_tables, write_example
from popsim.store import Results, RunFolder, StoreError, logical_hash, pack, verify

def mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)

def refused(action, *words):
    try:
        action()
    except StoreError as err:
        assert "\\n" not in str(err), err
        for word in words:
            assert word in str(err), (word, str(err))
        return
    raise AssertionError("nothing was refused")
"""


def at(root, story):
    """The story, told below this folder."""
    return f"root = Path({str(root)!r})\n" + textwrap.dedent(story)


def complaints(command, body):
    """What a script has to complain about: nothing, where it ran to its end."""
    script = PREAMBLE + body
    done = subprocess.run([*command, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr or f"exit status {done.returncode}"


@pytest.fixture
def complaints_when_mounting():
    """Run a script that may mount file systems without anyone else seeing them."""
    private = ["unshare", "--mount", "--map-root-user"]
    try:
        mounting = subprocess.run([*private, "mount", "-t", "tmpfs", "tmpfs", "/tmp"], capture_output=True, check=False)
        allowed = mounting.returncode == 0
    except FileNotFoundError:
        allowed = False
    if not allowed:
        pytest.skip("this system does not let a test mount file systems in a namespace of its own")
    return lambda body: complaints([*private, sys.executable], body)


def test_a_full_disk_loses_no_committed_shard(tmp_path, complaints_when_mounting):
    story = """
        mount("-t", "tmpfs", "-o", "size=512k", "tmpfs", str(root))
        folder = write_example(root, only=[0])
        filler = root / "filler"
        with filler.open("wb", buffering=0) as file:
            while file.write(b"x" * 4096) == 4096 and os.statvfs(root).f_bavail > 2:
                pass
        refused(lambda: commit_example(folder, 1), "cannot write", "the disk is full; free some space")
        refused(lambda: folder.write_status({"text": "x" * 20000}), "the disk is full")
        refused(lambda: RunFolder.create(root, "second", example_provenance()), "the disk is full")
        assert not (root / "second").exists()
        assert [path.name for path in root.iterdir() if path.name.startswith(".")] == []
        assert folder.missing(check_hashes=True) == [1, 2, 3]
        filler.unlink()
        for index in folder.missing():
            commit_example(folder, index)
        assert verify(folder.path) == []
        """
    assert complaints_when_mounting(at(tmp_path, story)) == ""


def test_a_disk_that_fills_while_packing_keeps_the_older_file(tmp_path, complaints_when_mounting):
    story = """
        folder = write_example(root / "runs")
        small = root / "small"
        small.mkdir()
        mount("-t", "tmpfs", "-o", "size=6m", "tmpfs", str(small))
        out = pack([folder.path], small / "results.duckdb")
        with (small / "filler").open("wb") as file:
            file.write(b"x" * (os.statvfs(small).f_bavail * 4096 - 300_000))
        refused(lambda: pack([folder.path], out), "the disk is full; free some space")
        assert sorted(path.name for path in small.iterdir()) == ["filler", "results.duckdb"]
        assert verify(out) == []
        """
    assert complaints_when_mounting(at(tmp_path, story)) == ""


def test_a_read_only_folder_can_be_read_but_not_written(tmp_path, complaints_when_mounting):
    story = """
        folder = write_example(root / "runs", only=[0])
        packed = pack([folder.path], allow_partial=True)
        sound = logical_hash(packed)
        mount("--bind", str(root / "runs"), str(root / "runs"))
        mount("-o", "remount,ro,bind", str(root / "runs"))
        refused(lambda: commit_example(folder, 1), "the folder is read-only; choose another place")
        refused(lambda: commit_example(folder, 0), "the folder is read-only; choose another place")
        refused(lambda: folder.write_status({}), "the folder is read-only")
        refused(lambda: RunFolder.create(root / "runs", "new", example_provenance()), "the folder is read-only")
        refused(lambda: folder.lock().__enter__(), "cannot lock", "the folder is read-only")
        refused(lambda: pack([folder.path], allow_partial=True), "the folder is read-only")
        assert verify(folder.path) == verify(packed) == []
        assert logical_hash(folder.path) == logical_hash(packed) == sound
        """
    assert complaints_when_mounting(at(tmp_path, story)) == ""


def test_a_limit_on_file_sizes_is_explained(tmp_path):
    story = """
        import resource
        folder = write_example(root, only=[0])
        resource.setrlimit(resource.RLIMIT_FSIZE, (2048, resource.RLIM_INFINITY))
        refused(lambda: commit_example(folder, 1), "larger than this process or file system allows")
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert [path.name for path in folder.shards_path.iterdir() if path.suffix == ".tmp"] == []
        commit_example(folder, 1)
        assert folder.missing(check_hashes=True) == [2, 3]
        """
    assert complaints([sys.executable], at(tmp_path, story)) == ""


def test_a_place_where_nothing_can_be_made_is_explained():
    with pytest.raises(StoreError, match=r"^cannot create /proc/runs/first: no such file or folder$"):
        RunFolder.create(Path("/proc/runs"), "first", example_provenance())


def test_a_file_where_a_folder_should_be_is_explained(tmp_path):
    (tmp_path / "runs").write_text("not a folder")
    with pytest.raises(StoreError, match="part of the path is a file, not a folder"):
        RunFolder.create(tmp_path / "runs" / "deep", "first", example_provenance())
