"""``popsim dashboard``: for this machine only, telling nobody."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from time import monotonic, sleep
from typing import TYPE_CHECKING

import pytest
from cli_calls import popsim

from popsim.cli import dashboard
from popsim.errors import PopsimError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind((dashboard.HOST, 0))
        return int(trial.getsockname()[1])


class Streamlit:
    """Stands in for the server: keeps what it was started with."""

    def __init__(self, code: int = 0) -> None:
        self.code, self.command, self.env = code, [], {}

    def __call__(self, command: list[str], env: dict[str, str]) -> int:
        self.command, self.env = command, env
        return self.code


def test_it_serves_this_machine_only_and_sends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served = Streamlit()
    monkeypatch.setattr(dashboard, "_serve", served)
    port = free_port()
    result = popsim("dashboard", "--runs", str(tmp_path), "--port", str(port), "--no-browser")
    assert result.exit_code == 0, result.stderr
    assert f"http://127.0.0.1:{port}" in result.stdout
    assert {
        "--server.address=127.0.0.1",
        f"--server.port={port}",
        "--server.headless=true",
        "--browser.gatherUsageStats=false",
    } <= set(served.command)
    assert served.command[:4] == [sys.executable, "-m", "streamlit", "run"]
    assert served.env["POPSIM_RUNS"] == str(tmp_path.resolve())


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind((dashboard.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = popsim("dashboard", "--runs", str(tmp_path), "--port", str(port), "--no-browser")
    assert result.exit_code == 2
    assert result.stderr == f"port {port} cannot be used (address already in use); choose another with --port\n"


def test_a_folder_without_runs_is_told(tmp_path: Path) -> None:
    result = popsim("dashboard", "--runs", str(tmp_path / "none"), "--no-browser")
    assert result.exit_code == 2
    assert result.stderr == f"{tmp_path / 'none'}: expected a folder with runs; popsim run makes one\n"


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_a_port_that_cannot_be_is_told(port: str) -> None:
    assert popsim("dashboard", "--port", port).exit_code == 2


def test_a_server_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dashboard, "_serve", Streamlit(code=1))
    result = popsim("dashboard", "--runs", str(tmp_path), "--port", str(free_port()), "--no-browser")
    assert result.exit_code == 2
    assert result.stderr == "Streamlit ended with status 1; its message is above\n"


def test_an_installation_without_the_dashboard_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dashboard, "find_spec", lambda name: None)
    with pytest.raises(PopsimError, match="not part of this installation"):
        dashboard.app_path()


def test_the_browser_opens_when_the_page_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(dashboard.webbrowser, "open", opened.append)
    with socket.socket() as server:
        server.bind((dashboard.HOST, 0))
        server.listen()
        port = server.getsockname()[1]
        dashboard.open_when_ready(port)
    assert opened == [f"http://127.0.0.1:{port}"]


def test_no_browser_opens_when_no_page_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(dashboard.webbrowser, "open", opened.append)
    monkeypatch.setattr(dashboard, "sleep", lambda seconds: None)
    dashboard.open_when_ready(free_port())
    assert opened == []


def ctrl_c(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGINT)


@pytest.mark.parametrize("end", [ctrl_c, subprocess.Popen.terminate])
def test_the_real_page_answers_until_it_is_told_to_end(
    end: Callable[[subprocess.Popen[str]], None], tmp_path: Path
) -> None:
    port = free_port()
    program = "from popsim.cli.main import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", program, "dashboard", "--runs", str(tmp_path), "--port", str(port), "--no-browser"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            status = answer(f"http://127.0.0.1:{port}/_stcore/health")
        finally:
            end(process)
            output, _ = process.communicate(timeout=30)
    assert status == 200, output
    assert process.returncode == 0, output
    assert "Traceback" not in output
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def answer(url: str) -> int:
    deadline = monotonic() + 45
    while monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5) as page:
                return int(page.status)
        except (urllib.error.URLError, ConnectionError):
            sleep(0.2)
    return 0
