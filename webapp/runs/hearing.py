"""Everything that reaches a supervisor from the process of its job: messages, what it prints, and its end."""

from __future__ import annotations

import os
import selectors
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Protocol

from webapp.job_process import frames
from webapp.job_process.marks import Marked
from webapp.job_process.printed_groups import said_by
from webapp.runs.forks import Child, ForkServer
from webapp.runs.logs import Line
from webapp.runs.printed import Printed

PIECE = 256 * 1024
DRAIN_PIECES = 64


class Listener(Protocol):
    """Who wants to hear it."""

    def heard(self, frame: list[Any]) -> None:
        """A message, as [kind, …].

        :raises ProtocolError, LookupError, ArithmeticError, TypeError, ValueError: no job may say that.
        """

    def broken(self, error: Exception) -> None:
        """The process sent what no job may send; nothing more is heard from it but what it prints."""

    def printed(self, line: Line) -> None:
        """A line of its output."""


class Hearing:
    """Listens to one process; reaped is called when its server has something to say, which is that it is gone."""

    def __init__(self, child: Child, server: ForkServer, listener: Listener, reaped: Callable[[], None]) -> None:
        self._child, self._listener = child, listener
        self._reader = frames.Reader()
        self._printed = {
            child.stdout: Printed("info", "stdout"),
            child.stderr: Printed("warning", "stderr"),
        }
        self._marked = {stream: Marked() for stream in self._printed}
        self._marks = 0
        """How many lines the job has said that are marked in the streams."""
        self._selector = selectors.DefaultSelector()
        child.channel.setblocking(False)
        self._selector.register(child.channel, selectors.EVENT_READ, self._hear)
        for stream in self._printed:
            os.set_blocking(stream, False)
            self._selector.register(stream, selectors.EVENT_READ, lambda stream=stream: self._read(stream))
        self._server = server.socket
        self._selector.register(self._server, selectors.EVENT_READ, reaped)

    def listen(self, seconds: float) -> None:
        """Wait for news, no longer than seconds, and pass them on."""
        for key, _ in self._selector.select(seconds):
            key.data()

    def drain(self) -> None:
        """Pass on what the ended process left behind; a child of it may hold its pipes open and go on writing."""
        self._selector.unregister(self._server)
        for key in list(self._selector.get_map().values()):
            for _ in range(DRAIN_PIECES):
                if key.fd not in self._selector.get_map() or not key.data():
                    break
        for split in self._printed.values():
            for line in split.rest():
                self._listener.printed(line)

    def send(self, word: bytes) -> None:
        """Say word to the process."""
        with suppress(ConnectionError):  # it has ended meanwhile, as we are about to hear
            self._child.channel.send(word)

    def close(self) -> None:
        """Hear nothing any more."""
        self._selector.close()

    def _hear(self) -> bool:
        """Read what the process says; False when there is no more for now."""
        try:
            piece = self._child.channel.recv(PIECE)
        except BlockingIOError:
            return False
        except ConnectionError:
            piece = b""
        if not piece:
            self._selector.unregister(self._child.channel)
            return False
        try:
            for frame in self._reader.feed(piece):
                if frame[0] == frames.LOG and said_by(*frame[3:5]):
                    self._read_up_to_mark()
                self._listener.heard(frame)
        except (frames.ProtocolError, LookupError, ArithmeticError, TypeError, ValueError) as error:
            self._selector.unregister(self._child.channel)
            self._listener.broken(error)
            return False
        return True

    def _read_up_to_mark(self) -> None:
        """The job says where a group that it prints begins or ends: what children printed before comes before."""
        self._marks += 1
        for stream, lines in self._printed.items():
            self._fill(stream)
            self._tell(lines, self._marked[stream].before(self._marks))
            for line in lines.rest():
                self._listener.printed(line)

    def _read(self, stream: int) -> bool:
        more = self._fill(stream)
        self._tell(self._printed[stream], self._marked[stream].everything(self._met))
        return more

    def _met(self, mark: int) -> None:
        """What is marked was said before, so that it can be heard if it was not."""
        if mark > self._marks and self._child.channel.fileno() in self._selector.get_map():
            self._hear()

    def _tell(self, lines: Printed, pieces: Iterable[bytes]) -> None:
        for piece in pieces:
            for line in lines.feed(piece):
                self._listener.printed(line)

    def _fill(self, stream: int) -> bool:
        """Read what a stream holds; False when there is no more for now."""
        if stream not in self._selector.get_map():
            return False
        try:
            piece = os.read(stream, PIECE)
        except BlockingIOError:
            return False
        if not piece:
            self._selector.unregister(stream)
            return False
        self._marked[stream].add(piece)
        return True
