"""Processes killed at any moment leave whole shards or none, and no lock."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "store"))

from store_example import commit_example, write_example

from popsim.store import RunFolder, StoreError, logical_hash, pack, verify

STORE_TESTS = Path(__file__).parents[1] / "store"
PREAMBLE = f"""
import os, sys, time
from pathlib import Path
sys.path[:0] = [{str(STORE_TESTS)!r}, {str(STORE_TESTS.parents[1])!r}]
from store_example import commit_example
from popsim.store import RunFolder, pack
folder = RunFolder.open(Path(sys.argv[1]))
"""


def started(folder, body):
    """A process at work on the run; it has said its first word when this returns."""
    process = subprocess.Popen(
        [sys.executable, "-c", PREAMBLE + textwrap.dedent(body), str(folder.path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "ready"
    return process


def killed(process):
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=30)
    process.stdout.close()


HOLD = """
with folder.lock():
    print("ready", flush=True)
    time.sleep(60)
"""


def test_a_second_coordinator_is_told_who_the_first_is(tmp_path):
    folder = write_example(tmp_path, only=[])
    first = started(folder, HOLD)
    try:
        assert folder.locked
        with pytest.raises(StoreError, match=f"is being worked on by process {first.pid} on "), folder.lock():
            pass
    finally:
        killed(first)


def test_the_lock_of_a_killed_coordinator_is_taken_over(tmp_path):
    folder = write_example(tmp_path, only=[])
    killed(started(folder, HOLD))
    assert not folder.locked
    with folder.lock():
        assert json.loads((folder.path / "lock").read_text())["pid"] == os.getpid()


def test_workers_that_outlive_their_coordinator_do_not_hold_its_lock(tmp_path):
    folder = write_example(tmp_path, only=[])
    coordinator = started(
        folder,
        """
        with folder.lock():
            worker = os.fork()
            if worker == 0:
                print("ready", flush=True)
                time.sleep(60)
                os._exit(0)
            Path(sys.argv[1], "worker.pid").write_text(str(worker))
            time.sleep(60)
        """,
    )
    pid_file = folder.path / "worker.pid"
    while not pid_file.exists() or not pid_file.read_text():
        os.sched_yield()
    worker = int(pid_file.read_text())
    try:
        coordinator.send_signal(signal.SIGKILL)
        coordinator.wait(timeout=30)
        os.kill(worker, 0)
        with folder.lock():
            assert folder.locked
    finally:
        os.kill(worker, signal.SIGKILL)
        coordinator.stdout.close()


@pytest.mark.parametrize("delay_s", [0.0, 0.002, 0.01, 0.03, 0.06, 0.1])
def test_a_kill_while_committing_leaves_whole_shards_or_none(tmp_path, delay_s):
    folder = write_example(tmp_path, shards=40, only=[])
    whole = logical_hash(write_example(tmp_path, "whole", shards=1).path)
    worker = started(
        folder,
        """
        with folder.lock():
            print("ready", flush=True)
            for index in range(40):
                commit_example(folder, index)
        """,
    )
    with pytest.raises(subprocess.TimeoutExpired):
        worker.wait(timeout=delay_s)
    killed(worker)
    resumed = RunFolder.open(folder.path)
    assert resumed.problems() == []
    with resumed.lock():
        for index in resumed.missing(check_hashes=True):
            commit_example(resumed, index)
    assert [path.name for path in resumed.shards_path.iterdir() if path.name.endswith(".tmp")] == []
    assert logical_hash(resumed.path) == whole
    assert verify(pack([resumed.path])) == []


@pytest.mark.parametrize("delay_s", [0.01, 0.05, 0.1])
def test_a_kill_while_packing_leaves_the_older_file_whole(tmp_path, delay_s):
    folder = write_example(tmp_path)
    packed = pack([folder.path])
    sound = logical_hash(packed)
    worker = started(
        folder,
        """
        print("ready", flush=True)
        while True:
            pack([folder.path])
        """,
    )
    with pytest.raises(subprocess.TimeoutExpired):
        worker.wait(timeout=delay_s)
    killed(worker)
    assert verify(packed) == []
    assert logical_hash(packed) == sound
    with folder.lock():
        assert sorted(path.name for path in folder.path.iterdir() if path.name.startswith(".")) == []
