"""A run that is killed, interrupted or half lost goes on where it was, and ends with the numbers it would have had."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path

import pytest

from popsim.errors import PopsimError
from popsim.runs.progress import SilentProgress
from popsim.runs.running import run
from popsim.runs.scenario import Scenario
from popsim.store import RunFolder, logical_hash, verify

ARMS = '[[arms]]\nname = "breaks"\n[arms.plugins.walking-breaks]\ncoverage = 0.8\n'
MORE = '\n[evidence]\n"clots.base_hazard_per_leg_day" = 1e-3\n'
SHARDS = 10
PATIENCE_S = 120

RUN = f"""
import sys
from pathlib import Path
from popsim.runs.running import run
if __name__ == "__main__":
    file, out, engine, resume = sys.argv[1:]
    run(file, out=out, engine=engine, workers=2, shards={SHARDS}, resume=Path(resume) if resume else None)
"""


@pytest.fixture(scope="module")
def file(small_text, tmp_path_factory):
    """The scenario as a file, as processes of their own need it."""
    path = tmp_path_factory.mktemp("scenario") / "small.toml"
    path.write_text(small_text(people=1200, days=10, arms=ARMS, more=MORE), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def wanted(file, tmp_path_factory):
    """The hash of the run that nothing happened to."""
    return logical_hash(run(file, out=tmp_path_factory.mktemp("whole"), engine="inline").database)


def start(file, folder, engine, resume=""):
    script = folder / "start_run.py"
    script.write_text(RUN, encoding="utf-8")
    command = [sys.executable, str(script), str(file), str(folder / "runs"), engine, str(resume)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)


def wait_for_shards(process, folder, count):
    """The run's folder, once so many shards are on disk and the process is still at work."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        done = list((folder / "runs").glob("[!.]*/shards/s??????.json"))  # a run in the making has a dot, then vanishes
        if len(done) >= count:
            assert process.poll() is None, "the run was over before it could be killed"
            return done[0].parents[1]
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.002)
    raise AssertionError("no shard was committed")


