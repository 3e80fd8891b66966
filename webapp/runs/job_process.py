"""The process in which a job's code runs: forked by the supervisor, with nothing of the worker left in reach."""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from io import TextIOBase
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from setproctitle import setproctitle

from webapp.config import author_environment
from webapp.errors import WebappError
from webapp.inputs import values
from webapp.jobs import SoftTimeLimitExceeded
from webapp.jobs.running import Outcome, perform
from webapp.prctl import end_with_parent
from webapp.runs import frames
from webapp.sources import loader

SOFT_LIMIT_SIGNAL = signal.SIGUSR1
LARGEST_MESSAGE = 1024 * 1024
"""Characters of one message that are sent; the log is no place for more."""


@dataclass(frozen=True)
class Task:
    """What the process needs to know."""

    number: int
    jobs_root: Path
    class_path: str
    declared: list[dict[str, Any]]
    inputs: dict[str, Any]


@dataclass(frozen=True)
class Pipes:
    """The supervisor's ends."""

    pid: int
    channel: socket.socket
    """Frames from the job; the supervisor sends frames.GO once."""
    stdout: int
    stderr: int


def fork(task: Task) -> Pipes:
    """Start the process for task. No database connection may be open in this process."""
    ours, theirs = socket.socketpair()
    out, err = os.pipe(), os.pipe()
    parent = os.getpid()
    gc.freeze()
    pid = os.fork()
    if pid == 0:
        _live(task, theirs, out[1], err[1], parent)
    theirs.close()
    os.close(out[1])
    os.close(err[1])
    return Pipes(pid, ours, out[0], err[0])


def _live(task: Task, channel: socket.socket, out: int, err: int, parent: int) -> NoReturn:
    """The whole life of the process. It leaves by os._exit(): nothing of the worker may be cleaned up twice."""
    code = 1
    try:
        _settle(task, channel, out, err, parent)
        code = _work(task, _Channel(channel))
    except BaseException:  # nobody is above this: what is not told here is lost
        os.write(2, traceback.format_exc().encode("utf-8", "replace"))
    finally:
        os._exit(code)


def _settle(task: Task, channel: socket.socket, out: int, err: int, parent: int) -> None:
    end_with_parent(parent, signal.SIGKILL)
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGALRM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    signal.set_wakeup_fd(-1)
    signal.signal(SOFT_LIMIT_SIGNAL, signal.SIG_IGN)
    null = os.open(os.devnull, os.O_RDWR)
    for source, target in ((null, 0), (out, 1), (err, 2)):
        os.dup2(source, target)
    _blind_inherited(null, keep={0, 1, 2, channel.fileno()})
    os.environ.clear()
    os.environ.update(author_environment())
    setproctitle(f"jobdeck: job #{task.number}")


def _blind_inherited(null: int, keep: set[int]) -> None:
    """Point every inherited descriptor at nothing.

    Closing them would free their numbers: an object of the worker that is collected later would then close a file
    that the job opened under the same number.
    """
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 -- each run pays for it, and this is five times as fast
        number = int(name)
        if number not in keep and number != null:
            try:
                os.dup2(null, number, inheritable=False)
            except OSError:
                continue  # the descriptor of the listing itself


def _work(task: Task, channel: _Channel) -> int:
    """Load the class, wait for leave to begin, run it; gives the exit code."""
    _capture(channel)
    try:
        job_class = loader.load(task.jobs_root, task.class_path)
        inputs = values.load(values.variables_of(task.declared), task.inputs)
    except WebappError as refusal:
        channel.send(frames.REFUSED, refusal.message, None)
        return 0
    except Exception as error:
        reason = f"{task.class_path} could not be prepared: {type(error).__name__}: {error}"
        channel.send(frames.REFUSED, reason, traceback.format_exc())
        return 0
    channel.send(frames.READY)
    if channel.wait() != frames.GO:
        return 0
    signal.signal(SOFT_LIMIT_SIGNAL, _raise_soft_limit)
    outcome = perform(job_class, inputs, channel.log)
    signal.signal(SOFT_LIMIT_SIGNAL, signal.SIG_IGN)
    _flush()
    channel.finish(outcome)
    return 0


def _raise_soft_limit(_number: int, _frame: FrameType | None) -> None:
    raise SoftTimeLimitExceeded


class _Channel:
    """Sends frames, whole ones also from several threads, and only from the job's own process."""

    def __init__(self, channel: socket.socket) -> None:
        self._socket = channel
        self._lock = threading.Lock()
        self._pid = os.getpid()

    def send(self, kind: str, *content: Any) -> None:
        frame = frames.pack(kind, *content)
        with self._lock:
            self._socket.sendall(frame)

    def wait(self) -> bytes:
        return self._socket.recv(1)

    def log(self, line: Any) -> None:
        if os.getpid() != self._pid:
            return  # a fork of the job's: two writers would mix their frames
        self.send(
            frames.LOG,
            line["at"],
            line["level"],
            line["grouping"],
            line["message"][:LARGEST_MESSAGE],
            line["object"],
            line["url"],
        )

    def finish(self, outcome: Outcome) -> None:
        content = asdict(outcome)
        if len(frames.pack(frames.FINISHED, content)) > frames.LARGEST:
            content["result"] = None
            content["reason"] = "The result was too large to be kept."
        self.send(frames.FINISHED, content)


def _capture(channel: _Channel) -> None:
    """Turn what is printed, and what libraries log, into lines of the log, in order with the job's own."""
    sys.stdout = _Printed(channel.log, "info", "stdout")
    sys.stderr = _Printed(channel.log, "warning", "stderr")
    root = logging.getLogger()
    root.handlers[:] = [_Logged(channel.log)]
    root.setLevel(logging.INFO)
    logging.captureWarnings(True)


def _flush() -> None:
    sys.stdout.flush()
    sys.stderr.flush()


class _Printed(TextIOBase):
    """A text stream whose whole lines go to the log."""

    def __init__(self, send: Callable[[Any], None], level: str, grouping: str) -> None:
        self._send, self._level, self._grouping = send, level, grouping
        self._rest = ""

    encoding = "utf-8"

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *whole, self._rest = (self._rest + text).split("\n")
        for message in whole:
            self._tell(message)
        if len(self._rest) > LARGEST_MESSAGE:
            self.flush()
        return len(text)

    def flush(self) -> None:
        if self._rest:
            self._tell(self._rest)
            self._rest = ""

    def _tell(self, message: str) -> None:
        self._send(_line(time.time(), self._level, self._grouping, message))


class _Logged(logging.Handler):
    """Records of the standard `logging` as lines of the log."""

    def __init__(self, send: Callable[[Any], None]) -> None:
        super().__init__()
        self._send = send

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._send(_line(record.created, record.levelname.lower(), record.name, self.format(record)))
        except Exception:
            self.handleError(record)


def _line(at: float, level: str, grouping: str, message: str) -> dict[str, Any]:
    return {"at": at, "level": level, "grouping": grouping, "message": message, "object": "", "url": ""}
