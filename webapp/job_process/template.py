"""The interpreter of which fork servers are forks: in memory it has what every job needs, and nothing else.

The workers of one master share it, so that a server takes a few milliseconds to begin, and little memory of its own.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
from contextlib import suppress
from typing import NoReturn

from setproctitle import setproctitle

from webapp.job_process.fork_server import BORN, serve

LONGEST_NAME = 1000
"""Bytes of what a worker calls itself."""
GRACE = 2.0
"""Seconds that a server has to end what its job has left, when its supervisor is gone."""


def main() -> NoReturn:
    """Be the template of those who have the other end of the socket whose descriptor is the first argument, until
    nobody has it; the second argument is for the title."""
    asked = socket.socket(fileno=int(sys.argv[1]))
    # It ends when nobody can ask any more; signals to a whole group are not for it.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    # Nobody waits for the servers: their supervisors hold them by their descriptors.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    setproctitle(f"jobdeck: forks for {sys.argv[2]} (template)")
    gc.collect()
    gc.freeze()
    servers: dict[int, int] = {}
    watch = select.poll()
    watch.register(asked, select.POLLIN)
    while asked.fileno() >= 0:
        for descriptor, _ in watch.poll():
            if descriptor != asked.fileno():
                watch.unregister(descriptor)
                _end(descriptor, servers.pop(descriptor))
            elif made := _answered(asked):
                servers.update([made])
                watch.register(made[0], select.POLLIN)
    for pair in servers.items():
        _end(*pair)
    sys.exit()


def _answered(asked: socket.socket) -> tuple[int, int] | None:
    """The descriptors of a supervisor and of the server that was made for it; None if that was not possible.

    Closes asked if nobody has its other end any more.
    """
    name, descriptors, _, _ = socket.recv_fds(asked, LONGEST_NAME, 2)
    if not name:
        asked.close()
        return None
    try:
        theirs, supervisor = descriptors
        pid = os.fork()
    except (OSError, ValueError):
        # Who has asked sees its socket close.
        for descriptor in descriptors:
            os.close(descriptor)
        return None
    if pid == 0:
        asked.close()
        _be(socket.socket(fileno=theirs), name.decode())
    os.close(theirs)
    try:
        return supervisor, os.pidfd_open(pid)
    except OSError:  # it is over already
        os.close(supervisor)
        return None


def _be(supervisor: socket.socket, whose: str) -> NoReturn:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pidfd = os.pidfd_open(os.getpid())
    try:
        socket.send_fds(supervisor, [BORN.pack(os.getpid())], [pidfd])
    except OSError:
        os._exit(0)  # nobody waits for it any more
    os.close(pidfd)
    serve(supervisor, whose)


def _end(supervisor: int, server: int) -> None:
    """The server of a supervisor that is gone goes as well: by itself, or if it stands still, by force."""
    if not select.select([server], [], [], GRACE)[0]:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(server, signal.SIGKILL)
    os.close(supervisor)
    os.close(server)
