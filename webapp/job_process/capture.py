"""What a job prints, and what libraries log: lines of the run's log, in order with the job's own."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable
from io import RawIOBase, TextIOBase
from typing import Any

from webapp.job_process.splitter import Splitter
from webapp.jobs.groups import placed
from webapp.jobs.logger import Line, clipped
from webapp.jobs.plain import sayable

PIECE = 64 * 1024
"""Characters that are encoded at once."""
STATE_SECONDS = 10.0
"""Between two states of a progress bar that become lines: it writes over itself many times a second."""

Send = Callable[[Line], object]


def prepare() -> None:
    """Let the standard `logging` take what is worth a line; a process that forks those of jobs does so for all."""
    # It looks at every logger there is: in a process that has just been forked, each of them is another page to copy.
    logging.getLogger().setLevel(logging.INFO)
    logging.captureWarnings(True)


def begin(send: Send) -> None:
    """From now on standard output, standard error and the standard `logging` of this process go to send."""
    sys.stdout = Printed(send, 1, "info", "stdout")
    sys.stderr = Printed(send, 2, "warning", "stderr")
    logging.getLogger().handlers[:] = [Logged(send)]


def flush() -> None:
    """Send what was printed without an end of line."""
    for stream in (sys.stdout, sys.stderr):
        stream.end() if isinstance(stream, Printed) else stream.flush()


class Printed(TextIOBase):
    """A text stream whose whole lines are sent; as a file it is the pipe of that number, for child processes."""

    encoding = "utf-8"

    def __init__(self, send: Send, number: int, level: str, grouping: str) -> None:
        self._send, self._number, self._level, self._grouping = send, number, level, grouping
        self._lines = Splitter()
        self._next_state = 0.0
        self._lock = threading.RLock()
        self.buffer = PrintedBytes(self)

    def fileno(self) -> int:
        return self._number

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        with self._lock:
            for start in range(0, len(text), PIECE):
                # Half a character of a pair becomes the escape that it would be in a line of the job's logger.
                self._feed(text[start : start + PIECE].encode("utf-8", "backslashreplace"))
        return len(text)

    def take(self, content: bytes) -> None:
        """Write bytes."""
        with self._lock:
            self._feed(content)

    def flush(self) -> None:
        """Tell what was printed without an end of line; of a line that is written over, a state now and then."""
        with self._lock:
            if not self._lines.is_written_over:
                self.end()
            elif (now := time.monotonic()) >= self._next_state:
                self._next_state = now + STATE_SECONDS
                self.end()

    def end(self) -> None:
        """Nothing more belongs to the line that was printed last."""
        with self._lock:
            for message in self._lines.rest():
                self._tell(message)

    def _feed(self, content: bytes) -> None:
        for message in self._lines.feed(content):
            self._tell(message)

    def _tell(self, message: str) -> None:
        self._send(line(time.time(), self._level, self._grouping, message))


class PrintedBytes(RawIOBase):
    """The same for those who write bytes."""

    def __init__(self, stream: Printed) -> None:
        self._stream = stream

    def fileno(self) -> int:
        return self._stream.fileno()

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        piece = bytes(memoryview(content))
        self._stream.take(piece)
        return len(piece)


class Logged(logging.Handler):
    """Records of the standard `logging`, sent as lines."""

    def __init__(self, send: Send) -> None:
        super().__init__()
        self._send = send

    def emit(self, record: logging.LogRecord) -> None:
        try:
            message = clipped(sayable(self.format(record)))
            self._send(line(record.created, record.levelname.lower(), record.name, message))
        except Exception:
            self.handleError(record)


def line(at: float, level: str, grouping: str, message: str) -> Line:
    """A line that is about no object."""
    return placed({"at": at, "level": level, "grouping": grouping, "message": message, "object": "", "url": ""})