def children_of(pid):
    """Processes started by this one that are workers, by their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                command = (entry / "cmdline").read_bytes()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if parent == pid and b"spawn_main" in command:
                found.append(int(entry.name))
    return found


def gone(pid):
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        try:
            if (Path(f"/proc/{pid}/stat").read_text()).rpartition(")")[2].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.05)
    return False


def finish(file, folder):
    """Resume, and return the hash of what comes of it."""
    before = len(RunFolder.open(folder).committed())
    result = run(file, resume=folder, engine="inline")
    assert result.path == folder
    assert 0 < before < SHARDS
    assert verify(folder) == []
    assert verify(result.database) == []
    return logical_hash(result.database)


def test_a_run_killed_outright_resumes_to_the_same_numbers(file, wanted, tmp_path):
    process = start(file, tmp_path, "inline")
    folder = wait_for_shards(process, tmp_path, 3)
    process.kill()
    process.communicate()
    assert not RunFolder.open(folder).locked
    assert finish(file, folder) == wanted


def test_a_run_killed_twice_resumes_twice(file, wanted, tmp_path):
    process = start(file, tmp_path, "inline")
    folder = wait_for_shards(process, tmp_path, 2)
    process.kill()
    process.communicate()
    process = start(file, tmp_path, "inline", resume=folder)
    wait_for_shards(process, tmp_path, 5)
    process.kill()
    process.communicate()
    assert finish(file, folder) == wanted


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
def test_when_the_coordinator_is_killed_its_workers_stop_too(file, wanted, tmp_path):
    process = start(file, tmp_path, "process")
    folder = wait_for_shards(process, tmp_path, 1)
    workers = children_of(process.pid)
    assert len(workers) == 2
    process.kill()
    process.communicate()
    left = [pid for pid in workers if not gone(pid)]
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert left == []
    assert finish(file, folder) == wanted


class KillOneWorker(SilentProgress):
    """Kills a worker process after the first shard is done."""

    def __init__(self):
        self.messages, self.killed, self.lived = [], None, 0

    def advance(self, person_days):
        self.lived += person_days
        if self.killed is None:
            self.killed = multiprocessing.active_children()[0].pid
            os.kill(self.killed, signal.SIGKILL)

    def message(self, text):
        self.messages.append(text)


def test_the_shard_of_a_killed_worker_is_lived_again(file, wanted, tmp_path):
    progress = KillOneWorker()
    result = run(file, out=tmp_path, engine="process", workers=2, shards=SHARDS, progress=progress)
    assert progress.killed is not None
    assert "a worker process died; its shard is lived again" in progress.messages
    assert progress.lived == result.person_days == 1200 * 10 * 2
    assert logical_hash(result.database) == wanted
    assert multiprocessing.active_children() == []


class KillEveryWorker(KillOneWorker):
    """Kills whatever works, again and again."""

    def start(self, total_person_days):
        import threading

        self.over = threading.Event()
        threading.Thread(target=self._kill, daemon=True).start()

    def finish(self):
        self.over.set()

    def _kill(self):
        while not self.over.wait(0.02):
            for child in multiprocessing.active_children():
                try:
                    os.kill(child.pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue


def test_a_run_whose_workers_keep_dying_gives_up_with_advice(file, tmp_path):
    with pytest.raises(PopsimError, match=r"worker processes died 6 times.*--workers 1.*--resume"):
        run(file, out=tmp_path, engine="process", workers=2, shards=SHARDS, progress=KillEveryWorker())
    folder = next(path for path in tmp_path.iterdir() if path.is_dir())
    assert RunFolder.open(folder).status["state"] == "failed"
    assert not RunFolder.open(folder).locked


@pytest.mark.parametrize("engine", ["inline", "process"])
def test_ctrl_c_stops_a_run_that_can_be_resumed(file, wanted, tmp_path, engine):
    process = start(file, tmp_path, engine)
    folder = wait_for_shards(process, tmp_path, 2)
    os.killpg(process.pid, signal.SIGINT)
    _, error = process.communicate(timeout=PATIENCE_S)
    assert process.returncode != 0
    assert error.count("Traceback") <= 1, error
    assert RunFolder.open(folder).status["state"] == "stopped"
    assert not RunFolder.open(folder).locked
    assert finish(file, folder) == wanted


def test_ctrl_c_in_the_middle_of_something_python_was_handling_is_reported_alone(file, tmp_path):
    class Busy(SilentProgress):
        def advance(self, person_days):
            try:
                raise OSError("not there, try elsewhere")
            except OSError:
                signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt) as stopped:
        run(file, out=tmp_path, engine="inline", shards=SHARDS, progress=Busy())
    assert "".join(traceback.format_exception(stopped.value)).count("Traceback") == 1


@pytest.fixture(scope="module")
def done(small_text, tmp_path_factory):
    """A finished run of a few people, and its scenario."""
    text = small_text(people=60, days=2, arms=ARMS)
    out = tmp_path_factory.mktemp("done")
    return text, run(Scenario.from_text(text), out=out, engine="inline", shards=3)


def resumed(text, result, **changes):
    return run(Scenario.from_text(text), resume=result.path, engine="inline", **changes)


def test_resuming_a_finished_run_lives_nothing_and_says_the_same(done):
    text, result = done
    again = resumed(text, result)
    assert again.person_days == 0
    assert logical_hash(again.database) == logical_hash(result.database)
    assert RunFolder.open(result.path).status["state"] == "complete"


PLUGIN = """
from popsim.hooks import Intervention, hookimpl
class Mine(Intervention):
    name = "walking-%s"
    label = "Mine"
@hookimpl
def popsim_interventions():
    return [Mine]
