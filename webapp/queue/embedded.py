"""A Redis of our own for one data directory: who finds it silent starts it, who leaves last stops it.

Two locks in the data directory keep the peace among processes: `redis.users` is held shared by every one
that uses the server, `redis.start` exclusively while somebody starts or stops it.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from pathlib import Path
from urllib.parse import quote

from webapp.queue import server
from webapp.queue.locks import EXCLUSIVE, LOOK_AGAIN, SHARED, held, seize
from webapp.queue.sockets import has_read_its_data, is_listening, say, socket_path

USERS, START = "redis.users", "redis.start"
GRACE = 2.0
"""Seconds in which a server that holds its lock has to listen, or to end."""

_joined: dict[Path, tuple[int, int]] = {}
"""By data directory: the process that joined, and its descriptor of redis.users."""
_joining = threading.Lock()


class NotAnswering(OSError):
    """The server did not come up in the time that the caller could wait."""


def ensure(data_dir: Path, patience: float = 5.0) -> Path:
    """The socket of a server that listens; starts one if none does. Counts this process among its users.

    :raises NotAnswering: nothing listens after patience seconds; a start that has begun goes on by itself.
    :raises BadSetting: there is no redis-server, or no place for its socket.
    """
    deadline = time.monotonic() + patience
    socket = socket_path(data_dir)
    join(data_dir, patience)
    if is_listening(socket):
        return socket
    with held(data_dir / START, EXCLUSIVE, deadline - time.monotonic()) as alone:
        if alone:
            _start(data_dir, socket, deadline)
    if not is_listening(socket):
        raise NotAnswering(f"Redis does not listen at {socket}")
    return socket


def join(data_dir: Path, patience: float = 5.0) -> None:
    """Count this process among the users of data_dir's server, until it ends or leaves.

    :raises NotAnswering: for all of patience somebody is stopping the server.
    """
    with _joining:
        pid, descriptor = _joined.get(data_dir, (0, -1))
        if pid == os.getpid() and os.fstat(descriptor).st_nlink:
            return
        server.folder(data_dir).mkdir(parents=True, exist_ok=True)
        fresh = seize(data_dir / USERS, SHARED, patience)
        if fresh is None:
            raise NotAnswering("Redis is being stopped")
        if pid:
            os.close(descriptor)
        else:
            atexit.register(leave, data_dir)
        _joined[data_dir] = (os.getpid(), fresh)


def disown() -> None:
    """Let go of what a fork inherited, and stop nothing: for a process that is to run an author's code."""
    for _, descriptor in _joined.values():
        os.close(descriptor)
    _joined.clear()


def leave(data_dir: Path) -> None:
    """Stop using the server, and stop it if nobody else uses it; nothing if this process never joined."""
    _, descriptor = _joined.pop(data_dir, (0, -1))
    if descriptor < 0:
        return
    # Closed, not unlocked: a fork shares the lock, and those who have not left keep it.
    os.close(descriptor)
    if not data_dir.exists():
        say(socket_path(data_dir), b"SHUTDOWN NOSAVE")
        return
    with (
        held(data_dir / START, EXCLUSIVE, GRACE) as alone,
        held(data_dir / USERS, EXCLUSIVE) as last,
    ):
        if alone and last:
            server.stop(data_dir)


def command(data_dir: Path) -> list[str]:
    """The command line of a process that is data_dir's server, in the foreground, until it is told to end."""
    return [sys.executable, "-m", "webapp.queue.keeper", str(data_dir)]


def url(data_dir: Path) -> str:
    """Where data_dir's server listens, as JOBDECK_REDIS_URL says it."""
    return f"unix://{quote(str(socket_path(data_dir)))}"


def _start(data_dir: Path, socket: Path, deadline: float) -> None:
    """Start a server and wait until it has read its data; one that does not listen is ended after GRACE seconds."""
    spawned, patience_ends = False, time.monotonic() + GRACE
    while not is_listening(socket) and time.monotonic() < deadline:
        if not spawned:
            spawned = _spawn(data_dir, socket)
        if not spawned and time.monotonic() > patience_ends:
            server.stop(data_dir)
        time.sleep(LOOK_AGAIN)
    while not has_read_its_data(socket) and time.monotonic() < deadline:
        time.sleep(LOOK_AGAIN)


def _spawn(data_dir: Path, socket: Path) -> bool:
    """Whether a server was started; False while another one lives."""
    lock = seize(data_dir / server.LOCK, EXCLUSIVE)
    if lock is None:
        return False
    try:
        server.spawn(data_dir, socket, lock)
    finally:
        os.close(lock)
    return True
