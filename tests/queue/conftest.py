"""A data directory whose embedded Redis ends with the test, and what tests do to servers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from webapp.config import PROJECT, Settings
from webapp.queue import embedded, server
from webapp.queue.sockets import socket_path

USE = """
import sys
from pathlib import Path
from webapp.queue import embedded
embedded.ensure(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """A data directory; its server is gone after the test, whatever happened."""
    folder = tmp_path / "instance"
    folder.mkdir()
    yield folder
    embedded.leave(folder)
    if folder.exists():
        server.stop(folder)
    socket_path(folder).unlink(missing_ok=True)
    socket_path(folder).parent.rmdir()


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    """Settings that name no Redis, so that the embedded one is used."""
    return Settings.from_environment({"JOBDECK_DATA_DIR": str(data_dir)})


@pytest.fixture
def another_process(data_dir: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts processes that use the server of data_dir until their standard input is closed."""
    started: list[subprocess.Popen[bytes]] = []

    def start(environment: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        line = [sys.executable, "-c", USE, str(data_dir)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        started.append(subprocess.Popen(line, cwd=PROJECT, env={**os.environ, **(environment or {})}, **pipes))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def kill(pid: int | None, means: signal.Signals = signal.SIGKILL) -> None:
    """Do to a server what an accident does, and wait until it shows."""
    assert pid is not None
    os.kill(pid, means)
    eventually(lambda: state_of(pid) == "T" if means == signal.SIGSTOP else is_gone(pid))


def eventually(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait until condition is true; an AssertionError after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never became true"
        time.sleep(0.005)


def is_gone(pid: int) -> bool:
    """Whether a process has let go of everything; its last thread may have to finish an fsync() first."""
    return state_of(pid) == "" or (state_of(pid) == "Z" and len(list(Path(f"/proc/{pid}/task").iterdir())) == 1)


def state_of(pid: int) -> str:
    """The letter with which the kernel describes a process; empty when there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return ""
