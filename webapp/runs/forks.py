"""The supervisor's side of its fork server: asking for processes, holding them, hearing of their end."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from importlib import import_module

from webapp.config import author_environment
from webapp.db import db
from webapp.job_process.fork_server import BORN, ENDED, FORK, serve
from webapp.job_process.task import KEEPER, Task
from webapp.queue import embedded
from webapp.runs.templates import Template

ANSWER_SECONDS = 10.0
"""That a server has to make a process, or to say how one ended."""


class ServerGone(OSError):
    """The fork server is not there any more; whatever it had forked has been killed with it."""


@dataclass(frozen=True)
class Child:
    """A job's process, as its supervisor holds it."""

    pid: int
    pidfd: int
    channel: socket.socket
    """Frames from the job; the supervisor sends frames.GO once."""
    stdout: int
    stderr: int

    def signal(self, number: signal.Signals) -> None:
        """Send number to the process, if it is still there."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pidfd, number)

    def close(self) -> None:
        """Let go of it."""
        self.channel.close()
        for descriptor in (self.stdout, self.stderr, self.pidfd):
            os.close(descriptor)


class ForkServer:
    """The supervisor's side. One job at a time."""

    def __init__(self, asked: socket.socket, pid: int, pidfd: int, *, ours: bool) -> None:
        """The server that is asked by that socket; ours says that it is a child of this process."""
        self.socket, self.pid = asked, pid
        self._pidfd, self._ours = pidfd, ours
        self.socket.settimeout(ANSWER_SECONDS)

    @classmethod
    def forked(cls, whose: str) -> ForkServer:
        """A fork of this process, in which no connection to the database may be open; whose is for its title."""
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            ours.close()
            serve(theirs, whose, author_environment(), _settle)
        theirs.close()
        return cls(ours, pid, os.pidfd_open(pid), ours=True)

    def fork(self, task: Task, files: Sequence[int] = ()) -> Child:
        """A new process for task; files are the descriptors of those that it names.

        :raises ServerGone: there is no server any more, or it cannot make one.
        """
        with ExitStack() as lent, ExitStack() as kept:
            try:
                child = self._fork(task, files, lent, kept)
            except OSError as problem:
                # What it may still answer would be taken for the next answer.
                self.abandon()
                raise ServerGone(f"No process could be made: {problem or 'the fork server is gone'}.") from problem
            kept.pop_all()
        return child

    def _fork(self, task: Task, files: Sequence[int], lent: ExitStack, kept: ExitStack) -> Child:
        """The same, with what is to be closed afterwards, and what is to be closed if it fails."""
        ours, theirs = socket.socketpair()
        kept.callback(ours.close)
        lent.callback(theirs.close)
        streams = []
        for _ in ("stdout", "stderr"):
            reading, writing = os.pipe()
            kept.callback(os.close, reading)
            lent.callback(os.close, writing)
            streams.append((reading, writing))
        paper = os.memfd_create("task")
        lent.callback(os.close, paper)
        os.write(paper, json.dumps(asdict(task)).encode())
        (out, theirs_out), (err, theirs_err) = streams
        socket.send_fds(self.socket, [FORK], [theirs.fileno(), theirs_out, theirs_err, paper, *files])
        answer, descriptors, _, _ = socket.recv_fds(self.socket, BORN.size, 1)
        if not descriptors:
            raise ConnectionError
        return Child(BORN.unpack(answer)[0], descriptors[0], ours, out, err)

    def ended(self) -> tuple[int, int, int]:
        """How the job ended, once the socket is readable.

        As waitpid() says it, the most memory that it had, in bytes, and how many processes it left behind.

        :raises ServerGone: the server was killed, and the job with it.
        """
        try:
            told = self.socket.recv(ENDED.size, socket.MSG_WAITALL)
        except OSError:
            told = b""
        if len(told) < ENDED.size:
            raise ServerGone("The process that watches over the job was killed.")
        status, memory, left = ENDED.unpack(told)
        return status, memory, left

    @property
    def usable(self) -> bool:
        """Whether it can be asked for another process."""
        return self.socket.fileno() >= 0 and not self._has_ended()

    def abandon(self) -> None:
        """Ask it nothing any more: it waits for a process that does not end."""
        self.socket.close()

    def close(self, patience: float = 5.0) -> None:
        """Let the server go, and with it whatever it has forked; it is killed if it does not go in time."""
        self.socket.close()
        try:
            if not self._has_ended(patience):
                with suppress(ProcessLookupError):
                    signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
            if self._ours:
                os.waitpid(self.pid, 0)
        finally:
            os.close(self._pidfd)

    def _has_ended(self, patience: float = 0.0) -> bool:
        return bool(select.select([self._pidfd], [], [], patience)[0])


def _settle() -> None:
    """In a server that is a fork of its supervisor, first of all."""
    embedded.disown()
    import_module(KEEPER)  # once for all of its jobs


class Forks:
    """Fork servers that are there when they are needed: made at first, and anew when they are gone."""

    def __init__(self, whose: str, template: Template | None = None) -> None:
        """With a template, which is for many runs, those that need no objects have a server that is a fork of that."""
        self._whose, self._template = whose, template
        self._servers: dict[bool, ForkServer] = {}

    def server(self, *, objects: bool = True) -> ForkServer:
        """A server that can be asked, for a job that acts on objects or one that does not. Where it has to be forked,
        connections to the database are closed first.

        :raises OSError: there is none to be had.
        """
        light = self._template is not None and not objects
        server = self._servers.get(light)
        if server is None or not server.usable:
            self._close(light)
            server = self._servers[light] = self._made(objects=objects)
        return server

    def close(self) -> None:
        """Let the servers go, if there are any."""
        for light in (True, False):
            self._close(light)

    def _made(self, *, objects: bool) -> ForkServer:
        if self._template is not None and not objects:
            return ForkServer(*self._template.server(self._whose), ours=False)
        db.session.remove()
        db.engine.dispose()
        return ForkServer.forked(self._whose)

    def _close(self, light: bool) -> None:
        if (server := self._servers.pop(light, None)) is not None:
            server.close()
