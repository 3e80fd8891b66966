"""The interpreter of which fork servers are forks: in memory it has what every job needs, and nothing else.

The workers of one master share it, so that a server takes a few milliseconds to begin, and little memory of its own.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
from typing import NoReturn

from setproctitle import setproctitle

from webapp.job_process.fork_server import BORN, serve

LONGEST_NAME = 1000
"""Bytes of what a worker calls itself."""


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
    while True:
        name, descriptors, _, _ = socket.recv_fds(asked, LONGEST_NAME, 1)
        if not descriptors:
            sys.exit()
        if os.fork() == 0:
            asked.close()
            _be(socket.socket(fileno=descriptors[0]), name.decode())
        os.close(descriptors[0])


def _be(supervisor: socket.socket, whose: str) -> NoReturn:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pidfd = os.pidfd_open(os.getpid())
    socket.send_fds(supervisor, [BORN.pack(os.getpid())], [pidfd])
    os.close(pidfd)
    serve(supervisor, whose)
