"""Reaching the loader: whoever needs it first starts it, and it stays as long as one of them is there."""

from __future__ import annotations

import atexit
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from webapp.config import PROJECT, author_environment
from webapp.queue.locks import EXCLUSIVE, held
from webapp.queue.sockets import socket_path
from webapp.sources.warm_loader import HERE, STAY, TITLE

START = "loader.start"
IDLE = 300.0
"""Seconds without a question after which the loader ends."""
GREETING = 1.0
"""Seconds in which it says that it is there; one that does not is ended, and another one started."""
TO_START = 5.0
NOT_THERE = "the process that computes it cannot be reached"

_staying: dict[Path, tuple[int, socket.socket]] = {}
"""By data directory: the process that is there, and its line, by which the loader knows that somebody still is."""
_coming = threading.Lock()


def connected(data_dir: Path, deadline: float) -> socket.socket:
    """A line to the loader, which has said that it is there; it is started if need be.

    :raises OSError: there is none.
    :raises BadSetting: there is no place for its socket.
    """
    path = socket_path(data_dir, "loader.sock")
    line = _greeted(path, deadline)
    if line is None:
        with held(data_dir / START, EXCLUSIVE, max(deadline - time.monotonic(), 0)) as alone:
            # Somebody else may have started it meanwhile.
            line = _greeted(path, deadline)
            if line is None and alone:
                _start(path, data_dir)
                line = _greeted(path, deadline)
    if line is None:
        raise OSError(NOT_THERE)
    _stay(path, data_dir)
    return line


def _greeted(path: Path, deadline: float) -> socket.socket | None:
    """A line to whom listens at path; None if nobody does. One that does not greet is ended.

    :raises TimeoutError: there was too little time to find out.
    """
    line = socket.socket(socket.AF_UNIX)
    left = deadline - time.monotonic()
    line.settimeout(max(min(GREETING, left), 0.001))
    try:
        line.connect(os.fspath(path))
        if line.recv(1) == HERE:
            return line
    except TimeoutError:
        if left < GREETING:
            line.close()
            raise
        _end(line)
    except OSError:
        pass
    line.close()
    return None


def _end(line: socket.socket) -> None:
    """Kill the loader that listens behind line."""
    form = struct.Struct("3i")
    pid, _, _ = form.unpack(line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, form.size))
    with suppress(OSError):
        if Path(f"/proc/{pid}/cmdline").read_bytes().startswith(TITLE.encode()):
            os.kill(pid, signal.SIGKILL)


def _start(path: Path, data_dir: Path) -> None:
    """Start the loader, and come back when it listens.

    :raises OSError: it cannot be started.
    """
    line = [sys.executable, "-m", "webapp.sources.warm_loader", str(path), str(data_dir), str(IDLE)]
    try:
        subprocess.run(
            line,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=PROJECT,
            env=author_environment(),
            start_new_session=True,
            timeout=TO_START,
        )
    except subprocess.TimeoutExpired:
        raise OSError(NOT_THERE) from None


def _stay(path: Path, data_dir: Path) -> None:
    """Be there until this process ends, as far as the loader knows."""
    with _coming:
        pid, line = _staying.get(data_dir, (0, None))
        if line is not None and pid == os.getpid() and not _has_hung_up(line):
            return
        if line is not None:
            line.close()
        _staying.pop(data_dir, None)
        fresh = socket.socket(socket.AF_UNIX)
        try:
            fresh.settimeout(GREETING)
            fresh.connect(os.fspath(path))
            fresh.sendall(STAY)
            atexit.unregister(leave)
            atexit.register(leave)
            _staying[data_dir] = (os.getpid(), fresh)
        except OSError:
            fresh.close()


def _has_hung_up(line: socket.socket) -> bool:
    """Whether the loader at the other end is gone; its greeting stays in the line."""
    try:
        return not line.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True


def leave() -> None:
    """Need no loader any more; one that nobody needs ends by itself."""
    with _coming:
        for _, line in _staying.values():
            line.close()
        _staying.clear()