"""
CHANGES = {
    "another seed": (lambda text: text, {"seed": 9}, "seed"),
    "more people": (lambda text: text, {"people": 61}, "people"),
    "more days": (lambda text: text, {"days": 3}, "days"),
    "other coverage": (lambda text: text.replace("coverage = 0.8", "coverage = 0.9"), {}, "scenario text changed"),
    "another title": (lambda text: text.replace("A small town", "A big town"), {}, "scenario text changed"),
    "other evidence": (lambda text: text + MORE, {}, "scenario text changed"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_run_is_not_resumed_with_anything_changed_that_decides_its_numbers(done, change):
    text, result = done
    alter, options, named = CHANGES[change]
    before = logical_hash(result.path)
    with pytest.raises(PopsimError, match=f"cannot resume .*{named}.*start a new run instead") as caught:
        resumed(alter(text), result, **options)
    assert "\n" not in str(caught.value)
    assert logical_hash(result.path) == before


def plugin(folder, version):
    folder.mkdir(exist_ok=True)
    (folder / "mine.py").write_text(PLUGIN % "mine" + f"# {version}\n", encoding="utf-8")
    return folder


def test_a_run_is_not_resumed_with_another_version_of_a_plugin_it_uses(small_text, tmp_path):
    folder = plugin(tmp_path / "plugins", 1)
    text = small_text(people=40, days=2, arms="[arms.plugins.walking-mine]\n")
    result = run(Scenario.from_text(text), out=tmp_path, engine="inline", plugins_dir=folder)
    resumed(text, result, plugins_dir=folder)
    plugin(folder, 2)
    with pytest.raises(PopsimError, match=r"cannot resume .*plugin 'walking-mine' changed.*hash"):
        resumed(text, result, plugins_dir=folder)


def test_a_plugin_that_the_run_does_not_use_may_come_and_go(done, tmp_path):
    text, result = done
    assert resumed(text, result, plugins_dir=plugin(tmp_path / "plugins", 1)).person_days == 0


def test_a_shard_spoilt_on_disk_is_lived_again(done):
    text, result = done
    before = logical_hash(result.database)
    spoilt = sorted((result.path / "shards").glob("s000001.*.parquet"))[0]
    spoilt.write_bytes(spoilt.read_bytes()[:-7] + b"nothing")
    assert verify(result.path)
    again = resumed(text, result)
    assert again.person_days == 20 * 2 * 2
    assert verify(result.path) == []
    assert logical_hash(again.database) == before


def test_only_one_coordinator_works_on_a_run(done):
    text, result = done
    with RunFolder.open(result.path).lock(), pytest.raises(PopsimError, match=str(os.getpid())):
        resumed(text, result)


def test_resuming_what_is_no_run_is_refused(done, tmp_path):
    text, _ = done
    with pytest.raises(PopsimError, match="is not a run folder"):
        run(Scenario.from_text(text), resume=tmp_path, engine="inline")


def test_more_shards_than_people_are_refused(done, tmp_path):
    text, _ = done
    with pytest.raises(PopsimError, match="cannot cut 60 people into 61 shards"):
        run(Scenario.from_text(text), out=tmp_path, shards=61)


def test_an_unknown_engine_is_refused(done, tmp_path):
    text, _ = done
    with pytest.raises(PopsimError, match="unknown engine 'quantum', expected one of process, inline"):
        run(Scenario.from_text(text), out=tmp_path, engine="quantum")


@pytest.mark.parametrize("part", [(0, 3), (4, 3), (1, 0)])
def test_a_slice_that_does_not_exist_is_refused(done, tmp_path, part):
    text, _ = done
    with pytest.raises(PopsimError, match="part"):
        run(Scenario.from_text(text), out=tmp_path, engine="inline", part=part)


@pytest.mark.parametrize("shards", [0, -1])
def test_no_shards_at_all_are_refused(done, tmp_path, shards):
    text, _ = done
    with pytest.raises(PopsimError, match="shards"):
        run(Scenario.from_text(text), out=tmp_path, engine="inline", shards=shards)
