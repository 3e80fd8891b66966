"""The supervisors' side of the interpreter that fork servers are forks of."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import closing, suppress

from webapp.config import PROJECT, author_environment
from webapp.job_process.fork_server import BORN

# Not `-m`, which looks into the folder that this process is in: jobs are to be in that as well.
BEGIN = f"import sys; sys.path[0] = {str(PROJECT)!r}; from webapp.job_process.template import main; main()"
ANSWER_SECONDS = 10.0
"""That it has to begin, and to make a server."""


class Template:
    """What makes light fork servers for this process and its forks, until all of them are gone or close it.

    Should it be killed, the next of them that needs it starts another one, for itself.
    """

    def __init__(self, whose: str) -> None:
        """Start it; whose is for its title."""
        self._whose = whose
        self._pid, self._socket = self._start()

    def server(self, whose: str) -> tuple[socket.socket, int, int]:
        """A new server: the socket to ask it by, its process id and its descriptor.

        :raises OSError: there is none to be had.
        """
        try:
            return self._ask(whose)
        except OSError:
            self.close()
            self._pid, self._socket = self._start()
            return self._ask(whose)

    def close(self) -> None:
        """Need no server of it any more; who has started it ends it. The servers that there are go on."""
        self._socket.close()
        with suppress(ChildProcessError):  # it is the child of another process
            os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)

    def _start(self) -> tuple[int, socket.socket]:
        # Whole messages, as several processes ask by the same socket.
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(ANSWER_SECONDS)
        with closing(theirs):
            line = [sys.executable, "-c", BEGIN, str(theirs.fileno()), self._whose]
            # A group of its own: Ctrl-C at the terminal is for its supervisor.
            process = subprocess.Popen(line, pass_fds=[theirs.fileno()], env=author_environment(), process_group=0)
        process.returncode = 0  # whoever reaps the children of this process waits for it
        return process.pid, ours

    def _ask(self, whose: str) -> tuple[socket.socket, int, int]:
        ours, theirs = socket.socketpair()
        supervisor = os.pidfd_open(os.getpid())
        try:
            with closing(theirs):
                socket.send_fds(self._socket, [whose.encode()], [theirs.fileno(), supervisor])
            ours.settimeout(ANSWER_SECONDS)
            answer, descriptors, _, _ = socket.recv_fds(ours, BORN.size, 1)
            if not descriptors:
                raise ConnectionError("The template of fork servers is gone.")
        except OSError:
            ours.close()
            raise
        finally:
            os.close(supervisor)
        return ours, BORN.unpack(answer)[0], descriptors[0]
