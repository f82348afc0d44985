"""``popsim dashboard``: Streamlit on this machine, for this machine only."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import webbrowser
from importlib.util import find_spec
from pathlib import Path
from time import sleep

import click

from popsim.errors import PopsimError

HOST = "127.0.0.1"
RUNS_VARIABLE = "POPSIM_RUNS"
"""Environment variable that tells the dashboard where the runs are."""
_PATIENCE_S, _LOOK_EVERY_S = 30, 0.2


@click.command("dashboard")
@click.option(
    "--runs",
    type=click.Path(path_type=Path),
    default=Path("runs"),
    metavar="DIR",
    help="Folder with the runs to look at [default: runs].",
)
@click.option("--port", type=click.IntRange(1, 65535), default=8501, metavar="N", help="Port [default: 8501].")
@click.option("--no-browser", is_flag=True, help="Only serve; open no browser.")
def command(runs: Path, port: int, no_browser: bool) -> None:
    """Look at results in the browser. Only this machine can reach the page, and nothing is sent anywhere."""
    if not runs.is_dir():
        raise PopsimError(f"{runs}: expected a folder with runs; popsim run makes one")
    check_port_is_free(port)
    click.echo(f"The dashboard is at http://{HOST}:{port} (stop it with Ctrl-C)")
    if not no_browser:
        threading.Thread(target=open_when_ready, args=(port,), daemon=True).start()
    try:
        code = _serve(streamlit_command(port), os.environ | {RUNS_VARIABLE: str(runs.resolve())})
    except KeyboardInterrupt:
        return
    if code > 0:
        raise PopsimError(f"Streamlit ended with status {code}; its message is above")


def _serve(command: list[str], environment: dict[str, str]) -> int:
    """Serve until Streamlit ends, or until this process is told to end, and Streamlit with it."""
    server = subprocess.Popen(command, env=environment)  # noqa: S603 - our own words and a number
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    try:
        return server.wait()
    finally:
        server.terminate()
        server.wait()


def streamlit_command(port: int) -> list[str]:
    """The command that serves the app."""
    return [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(app_path()),
        f"--server.address={HOST}",
        f"--server.port={port}",
        "--server.headless=true",
        "--browser.gatherUsageStats=false",
    ]


def app_path() -> Path:
    """The app's file, without importing it."""
    spec = find_spec("popsim_dashboard")
    app = Path(spec.submodule_search_locations[0]) / "app.py" if spec and spec.submodule_search_locations else None
    if app is None or not app.is_file():
        raise PopsimError("the dashboard is not part of this installation; install popsim again")
    return app


def check_port_is_free(port: int) -> None:
    """Raise ``PopsimError`` when something listens at the port already, or it may not be used."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, port))
        except OSError as error:
            raise PopsimError(
                f"port {port} cannot be used ({(error.strerror or str(error)).lower()}); choose another with --port"
            ) from None


def open_when_ready(port: int) -> None:
    """Open the browser as soon as the page is served."""
    for _ in range(int(_PATIENCE_S / _LOOK_EVERY_S)):
        with socket.socket() as trial:
            if trial.connect_ex((HOST, port)) == 0:
                webbrowser.open(f"http://{HOST}:{port}")
                return
        sleep(_LOOK_EVERY_S)
